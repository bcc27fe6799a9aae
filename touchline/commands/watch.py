"""`touchline watch`: matches live in the terminal."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable
from typing import Annotated

import typer
from rich.console import Console
from rich.live import Live

from touchline.following import TICK_S, follow, refresh
from touchline.live import LiveStore
from touchline.live_board import Board, MatchesTable
from touchline.live_view import line_of, news_of
from touchline.settings import Settings
from touchline.terminal import output

app = typer.Typer()


@app.command()
def watch(
    match: Annotated[str | None, typer.Argument(metavar="MATCH", help="One match only.")] = None,
    every: Annotated[bool, typer.Option("--all", help="All matches.")] = False,
    once: Annotated[bool, typer.Option("--once", help="Show what there is, and end.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Each state as a JSON line.")] = False,
) -> None:
    """A match, or all, live; Ctrl-C ends it. Without a terminal: a line for each change of a
    score, a status or a period. With --json: a line for each new state, as `touchline state` has
    it, at first of each match.

    \b
    Examples:
      touchline watch --all
      touchline watch opta:1009316
      touchline watch --all --once
      touchline watch opta:1009316 --json | jq -c .score
    """
    if every == (match is not None):
        raise typer.BadParameter("name a match, or say --all", param_hint="MATCH|--all")
    settings = Settings.load()
    console = output()
    board = Board()
    with LiveStore(settings.redis) as store, contextlib.suppress(KeyboardInterrupt):
        if match:
            store.match(match)  # says which there are if this one is not
        refresh(board, store, [match] if match else store.match_ids())
        if as_json:
            print_states(board, board.matches)
            if not once:
                for changed in follow(board, store, settings, match):
                    print_states(board, sorted(changed))
        elif once:
            console.print(MatchesTable(board.matches, board.last))
        elif console.is_terminal:
            with Live(board, console=console, refresh_per_second=1 / TICK_S):
                for _ in follow(board, store, settings, match):
                    pass
        else:
            print_changes(board, store, settings, match, console)


def print_states(board: Board, match_ids: Iterable[str]) -> None:
    """A JSON line for each of these matches, with its last event."""
    for match_id in match_ids:
        if match_id in board.matches:
            last = board.last.get(match_id)
            found = {**board.matches[match_id], "last_events": [last] if last else []}
            typer.echo(json.dumps(found, ensure_ascii=False))


def print_changes(
    board: Board, store: LiveStore, settings: Settings, match: str | None, console: Console
) -> None:
    """A line for each match, and then for each change of one; for ever."""
    shown: dict[str, tuple[str, ...]] = {}
    for changed in follow(board, store, settings, match):
        for match_id in sorted(changed or set(board.matches) - shown.keys()):
            document = board.matches.get(match_id)
            if document is not None and shown.get(match_id) != news_of(document):
                shown[match_id] = news_of(document)
                line = line_of(match_id, document, board.last.get(match_id))
                console.print(line, markup=False, highlight=False, soft_wrap=True)

"""`touchline leaderboard`: tables as they are, and as they were."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.table import Table as Grid
from rich.text import Text

from touchline import leaderboards
from touchline.commands.arguments import Json, moment_ms
from touchline.errors import TouchlineError
from touchline.leaderboards import GLOBAL, SHOWN, Standing, Table, TableStore, board_named
from touchline.settings import Board, Settings
from touchline.terminal import output
from touchline.versions import history_of
from udfs.rendering import iso_time

app = typer.Typer(
    name="leaderboard",
    help="Leaderboards: the first places, those around a member, and what was.",
    epilog="""\b
Examples:
  touchline leaderboard list
  touchline leaderboard top game
  touchline leaderboard around game ann
  touchline leaderboard history game ann
""",
    no_args_is_help=True,
)

BoardArgument = Annotated[str, typer.Argument(metavar="BOARD", help="As the settings name it.")]
Period = Annotated[
    str, typer.Option(metavar="P", help="Which of its tables; else the present one.")
]
At = Annotated[
    str | None, typer.Option("--at", metavar="TIME", help="The table of then: ISO 8601, or -1d.")
]
Segment = Annotated[str, typer.Option(metavar="S", help="global, or region:es.")]


@app.command()
def top(
    board: BoardArgument,
    period: Period = "",
    at: At = None,
    segment: Segment = GLOBAL,
    friends: Annotated[
        str, typer.Option(metavar="A,B,C", help="Only these members, with their places among all.")
    ] = "",
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = SHOWN,
    as_json: Json = False,
) -> None:
    """The first places of a table, or those of some members.

    \b
    Examples:
      touchline leaderboard top game
      touchline leaderboard top match-points --period opta:1009316
      touchline leaderboard top quiz --at -1d --segment region:es --limit 100
      touchline leaderboard top game --friends ann,bo,cy --json
    """
    settings = Settings.load()
    with _store(settings) as store:
        table = _table(store, board, period, at, segment)
        members = [one.strip() for one in friends.split(",") if one.strip()]
        found = store.among(table, members)[:limit] if members else store.top(table, limit)
        _show(table, store.size(table), found, as_json)


@app.command()
def around(
    board: BoardArgument,
    member: Annotated[str, typer.Argument(metavar="MEMBER", help="Whose place.")],
    size: Annotated[int, typer.Option(min=0, help="Places on either side.")] = 5,
    period: Period = "",
    at: At = None,
    segment: Segment = GLOBAL,
    as_json: Json = False,
) -> None:
    """A member's place, and those on either side of it.

    \b
    Examples:
      touchline leaderboard around game ann
      touchline leaderboard around top-scorers opta:60772 --size 2
      touchline leaderboard around game ann --segment region:es --json
    """
    settings = Settings.load()
    with _store(settings) as store:
        table = _table(store, board, period, at, segment)
        _show(table, store.size(table), store.around(table, member, size), as_json, member)


@app.command("history")
def past(
    board: BoardArgument,
    member: Annotated[
        str | None, typer.Argument(metavar="[MEMBER]", help="Whose values; else whole tables.")
    ] = None,
    period: Period = "",
    segment: Segment = GLOBAL,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Places of each table, or values of the member.")
    ] = None,
    as_json: Json = False,
) -> None:
    """The closed tables of a board, or a member's values over time; from ClickHouse.

    Of a board whose tables have no end (per match, per season, never reset), all tables are shown.

    \b
    Examples:
      touchline leaderboard history quiz
      touchline leaderboard history quiz --period 2026-11-16 --limit 100 --json
      touchline leaderboard history game ann
    """
    settings = Settings.load()
    board_named(settings.leaderboards, board)
    clickhouse = history_of(settings)
    if member is None:
        rows = leaderboards.past_tables(clickhouse, board, segment, period, limit or SHOWN)
    else:
        rows = leaderboards.progress(clickhouse, board, member, segment, period, limit or 50)
    if as_json:
        typer.echo(json.dumps([_plain(row) for row in rows], ensure_ascii=False))
    elif rows:
        output().print(_grid(rows))
    else:
        typer.echo("nothing yet")


@app.command("list")
def list_boards(as_json: Json = False) -> None:
    """The boards of the settings, and their tables in Redis, those written last first.

    \b
    Examples:
      touchline leaderboard list
      touchline leaderboard list --json | jq -r '.[] | .board'
    """
    settings = Settings.load()
    rows: list[dict[str, Any]] = []
    with _store(settings) as store:
        for name, board in settings.leaderboards.items():
            tables = [
                {"period": period, "members": store.size(Table(name, period))}
                for period in store.periods(name)
            ]
            rows.append({"board": name, "counts": _counts(board), "tables": tables})
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False))
        return
    grid = Grid("board", "counts", "tables", box=None, pad_edge=False, header_style="bold")
    for row in rows:
        grid.add_row(*(Text(text) for text in (row["board"], row["counts"], _tables(row))))
    output().print(grid)


MOST_TABLES = 4
"""Are named of a board in a list."""


def _tables(row: dict[str, Any]) -> str:
    named = [f"{table['period']} ({table['members']:,})" for table in row["tables"][:MOST_TABLES]]
    more = len(row["tables"]) - len(named)
    return ", ".join(named) + (f" and {more:,} more" if more else "") or "none yet"


def _counts(board: Board) -> str:
    """`scores, best, ascending, reset 0 0 * * 1`, `points per season`, `goals, best`."""
    parts = [board.measure if board.per == "all" else f"{board.measure} per {board.per}"]
    if not board.canonical or board.operator != "increment":
        parts.append(board.operator)
    parts += [] if board.descending else [board.order]
    parts += [f"reset {board.reset}"] if board.reset else []
    return ", ".join(parts)


def _store(settings: Settings) -> TableStore:
    return TableStore(settings.redis, settings.leaderboards)


def _table(store: TableStore, board: str, period: str, at: str | None, segment: str) -> Table:
    if period and at:
        raise TouchlineError("--period and --at both say which table is meant", "give one of them")
    at_ms = moment_ms(at, "--at") if at else None
    return store.table(board, period, segment, at_ms)


def _show(
    table: Table, members: int, found: Sequence[Standing], as_json: bool, marked: str = ""
) -> None:
    if as_json:
        standings = [{**asdict(one), "since": iso_time(one.since_ms)} for one in found]
        typer.echo(
            json.dumps(
                {**asdict(table), "members": members, "standings": standings}, ensure_ascii=False
            )
        )
        return
    typer.echo(f"{table.board}  {table.period}  {table.segment}  {members:,} members")
    if not found:
        typer.echo("nobody is in this table")
        return
    grid = Grid(box=None, pad_edge=False, header_style="bold")
    for name in ("", "member", "name", "value", "scores", "since"):
        grid.add_column(name, justify="right" if name in ("", "value", "scores") else "left")
    for one in found:
        cells = (
            f"{one.rank:,}", one.member, one.name, f"{one.value:,}", f"{one.scores:,}",
            iso_time(one.since_ms) or "",
        )  # fmt: skip
        style = "bold" if one.member == marked else ""
        grid.add_row(*(Text(_visible(cell)) for cell in cells), style=style)
    output().print(grid)


def _visible(text: str) -> str:
    """A text from outside without what would steer the terminal."""
    return "".join(sign if sign.isprintable() or sign == "\u200d" else " " for sign in text)


def _grid(rows: Sequence[dict[str, Any]]) -> Grid:
    grid = Grid(box=None, pad_edge=False, header_style="bold")
    for name, value in rows[0].items():
        number = isinstance(value, int) and not isinstance(value, bool)
        grid.add_column(name, justify="right" if number else "left")
    for row in rows:
        grid.add_row(*(Text(_visible(_cell(value))) for value in row.values()))
    return grid


def _cell(value: Any) -> str:
    if isinstance(value, datetime):
        return str(_plain_value(value))
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return "" if value is None else str(value)


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {name: _plain_value(value) for name, value in row.items()}


def _plain_value(value: Any) -> Any:
    if isinstance(value, datetime):
        return iso_time(round(value.timestamp() * 1000))
    return value

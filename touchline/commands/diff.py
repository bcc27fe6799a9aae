"""`touchline diff`: do two versions of match_state hold the same?"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table
from rich.text import Text

from touchline.comparing import Difference, Looks, Parts
from touchline.errors import TouchlineError
from touchline.rollout import NOTHING
from touchline.settings import Settings
from touchline.terminal import output
from touchline.version_reader import VersionReader

app = typer.Typer()

DIFFERENT = 1
AT_ONCE = 20
"""Matches or players in one round trip."""

LOOK_EVERY_S = 0.2
SHOWN = 40
LONGEST = 60


@app.command()
def diff(
    version: Annotated[
        str | None, typer.Argument(metavar="VERSION", help="Else the one that is rolled out.")
    ] = None,
    against: Annotated[
        str | None, typer.Option(metavar="VERSION", help="Else the base of the rollout: main.")
    ] = None,
    match: Annotated[
        list[str] | None,
        typer.Option(help="This match and its players only: opta:1009316 (repeatable)."),
    ] = None,
    ignore: Annotated[
        list[str] | None,
        typer.Option(metavar="PATTERN", help="A field that does not count: 'state.quality.*'."),
    ] = None,
    wait: Annotated[
        float, typer.Option(min=0.0, metavar="S", help="How long a version may lag, in seconds.")
    ] = 10.0,
    as_json: Annotated[bool, typer.Option("--json", help="For scripts: all that differs.")] = False,
) -> None:
    """Compare what two versions hold in Redis: states, timelines, events, windows, players.

    Both may run meanwhile: what differs is looked at again, until one has shown what the other has
    shown, or --wait is over. Exit code 0: they hold the same. 1: they differ.

    \b
    Examples:
      touchline diff green
      touchline diff green --match opta:1009316
      touchline diff green --against main --ignore 'state.quality.*' --ignore 'windows.momentum:*'
      touchline diff --json | jq -r '.differences[].field' | sort | uniq -c
    """
    matches = tuple(match or ())
    with VersionReader(Settings.load().redis, matches) as reader:
        rollout = reader.rollout()
        new, base = version or rollout.version, against or rollout.base
        if not new:
            raise TouchlineError(NOTHING, "or name a version: touchline diff green")
        if new == base:
            raise TouchlineError(f"{new} is compared with itself", "touchline diff --help")
        pair = (base, new)
        if not matches:
            for one in pair:
                reader.check(one)
        owners = reader.owners(pair)
        if not owners:
            raise TouchlineError(
                f"neither {base} nor {new} has {', '.join(matches)} in Redis",
                "`touchline watch --all --once` shows what there is",
            )
        looks = Looks(tuple(ignore or ()))
        _look(reader, looks, pair, owners, wait)
    left = looks.left()
    if as_json:
        typer.echo(_as_json(left, pair, len(owners)))
    else:
        _print(left, pair, len(owners))
    if left:
        raise typer.Exit(DIFFERENT)


def _look(
    reader: VersionReader, looks: Looks, pair: tuple[str, str], owners: list[str], wait_s: float
) -> None:
    """Once at all, and then at what differs, again and again."""
    with _progress(len(owners)) as advance:
        for some in _pieces(owners):
            for owner, one, other in _both(reader, pair, some):
                looks.first(owner, one, other)
            advance(len(some))
    deadline = time.monotonic() + wait_s
    with Console(stderr=True).status("looking again at what differs"):
        while looks.owners() and time.monotonic() < deadline:
            time.sleep(LOOK_EVERY_S)
            for some in _pieces(looks.owners()):
                for owner, one, other in _both(reader, pair, some):
                    looks.again(owner, one, other)


def _both(
    reader: VersionReader, pair: tuple[str, str], owners: list[str]
) -> Iterator[tuple[str, Parts, Parts]]:
    one, other = (reader.read(owners, version) for version in pair)
    return zip(owners, one, other, strict=True)


def _pieces(owners: list[str]) -> list[list[str]]:
    return [owners[start : start + AT_ONCE] for start in range(0, len(owners), AT_ONCE)]


@contextmanager
def _progress(total: int) -> Iterator[Callable[[int], None]]:
    columns = (TextColumn("matches and players"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=total)
        yield lambda count: progress.advance(task, count)


def _as_json(left: list[Difference], pair: tuple[str, str], compared: int) -> str:
    base, new = pair
    found = [
        {
            "owner": place.owner,
            "field": place.field,
            base: None if one is None else json.loads(one),
            new: None if other is None else json.loads(other),
        }
        for place, one, other in left
    ]
    return json.dumps({"compared": compared, "differences": found}, ensure_ascii=False)


def _print(left: list[Difference], pair: tuple[str, str], compared: int) -> None:
    base, new = pair
    if not left:
        typer.echo(f"{base} and {new} hold the same of {compared:,} matches and players")
        return
    table = Table("owner", "field", base, new, box=None, pad_edge=False, header_style="bold")
    for place, one, other in left[:SHOWN]:
        table.add_row(Text(place.owner), Text(place.field), _short(one), _short(other))
    output().print(table)
    owners = len({place.owner for place, _, _ in left})
    more = f" ({SHOWN} shown; all with --json)" if len(left) > SHOWN else ""
    typer.echo(
        f"{len(left):,} fields of {owners:,} of {compared:,} matches and players differ{more}"
    )
    typer.echo("a version that still reads its backlog differs too: `touchline jobs` shows its lag")


def _short(value: str | None) -> Text:
    text = "nothing" if value is None else value
    return Text(text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…")

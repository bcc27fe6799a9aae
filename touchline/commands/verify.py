"""`touchline verify`: whether the stores hold exactly what the feeds say."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from oracle.differences import Difference
from touchline.cli import ERROR
from touchline.settings import Settings
from touchline.terminal import output
from touchline.verifying.run import Verified, Verifier

app = typer.Typer()

UNSETTLED = 3
"""Exit code: no difference counts yet, but something was never seen to be as it must be."""

SHOWN_CHARACTERS = 60


@app.command()
def verify(
    match: Annotated[
        str | None, typer.Option("--match", metavar="ID", help="This match only.")
    ] = None,
    patience: Annotated[
        float,
        typer.Option(min=0, metavar="S", help="A difference counts after so many seconds."),
    ] = 60.0,
    shown: Annotated[int, typer.Option("--show", min=0, help="At most so many differences.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="For scripts.")] = False,
) -> None:
    """Whether Redis and ClickHouse hold exactly what the feeds in Kafka say.

    Reads the topics of feeds, polls and scores, computes in plain Python, without Flink, what must
    come of them, and compares all: each match's document, timeline and windows, its players, each
    version of each event in ClickHouse, the counters of the feeds, the polls, the tables
    of leaderboards. The jobs may run meanwhile: what differs and has news all the time is given up
    after five times the patience.

    Exit codes: 0 all is as it must be, 1 something is not, or an error, 3 something had news all
    the time, and was never as it must be when it was looked at: it may be late, or wrong.

    \b
    Examples:
      touchline verify
      touchline verify --match opta:1009316
      touchline verify --patience 120 --json | jq '.wrong[]'
    """
    with (
        Console(stderr=True).status("reading the feeds") as status,
        Verifier(Settings.load(), match, patience, status.update) as verifier,
    ):
        result = verifier.run()
    if as_json:
        wrong = [one._asdict() for one in result.wrong]
        typer.echo(json.dumps({"same": result.same, **asdict(result), "wrong": wrong}, default=str))
    else:
        _print(result, shown)
    if not result.same:
        raise typer.Exit(ERROR if result.wrong or result.unknown else UNSETTLED)


def _print(result: Verified, shown: int) -> None:
    console = output()
    if result.wrong:
        console.print(_table(result.wrong[:shown]))
    typer.echo(
        f"{result.messages:,} messages; compared {result.matches:,} matches with"
        f" {result.versions:,} versions of events, {result.players:,} players,"
        f" {result.feeds:,} feeds, {result.polls:,} polls,"
        f" {result.tables or 0:,} tables of leaderboards, in {result.seconds:.1f} s"
    )
    for topic, records in result.gone.items():
        typer.echo(f"{topic}: {records:,} records are no longer there; what they said is unknown")
    for what, names in (
        ("expired in Redis", result.expired),
        ("had news all the time, and never were as they must be", result.moving),
        ("in Redis, but in no feed", result.unknown),
    ):
        if names:
            more = ", …" if len(names) > shown else ""
            typer.echo(f"{len(names):,} {what}: {', '.join(names[:shown])}{more}")
    if result.wrong:
        typer.echo(f"{len(result.wrong):,} differences")
    else:
        typer.echo("no difference in what stood still" if result.moving else "no difference")


def _table(wrong: list[Difference]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("where", "path", "must be", "is"):
        table.add_column(name, overflow="fold")
    for one in wrong:
        table.add_row(*(Text(_short(value)) for value in one))
    return table


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[: SHOWN_CHARACTERS - 1]}…"

"""`touchline state`, `query`, `search`, `migrate`: what the jobs have made, and where."""

from __future__ import annotations

import json
import sys
from decimal import Decimal
from itertools import chain
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.status import Status
from rich.table import Table
from rich.text import Text

from touchline import history
from touchline.live import LiveStore
from touchline.live_board import MatchesTable
from touchline.live_view import state_panel
from touchline.prepare import migrate as migrate_stores
from touchline.settings import Settings
from touchline.terminal import output
from touchline.versions import history_of

app = typer.Typer()

Json = Annotated[bool, typer.Option("--json", help="For scripts.")]


@app.command()
def migrate(as_json: Json = False) -> None:
    """Bring ClickHouse's tables and Redis's search index up to date.

    Numbered migrations are applied in order, each once. One that was changed after it was applied
    is an error.

    \b
    Examples:
      touchline migrate
      TOUCHLINE_CLICKHOUSE__URL=http://ch.example:8123 touchline migrate --json
    """
    with Console(stderr=True).status("migrating"):
        done = migrate_stores(Settings.load())
    if as_json:
        typer.echo(json.dumps({"migrations": done.migrations, "index": done.index}))
        return
    made = [f"applied {name}" for name in done.migrations]
    made += ["made the search index"] if done.index else []
    typer.echo("\n".join(made) or "everything is up to date")


@app.command()
def state(
    match: Annotated[str, typer.Argument(metavar="MATCH", help="As opta:1009316.")],
    events: Annotated[int, typer.Option(min=0, help="How many of the last events.")] = 8,
    as_json: Json = False,
) -> None:
    """A match's live state: score, clock, totals, doubts about the data, last events.

    \b
    Examples:
      touchline state opta:1009316
      touchline state genius:1976446 --events 20
      touchline state opta:1009316 --json | jq .score
    """
    with LiveStore(Settings.load().redis) as store:
        found = store.match(match)
        last = store.last_events([match], events)[match] if events else []
    if as_json:
        typer.echo(json.dumps({**found, "last_events": last}, ensure_ascii=False))
    else:
        output().print(state_panel(match, found, last))


@app.command("query")
def run_query(
    sql: Annotated[str, typer.Argument(metavar="SQL", help="- reads it from standard input.")],
    format_: Annotated[
        str | None,
        typer.Option("--format", metavar="F", help="Any of ClickHouse's: JSONEachRow, CSV, …"),
    ] = None,
) -> None:
    """SQL on the history in ClickHouse; a table, or any of ClickHouse's formats.

    \b
    Examples:
      touchline query "SELECT home_team, home_score, away_score, away_team FROM matches"
      touchline query "SELECT * FROM match_minutes" --format CSVWithNames > minutes.csv
      touchline query - < report.sql
    """
    text = sys.stdin.read() if sql == "-" else sql
    clickhouse = history_of(Settings.load())
    if format_ or history.names_format(text):
        pieces = history.formatted(clickhouse, text, format_)
        with _asking():  # until there is an answer: both may be on one terminal
            first = next(pieces, b"")
        for piece in chain([first], pieces):
            sys.stdout.buffer.write(piece)
        sys.stdout.buffer.flush()
        return
    with _asking():
        result = history.query(clickhouse, text)
    output().print(result_table(result) if result.rows else "no rows", markup=False)


@app.command()
def search(
    text: Annotated[str, typer.Argument(metavar="QUERY", help="In Redis's query language.")],
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 20,
    as_json: Json = False,
) -> None:
    """Search the live matches: by match_id, provider, sport, status, period (tags), home, away,
    competition, season (texts), home_score, away_score, happened_ms (numbers).

    \b
    Examples:
      touchline search "@sport:{soccer} @period:{2}"
      touchline search "Brazil" --json
      touchline search "@status:{LIVE} @home_score:[2 +inf]" --limit 50
    """
    with LiveStore(Settings.load().redis) as store:
        total, matches = store.search(text, limit)
        ids = [str(found.get("match_id")) for found in matches]
        last = store.last_events(ids, 1) if ids and not as_json else {}
    if as_json:
        typer.echo(json.dumps({"total": total, "matches": matches}, ensure_ascii=False))
        return
    if matches:
        named = dict(zip(ids, matches, strict=True))
        events = {match_id: found[0] for match_id, found in last.items() if found}
        output().print(MatchesTable(named, events))
    typer.echo(f"{total:,} found" + (f", {len(matches)} shown" if total > len(matches) else ""))


def result_table(result: history.Result) -> Table:
    """A query's answer; numbers to the right."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for place, name in enumerate(result.columns):
        numeric = all(_is_number(row[place]) for row in result.rows)
        table.add_column(Text(name), justify="right" if numeric else "left")
    for row in result.rows:
        table.add_row(*(Text("" if value is None else str(value)) for value in row))
    return table


def _asking() -> Status:
    return Console(stderr=True).status("asking ClickHouse")


def _is_number(value: Any) -> bool:
    return value is None or (isinstance(value, int | float | Decimal) and value is not True)

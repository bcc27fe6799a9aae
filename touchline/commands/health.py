"""`touchline health`: whether all is well, for people and for scripts."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from touchline.health import STATES, Finding, findings, verdict
from touchline.probing import probe
from touchline.settings import Settings
from touchline.terminal import output

app = typer.Typer()

COLOURS = dict(zip(STATES, ("green", "yellow", "red"), strict=True))


@app.command()
def health(
    overrides: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="SECTION.NAME=VALUE", help="A setting, as of its limits."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For scripts.")] = False,
) -> None:
    """Whether all is well: Kafka, Redis, ClickHouse, Flink, each job, the feeds' accounting.

    The exit code is 0 if it is, 1 if something is degraded (a job restarts or falls behind, there
    are dead letters, the history's store is away), 2 if something that live results need is down.
    The limits are the settings `health.*`. It takes some seconds: the lag is looked at twice.

    \b
    Examples:
      touchline health
      touchline health --set health.jobs='["normalize","match_state"]'
      touchline health --json | jq -r '.findings[] | select(.state != "ok").text'
    """
    settings = Settings.load(overrides or ())
    with Console(stderr=True).status("asking"):
        found = findings(probe(settings), settings.health)
    state = verdict(found)
    if as_json:
        typer.echo(json.dumps({"state": state, "findings": [asdict(one) for one in found]}))
    else:
        output().print(_table(found))
        typer.secho(state, fg=COLOURS[state])
    raise typer.Exit(STATES.index(state))


def _table(found: list[Finding]) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False)
    for name in ("state", "what"):
        table.add_column(name, no_wrap=True)
    table.add_column("text", overflow="fold")
    for one in found:
        text = f"{one.text}\n→ {one.hint}" if one.hint else one.text
        table.add_row(f"[{COLOURS[one.state]}]{one.state}[/]", one.what, text)
    return table

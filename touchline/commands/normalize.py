"""`touchline normalize`: the adapter alone, no Flink. For debugging an adapter."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Annotated

import typer
from rich.console import Console
from rich.status import Status as RichStatus

from connectors.feeds.files import Received
from touchline.commands.feed_arguments import PROVIDER_HELP, adapter_named, sources_of
from touchline.normalizing import Normalizer, refusal_line
from udfs.merge import last_write_wins
from udfs.model import MatchEvent
from udfs.rendering import json_line

TELL_EVERY = 500
"""Messages."""

app = typer.Typer()

ALL_REFUSED = 1
"""The exit code if something was refused and nothing could be read."""


@app.command()
def normalize(
    provider: Annotated[str, typer.Argument(metavar="PROVIDER", help=PROVIDER_HELP)],
    paths: Annotated[
        list[str],
        typer.Argument(metavar="PATH", help="Files, folders, or - for standard input."),
    ],
    match: Annotated[
        str | None,
        typer.Option(help="The match, where the feed does not say; else the file's name."),
    ] = None,
    every_version: Annotated[
        bool,
        typer.Option("--all", help="Every version in order of arrival, not only the last one."),
    ] = False,
) -> None:
    """Read a provider's messages and print canonical events as JSON lines.

    Events go to standard output in their last state (tombstones too, with status DELETED), what
    was refused goes to standard error, as JSON lines with the reason. The exit code is 0 if
    anything was read, 1 if all was refused, 2 for a wrong command.

    \b
    Examples:
      touchline normalize opta f24-23-2018-1009316-eventdetails.xml
      touchline normalize genius data.json --match 1976446 | jq 'select(.points > 0)'
      touchline normalize sportradar capture.txt --all > versions.jsonl 2> refused.jsonl
    """
    normalizer = Normalizer(adapter_named(provider), match)
    tally = _Tally()
    console = Console(stderr=True)
    messages = chain.from_iterable(sources_of(paths))
    out = sys.stdout.buffer
    with console.status("reading") as status:
        told = _told(messages, tally, status)
        events = _events(normalizer, told, tally, console)
        for event in events if every_version else last_write_wins(events):
            out.write(json_line(event))
    out.flush()
    if tally.refused and not tally.accepted:
        raise typer.Exit(ALL_REFUSED)


class _Tally:
    accepted = 0
    refused = 0


def _told(messages: Iterable[Received], tally: _Tally, status: RichStatus) -> Iterator[Received]:
    """The messages; how many were read is shown meanwhile."""
    for number, message in enumerate(messages):
        if number % TELL_EVERY == 0:
            status.update(f"{number:,} messages read, {tally.accepted:,} events")
        yield message


def _events(
    normalizer: Normalizer, messages: Iterable[Received], tally: _Tally, console: Console
) -> Iterator[MatchEvent]:
    """Every event that arrives; refusals are reported as they come."""
    for message in messages:
        events, refusals = normalizer.read(message)
        for refusal in refusals:
            _report(refusal_line(refusal), console)
        tally.accepted += len(events)
        tally.refused += len(refusals)
        yield from events


def _report(line: bytes, console: Console) -> None:
    if console.is_terminal:  # what is shown there meanwhile is not to be written into
        console.out(line.decode().rstrip(), highlight=False)
    else:
        sys.stderr.buffer.write(line)

"""`touchline dead-letters`: what was refused and why, and another try once the adapter is fixed."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.status import Status
from rich.table import Table

from connectors.feeds.publisher import Publisher, PublishError
from touchline.broker import Broker, Place
from touchline.dead_letters import (
    DeadLetter,
    Retries,
    dead_letter,
    distinct,
    is_snapshot,
    original_of,
)
from touchline.errors import TouchlineError
from touchline.settings import Kafka, Settings
from touchline.versions import dead_letters_of
from udfs.registry import ADAPTERS
from udfs.rendering import iso_time

app = typer.Typer(
    name="dead-letters",
    help="Messages that no adapter could read: list them, show one, send them again.",
    no_args_is_help=True,
)

ProviderOption = Annotated[str | None, typer.Option(help="Only those of this provider.")]
PlaceArgument = Annotated[
    str, typer.Argument(metavar="PARTITION:OFFSET", help="As `dead-letters list` shows it.")
]
"""Of a topic of another version than main: TOPIC:PARTITION:OFFSET."""


@app.command("list")
def list_letters(
    provider: ProviderOption = None,
    limit: Annotated[int, typer.Option(min=1, help="The newest so many.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="JSON lines.")] = False,
) -> None:
    """List the newest refused messages, oldest first.

    \b
    Examples:
      touchline dead-letters list --provider opta
      touchline dead-letters list --limit 1000 --json | jq -r .error | sort | uniq -c
    """
    settings = Settings.load()
    with Broker(settings.kafka) as broker, _reading():
        found = [letter.summary() for letter in _letters(broker, settings, provider, limit)]
    letters = sorted(found, key=_received)[-limit:]
    if as_json:
        for letter in letters:
            typer.echo(msgspec.json.encode(_as_dict(letter, settings.kafka)).decode())
        return
    if not letters:
        typer.echo("no dead letters")
        return
    table = Table("place", "of", "reason", "bytes", "received", box=None)
    for letter in letters:
        table.add_row(
            _short(letter.place, settings.kafka),
            letter.store or letter.provider or (letter.source.topic if letter.source else ""),
            letter.error + (" (part of a message)" if letter.part else ""),
            f"{letter.size:,}",
            iso_time(letter.received_ms) or "",
        )
    Console().print(table, markup=False)


@app.command()
def show(
    place: PlaceArgument,
    raw: Annotated[bool, typer.Option("--raw", help="Only the bytes, as received.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON line.")] = False,
) -> None:
    """Show one refused message: what is known of it, and its bytes.

    \b
    Examples:
      touchline dead-letters show 0:17
      touchline dead-letters show 0:17 --raw | xmllint -
      touchline dead-letters show 0:17 --json | jq -r .error
    """
    if raw and as_json:
        raise typer.BadParameter("--raw has the bytes, --json what is known of them: not both")
    kafka = Settings.load().kafka
    with Broker(kafka) as broker:
        letter = _letter_at(broker, kafka, place)
    if raw:
        sys.stdout.buffer.write(letter.value)
        sys.stdout.buffer.flush()
        return
    text = letter.value.decode("utf-8", "backslashreplace")
    if as_json:
        typer.echo(msgspec.json.encode({**_as_dict(letter, kafka), "value": text}).decode())
        return
    for name, value in _as_dict(letter, kafka).items():
        typer.echo(f"{name}: {'' if value is None else value}")
    typer.echo()
    typer.echo(text)


@app.command()
def retry(
    place: Annotated[
        str | None, typer.Argument(metavar="PARTITION:OFFSET", help="Only this one.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="All of them.")] = False,
    provider: ProviderOption = None,
    force: Annotated[
        bool,
        typer.Option("--force", help="Snapshots too: each undoes what came after it."),
    ] = False,
    again: Annotated[
        bool, typer.Option("--again", help="With --all: those, too, that it has sent before.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The counts as one JSON line.")] = False,
) -> None:
    """Send the original messages to their feeds again, for a fixed adapter to read.

    A message of which many parts were refused is sent once, and by --all only once: what fails
    again has a new letter. A snapshot (LiveStats data.json) is left out without --force: sent now,
    it would take back all that came after it. So is a poll's command, which --all does not send: it
    would be of another moment.

    \b
    Examples:
      touchline dead-letters retry 0:17
      touchline dead-letters retry --all --provider genius
      touchline dead-letters retry --all --provider genius --again --force
    """
    if (place is None) != every:
        raise typer.BadParameter("give one PARTITION:OFFSET, or --all", param_hint="PLACE")
    settings = Settings.load()
    kafka = settings.kafka
    with Broker(kafka) as broker, _reading():
        if place is not None:
            counts = _send_again([_letter_at(broker, kafka, place)], broker, kafka, force)
        else:
            retries = Retries(broker)
            letters = [
                letter.summary()
                for letter in _letters(broker, settings, provider, None)
                if again or not retries.has(letter)
            ]
            timely = [letter for letter in letters if not _is_command(letter, kafka)]
            counts = _send_again(distinct(timely), broker, kafka, force)
            counts.commands = len(letters) - len(timely)
            retries.add(letters)
    if as_json:
        typer.echo(msgspec.json.encode(counts).decode())
    else:
        typer.echo(
            f"{counts.sent:,} messages sent again, {counts.gone:,} no longer in Kafka, "
            f"{counts.snapshots:,} snapshots and {counts.commands:,} poll commands left out"
        )


def _is_command(letter: DeadLetter, kafka: Kafka) -> bool:
    return letter.source is not None and letter.source.topic == kafka.poll_control


class Counts(msgspec.Struct):
    """What became of the messages that a retry was to send."""

    sent: int = 0
    gone: int = 0
    snapshots: int = 0
    commands: int = 0


def _send_again(letters: list[DeadLetter], broker: Broker, kafka: Kafka, force: bool) -> Counts:
    counts = Counts()
    publishers: dict[str, Publisher] = {}
    try:
        with ExitStack() as opened:
            for letter in letters:
                original = original_of(letter, broker, kafka)
                if original is None:
                    counts.gone += 1
                elif not force and is_snapshot(original, ADAPTERS.get(letter.provider)):
                    counts.snapshots += 1
                else:
                    topic = original.topic
                    if topic not in publishers:
                        publishers[topic] = opened.enter_context(Publisher(kafka, topic))
                    headers = {"source": f"retry of {original.source}"}
                    publishers[topic].send(original.value, original.key, headers)
                    counts.sent += 1
    except PublishError as error:
        raise TouchlineError(str(error), "is the stack up? touchline status") from error
    return counts


def _letters(
    broker: Broker, settings: Settings, provider: str | None, last: int | None
) -> Iterator[DeadLetter]:
    """All letters, or those of one provider; `last` of each partition are enough for the former."""
    for topic in dead_letters_of(settings):
        for record in broker.read(topic, last if provider is None else None):
            letter = dead_letter(record, settings.kafka.feed_prefix)
            if provider is None or letter.provider == provider:
                yield letter


_PLACE = re.compile(r"(?:(.*):)?(\d+):(\d+)")
"""TOPIC:PARTITION:OFFSET, or without the topic."""


def _letter_at(broker: Broker, kafka: Kafka, text: str) -> DeadLetter:
    found = _PLACE.fullmatch(text)
    if found is None:
        raise typer.BadParameter(f"{text!r}: wants PARTITION:OFFSET, as 0:17", param_hint="PLACE")
    topic, partition, offset = found.groups()
    record = broker.at(Place(topic or kafka.dead_letters, int(partition), int(offset)))
    if record is None:
        raise TouchlineError(f"no dead letter at {text}", "touchline dead-letters list")
    return dead_letter(record, kafka.feed_prefix)


def _reading() -> Status:
    return Console(stderr=True).status("reading dead letters")


def _received(letter: DeadLetter) -> tuple[int, int, int]:
    return letter.received_ms or 0, letter.place.partition, letter.place.offset


def _short(place: Place, kafka: Kafka) -> str:
    topic = "" if place.topic == kafka.dead_letters else f"{place.topic}:"
    return f"{topic}{place.partition}:{place.offset}"


def _as_dict(letter: DeadLetter, kafka: Kafka) -> dict[str, Any]:
    return {
        "place": _short(letter.place, kafka),
        "provider": letter.provider,
        "match": letter.key.decode("utf-8", "replace") if letter.key is not None else None,
        "error": letter.error,
        "part": letter.part,
        "size": letter.size,
        "received": iso_time(letter.received_ms),
        "adapter": letter.adapter,
        "store": letter.store,
        "source": str(letter.source) if letter.source else None,
    }

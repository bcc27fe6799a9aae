"""`touchline simulate`: matches in each provider's own format, with the truth about them."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import FrameType
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from connectors.feeds.pacing import parse_speed
from connectors.feeds.publisher import PublishError
from simulator.delivery import Folder, Lines, Nowhere, Sink, Topics, as_they_come, evenly
from simulator.disorder import Rates, Sent
from simulator.feed import (
    DEFAULT_FORMATS,
    DEFAULT_START,
    WRITERS,
    Options,
    Simulation,
    enough_matches,
    natural_rate,
)
from touchline.commands.arguments import duration_ms, moment_ms, share_of
from touchline.errors import TouchlineError
from touchline.settings import Settings

app = typer.Typer()

MATCHES = 3
PROGRESS_EVERY = 500

EXAMPLES = """
Invented matches in the providers' own formats. The same options give the same bytes.

\b
Examples:
  touchline simulate --provider opta --matches 1 --out captures/
  touchline simulate --provider all --edits 5% --deletes 1% --duplicates 2% --late 1% \\
      --shuffle 50 --out captures/ --truth truth.json
  touchline simulate --provider all --matches 9 --speed 60x --start-time now --to-kafka
  touchline simulate --events 600000 --edits 5% --to-kafka --truth truth.json
  touchline simulate --rate 2000 --duration 60s --start-time now --to-kafka
  touchline simulate --matches 5 --truth -
"""


@app.command("simulate", help=EXAMPLES)
def simulate(
    provider: Annotated[
        list[str] | None,
        typer.Option(help=f"{', '.join(WRITERS)}, or all; repeatable. All but livestats is all."),
    ] = None,
    matches: Annotated[
        int | None,
        typer.Option(help=f"How many; {MATCHES}, or what --events or --duration needs.", min=1),
    ] = None,
    seed: Annotated[int, typer.Option(help="Another seed, other matches.", min=0)] = 1,
    rate: Annotated[str, typer.Option(help="Messages a second, or max.")] = "max",
    speed: Annotated[
        str | None, typer.Option(help="1x, 60x or max: at the messages' own times.")
    ] = None,
    start_time: Annotated[
        str, typer.Option(help="First kick-off: an ISO time, or now, which follows the clock.")
    ] = DEFAULT_START,
    duration: Annotated[
        str | None, typer.Option(help="Stop after this long: 90s, 10m, 1h.")
    ] = None,
    events: Annotated[
        int | None, typer.Option(help="Stop after so many messages, duplicates apart.", min=1)
    ] = None,
    edits: Annotated[str, typer.Option(help="Share of the plays that are edited later.")] = "0%",
    deletes: Annotated[str, typer.Option(help="Share of the plays that are taken back.")] = "0%",
    duplicates: Annotated[str, typer.Option(help="Share of the messages sent twice.")] = "0%",
    late: Annotated[str, typer.Option(help="Share of the messages up to a minute late.")] = "0%",
    shuffle: Annotated[
        int, typer.Option(help="Window of messages that are sent in any order.", min=0)
    ] = 0,
    out: Annotated[Path | None, typer.Option(help="A folder: a capture a match.")] = None,
    to_kafka: Annotated[
        bool, typer.Option("--to-kafka", help="To feed.PROVIDER, keyed by match.")
    ] = False,
    truth: Annotated[
        str | None,
        typer.Option(help="A file for the truth; - prints it, alone if nothing else is asked for."),
    ] = None,
) -> None:
    """Simulate matches; see `EXAMPLES`."""
    if out is not None and to_kafka:
        raise typer.BadParameter(
            "--out and --to-kafka exclude each other: run it twice, with the same seed"
        )
    live = start_time == "now"
    pace = _pace(rate, speed, live)
    seconds = duration_ms(duration, "--duration") / 1000 if duration is not None else None
    options = Options(
        formats=_formats(provider or ["opta"]),
        seed=seed,
        rates=Rates(
            edits=share_of(edits, "--edits"),
            deletes=share_of(deletes, "--deletes"),
            duplicates=share_of(duplicates, "--duplicates"),
            late=share_of(late, "--late"),
            shuffle=shuffle,
        ),
        start_ms=0 if live else moment_ms(start_time, "--start-time"),
        events=events,
    )
    options = msgspec.structs.replace(
        options, matches=matches or _matches(options, pace, seconds), events=events
    )
    if live:
        options = _following_the_clock(options, pace)
    simulation = Simulation(options)
    kafka = Settings.load().kafka
    sink: Sink = Nowhere()
    if out is not None:
        sink = Folder(simulation, out)
    elif to_kafka:
        sink = Topics(simulation, kafka)
    elif truth != "-":
        sink = Lines(simulation, sys.stdout.buffer, kafka)
    stream = _paced(simulation.stream(), pace, live)
    try:
        _play(simulation, stream, sink, seconds)
    except PublishError as error:
        raise TouchlineError(str(error), "is Kafka running? touchline status") from error
    except BrokenPipeError:
        # The reader (`| head`) has what it wants.
        sys.stderr.close()
        return
    _tell(simulation, truth)


class Pace(msgspec.Struct, frozen=True):
    """Messages a second, or a factor for their own times, or neither: as fast as possible."""

    rate: float | None = None
    speed: float | None = None


def _pace(rate: str, speed: str | None, live: bool) -> Pace:
    if rate != "max" and speed is not None:
        raise typer.BadParameter("--rate and --speed exclude each other")
    if rate != "max":
        try:
            found = float(rate)
        except ValueError:
            found = 0.0
        if found <= 0:
            raise typer.BadParameter(f"{rate!r}: messages a second, or max", param_hint="--rate")
        return Pace(rate=found)
    try:
        return Pace(speed=parse_speed(speed or ("1x" if live else "max")))
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--speed") from error


def _paced(stream: Iterator[Sent], pace: Pace, live: bool) -> Iterator[Sent]:
    if pace.rate is not None:
        return evenly(stream, pace.rate)
    if pace.speed is not None:
        # Live, the messages' times already advance that fast.
        return as_they_come(stream, 1.0 if live else pace.speed)
    return stream


def _matches(options: Options, pace: Pace, seconds: float | None) -> int:
    if options.events is not None:
        return enough_matches(options, options.events)
    if pace.rate is not None and seconds is not None:
        return enough_matches(options, int(pace.rate * seconds) + 1)
    return max(MATCHES, len(options.formats))


def _following_the_clock(options: Options, pace: Pace) -> Options:
    """Times that are now: they advance as fast as the messages are sent."""
    natural = natural_rate(options)  # writes the scripts, which takes a while, before the start
    factor = pace.speed or 1.0
    if pace.rate is not None:
        factor = pace.rate / natural
    return msgspec.structs.replace(options, start_ms=int(time.time() * 1000), pace=factor)


def _play(
    simulation: Simulation, stream: Iterable[Sent], sink: Sink, seconds: float | None
) -> None:
    """Send everything; Ctrl-C ends it in good order, so that the truth still holds."""
    deadline = None if seconds is None else time.monotonic() + seconds

    def interrupted(_signal: int, _frame: FrameType | None) -> None:
        simulation.stop()
        signal.signal(signal.SIGINT, signal.default_int_handler)

    previous = signal.signal(signal.SIGINT, interrupted)
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    try:
        with Progress(*columns, console=console, transient=True) as progress, sink:
            task = progress.add_task("simulating")
            for count, message in enumerate(stream, 1):
                sink.send(message)
                if count % PROGRESS_EVERY == 0:
                    progress.update(task, description=f"simulating: {count:,} messages")
                if deadline is not None and time.monotonic() > deadline:
                    simulation.stop()
    finally:
        signal.signal(signal.SIGINT, previous)


def _tell(simulation: Simulation, where: str | None) -> None:
    truth = simulation.truth()
    totals = truth.totals
    print(
        f"{totals.messages:,} messages of {totals.matches:,} matches"
        f" ({totals.duplicates:,} duplicates, {totals.heartbeats:,} heartbeats):"
        f" {totals.active:,} active events, {totals.deleted:,} deleted",
        file=sys.stderr,
    )
    text = msgspec.json.format(msgspec.json.encode(truth), indent=2)
    if where == "-":
        sys.stdout.buffer.write(text + b"\n")
    elif where is not None:
        Path(where).write_bytes(text + b"\n")


def _formats(names: list[str]) -> tuple[str, ...]:
    formats: list[str] = []
    for name in names:
        if name != "all" and name not in WRITERS:
            known = ", ".join([*WRITERS, "all"])
            raise typer.BadParameter(f"no format {name!r}: one of {known}", param_hint="--provider")
        formats += DEFAULT_FORMATS if name == "all" else [name]
    return tuple(dict.fromkeys(formats))

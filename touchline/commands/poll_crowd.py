"""`touchline poll crowd`: invented votes in a poll, with the truth about them."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from simulator.crowd import Clock, Crowd, Options, Tally, Vote, steady
from touchline.commands.arguments import PollArgument, share_of
from touchline.errors import TouchlineError
from touchline.polls import JOB, PollStore
from touchline.sending import sending
from touchline.settings import Kafka, Redis, Settings
from udfs.clock import now_ms
from udfs.polls.lifecycle import ACTIVE, MAX_CHOICES

MAX = "max"
PROGRESS_EVERY = 500


def crowd(
    poll: PollArgument,
    voters: Annotated[int, typer.Option(min=1, help="How many vote.")],
    rate: Annotated[str, typer.Option(help="Votes cast a second, or max.")] = MAX,
    changes: Annotated[str, typer.Option(help="Share of the voters who vote again.")] = "20%",
    duplicates: Annotated[str, typer.Option(help="Share of the votes sent twice.")] = "2%",
    late: Annotated[
        str, typer.Option(help="Share of the votes sent after up to 1,000 that were cast later.")
    ] = "0%",
    paid: Annotated[str, typer.Option(help="Share of the voters of the paid class.")] = "10%",
    regions: Annotated[
        str, typer.Option(metavar="R,R,…", help="Where they are; the first have more voters.")
    ] = "",
    choices: Annotated[
        str, typer.Option(metavar="ID,ID,…", help="The poll's choices; else Redis is asked.")
    ] = "",
    multiple: Annotated[int, typer.Option(min=1, max=MAX_CHOICES, help="Choices of a vote.")] = 1,
    seed: Annotated[int, typer.Option(min=0, help="Another seed, other voters.")] = 1,
    to_kafka: Annotated[
        bool, typer.Option("--to-kafka", help="To poll-votes, keyed by voter, cast now.")
    ] = False,
    truth: Annotated[
        bool,
        typer.Option(
            "--truth", help="Print what the result must be, alone if nothing else is asked for."
        ),
    ] = False,
) -> None:
    """Invented votes of a crowd. Without --to-kafka JSON lines, the same for the same options.

    The truth holds for a poll that is open all the time, in which the last vote of a voter counts.

    \b
    Examples:
      touchline poll crowd motm --voters 10000 --rate 500 --to-kafka
      touchline poll crowd motm --voters 100000 --changes 30% --regions es,uk,de --seed 2 \\
          --to-kafka --truth > truth.json
      touchline poll crowd motm --voters 100 --choices raul,muniain | jq .value
    """
    pace = _pace(rate)
    settings = Settings.load()
    known = _listed(choices) or _choices_of(poll, settings.redis, to_kafka)
    options = Options(
        poll_id=poll,
        choices=known,
        voters=voters,
        changes=share_of(changes, "--changes"),
        duplicates=share_of(duplicates, "--duplicates"),
        late=share_of(late, "--late"),
        paid=share_of(paid, "--paid"),
        regions=_listed(regions),
        max_choices=multiple,
        seed=seed,
    )
    votes = Crowd(options).votes(_now(pace) if to_kafka else steady(rate=pace or 1_000.0))
    tally = Tally(known)
    try:
        if to_kafka:
            _send(votes, tally, settings.kafka)
        elif truth:
            for vote in votes:
                tally.add(vote)
        else:
            _print(votes, tally, settings.kafka)
    except BrokenPipeError:
        # The reader (`| head`) has what it wants.
        sys.stderr.close()
        return
    _tell(tally, truth)


def _send(votes: Iterator[Vote], tally: Tally, kafka: Kafka) -> None:
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    progress = Progress(*columns, console=Console(stderr=True), transient=True)
    with (
        progress,
        sending(kafka, kafka.poll_votes, JOB) as publisher,
        _interruptible() as interrupted,
    ):
        task = progress.add_task("voting")
        for count, vote in enumerate(votes, 1):
            publisher.send(vote.serialised(), vote.voter_id)
            tally.add(vote)
            if count % PROGRESS_EVERY == 0:
                progress.update(task, description=f"voting: {count:,} votes")
            if interrupted:
                break


def _print(votes: Iterator[Vote], tally: Tally, kafka: Kafka) -> None:
    """A JSON object a line: `topic`, `key`, `time_ms`, `value`."""
    encode = msgspec.json.Encoder().encode
    for vote in votes:
        line = {
            "topic": kafka.poll_votes,
            "key": vote.voter_id,
            "time_ms": vote.voted_ms,
            "value": vote,
        }
        sys.stdout.buffer.write(encode(line) + b"\n")
        tally.add(vote)
    sys.stdout.buffer.flush()


def _tell(tally: Tally, in_full: bool) -> None:
    truth = tally.truth()
    print(
        f"{truth.sent:,} votes of {truth.voters:,} voters: {truth.changed:,} changed,"
        f" {truth.superseded:,} superseded, {truth.duplicates:,} duplicates",
        file=sys.stderr,
    )
    if in_full:
        text = msgspec.json.format(msgspec.json.encode(truth), indent=2)
        sys.stdout.buffer.write(text + b"\n")
        sys.stdout.buffer.flush()


@contextmanager
def _interruptible() -> Iterator[list[int]]:
    """A list that Ctrl-C fills: it ends the voting in good order, so that the truth still holds."""
    interrupted: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        interrupted.append(number)
        signal.signal(signal.SIGINT, signal.default_int_handler)

    previous = signal.signal(signal.SIGINT, note)
    try:
        yield interrupted
    finally:
        signal.signal(signal.SIGINT, previous)


def _now(rate: float | None) -> Clock:
    """The clock on the wall; with a rate, it waits until the vote is due."""
    start = time.monotonic()

    def cast_ms(number: int) -> int:
        wait_s = start + number / rate - time.monotonic() if rate else 0.0
        if wait_s > 0:
            time.sleep(wait_s)
        return now_ms()

    return cast_ms


def _choices_of(poll: str, redis: Redis, to_kafka: bool) -> tuple[str, ...]:
    """The choices of a poll that Redis has; it must be open if it shall be voted on."""
    with PollStore(redis) as store:
        result = store.result(poll)
    if to_kafka and result["status"] != ACTIVE:
        raise TouchlineError(
            f"poll {poll} is {result['status']}: a crowd wants {ACTIVE}",
            f"`touchline poll open {poll}`; with --choices, its status is not asked for",
        )
    return tuple(choice["id"] for choice in result["choices"])


def _pace(text: str) -> float | None:
    if text == MAX:
        return None
    try:
        rate = float(text)
    except ValueError:
        rate = 0.0
    if not 0 < rate < float("inf"):
        raise typer.BadParameter(f"{text!r}: votes a second, or max", param_hint="--rate")
    return rate


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())

"""The engines that count polls: how each is started, and how its last results are had.

`kafka` are the settings whose `poll_control`, `poll_votes`, `poll_ballots` and `poll_results` are
topics of the contender's own.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import msgspec

from bench.bed import POLL_S, STUCK_S, Bed, read_all
from bench.contenders import Run, bytewax_program, quix_program
from bench.load import Sent, produce
from bench.one_vote import tick
from bench.poll_load import counted
from bench.report import step
from schemas.generated.touchline.v1.poll_pb2 import CLOSE, PollControl
from simulator.crowd import Truth
from touchline.errors import TouchlineError
from touchline.flink_client import Submission
from touchline.polls import PollStore, send_commands
from touchline.sending import new_id
from touchline.settings import Kafka

TOPICS = ("poll_control", "poll_votes", "poll_ballots", "poll_results")
UNPACED = 1_000_000_000
TICK_S = 1.0

Truths = Mapping[str, Truth]
Results = dict[str, Mapping[str, Any]]
"""Poll -> its result, by the names of docs/polls.md."""

PollContender = Callable[[Bed, Kafka], AbstractContextManager[Run]]
PollEnd = Callable[[Bed, Kafka, Truths], Results]


def topics_of(bed: Bed, number: int) -> Kafka:
    """Settings with topics of a contender's own; they are made, and the broker stamps them."""
    names = {name: bed.create_topic(f"bench-{number}-{name}") for name in TOPICS}
    return bed.settings.kafka.model_copy(update=names)


@contextmanager
def touchline(bed: Bed, kafka: Kafka) -> Iterator[Run]:
    """Touchline's own job, as it runs live. It does more than the others: it judges each vote by
    the poll's life in event time and by its source's pace, and hands its results to Redis too."""
    overrides = [f"kafka.{name}={getattr(kafka, name)}" for name in TOPICS]
    overrides.append(f"polls.votes_per_source_s={UNPACED}")
    with bed.jobs(Submission(["polls"], overrides=overrides)):
        yield Run(bed.flink_processes)


def quix(bed: Bed, kafka: Kafka) -> AbstractContextManager[Run]:
    """`bench/quix_polls.py`."""
    return quix_program(bed, "bench.quix_polls", *_programs_topics(kafka))


def bytewax(bed: Bed, kafka: Kafka) -> AbstractContextManager[Run]:
    """`bench/bytewax_polls.py`."""
    return bytewax_program(bed, "bench.bytewax_polls", *_programs_topics(kafka))


def finals(bed: Bed, kafka: Kafka, truths: Truths) -> Results:
    """Close Touchline's polls, and give their final results once Redis has them.

    Raises:
        TouchlineError: it has not.
    """
    commands = [PollControl(poll_id=id_, command_id=new_id(), action=CLOSE) for id_ in truths]
    send_commands(kafka, commands)
    with PollStore(bed.settings.redis) as store:
        return _until_all(
            "waiting for the final results",
            truths,
            lambda: {one["id"]: one for one in store.results(truths) if one["final"]},
            POLL_S,
        )


def last_results(bed: Bed, kafka: Kafka, truths: Truths) -> Results:
    """Ask for results until the last ones have all votes in them: as other engines have a poll's
    result when it is voted on, not when a time is over, their last one comes of a tick.

    Raises:
        TouchlineError: they never have all votes.
    """
    ticks = [Sent(poll_id.encode(), tick(poll_id)) for poll_id in truths]

    def complete() -> Results:
        produce(kafka, kafka.poll_votes, ticks)
        time.sleep(TICK_S)
        last: Results = {}
        for message in read_all(bed.settings, kafka.poll_results):
            result = msgspec.json.decode(message.value())
            last[result["id"]] = result
        return {id_: one for id_, one in last.items() if counted(one) == truths[id_].sent}

    return _until_all("waiting for the last results", truths, complete, 0.0)


def _until_all(
    what: str, polls: Collection[str], results: Callable[[], Results], pause_s: float
) -> Results:
    deadline = time.monotonic() + STUCK_S
    with step(what) as tell:
        while True:
            found = results()
            tell(f"{len(found):,} of {len(polls):,}")
            if len(found) == len(polls):
                return found
            if time.monotonic() > deadline:
                raise TouchlineError(f"{what}: stuck at {len(found):,} of {len(polls):,} polls")
            time.sleep(pause_s)


def _programs_topics(kafka: Kafka) -> tuple[str, str, str]:
    return kafka.poll_votes, kafka.poll_ballots, kafka.poll_results

"""Vote -> visible result at a constant rate.

A process of its own puts votes in one poll, so many a second, each stamped with the moment at which
it is handed to Kafka's producer. Redis tells each new result of a poll on the channel
`poll-updates`; its `revision` is the time on the broker's clock up to which all is counted. So a
vote is in the first result whose revision has come to the time at which the broker took it:

    latency = when the message came - when the vote was handed over     (one clock)

Two hundred other polls get a vote a second each beside it, by the same process: the channel carries
their results too. Each vote of the one poll counts; none is left out: a vote that never becomes
visible is an error, and so is a final result that is not what plain Python finds.
"""

from __future__ import annotations

import time
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import count

import msgspec

from bench.bed import Bed, fresh_bed
from bench.feeding import feeding, per_second, quantiles
from bench.load import Sent, produce
from bench.poll_contenders import finals
from bench.poll_load import (
    VOTERS,
    PollLoad,
    as_they_arrived,
    counted,
    load_of,
    open_polls,
    verify,
)
from bench.report import Report, step
from bench.updates import Updates
from schemas.redis import keys
from simulator.crowd import steady
from touchline.errors import TouchlineError
from touchline.flink_client import Submission

BURST = 100_000
"""Votes at once before the first rate: the JVM compiles what runs often."""

BURST_SEED, FIRST_SEED, BESIDE_SEED = 400, 401, 500
"""Each rate has voters of its own."""

BESIDE = 200
"""Other polls, and their votes a second, all together."""

SETTLE_S = 60.0


Heard = list[tuple[float, int]]
"""Results of the poll: when they came (epoch seconds), and their revision; both ascending."""


@dataclass(frozen=True)
class Figures:
    """One line of the result.

    fed_per_s: what the feeding process achieved, of the votes in the poll.
    """

    rate: int
    votes: int
    fed_per_s: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    p99_9_ms: float
    max_ms: float


def measure(report: Report, rates: Sequence[int], seconds: float, warm_up: float) -> bool:
    """Every rate, on one stack; True, since whatever is wrong is raised.

    Raises:
        TouchlineError: a vote did not become visible, or a result is wrong.
    """
    rows: list[Figures] = []
    with fresh_bed() as bed, bed.jobs(Submission(["polls"])):
        _burst(bed)
        for seed, rate in enumerate(rates, FIRST_SEED):
            load = load_of(int(rate * (warm_up + seconds)), [f"latency-{seed}"], seed)
            rows.append(_at(bed, load, rate, int(rate * warm_up)))
    every_ms = bed.settings.polls.results_ms
    report.rows(
        "poll-latency",
        f"Vote -> visible result, {seconds:.0f} s at each rate; results every {every_ms} ms",
        [asdict(row) for row in rows],
    )
    return True


def is_beside(number: int, rate: int) -> bool:
    """Whether a message of the feed is a vote in one of the other polls."""
    both = rate + BESIDE
    return number * BESIDE // both != (number + 1) * BESIDE // both


def latencies_of(handed: Sequence[float], appended_ms: Sequence[int], heard: Heard) -> list[float]:
    """Of each vote, the ms until a result had it.

    Raises:
        TouchlineError: no result had some of them.
    """
    revisions = [revision for _, revision in heard]
    places = [bisect_left(revisions, appended) for appended in appended_ms]
    if lost := places.count(len(heard)):
        raise TouchlineError(f"{lost:,} of {len(handed):,} votes are in no result")
    return [(heard[place][0] - at) * 1000 for at, place in zip(handed, places, strict=True)]


def mixed(main: Iterable[Sent], beside: Iterator[Sent], rate: int) -> Iterator[Sent]:
    """The votes in the poll, and between them, where `is_beside` says so, those in others."""
    numbers = count()
    for message in main:
        while is_beside(next(numbers), rate):
            yield next(beside)
        yield message


def _burst(bed: Bed) -> None:
    kafka = bed.settings.kafka
    load = load_of(BURST, ["burst"], BURST_SEED)
    open_polls(kafka, load.polls)
    [(poll_id, truth)] = load.truths().items()
    with Updates(bed.settings.redis.url, keys.POLL_UPDATES) as updates:
        produce(kafka, kafka.poll_votes, load.messages())
        _hear(updates, poll_id, truth.sent, "warming up the job")


def _at(bed: Bed, load: PollLoad, rate: int, skipped: int) -> Figures:
    """One rate: feed, observe, and compute afterwards."""
    kafka = bed.settings.kafka
    truths = load.truths()
    [(poll_id, truth)] = truths.items()
    others = [f"{poll_id}-beside-{number}" for number in range(BESIDE)]
    open_polls(kafka, [poll_id, *others])
    # Each of its voters votes at least once: that is enough.
    needed = BESIDE + truth.sent * BESIDE // rate
    beside = load_of(round(needed / VOTERS), others, BESIDE_SEED).messages()
    with (
        Updates(bed.settings.redis.url, keys.POLL_UPDATES) as updates,
        feeding(
            kafka, kafka.poll_votes, mixed(load.messages(), beside, rate), rate + BESIDE
        ) as feeder,
    ):
        heard = _hear(updates, poll_id, truth.sent, f"{rate:,} votes/s")
        fed = feeder.fed()
    ours = [number for number in range(len(fed.handed)) if not is_beside(number, rate)]
    handed = [fed.handed[number] for number in ours]
    appended_ms = [stamp for number in ours if (stamp := fed.appended_ms[number]) is not None]
    if len(appended_ms) < len(handed):
        raise TouchlineError(f"{kafka.poll_votes} does not have the broker's time")
    came = zip(appended_ms, load.votes(steady()), strict=True)
    verify(finals(bed, kafka, truths), as_they_arrived(truths, came))
    latencies = latencies_of(handed, appended_ms, heard)[skipped:]
    return Figures(rate, len(latencies), per_second(handed), **quantiles(sorted(latencies)))


def _hear(updates: Updates, poll_id: str, votes: int, what: str) -> Heard:
    """Record a poll's results until one has so many votes.

    Raises:
        TouchlineError: for too long there is none.
    """
    heard: Heard = []
    newest, had = time.monotonic(), 0
    with step(what) as tell:
        while had < votes:
            for payload in updates.read():
                result = msgspec.json.decode(payload)
                if result["id"] == poll_id:
                    heard.append((updates.read_at, result["revision"]))
                    newest, had = time.monotonic(), counted(result)
            tell(f"{had:,} of {votes:,} votes are visible")
            if time.monotonic() - newest > SETTLE_S:
                raise TouchlineError(f"{what}: stuck at {had:,} of {votes:,} visible votes")
    return heard

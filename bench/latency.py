"""Feed -> Redis at a constant rate, with all jobs running.

A process of its own puts events on the feed's topic, each stamped with the moment at which it is
handed to Kafka's producer. Redis tells of every write to a match on the channel `match-updates`,
right after the write, with the newest of those stamps in it (`MATCH_ID RECEIVED_MS state`, or
`timeline`). A match's events keep their order on the whole way, so that such a message says of
every event up to that stamp that the match's state, or its list of events, has it now. Hence every
event counts, and not only the newest of its batch:

    latency = when the message came - when the event was handed over     (one clock)

At the end, one event in twenty is looked for in its match's list.

Stamps have a resolution of 1 ms; of the events that a match has in the same millisecond, the later
ones can so seem up to 1 ms too early. Nothing is retried or left out: an event that never arrives
is an error.
"""

from __future__ import annotations

import time
from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

from bench.bed import Bed, fresh_bed
from bench.feeding import Fed, Feeder, feeding, per_second, quantiles
from bench.last_write import PROVIDER, new_reader, read
from bench.load import CORRECTED, Sent, messages_of, produce, simulation_of
from bench.report import Report, step
from bench.updates import Updates, missing
from touchline.errors import TouchlineError
from touchline.flink_client import Submission

JOBS = ("normalize", "match_state", "history")
"""What a feed goes through; other jobs would only take time from these."""

BURST = 100_000
"""Events fed at once before the first rate: the JVM compiles what runs often."""

BURST_SEED, FIRST_SEED = 100, 101
"""Each rate has matches of its own."""

SAMPLED = 20
"""One event in so many is looked for in its match's timeline at the end."""

SETTLE_S = 60.0


@dataclass(frozen=True)
class Figures:
    """One line of the result.

    fed_per_s: what the feeding process achieved.
    """

    rate: int
    to: str
    events: int
    fed_per_s: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    p99_9_ms: float
    max_ms: float


def measure(report: Report, rates: Sequence[int], seconds: float, warm_up: float) -> bool:
    """Every rate, on one stack; True, since whatever is wrong is raised.

    Raises:
        TouchlineError: an event did not arrive.
    """
    rows: list[Figures] = []
    with fresh_bed() as bed, bed.jobs(Submission(JOBS)):
        _burst(bed)
        for seed, rate in enumerate(rates, FIRST_SEED):
            with step(f"simulating {rate:,} events/s"):
                simulation = simulation_of(int(rate * (warm_up + seconds)), CORRECTED, seed)
                messages = messages_of(simulation)
            rows += _at(bed, messages, rate, int(rate * warm_up))
    report.rows(
        "latency",
        f"Feed -> Redis, {seconds:.0f} s at each rate; {', '.join(JOBS)} run",
        [asdict(row) for row in rows],
    )
    return True


def _burst(bed: Bed) -> None:
    messages = messages_of(simulation_of(BURST, CORRECTED, BURST_SEED))
    with step("warming up the jobs") as tell, Updates(bed.settings.redis.url) as updates:
        produce(bed.settings.kafka, bed.settings.kafka.feed(PROVIDER), messages)
        newest, said = time.monotonic(), 0
        while time.monotonic() - newest < SETTLE_S / 10 or not said:
            if found := updates.read():
                newest, said = time.monotonic(), said + len(found)
                tell(f"{said:,} updates")
            elif time.monotonic() - newest > SETTLE_S:
                raise TouchlineError("nothing arrives in Redis")


def _at(bed: Bed, messages: Sequence[Sent], rate: int, skipped: int) -> Iterator[Figures]:
    """One rate: feed, observe, and compute afterwards."""
    matches = [f"{PROVIDER}:{message.key.decode()}" for message in messages]
    topic = bed.settings.kafka.feed(PROVIDER)
    url = bed.settings.redis.url
    with Updates(url) as updates, feeding(bed.settings.kafka, topic, messages, rate) as feeder:
        heard, handed = _observe(updates, feeder, len(messages), rate)
    fed_per_s = per_second(handed)
    for what in WRITTEN:
        latencies = _latencies(matches, handed, heard[what])
        ordered = sorted(latency for index, latency in latencies.items() if index >= skipped)
        yield Figures(rate, what, len(ordered), fed_per_s, **quantiles(ordered))
    if lost := missing(url, _samples(messages)):
        raise TouchlineError(f"{lost:,} events are not in the timelines of their matches")


WRITTEN = ("state", "timeline")

Heard = list[tuple[float, str, int]]
"""Messages of the channel of one of them: when they came, the match, and the newest stamp in it."""


def _observe(
    updates: Updates, feeder: Feeder, count: int, rate: int
) -> tuple[dict[str, Heard], list[float]]:
    """Record until nothing more comes; gives that, and when each event was handed over."""
    heard: dict[str, Heard] = {what: [] for what in WRITTEN}
    fed: Fed | None = None
    newest = time.monotonic()
    with step(f"{rate:,} events/s") as tell:
        while True:
            for payload in updates.read():
                match_id, stamp, what = payload.rsplit(b" ", 2)
                newest = time.monotonic()
                heard[what.decode()].append((updates.read_at, match_id.decode(), int(stamp)))
            due = min(int((time.time() - feeder.started) * rate), count)
            if fed is None and feeder.is_done:
                fed = feeder.fed()
            tell(f"{due:,} of {count:,} events")
            quiet_s = time.monotonic() - newest
            if fed is not None and quiet_s > SETTLE_S / 6:
                return heard, fed.handed
            if fed is None and quiet_s > SETTLE_S:
                raise TouchlineError(f"at {rate:,} events/s nothing arrives in Redis")


def _latencies(matches: Sequence[str], handed: Sequence[float], heard: Heard) -> dict[int, float]:
    """Of each event, by its place in the load, the ms until it was heard that its match has it.

    Raises:
        TouchlineError: of some it was never heard.
    """
    waiting: dict[str, deque[int]] = defaultdict(deque)
    for index, match_id in enumerate(matches):
        waiting[match_id].append(index)
    latencies: dict[int, float] = {}
    for at, match_id, stamp in heard:
        queue = waiting.get(match_id)
        while queue and int(handed[queue[0]] * 1000) <= stamp:
            index = queue.popleft()
            latencies[index] = (at - handed[index]) * 1000
    if lost := len(matches) - len(latencies):
        raise TouchlineError(f"{lost:,} of {len(matches):,} events did not come to Redis")
    return latencies


def _samples(messages: Sequence[Sent]) -> list[tuple[str, str]]:
    """Some events as (match, key in its timeline): none that is corrected or taken back."""
    reader = new_reader()
    places: dict[tuple[str, str], list[int]] = defaultdict(list)
    for index, message in enumerate(messages):
        for event in read(reader, message.key, message.value, ("", 0, 0, 0)):
            places[event.match_id, event.event_id].append(index)
    return [
        (match_id, f"{PROVIDER}:{event_id}")
        for (match_id, event_id), found in places.items()
        if len(found) == 1 and found[0] % SAMPLED == 0
    ]

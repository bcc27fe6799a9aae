"""How many messages and events a second a core turns into canonical bytes, without Flink and Kafka.

    python -m bench.feed_reading [--rounds N]

The simulator's messages of every format go through `FeedReader`, as in the job `normalize`. CPU
time of this process, not wall-clock time, and the best of several rounds, slice by slice: so the
figures mean something on a machine that is busy with other things.
"""

from __future__ import annotations

import argparse
import gc
import time
from typing import NamedTuple

from simulator.disorder import Rates
from simulator.feed import WRITERS, Options, Simulation
from udfs.codec import Lineage
from udfs.feed import FeedItems, FeedReader
from udfs.registry import ADAPTERS

ROUNDS = 9
MESSAGES = 3_000
SLICE = 50
"""Messages that are timed together: so few that some round of each is left alone."""

SNAPSHOTS = 30
RATES = Rates(edits=0.05, deletes=0.01)


class Load(NamedTuple):
    """Messages of one kind, as they come from the feed's topic."""

    name: str
    provider: str
    key: bytes
    messages: list[bytes]


def single_events(format_: str) -> Load:
    """A live feed: a message a play."""
    simulation = Simulation(Options(formats=(format_,), matches=8, rates=RATES, events=MESSAGES))
    messages = [value for _, number, value in simulation.stream() if number >= 0]
    polled = simulation.writer(0).polled
    return Load(
        f"{format_}, {'snapshots' if polled else 'live messages'}",
        simulation.writer(0).provider,
        simulation.run(0).match_id.encode(),
        messages[-SNAPSHOTS:] if polled else messages,
    )


def document(format_: str) -> Load:
    """A whole match as one document."""
    simulation = Simulation(Options(formats=(format_,), rates=RATES))
    writer, run = simulation.writer(0), simulation.run(0)
    messages = [value for _, number, value in simulation.stream() if number >= 0]
    parts = b"".join(map(writer.file_part, messages))
    whole = writer.file_head(messages[0]) + parts + writer.file_tail()
    return Load(f"{format_}, whole document", writer.provider, run.match_id.encode(), [whole])


def read(reader: FeedReader, load: Load) -> list[FeedItems]:
    """All of a load, snapshots as if each were the first of its match."""
    found: list[FeedItems] = []
    for offset, message in enumerate(load.messages):
        lineage = Lineage("feed." + load.provider, 0, offset, 1_787_407_200_000 + offset)
        items = reader.read(load.provider, load.key, message, lineage)
        if items.manifest is not None:
            items = reader.read_snapshot(load.provider, load.key, message, lineage, None)
        found.append(items)
    return found


def measure(load: Load, rounds: int) -> str:
    """One line of the result."""
    reader = FeedReader(ADAPTERS, {})
    events = sum(len(items.payloads) for items in read(reader, load))
    gc.collect()
    gc.freeze()  # the simulator's objects are no part of a worker
    slices = [
        load._replace(messages=load.messages[first : first + SLICE])
        for first in range(0, len(load.messages), SLICE)
    ]
    best = sum(min(_cpu_seconds(reader, part) for _ in range(rounds)) for part in slices)
    return (
        f"{load.name:28}{len(load.messages) / best:12,.0f}{events / best:12,.0f}"
        f"{best / events * 1e6:12.1f}"
    )


def _cpu_seconds(reader: FeedReader, load: Load) -> float:
    started = time.process_time()
    read(reader, load)
    return time.process_time() - started


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=ROUNDS)
    rounds = arguments.parse_args().rounds
    print(f"{'':28}{'messages/s':>12}{'events/s':>12}{'us/event':>12}")
    for load in [*map(single_events, WRITERS), document("opta")]:
        print(measure(load, rounds))


if __name__ == "__main__":
    main()

"""What the workers of `normalize` count."""

from __future__ import annotations

import pandas as pd

from tests.flink_worker import Worker
from tests.udfs.feed_messages import simulated
from udfs.functions import ReadFeed

OPTA, GENIUS = simulated("opta", 3), simulated("genius", 2)


def counts(feeds: dict[str, list[bytes]], received: str) -> dict[str, int]:
    """What is counted of a batch: provider -> its messages, all received on one day."""
    messages = [(provider, body) for provider, bodies in feeds.items() for body in bodies]
    worker = Worker()
    function = ReadFeed("feed.", {}, generation=0)
    function.open(worker)
    function.eval(
        pd.Series([b"1"] * len(messages)),
        pd.Series([body for _, body in messages]),
        pd.Series([f"feed.{provider}" for provider, _ in messages]),
        pd.Series([0] * len(messages)),
        pd.Series(range(len(messages))),
        pd.Series([pd.Timestamp(received, tz="UTC")] * len(messages)),
    )
    return worker.counts


def test_a_batch_of_several_feeds_is_counted_by_provider() -> None:
    found = counts({"opta": OPTA, "genius": [*GENIUS, b"garbage"]}, "2020-01-01")
    assert found["messages{provider=opta}"] == len(OPTA)
    assert found["messages{provider=genius}"] == len(GENIUS) + 1
    assert found["events{provider=opta}"] >= len(OPTA)
    assert found["rejected{provider=genius}"] == 1
    assert found["rejected{provider=opta}"] == 0


def test_an_event_is_late_when_it_comes_long_after_it_happened() -> None:
    in_time, late = counts({"opta": OPTA}, "2020-01-01"), counts({"opta": OPTA}, "2030-01-01")
    assert in_time["late_events{provider=opta}"] == 0
    assert late["late_events{provider=opta}"] == late["events{provider=opta}"] > 0

"""Counters by provider and histograms, as Flink's counters with labels."""

from __future__ import annotations

from tests.flink_worker import Worker
from udfs.metrics import BOUNDS_MS, ByProvider, Histogram, Totals


def test_each_provider_has_a_counter_of_its_own() -> None:
    worker = Worker()
    events = ByProvider(worker, "events")
    for provider, amount in (("opta", 2), ("genius", 1), ("opta", 3)):
        events.add(provider, amount)
    assert worker.counts == {"events{provider=opta}": 5, "events{provider=genius}": 1}


def test_a_bucket_counts_all_that_took_no_longer_than_its_bound() -> None:
    worker = Worker()
    latency = Histogram(worker, "latency_ms")
    latency.observe([("opta", 7), ("opta", 50), ("opta", 51)])
    latency.observe([("opta", 99_999), ("genius", 2_000)])
    assert {
        provider: [
            worker.counts[f"latency_ms_bucket{{provider={provider}}}{{le={le}}}"]
            for le in (*BOUNDS_MS, "Inf")
        ]
        for provider in ("opta", "genius")
    } == {"opta": [2, 3, 3, 3, 3, 3, 3, 3, 4], "genius": [0, 0, 0, 0, 0, 1, 1, 1, 1]}


def test_nothing_observed_is_no_bucket() -> None:
    worker = Worker()
    Histogram(worker, "latency_ms").observe([])
    assert worker.counts == {}


def test_a_total_is_the_last_one_that_was_set() -> None:
    worker = Worker()
    items = Totals(worker, "items")
    for provider, verdict, total in (("opta", "accepted", 2), ("opta", "late", 1)) * 2:
        items.set(provider, verdict, total)
    items.set("opta", "accepted", 7)
    assert {name: value() for name, value in worker.gauges.items()} == {
        "items{provider=opta}{verdict=accepted}": 7,
        "items{provider=opta}{verdict=late}": 1,
    }

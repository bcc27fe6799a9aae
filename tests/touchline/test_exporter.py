"""What `touchline metrics` serves, without a stack: tests/pipeline has it with one."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from prometheus_client import CollectorRegistry

from connectors.feeds.publisher import Publisher
from tests.mock_kafka import mock_kafka
from tests.mock_redis import mock_redis
from touchline.exporter import Latency, Stores
from touchline.settings import ClickHouse, Kafka, Matches, Redis, Settings
from touchline.versions import JOBS

NOBODY = "127.0.0.1:1"
SILENT = Settings(
    kafka=Kafka(bootstrap=NOBODY),
    redis=Redis(url=f"redis://{NOBODY}/0"),
    clickhouse=ClickHouse(url=f"http://{NOBODY}"),
)
FEED_TO_REDIS = "touchline_feed_to_redis_seconds"


def samples(registry: CollectorRegistry) -> dict[tuple[str, str], float]:
    """Name and label values -> value."""
    return {
        (sample.name, ",".join(sample.labels.values())): sample.value
        for metric in registry.collect()
        for sample in metric.samples
    }


@pytest.fixture(scope="module")
def kafka() -> Iterator[Kafka]:
    with mock_kafka("feed.opta", "feed.genius", "dead-letters") as broker:
        yield broker


def test_a_store_that_is_silent_is_said_to_be_down_and_the_others_are_told() -> None:
    registry = CollectorRegistry()
    registry.register(Stores(SILENT))
    found = samples(registry)
    expected = {job for name, job in found if name == "touchline_job_expected"}
    assert expected == {f"touchline_{job}" for job in JOBS}
    assert {name: value for name, value in found.items() if name[1] not in expected} == {
        ("touchline_up", "kafka"): 0,
        ("touchline_up", "redis"): 0,
        ("touchline_up", "clickhouse"): 0,
    }


def test_feeds_are_counted_as_kafka_has_them(kafka: Kafka) -> None:
    with Publisher(kafka, "feed.opta") as publisher:
        for number in range(7):
            publisher.send(b"x", str(number))
    registry = CollectorRegistry()
    registry.register(Stores(SILENT.model_copy(update={"kafka": kafka})))
    found = samples(registry)
    assert found["touchline_up", "kafka"] == 1
    assert found["touchline_feed_records_total", "opta"] == 7
    assert found["touchline_feed_records_total", "genius"] == 0
    assert found["touchline_dead_letters_total", ""] == 0


def test_latency_is_by_the_provider_that_counts() -> None:
    registry = CollectorRegistry()
    aliases = {"derby-2026": ["genius:1", "opta:2"]}
    latency = Latency(Settings(matches=Matches(aliases=aliases)), registry)
    for match_id, age_ms in (("opta:5", 40), ("opta:5", 400), ("derby-2026", 60), ("cup", -3)):
        latency.observe(match_id, age_ms)
    found = samples(registry)
    assert found[f"{FEED_TO_REDIS}_count", "opta"] == 2
    assert found[f"{FEED_TO_REDIS}_bucket", "opta,0.05"] == 1
    assert found[f"{FEED_TO_REDIS}_bucket", "opta,0.5"] == 2
    assert found[f"{FEED_TO_REDIS}_count", "genius"] == 1
    assert found[f"{FEED_TO_REDIS}_sum", "other"] == 0


def test_an_update_that_nobody_can_read_does_not_end_the_listening() -> None:
    with mock_redis() as store:
        latency = Latency(Settings(redis=Redis(url=store.url)), CollectorRegistry())
        latency.start()
        deadline = time.monotonic() + 60
        while store.commands.count("SUBSCRIBE") < 2:  # it has subscribed again
            assert time.monotonic() < deadline
            store.tell({"id": "goal"})
            time.sleep(0.05)
        assert latency.is_alive()
        latency.stop()
        latency.join(60)
        assert not latency.is_alive()

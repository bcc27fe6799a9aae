"""Matches as a crowd, and what is told of them to Prometheus, of a real Redis."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import pytest
import redis
from prometheus_client import CollectorRegistry

from connectors.live_write import LiveWrite
from connectors.match_index import create_match_index
from connectors.redis_sink import RedisWriter
from schemas.redis import keys
from tests.touchline.poll_results import example
from tests.touchline.test_exporter import SILENT, samples
from touchline.exporter import Latency, Stores
from touchline.live_census import Census
from touchline.settings import Redis, Settings
from touchline.stack import redis as server
from touchline.stack.ports import choose
from touchline.stack.processes import Processes
from udfs.clock import now_ms

pytestmark = pytest.mark.stack


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Of a Redis of the module's own; neither Kafka nor ClickHouse are there."""
    processes = Processes(tmp_path_factory.mktemp("redis"))
    ports = choose({"redis": 0})
    server.start(processes, ports)
    yield SILENT.model_copy(update={"redis": Redis(url=server.url(ports))})
    processes.stop()


@pytest.fixture
def client(settings: Settings) -> Iterator[redis.Redis]:
    """Empty, with the index."""
    with redis.Redis.from_url(settings.redis.url) as client:
        client.flushall()
        create_match_index(client)
        yield client


def state(match_id: str, received_ms: int = 1, **body: object) -> LiveWrite:
    provider = match_id.partition(":")[0]
    document = json.dumps({"match_id": match_id, "provider": provider, **body})
    return LiveWrite("state", match_id, "match", 0, received_ms, 0, received_ms, document)


def status(match_id: str, name: str) -> LiveWrite:
    body = json.dumps({"match_status": name, "period": 0})
    return LiveWrite("event", match_id, f"{match_id}:1", 1, 1, 0, 0, body)


def count(topic: str, what: str, n: int) -> LiveWrite:
    return LiveWrite("accounting", topic, what, 0, n, 0, 0, str(n))


SCORE = {"score": {"computed": {"home": 0, "away": 0}}}


def eventually_counted(settings: Settings, groups: dict[tuple[str, str], int]) -> None:
    """The index follows a write some moments later."""
    deadline = time.monotonic() + 60
    with Census(settings.redis) as census:
        while (found := census.matches()) != groups:
            assert time.monotonic() < deadline, found
            time.sleep(0.05)


def test_matches_are_counted_by_provider_and_status(
    settings: Settings, client: redis.Redis
) -> None:
    writer = RedisWriter(client, settings.redis)
    matches = ["opta:1", "opta:2", "genius:3"]
    writer.write([state(match_id, **SCORE) for match_id in matches])
    eventually_counted(settings, {("opta", "LIVE"): 2, ("genius", "LIVE"): 1})
    writer.write([status("opta:2", "ENDED"), state("opta:2", 2, **SCORE)])
    eventually_counted(settings, {("opta", "LIVE"): 1, ("opta", "ENDED"): 1, ("genius", "LIVE"): 1})


def goal(match_id: str, home_score: int) -> LiveWrite:
    """An event that asserts a score."""
    body = json.dumps({"period": 1, "clock": "1", "home_score": home_score, "away_score": 0})
    return LiveWrite("event", match_id, f"{match_id}:goal", 1, 1, 0, 0, body)


def test_matches_that_are_on_are_counted_whose_score_is_not_what_their_events_add_up_to(
    settings: Settings, client: redis.Redis
) -> None:
    writer = RedisWriter(client, settings.redis)
    agree, disagree, over = ["opta:1", "genius:2"], ["opta:3", "opta:4"], ["opta:5"]
    writer.write([state(match_id, **SCORE) for match_id in agree + disagree + over])
    writer.write([goal(match_id, home_score=0) for match_id in agree])
    writer.write([goal(match_id, home_score=1) for match_id in disagree + over])
    writer.write([status(match_id, "ENDED") for match_id in over])
    eventually_counted(settings, {("opta", "LIVE"): 3, ("opta", "ENDED"): 1, ("genius", "LIVE"): 1})
    with Census(settings.redis) as census:
        assert census.disagreeing() == {"opta": 2, "genius": 0}
    registry = CollectorRegistry()
    registry.register(Stores(settings))
    found = samples(registry)
    assert found["touchline_matches_score_disagrees", "opta"] == 2
    assert found["touchline_matches_score_disagrees", "genius"] == 0


def test_without_the_index_there_is_nothing_to_count(
    settings: Settings, client: redis.Redis
) -> None:
    client.execute_command("FT.DROPINDEX", keys.MATCH_INDEX)
    with Census(settings.redis) as census:
        assert census.matches() == {}
        assert census.disagreeing() == {}


def test_accounting_polls_and_matches_are_served(settings: Settings, client: redis.Redis) -> None:
    counts = {"messages": 9, "received": 12, "accepted": 7, "superseded": 1, "rejected": 2}
    feed = settings.kafka.feed("opta")
    RedisWriter(client, settings.redis).write(count(feed, *one) for one in counts.items())
    poll = example(final=False, ended_at="2026-01-01T00:00:00.000Z")
    client.json().set(keys.poll_results(poll["id"]), "$", poll)
    registry = CollectorRegistry()
    registry.register(Stores(settings))
    found = samples(registry)
    assert found["touchline_up", "redis"] == 1
    assert found["touchline_feed_messages_total", "opta"] == 9
    assert found["touchline_feed_received_total", "opta"] == 12
    assert found["touchline_feed_items_total", "opta,accepted"] == 7
    assert found["touchline_feed_items_total", "opta,duplicate"] == 0
    assert found["touchline_accounting_difference", "opta"] == 2
    assert found["touchline_polls", poll["status"]] == 1
    assert found["touchline_polls_overdue", ""] == 1
    assert found["touchline_poll_votes", f"{poll['id']},voters"] == poll["voters"]
    assert found["touchline_poll_votes", f"{poll['id']},late_rejected"] == poll["late_rejected"]


def test_an_update_of_a_match_is_observed_with_its_age(
    settings: Settings, client: redis.Redis
) -> None:
    registry = CollectorRegistry()
    latency = Latency(settings, registry)
    latency.start()
    writer = RedisWriter(client, settings.redis)
    deadline = time.monotonic() + 60
    name = "touchline_feed_to_redis_seconds"
    # Those that a busy machine is slow with are older.
    while (found := samples(registry)).get((f"{name}_bucket", "opta,10.0"), 0) < 1:
        assert time.monotonic() < deadline
        writer.write([state("opta:1", now_ms() - 7_000, **SCORE)])
        time.sleep(0.05)
    latency.stop()
    latency.join(60)
    assert not latency.is_alive()
    assert found[f"{name}_bucket", "opta,5.0"] == 0

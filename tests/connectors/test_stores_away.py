"""The sinks while a real store is stopped, or killed and started again: what they write lands."""

from __future__ import annotations

import json
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pytest
import redis

from connectors.clickhouse_sink import HistoryWriter, connect
from connectors.patience import StoreAwayError
from connectors.redis_sink import LiveWrite, RedisWriter
from schemas.redis import keys
from touchline.settings import ClickHouse, Redis
from touchline.stack import clickhouse
from touchline.stack import redis as redis_server
from touchline.stack.ports import choose
from touchline.stack.processes import Processes

pytestmark = pytest.mark.stack

AWAY_S = 2.0
PATIENCE_S = 60.0
MATCHES = [f"test:{number}" for number in range(1_000)]


def signalled(processes: Processes, name: str, number: signal.Signals) -> None:
    pid = processes.pid(name)
    assert pid is not None
    os.kill(pid, number)


@contextmanager
def later(action: Callable[[], None]) -> Iterator[None]:
    """Does something `AWAY_S` after the block began, and not later than at its end."""
    timer = threading.Timer(AWAY_S, action)
    timer.start()
    try:
        yield
    finally:
        timer.join()


@contextmanager
def stopped(processes: Processes, name: str) -> Iterator[None]:
    """A program that does not answer for a while, and refuses nothing: as if packets were lost."""
    signalled(processes, name, signal.SIGSTOP)
    with later(lambda: signalled(processes, name, signal.SIGCONT)):
        yield


@contextmanager
def killed(processes: Processes, name: str, start: Callable[[], None]) -> Iterator[None]:
    """A program that is killed, and started again after a while."""
    signalled(processes, name, signal.SIGKILL)
    with later(start):
        yield


class LiveStore:
    """A Redis of its own, and a writer that gives a connection up after 0.3 s."""

    def __init__(self, folder: Path) -> None:
        self.processes = Processes(folder)
        self.ports = choose(dict.fromkeys(redis_server.PORTS, 0))
        self.start()
        url = redis_server.url(self.ports)
        self.client: redis.Redis = redis.Redis.from_url(url, decode_responses=True)
        settings = Redis(url=f"{url}?socket_timeout=0.3")
        self.writer = RedisWriter.connect(settings, patience_s=PATIENCE_S)

    def start(self) -> None:
        redis_server.start(self.processes, self.ports)

    def write(self, position: int) -> int:
        body = json.dumps({"at": position})
        return self.writer.write(
            LiveWrite("state", match_id, "match", 0, position, 0, 1_000, body)
            for match_id in MATCHES
        )

    def positions(self) -> set[int]:
        found = self.client.json().mget([keys.match_state(match_id) for match_id in MATCHES], "$")
        return {document[0]["at"] for document in found}


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveStore]:
    store = LiveStore(tmp_path_factory.mktemp("redis"))
    yield store
    store.client.close()
    store.processes.stop()


def test_a_batch_for_a_redis_that_does_not_answer_lands_when_it_does(live: LiveStore) -> None:
    live.write(1)
    before = live.writer.patience.retries
    with stopped(live.processes, redis_server.NAME):
        # Part of it may have been taken before the answer got lost: those are not newer.
        assert live.write(2) <= len(MATCHES)
    assert live.writer.patience.retries > before
    assert live.writer.patience.away_ms >= (AWAY_S - 0.5) * 1000
    assert live.positions() == {2}


def test_a_batch_for_a_redis_that_was_killed_lands_in_the_one_that_is_started(
    live: LiveStore,
) -> None:
    live.write(3)
    with killed(live.processes, redis_server.NAME, live.start):
        assert live.write(4) == len(MATCHES)
    assert live.positions() == {4}


def test_a_redis_that_stays_away_for_longer_than_the_patience_is_an_error(live: LiveStore) -> None:
    settings = Redis(url=f"{redis_server.url(live.ports)}?socket_timeout=0.3")
    impatient = RedisWriter.connect(settings, patience_s=0.5)
    write = LiveWrite("state", "test:impatient", "match", 0, 1, 0, 1_000, "{}")
    with (
        stopped(live.processes, redis_server.NAME),
        pytest.raises(StoreAwayError, match="Redis was away for"),
    ):
        impatient.write([write])
    impatient.write([write])


def test_a_redis_without_memory_is_waited_for(live: LiveStore) -> None:
    before = live.writer.patience.retries
    live.client.config_set("maxmemory", 1)
    with later(lambda: live.client.config_set("maxmemory", 0)):  # type: ignore[arg-type]
        live.write(5)
    assert live.writer.patience.retries > before
    assert live.positions() == {5}


class History:
    """A ClickHouse of its own with one table, and a writer that gives a connection up after 1 s."""

    def __init__(self, folder: Path) -> None:
        self.processes = Processes(folder)
        self.ports = choose(dict.fromkeys(clickhouse.PORTS, 0))
        self.start()
        self.settings = ClickHouse(url=clickhouse.url(self.ports), database="default")
        with connect(self.settings) as client:
            client.command("CREATE TABLE t (n Int64) ENGINE = ReplacingMergeTree ORDER BY n")
        self.writer = HistoryWriter(
            lambda: connect(self.settings, answer_s=1), "t", {"n": pa.int64()}, PATIENCE_S
        )

    def start(self) -> None:
        clickhouse.start(self.processes, self.ports)

    def write(self, start: int) -> int:
        return self.writer.write([pa.array(range(start, start + 1_000))])

    def rows(self, start: int) -> int:
        """How many of a batch there are."""
        with connect(self.settings) as client:
            where = f"n >= {start} AND n < {start + 1_000}"
            return int(client.command(f"SELECT count() FROM t FINAL WHERE {where}"))


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Iterator[History]:
    store = History(tmp_path_factory.mktemp("clickhouse"))
    yield store
    store.processes.stop()


def test_a_batch_for_a_clickhouse_that_does_not_answer_lands_when_it_does(
    history: History,
) -> None:
    history.write(0)
    with stopped(history.processes, clickhouse.NAME):
        assert history.write(1_000) == 1_000
    assert history.writer.patience.retries > 0
    assert (history.rows(0), history.rows(1_000)) == (1_000, 1_000)


def test_a_batch_for_a_clickhouse_that_was_killed_lands_in_the_one_that_is_started(
    history: History,
) -> None:
    with killed(history.processes, clickhouse.NAME, history.start):
        assert history.write(2_000) == 1_000
    assert history.rows(2_000) == 1_000


def test_the_first_batch_waits_for_a_clickhouse_that_is_away(history: History) -> None:
    fresh = HistoryWriter.connect(history.settings, "t", {"n": pa.int64()}, PATIENCE_S)
    with killed(history.processes, clickhouse.NAME, history.start):
        assert fresh.write([pa.array(range(3_000, 4_000))]) == 1_000
    assert history.rows(3_000) == 1_000

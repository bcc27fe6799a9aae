"""The sinks while a real store is stopped, or killed and started again: what they write lands."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pyarrow as pa
import pytest

from connectors.clickhouse_sink import HistoryWriter
from connectors.patience import StoreAwayError
from connectors.redis_sink import LiveWrite, RedisWriter
from tests.connectors.stores import MATCHES, PATIENCE_S, History, LiveStore
from touchline.stack import clickhouse
from touchline.stack import redis as redis_server
from touchline.stack.processes import Processes

pytestmark = pytest.mark.stack

AWAY_S = 3.0
ANSWER_S = 1.0


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


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveStore]:
    store = LiveStore(tmp_path_factory.mktemp("redis"), ANSWER_S)
    yield store
    store.stop()


def test_a_batch_for_a_redis_that_does_not_answer_lands_when_it_does(live: LiveStore) -> None:
    live.write(1)
    before = live.writer.patience.retries
    with stopped(live.processes, redis_server.NAME):
        # Part of it may have been taken before the answer got lost: those are not newer.
        assert live.write(2) <= len(MATCHES)
    assert live.writer.patience.retries > before
    assert live.writer.patience.away_ms >= (AWAY_S - 1.0) * 1000
    assert live.positions() == {2}


def test_a_batch_for_a_redis_that_was_killed_lands_in_the_one_that_is_started(
    live: LiveStore,
) -> None:
    live.write(3)
    with killed(live.processes, redis_server.NAME, live.start):
        live.write(4)
    assert live.positions() == {4}


def test_a_redis_that_stays_away_for_longer_than_the_patience_is_an_error(live: LiveStore) -> None:
    impatient = RedisWriter.connect(live.settings, patience_s=0.5, answer_s=ANSWER_S)
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


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Iterator[History]:
    store = History(tmp_path_factory.mktemp("clickhouse"))
    yield store
    store.stop()


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

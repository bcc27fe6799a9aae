"""The sinks while a real store is stopped, or killed and started again: what they write lands."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pyarrow as pa
import pytest

from connectors.clickhouse_sink import HistoryWriter
from connectors.live_write import LiveWrite
from connectors.patience import Patience, StoreAwayError
from connectors.redis_sink import RedisWriter
from tests.connectors.stores import MATCHES, PATIENCE_S, History, LiveStore
from touchline.stack import clickhouse
from touchline.stack import redis as redis_server
from touchline.stack.processes import Processes

pytestmark = pytest.mark.stack

AWAY_S = 2.0
"""For how long a store is away once a sink has found out."""

NOTICED_S = 60.0
ANSWER_S = 1.0


def signalled(processes: Processes, name: str, number: signal.Signals) -> None:
    pid = processes.pid(name)
    assert pid is not None
    os.kill(pid, number)


@contextmanager
def later(patience: Patience, action: Callable[[], object]) -> Iterator[None]:
    """Does something `AWAY_S` after a sink tried again in the block, and not later than at its end:
    however slow the machine is, the sink has met what is undone then."""
    over = threading.Event()
    before = patience.retries

    def act() -> None:
        deadline = time.monotonic() + NOTICED_S
        while patience.retries == before and time.monotonic() < deadline:
            if over.wait(0.05):
                break
        over.wait(AWAY_S)
        action()

    thread = threading.Thread(target=act)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@contextmanager
def stopped(processes: Processes, name: str, patience: Patience) -> Iterator[None]:
    """A program that does not answer for a while, and refuses nothing: as if packets were lost."""
    signalled(processes, name, signal.SIGSTOP)
    with later(patience, lambda: signalled(processes, name, signal.SIGCONT)):
        yield


@contextmanager
def killed(
    processes: Processes, name: str, patience: Patience, start: Callable[[], None]
) -> Iterator[None]:
    """A program that is killed, and started again after a while."""
    signalled(processes, name, signal.SIGKILL)
    with later(patience, start):
        yield


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveStore]:
    store = LiveStore(tmp_path_factory.mktemp("redis"), ANSWER_S)
    yield store
    store.stop()


def test_a_batch_for_a_redis_that_does_not_answer_lands_when_it_does(live: LiveStore) -> None:
    live.write(1)
    before = live.writer.patience.retries
    with stopped(live.processes, redis_server.NAME, live.writer.patience):
        # Part of it may have been taken before the answer got lost: those are not newer.
        assert live.write(2) <= len(MATCHES)
    assert live.writer.patience.retries > before
    assert live.writer.patience.away_ms >= AWAY_S * 1000
    assert live.positions() == {2}


def test_a_batch_for_a_redis_that_was_killed_lands_in_the_one_that_is_started(
    live: LiveStore,
) -> None:
    live.write(3)
    with killed(live.processes, redis_server.NAME, live.writer.patience, live.start):
        live.write(4)
    assert live.positions() == {4}


def test_a_redis_that_stays_away_for_longer_than_the_patience_is_an_error(live: LiveStore) -> None:
    impatient = RedisWriter.connect(live.settings, patience_s=0.5, answer_s=ANSWER_S)
    write = LiveWrite("state", "test:impatient", "match", 0, 1, 0, 1_000, "{}")
    with (
        stopped(live.processes, redis_server.NAME, impatient.patience),
        pytest.raises(StoreAwayError, match="Redis was away for"),
    ):
        impatient.write([write])
    impatient.write([write])


def test_a_redis_without_memory_is_waited_for(live: LiveStore) -> None:
    before = live.writer.patience.retries
    live.client.config_set("maxmemory", 1)
    with later(live.writer.patience, lambda: live.client.config_set("maxmemory", 0)):
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
    with stopped(history.processes, clickhouse.NAME, history.writer.patience):
        assert history.write(1_000) == 1_000
    assert history.writer.patience.retries > 0
    assert (history.rows(0), history.rows(1_000)) == (1_000, 1_000)


def test_a_batch_for_a_clickhouse_that_was_killed_lands_in_the_one_that_is_started(
    history: History,
) -> None:
    with killed(history.processes, clickhouse.NAME, history.writer.patience, history.start):
        assert history.write(2_000) == 1_000
    assert history.rows(2_000) == 1_000


def test_the_first_batch_waits_for_a_clickhouse_that_is_away(history: History) -> None:
    fresh = HistoryWriter.connect(history.settings, "t", {"n": pa.int64()}, PATIENCE_S)
    with killed(history.processes, clickhouse.NAME, fresh.patience, history.start):
        assert fresh.write([pa.array(range(3_000, 4_000))]) == 1_000
    assert history.rows(3_000) == 1_000

"""What can go wrong, and how it is made to.

A fault is a context: it is there from the beginning of the `with` to its end. One that heals by
itself, as a process that is started again by its supervisor, ends at once.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial

from chaos.system import System
from connectors.feeds.publisher import Publisher
from touchline.errors import TouchlineError
from touchline.stack import clickhouse, flink, kafka, redis
from udfs.limits import MAX_MESSAGE_BYTES

AWAY_S = 60.0
"""A store that is away for so long stops nobody but its own sink."""

SHORT_S = 15.0
RESTART_S = 3.0
AFTER_S = 40.0
RECOVERY_S = 100.0
"""Jobs that start again need longer, on a busy machine."""

Broken = Callable[[System], AbstractContextManager[None]]


@dataclass(frozen=True)
class Fault:
    """What is broken, and for how long.

    after_s: for how long it goes on being fed afterwards.
    rebuild: Redis is made again of Kafka afterwards.
    lag_s: the goal: how far Redis may be behind the feed; None: there is none.
    """

    name: str
    what: str
    broken: Broken
    lasts_s: float = 0.0
    after_s: float = AFTER_S
    rebuild: bool = False
    lag_s: float | None = None


@contextmanager
def killed(kill: Callable[[System], None], system: System) -> Iterator[None]:
    """What comes again by itself: its supervisor starts another, or Flink does."""
    kill(system)
    yield


@contextmanager
def broker_killed(system: System) -> Iterator[None]:
    """The broker, started again after a while."""
    system.kill(kafka.NAME)
    yield
    system.start_broker()


@contextmanager
def redis_killed(system: System) -> Iterator[None]:
    """Redis, with what it has on disk."""
    system.kill(redis.NAME)
    yield
    system.start_redis()


@contextmanager
def redis_lost(system: System) -> Iterator[None]:
    """Redis, and all that it had."""
    system.kill(redis.NAME)
    yield
    system.lose_redis()
    system.start_redis()


@contextmanager
def clickhouse_killed(system: System) -> Iterator[None]:
    """ClickHouse, with its data."""
    system.kill(clickhouse.NAME)
    yield
    system.start_clickhouse()


@contextmanager
def through_proxy(poison: Callable[[System], None], system: System) -> Iterator[None]:
    """Something between the jobs and a store."""
    poison(system)
    yield
    system.proxies.heal()


@contextmanager
def full_disk(system: System) -> Iterator[None]:
    """No room for checkpoints."""
    with system.full_disk():
        yield


@contextmanager
def poisoned(system: System) -> Iterator[None]:
    """What nobody can read, in each feed."""
    bombs = (
        b"", b"\xff\xfe\x00", b"<Games><Game", b'{"payload": NaN}', b"[" * 100_000,
        b'<!DOCTYPE a [<!ENTITY b "c">]><Games>&b;</Games>', b"\x00" * (MAX_MESSAGE_BYTES + 1),
    )  # fmt: skip
    settings = system.settings
    for provider in settings.feeds.providers:
        with Publisher(settings.kafka, settings.kafka.feed(provider)) as publisher:
            for bomb in bombs:
                publisher.send(bomb, "poison")
    yield


@contextmanager
def both(first: Broken, second: Broken, system: System) -> Iterator[None]:
    """Two at once."""
    with ExitStack() as stack:
        stack.enter_context(first(system))
        stack.enter_context(second(system))
        yield


def _proxied(store: str, name: str, what: str, lasts_s: float, poison: str, *more: int) -> Fault:
    def act(system: System) -> None:
        getattr(system.proxies, poison)(store, *more)

    return Fault(f"{store}-{name}", f"{store}: {what}", partial(through_proxy, act), lasts_s)


def _of_stores() -> Iterator[Fault]:
    for store in ("redis", "clickhouse"):
        yield _proxied(store, "slow", "each answer 200 ms later", SHORT_S, "slow", 200)
        yield _proxied(store, "very-slow", "each answer 2 s later", SHORT_S, "slow", 2_000)
        yield _proxied(store, "reset", "each connection is reset", SHORT_S, "reset")
        yield _proxied(store, "blackhole", "answers nothing for a minute", AWAY_S, "swallow")


TASK_MANAGER = partial(killed, System.kill_task_manager)
WORKER = partial(killed, System.kill_worker)
JOB_MANAGER = partial(killed, lambda system: system.kill(flink.JOB_MANAGER))

FAULTS: tuple[Fault, ...] = (
    Fault(
        "task-manager", "SIGKILL of the busier TaskManager", TASK_MANAGER,
        after_s=RECOVERY_S, lag_s=10,
    ),
    Fault("worker", "SIGKILL of a Python worker", WORKER, lag_s=10),
    Fault(
        "job-manager", "SIGKILL of the JobManager", JOB_MANAGER, after_s=RECOVERY_S, lag_s=20,
    ),
    Fault("broker", "SIGKILL of the broker", broker_killed, RESTART_S),
    Fault("redis", "SIGKILL of Redis, its data is there", redis_killed, RESTART_S),
    Fault("redis-lost", "SIGKILL of Redis, its data is gone", redis_lost, RESTART_S, rebuild=True),
    Fault("clickhouse", "SIGKILL of ClickHouse", clickhouse_killed, RESTART_S),
    *_of_stores(),
    Fault("disk", "the disk for checkpoints is full", full_disk, SHORT_S),
    Fault("poison", "messages that cannot be read, in all feeds", poisoned),
    Fault(
        "task-manager+redis", "the TaskManager and Redis",
        partial(both, TASK_MANAGER, redis_killed), RESTART_S, RECOVERY_S,
    ),
    Fault(
        "worker+broker", "a Python worker and the broker",
        partial(both, WORKER, broker_killed), RESTART_S, RECOVERY_S,
    ),
)  # fmt: skip

SHORT = ("job-manager", "redis-reset")
"""What CI has time for: a TaskManager and workers are killed in tests/pipeline, too."""


def rebuild_redis() -> float:
    """As a user does it; gives the seconds that it took.

    Raises:
        TouchlineError: it failed; the text has what it said.
    """
    began = time.monotonic()
    command = [sys.executable, "-m", "touchline", "rebuild", "redis", "--yes"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise TouchlineError(f"rebuild ended with {done.returncode}: {done.stderr.strip()}")
    return time.monotonic() - began

"""The running system as a test sees it: what goes into Kafka, and what is in the stores."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import redis

from chaos.system import worker_of
from connectors.clickhouse_sink import connect
from connectors.feeds.keys import key_for
from connectors.feeds.publisher import Publisher
from schemas.redis import keys
from touchline.broker import Broker
from touchline.dead_letters import DeadLetter, dead_letter
from touchline.flink_client import Client, Submission
from touchline.flink_cluster import Cluster
from touchline.settings import Settings, stack_dir
from touchline.stack.flink import TASK_MANAGER
from touchline.stack.processes import Processes
from touchline.versions import group_of, job_title

T = TypeVar("T")

OVERRIDES = ("jobs.checkpoint_interval_ms=2000",)
"""Checkpoints often enough for a test."""

DEADLINE_S = 240.0
POLL_S = 0.5


def eventually(value: Callable[[], T], expected: Callable[[T], bool], what: str) -> T:
    """Ask for `value` until it is as expected, and give it; fail with the last one otherwise."""
    deadline = time.monotonic() + DEADLINE_S
    while True:
        found = value()
        if expected(found):
            return found
        assert time.monotonic() < deadline, f"{what}: still {found!r} after {DEADLINE_S:.0f} s"
        time.sleep(POLL_S)


class System:
    """The stack with the jobs on it."""

    def __init__(self, settings: Settings, cluster: Cluster) -> None:
        self.settings = settings
        self.cluster = cluster
        self.redis: redis.Redis = redis.Redis.from_url(settings.redis.url, decode_responses=True)
        self.clickhouse = connect(settings.clickhouse)

    def wait_until_at_work(self) -> None:
        """Until all tasks of all jobs run."""
        eventually(
            lambda: [job for job in self.cluster.jobs() if not job.over],
            lambda jobs: bool(jobs) and all(job.at_work for job in jobs),
            "jobs at work",
        )

    def wait_until_read(self, job: str, topics: list[str]) -> None:
        """Until a job has read, and written, all that its topics have, as of one of its
        checkpoints."""
        with Broker(self.settings.kafka) as broker:
            for topic in topics:
                eventually(
                    lambda topic=topic: sum(broker.committed(group_of(job), topic).values()),
                    lambda read, topic=topic: read == broker.ends([topic])[topic],
                    f"{job} has read {topic}",
                )

    def publish(self, provider: str, messages: Iterable[tuple[bytes, str | None]]) -> int:
        """Send messages with the match they were said to be of; gives their number."""
        sent = 0
        with Publisher(self.settings.kafka, self.settings.kafka.feed(provider)) as publisher:
            for value, match in messages:
                publisher.send(value, key_for(provider, value, None, match))
                sent += 1
        return sent

    def state(self, match_id: str) -> dict[str, Any]:
        """A match's document; empty if there is none."""
        document = self.redis.json().get(keys.match_state(match_id))
        return document if isinstance(document, dict) else {}

    def timeline(self, match_id: str) -> dict[str, dict[str, Any]]:
        """Event key -> the event, of what stands."""
        members = self.redis.zrange(keys.match_timeline(match_id), 0, -1)
        bodies = self.redis.hgetall(keys.match_events(match_id))
        assert set(members) == set(bodies)
        return {member: json.loads(body) for member, body in bodies.items()}

    def accounting(self, provider: str) -> dict[str, int]:
        """What became of all that came in on the provider's feed, as of the last checkpoint."""
        counts = self.redis.hgetall(keys.ingest(self.settings.kafka.feed(provider)))
        return {what: int(n) for what, n in counts.items()}

    def dead_letters(self) -> list[tuple[str, DeadLetter]]:
        """All there are, each with its key."""
        with Broker(self.settings.kafka) as broker:
            return [
                ((record.key() or b"").decode(), dead_letter(record))
                for record in broker.read(self.settings.kafka.dead_letters)
            ]

    def query(self, sql: str, **parameters: Any) -> list[tuple[Any, ...]]:
        """Rows of the history."""
        return [tuple(row) for row in self.clickhouse.query(sql, parameters).result_rows]

    def stop(self, job: str) -> str:
        """Stop a job; gives its savepoint."""
        return self.cluster.stop(self.cluster.current_jobs()[job_title(job)].id)

    def resume(self, job: str, savepoint: str) -> None:
        """Submit a job by a client of its own, from its savepoint."""
        submission = Submission([job], savepoint=savepoint, overrides=OVERRIDES)
        client = Client(submission, self.settings)
        try:
            client.wait()
        finally:
            client.stop()
        self.wait_until_at_work()


@contextmanager
def stopped(program: str, at_least_s: float) -> Iterator[None]:
    """One of the stack's programs does not answer in the block, and for so long at least: as if all
    packets to it were lost."""
    pid = Processes(stack_dir()).pid(program)
    assert pid is not None
    until = time.monotonic() + at_least_s
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
        time.sleep(max(0.0, until - time.monotonic()))
    finally:
        os.kill(pid, signal.SIGCONT)


def kill_task_manager() -> None:
    """SIGKILL the stack's TaskManager; its Python workers find out by themselves."""
    pid = Processes(stack_dir()).pid(f"{TASK_MANAGER}-1")
    assert pid is not None
    os.kill(pid, signal.SIGKILL)


def kill_python_worker() -> None:
    """SIGKILL one of the workers that run the Python steps."""
    os.kill(worker_of(Processes(stack_dir())), signal.SIGKILL)

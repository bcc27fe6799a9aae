"""The test bed: an embedded stack of the benchmark's own, its topics, and jobs on it."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from confluent_kafka import Message
from confluent_kafka.admin import AdminClient, NewTopic

from bench.last_write import Known
from bench.report import step
from connectors.access import librdkafka
from connectors.feeds.publisher import LOG_LEVEL
from schemas.generated.touchline.v1 import match_event_pb2 as wire
from touchline.broker import Broker
from touchline.errors import TouchlineError
from touchline.flink_client import Client, Submission
from touchline.flink_cluster import Cluster
from touchline.prepare import prepare
from touchline.settings import Settings, stack_dir
from touchline.stack import flink, guard, stack
from touchline.stack.own import own_settings, own_stack
from touchline.stack.processes import Processes
from touchline.stack.tools import PROJECT

PARTITIONS = 4
POLL_S = 0.25
STABLE_S = 3.0
"""An output that has not grown for so long is complete: longer than any engine's batches wait."""

STUCK_S = 90.0
JOB_START_S = 300.0
LOG_APPEND_TIME = {"message.timestamp.type": "LogAppendTime"}
"""The broker stamps what arrives: one clock for all engines, at the moment when it is readable."""


@dataclass(frozen=True)
class Bed:
    """A running stack.

    settings: of this stack, whatever the environment says.
    folder: for files of the contenders; deleted at the end.
    """

    settings: Settings
    folder: Path

    def flink_processes(self) -> list[int]:
        """The JobManager and the TaskManagers."""
        processes = Processes(stack_dir())
        pids = (processes.pid(name) for name in _flink_names(processes))
        return [pid for pid in pids if pid is not None]

    def stop_flink(self) -> None:
        """For contenders that do not need it."""
        processes = Processes(stack_dir())
        processes.stop(_flink_names(processes))

    def create_topic(self, name: str) -> str:
        """A topic whose messages the broker stamps; gives its name."""
        admin = AdminClient({**librdkafka(self.settings.kafka), "log_level": LOG_LEVEL})
        topic = NewTopic(name, PARTITIONS, 1, config=LOG_APPEND_TIME)
        for created in admin.create_topics([topic]).values():
            created.result()
        return name

    @contextmanager
    def jobs(self, submission: Submission) -> Iterator[dict[str, str]]:
        """Submit jobs, wait until they are at work, and cancel them at the end.

        Gives their ids by name.
        """
        with Cluster(self.settings.flink) as cluster:
            client = Client(submission, self.settings)
            ids: dict[str, str] = {}
            try:
                with step(f"submitting {', '.join(submission.jobs)}"):
                    ids = client.wait()
                    wait_at_work(cluster, ids.values())
                yield ids
            finally:
                client.stop()
                cancel(cluster, ids.values())


class Written(NamedTuple):
    """What an output topic holds.

    times: when each message was appended, epoch seconds, ascending.
    current: (match, event) -> its last version.
    """

    times: list[float]
    current: dict[tuple[str, str], Known]


@contextmanager
def fresh_bed(
    task_managers: int = stack.TASK_MANAGERS, high_availability: bool = False
) -> Iterator[Bed]:
    """A fresh stack in a temporary folder, on free ports; stopped and deleted at the end.

    task_managers, high_availability: see `stack.up`.
    """
    with tempfile.TemporaryDirectory(prefix="touchline-bench-") as folder:
        # For the workers of the contender that is a PyFlink job.
        os.environ["PYTHONPATH"] = str(PROJECT)
        with own_stack(Path(folder) / "stack"):
            try:
                with step("starting a stack of our own"):
                    ports = dict.fromkeys(stack.PORTS, 0)
                    stack.up(
                        task_managers=task_managers,
                        ports=ports,
                        high_availability=high_availability,
                    )
                    guard.watch()  # for a benchmark that is killed
                    settings = own_settings()
                    prepare(settings)
                yield Bed(settings, Path(folder))
            finally:
                with step("stopping the stack"):
                    stack.down()


def wait_at_work(cluster: Cluster, job_ids: Iterable[str]) -> None:
    """Wait until all tasks of the jobs run.

    Raises:
        TouchlineError: one has failed, or they do not.
    """
    wanted = set(job_ids)
    deadline = time.monotonic() + JOB_START_S
    while True:
        found = {job.id: job for job in cluster.jobs() if job.id in wanted}
        for job in found.values():
            if job.over:
                raise TouchlineError(f"{job.name} {job.state}: {cluster.failure(job.id)}")
        if found.keys() == wanted and all(job.at_work for job in found.values()):
            return
        if time.monotonic() > deadline:
            states = "; ".join(
                f"{job.name} {job.state}, {job.running_tasks} of {job.tasks} tasks"
                for job in found.values()
            )
            raise TouchlineError(f"the jobs do not run after {JOB_START_S:.0f} s: {states}")
        time.sleep(POLL_S)


def cancel(cluster: Cluster, job_ids: Iterable[str]) -> None:
    """Cancel the jobs and wait until their slots are free."""
    for job_id in job_ids:
        if not cluster.job(job_id).over:
            cluster.cancel(job_id)
        for _ in cluster.until_over(job_id):
            pass


def wait_for_output(
    settings: Settings,
    topic: str,
    least: int,
    what: str,
    check: Callable[[], None] = lambda: None,
    stable_s: float = STABLE_S,
) -> None:
    """Wait until a topic has at least so many messages, and for `stable_s` no more come.

    Raises:
        TouchlineError: it grows no more, and has not enough; also what `check` raises.
    """
    count, since = -1, time.monotonic()
    with step(what) as tell, Broker(settings.kafka, STUCK_S) as broker:
        while True:
            check()
            now = _length(broker, topic)
            if now > count:
                count, since = now, time.monotonic()
                tell(f"{count:,} of {least:,}")
            quiet_s = time.monotonic() - since
            if count >= least and quiet_s >= stable_s:
                return
            if quiet_s > STUCK_S:
                raise TouchlineError(f"{what}: stuck at {count:,} of {least:,} messages")
            time.sleep(POLL_S)


def read_output(settings: Settings, topic: str) -> Written:
    """All of an output topic; of an event, what came last."""
    times: list[float] = []
    current: dict[tuple[str, str], Known] = {}
    for message in read_all(settings, topic):
        event = wire.MatchEvent.FromString(message.value())
        current[event.match_id, event.event_id] = (event.version, event.fingerprint)
        times.append(appended_s(message))
    return Written(sorted(times), current)


def read_all(settings: Settings, topic: str) -> Iterator[Message]:
    """What a topic holds that nobody writes to now; each partition in its order."""
    with Broker(settings.kafka, STUCK_S) as broker:
        yield from broker.read(topic)


def appended_s(message: Message) -> float:
    """When the broker appended a message of a topic that `create_topic` made, epoch seconds."""
    return float(message.timestamp()[1] / 1000)


def _length(broker: Broker, topic: str) -> int:
    return broker.ends([topic]).get(topic, 0)


def _flink_names(processes: Processes) -> list[str]:
    prefixes = (flink.JOB_MANAGER, flink.TASK_MANAGER)
    return [name for name in processes.names() if name.startswith(prefixes)]

"""The soak, without a system: what it weighs, notes and corrects."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bench.last_write import new_reader, read
from bench.load import Sent
from chaos import soak
from chaos.load import matches
from chaos.soak import KINDS, Sample
from chaos.system import System
from chaos.watching import Update, Watch
from tests.connectors.feeds.clock import FakeClock
from touchline import history
from touchline.flink_cluster import Cluster, JobDetails, JobStatus
from touchline.history import Result
from touchline.settings import Settings
from touchline.stack.processes import Processes
from touchline.versions import job_title

NOWHERE = ("", 0, 0, 0)
ROUND_S, RATE = 2.0, 30.0

COMMANDS = {
    1: b"java\0org.apache.flink.runtime.taskexecutor.TaskManagerRunner",
    2: b"python\0-m\0pyflink.fn_execution.beam.beam_boot\0--id=1",
    3: b"python\0-m\0pyflink.fn_execution.beam.beam_boot\0--id=2",
    4: b"python\0/touchline/stack/supervisor.py\0redis-server\0--port\0006379",
    5: b"redis-server *:6379",
    6: b"toxiproxy\0-port\0008474",
}


@pytest.fixture
def _weighed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stack of some processes, each of ten times its id in MB."""
    monkeypatch.setattr(soak, "processes_of", lambda _: iter(COMMANDS.items()))
    monkeypatch.setattr(soak, "resident_mb", lambda pid: pid * 10.04)


@pytest.fixture
def stack(tmp_path: Path) -> Processes:
    return Processes(tmp_path)


@pytest.mark.usefixtures("_weighed")
def test_memory_is_summed_by_kind_and_a_supervisor_is_not_what_it_supervises(
    stack: Processes,
) -> None:
    assert soak._memory(stack) == {
        **dict.fromkeys(KINDS, 0.0), "task_manager_mb": 10.0, "workers_mb": 50.2, "redis_mb": 50.2,
    }  # fmt: skip


class PaperCluster:
    """Jobs with their last checkpoints: bytes, and how long it took in ms."""

    def __init__(self, **checkpoints: tuple[int | None, int | None]) -> None:
        self.checkpoints = {job_title(name): one for name, one in checkpoints.items()}

    def jobs(self) -> list[JobStatus]:
        over = JobStatus("over", job_title("history"), "CANCELED", 0, 1, 0, 1)
        names = self.checkpoints
        return [over, *(JobStatus(name, name, "RUNNING", 0, None, 1, 1) for name in names)]

    def details(self, job_id: str) -> JobDetails:
        size, took_ms = self.checkpoints[job_id]
        return JobDetails(0, 0, size, took_ms, 0, 0, 0)


class PaperWatch:
    """Has seen some updates, and forgets none."""

    def __init__(self, *updates: Update) -> None:
        self.updates = list(updates)

    def forget(self) -> None:
        pass


def sampled(
    monkeypatch: pytest.MonkeyPatch, stack: Processes, cluster: PaperCluster, watch: PaperWatch
) -> Sample:
    """What is noted 30 s after the start."""
    monkeypatch.setattr(soak, "time", SimpleNamespace(time=lambda: 130.0))
    return soak._sample(cast(Cluster, cluster), cast(Watch, watch), 100.0, stack)


@pytest.mark.usefixtures("_weighed")
def test_a_sample_tells_the_polls_state_from_the_others_and_the_longest_checkpoint(
    monkeypatch: pytest.MonkeyPatch, stack: Processes
) -> None:
    cluster = PaperCluster(
        normalize=(2_000_000, 300), match_state=(3_000_000, 1_500), polls=(400_000, 20)
    )
    watch = PaperWatch(Update(110.0, 109.0), Update(129.0, 128.5))
    sample = sampled(monkeypatch, stack, cluster, watch)
    assert sample == Sample(
        at_s=30.0, task_manager_mb=10.0, job_manager_mb=0.0, workers_mb=50.2, broker_mb=0.0,
        redis_mb=50.2, clickhouse_mb=0.0, matches_state_mb=5.0, polls_state_mb=0.4,
        checkpoint_s=1.5, lag_s=1.5,
    )  # fmt: skip


@pytest.mark.usefixtures("_weighed")
def test_a_sample_before_the_first_checkpoint_and_the_first_update_is_of_nothing(
    monkeypatch: pytest.MonkeyPatch, stack: Processes
) -> None:
    sample = sampled(monkeypatch, stack, PaperCluster(normalize=(None, None)), PaperWatch())
    state = (sample.matches_state_mb, sample.polls_state_mb)
    assert (*state, sample.checkpoint_s, sample.lag_s) == (0.0, 0.0, 0.0, 0.0)


@pytest.mark.parametrize("known", [0, 1])
def test_the_correction_is_a_higher_version_of_the_same_event_and_the_history_is_asked_for_it(
    monkeypatch: pytest.MonkeyPatch, known: int
) -> None:
    sent: list[Sent] = []
    asked: list[dict[str, Any]] = []

    def produce(_kafka: Any, topic: str, messages: Sequence[Sent]) -> None:
        assert topic == Settings().kafka.feed("opta")
        sent.extend(messages)

    def query(_settings: Any, _sql: str, parameters: dict[str, Any]) -> Result:
        asked.append(parameters)
        return Result(["count()"], [[known]])

    monkeypatch.setattr(soak, "produce", produce)
    monkeypatch.setattr(history, "query", query)
    clock = FakeClock()
    monkeypatch.setattr(soak, "time", SimpleNamespace(monotonic=clock, sleep=clock.sleep))
    system = cast(System, SimpleNamespace(settings=Settings()))
    assert soak._corrected_late(system, ROUND_S, RATE) is bool(known)

    first = matches(0, ROUND_S, RATE)[0]
    [correction] = sent
    reader = new_reader()
    [before, *_] = read(reader, first.key, first.value, NOWHERE)
    [after, *_] = read(reader, correction.key, correction.value, NOWHERE)
    assert correction.key == first.key
    assert (after.match_id, after.event_id) == (before.match_id, before.event_id)
    assert after.version > before.version
    assert {tuple(one.values()) for one in asked} == {
        (after.match_id, after.event_id, after.version)
    }

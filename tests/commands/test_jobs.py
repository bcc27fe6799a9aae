"""The commands on jobs, without a cluster."""

from __future__ import annotations

import pytest
import typer
from typer.testing import CliRunner

from jobs.pipeline import parse
from touchline.commands import jobs, replay
from touchline.errors import TouchlineError
from touchline.flink_cluster import Cluster, Overview
from touchline.settings import Flink, Settings
from touchline.versions import JOBS, outputs_of

NOBODY = "127.0.0.1:9"


class SmallCluster(Cluster):
    """A cluster with one free slot of twelve, which two TaskManagers have."""

    def overview(self) -> Overview:
        return Overview(slots=12, free_slots=1, task_managers=2, version="2.3.0")


class EmptyCluster(Cluster):
    """A cluster whose TaskManagers are not there yet."""

    def overview(self) -> Overview:
        return Overview(slots=0, free_slots=0, task_managers=0, version="2.3.0")


def test_all_stands_for_every_job_in_the_order_of_the_data() -> None:
    assert jobs.jobs_named("all") == list(JOBS)
    assert jobs.jobs_named("history") == ["history"]


def test_an_unknown_job_is_refused_and_the_others_are_named() -> None:
    with pytest.raises(
        typer.BadParameter, match="normalize, match_state, polls, leaderboards, history"
    ):
        jobs.jobs_named("nope")


@pytest.mark.parametrize(("count", "advised"), [(2, 3), (7, 3), (8, 4)])
def test_too_few_slots_are_an_error_that_says_how_many_task_managers_have_enough(
    count: int, advised: int
) -> None:
    settings = Settings.load()
    with SmallCluster(Flink(rest=NOBODY)) as cluster:
        jobs.check_slots(cluster, 1, settings)
        with pytest.raises(TouchlineError) as caught:
            jobs.check_slots(cluster, count, settings)
    assert f"{count} free slots are needed" in caught.value.message
    assert f"--task-managers {advised}`" in caught.value.hint


def test_without_a_task_manager_the_advice_is_of_the_embedded_clusters_slots() -> None:
    settings = Settings.load(["jobs.parallelism=2"])
    with (
        EmptyCluster(Flink(rest=NOBODY)) as cluster,
        pytest.raises(TouchlineError, match="10 free slots are needed") as caught,
    ):
        jobs.check_slots(cluster, 5, settings)
    assert "--task-managers 2`" in caught.value.hint


def test_a_job_needs_as_many_slots_as_it_has_subtasks() -> None:
    settings = Settings.load(["jobs.parallelism=2"])
    with (
        SmallCluster(Flink(rest=NOBODY)) as cluster,
        pytest.raises(TouchlineError, match="2 free slots"),
    ):
        jobs.check_slots(cluster, 1, settings)


def test_a_savepoint_is_of_one_job() -> None:
    result = CliRunner().invoke(jobs.app, ["submit", "all", "--from-savepoint", "file:/s"])
    assert isinstance(result.exception, TouchlineError)
    assert "one job" in result.exception.message


@pytest.mark.parametrize("command", [["submit", "all"], ["jobs"], ["stop", "normalize"]])
def test_a_cluster_that_is_not_there_is_said_before_anything_starts(command: list[str]) -> None:
    result = CliRunner().invoke(jobs.app, [*command, "--cluster", NOBODY])
    assert isinstance(result.exception, TouchlineError)
    assert result.exception.message == f"no Flink cluster answers at {NOBODY}"


def test_a_replay_has_one_start() -> None:
    given = ["--from-offset", "0=1", "--from-beginning"]
    result = CliRunner().invoke(replay.app, given)
    assert isinstance(result.exception, TouchlineError)
    assert "one place" in result.exception.message


def test_votes_are_replayed_for_no_single_match() -> None:
    result = CliRunner().invoke(replay.app, ["--job", "polls", "--match", "opta:1009316"])
    assert isinstance(result.exception, TouchlineError)
    assert "not of a match" in result.exception.message


def test_only_normalize_writes_to_topics() -> None:
    kafka = Settings.load(["kafka.match_events=canonical"]).kafka
    assert outputs_of("normalize", kafka)[0] == "canonical"
    assert outputs_of("history", kafka) == []


@pytest.mark.parametrize("generation", ["-1", "65536", "20261122"])
def test_a_generation_that_the_stores_cannot_hold_is_refused(generation: str) -> None:
    result = CliRunner().invoke(replay.app, ["--generation", generation])
    assert result.exit_code == 2
    assert "'--generation'" in result.output


@pytest.mark.parametrize("generation", ["-1", "65536"])
def test_a_job_refuses_such_a_generation_too(
    generation: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        parse("history", [f"--generation={generation}"])
    assert f"--generation: {generation} is not from 0 to 65535" in capsys.readouterr().err

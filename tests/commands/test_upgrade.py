"""`touchline upgrade`, with a cluster that only says what it is asked to do."""

from __future__ import annotations

import json
from typing import Any

import pytest
from typer.testing import CliRunner

from touchline.commands import upgrade
from touchline.errors import TouchlineError
from touchline.flink_client import Submission
from touchline.flink_cluster import Cluster, JobStatus
from touchline.plans import Planned
from touchline.settings import Settings

SAVEPOINT = "file:///savepoints/1"
RUNNING = Planned({"nodes": [{"id": "a", "description": "[1]:Sum(select=[SUM(x)])<br/>"}]}, {})
OTHER = Planned({"nodes": [{"id": "a", "description": "[1]:Sum(select=[SUM(y)])<br/>"}]}, {})


class Told(Cluster):
    """A cluster with match_state on it; `did` has what it was told to do."""

    did: list[str] = []  # noqa: RUF012
    state = "RUNNING"

    def current_jobs(self) -> dict[str, JobStatus]:
        return {"touchline-match_state": self.job("old")}

    def job(self, job_id: str) -> JobStatus:
        state = self.state if job_id == "new" else "RUNNING"
        return JobStatus(job_id, "touchline-match_state", state, 0, None, 2, 2)

    def planned(self, job_id: str) -> Planned:
        return RUNNING

    def stop(self, job_id: str, folder: str = "") -> str:
        self.did.append(f"stopped {job_id}")
        return SAVEPOINT

    def failure(self, job_id: str) -> str:
        return "StateMigrationException"


@pytest.fixture
def did(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The cluster, and a client that plans what runs and starts what it is told to."""
    done: list[str] = []

    def start(submission: Submission, settings: Settings) -> dict[str, str]:
        done.append(f"started from {submission.savepoint} with {list(submission.overrides)}")
        return {"match_state": "new"}

    monkeypatch.setattr(Told, "did", done)
    monkeypatch.setattr(upgrade, "Cluster", Told)
    monkeypatch.setattr(upgrade, "start", start)
    monkeypatch.setattr(upgrade, "_planned", lambda *_: RUNNING)
    return done


def run(*words: str) -> Any:
    return CliRunner().invoke(upgrade.app, list(words))


def test_a_job_whose_state_fits_goes_on_from_its_savepoint(did: list[str]) -> None:
    told = run("match_state", "--set", "jobs.live_bundle_ms=30", "--json")
    assert json.loads(told.stdout) == {"keeps_state": True, "savepoint": SAVEPOINT, "id": "new"}
    assert did == ["stopped old", f"started from {SAVEPOINT} with ['jobs.live_bundle_ms=30']"]


def test_a_dry_run_stops_nothing(did: list[str]) -> None:
    told = run("match_state", "--dry-run")
    assert (told.exit_code, told.stdout) == (0, "match_state keeps its state\n")
    assert did == []


@pytest.mark.parametrize("words", [(), ("--dry-run",), ("--json",)])
def test_a_job_whose_state_does_not_fit_runs_on(
    did: list[str], monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    monkeypatch.setattr(upgrade, "_planned", lambda *_: OTHER)
    told = run("match_state", *words)
    assert isinstance(told.exception, TouchlineError)
    assert "runs on" in told.exception.message
    assert "SUM(x)" in told.exception.hint
    assert "--set jobs.version=green" in told.exception.hint
    assert did == []
    if "--json" in words:
        assert json.loads(told.stdout)["keeps_state"] is False


def test_a_job_that_does_not_start_again_says_where_its_savepoint_is(
    did: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Told, "state", "FAILED")
    told = run("match_state")
    assert isinstance(told.exception, TouchlineError)
    assert "StateMigrationException" in told.exception.message
    assert f"--from-savepoint {SAVEPOINT}" in told.exception.hint


def test_a_job_that_does_not_run_is_not_upgraded(did: list[str]) -> None:
    told = run("match_state", "--set", "jobs.version=green")
    assert isinstance(told.exception, TouchlineError)
    assert "does not run" in told.exception.message
    assert run("all").exit_code == 2

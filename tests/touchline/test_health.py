"""The verdict on the system, by the facts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from touchline.health import DEGRADED, DOWN, OK, Facts, Finding, JobFacts, findings, verdict
from touchline.probing import overdue_polls
from touchline.settings import Health

NOW = 1_800_000_000_000
MINUTE = 60_000
LIMITS = Health(jobs=("normalize", "match_state"))

WELL = JobFacts(
    state="RUNNING",
    at_work=True,
    started_ms=NOW - 60 * MINUTE,
    restarts=0,
    checkpoint_ms=NOW - 5_000,
    failed_checkpoint_ms=None,
    pending=(0, 0),
    failed_ms=None,
    failure="",
)
COUNTS = {"received": 10, "accepted": 6, "superseded": 1, "duplicate": 2, "rejected": 1}
ALL_WELL = Facts(
    at_ms=NOW,
    task_managers=1,
    jobs={"normalize": WELL, "match_state": WELL},
    dead_letters=1,
    accounting={"opta": COUNTS},
)


def with_job(**changes: object) -> Facts:
    job = replace(WELL, **changes)  # type: ignore[arg-type]
    return replace(ALL_WELL, jobs={**ALL_WELL.jobs, "match_state": job})


def unwell(facts: Facts, limits: Health = LIMITS) -> list[Finding]:
    return [one for one in findings(facts, limits) if one.state != OK]


def test_a_system_that_is_well_has_no_hints() -> None:
    found = findings(ALL_WELL, LIMITS)
    assert verdict(found) == OK
    assert [one.what for one in found] == [
        "kafka", "redis", "clickhouse", "flink",
        "normalize", "match_state", "dead letters", "feed opta",
    ]  # fmt: skip
    assert not any(one.hint for one in found)


@pytest.mark.parametrize(
    ("service", "state"), [("kafka", DOWN), ("redis", DOWN), ("flink", DOWN),
                           ("clickhouse", DEGRADED)]
)  # fmt: skip
def test_a_service_that_is_silent(service: str, state: str) -> None:
    (found,) = unwell(replace(ALL_WELL, silent={service: "no answer"}))
    assert (found.what, found.state, found.text) == (service, state, "no answer")


def test_a_strange_key_in_redis_is_no_redis_that_is_down() -> None:
    (found,) = unwell(replace(ALL_WELL, strange=("a key holds something else", "delete it")))
    assert (found.what, found.state, found.hint) == ("redis", "degraded", "delete it")


def test_of_a_cluster_that_is_silent_no_job_is_said_to_be_gone() -> None:
    facts = replace(ALL_WELL, silent={"flink": "no answer"}, jobs={}, task_managers=0)
    assert [one.what for one in unwell(facts)] == ["flink"]


def test_a_cluster_without_task_managers_is_down() -> None:
    assert verdict(findings(replace(ALL_WELL, task_managers=0), LIMITS)) == DOWN


def test_a_job_that_should_run_and_does_not_is_down() -> None:
    (found,) = unwell(replace(ALL_WELL, jobs={"normalize": WELL}))
    assert (found.what, found.state) == ("match_state", DOWN)
    assert found.hint == "touchline submit match_state"


def test_a_job_that_nobody_expects_is_not_missed() -> None:
    facts = replace(ALL_WELL, jobs={"normalize": WELL})
    assert unwell(facts, Health(jobs=("normalize",))) == []


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"state": "RESTARTING", "at_work": False, "failure": "Redis is away"}, "Redis is away"),
        ({"failed_ms": NOW - 5 * MINUTE, "restarts": 3, "failure": "OOM"}, "3 restarts: OOM"),
        ({"failed_checkpoint_ms": NOW - 1_000}, "its last checkpoint failed"),
        ({"checkpoint_ms": NOW - 3 * MINUTE}, "no checkpoint for 3 min"),
        ({"checkpoint_ms": None}, "no checkpoint for 60 min"),
        ({"pending": (2_000, 2_500)}, "2,500 records behind"),
        ({"pending": (None, 2_500)}, "2,500 records behind"),
    ],
)
def test_a_job_that_is_not_well_is_degraded(changes: dict[str, object], text: str) -> None:
    (found,) = unwell(with_job(**changes))
    assert (found.what, found.state) == ("match_state", DEGRADED)
    assert text in found.text
    assert found.hint


@pytest.mark.parametrize(
    "changes",
    [
        {"failed_ms": NOW - 11 * MINUTE, "restarts": 3, "failure": "OOM"},
        {"failed_checkpoint_ms": NOW - 20 * MINUTE},
        {"started_ms": NOW - 30_000, "checkpoint_ms": None},
        {"pending": (9_000, 8_000)},
        {"pending": (10, 900)},
        {"pending": (None, None)},
    ],
)
def test_a_job_that_has_recovered_is_well(changes: dict[str, object]) -> None:
    assert unwell(with_job(**changes)) == []


def test_more_dead_letters_than_are_borne() -> None:
    assert unwell(replace(ALL_WELL, dead_letters=10)) == []
    (found,) = unwell(replace(ALL_WELL, dead_letters=11))
    assert (found.state, found.text) == (DEGRADED, "11 in 10 min")


def test_an_item_that_ended_nowhere() -> None:
    (found,) = unwell(replace(ALL_WELL, accounting={"opta": {**COUNTS, "received": 12}}))
    assert (found.what, found.state) == ("feed opta", DEGRADED)
    assert "2 ended nowhere" in found.text


def test_polls_without_a_final_result() -> None:
    (found,) = unwell(replace(ALL_WELL, overdue_polls=["a", "b"]))
    assert (found.state, found.text) == (DEGRADED, "no final result: a, b")


def poll(
    poll_id: str, ends: str | None, ended: str | None, final: bool = False
) -> dict[str, object]:
    return {"id": poll_id, "ends_at": ends, "ended_at": ended, "final": final}


def test_a_poll_is_overdue_some_time_after_its_end() -> None:
    results = [
        poll("scheduled", "2027-01-15T07:58:00.000Z", None),
        poll("closed early", "2027-01-15T09:00:00.000Z", "2027-01-15T07:58:59.000Z"),
        poll("closed just now", None, "2027-01-15T07:59:30.000Z"),
        poll("without an end", None, None),
        poll("final", None, "2027-01-15T07:00:00.000Z", final=True),
    ]
    assert NOW == 1_800_000_000_000  # 2027-01-15T08:00:00Z
    assert overdue_polls(results, NOW, after_s=60) == ["scheduled", "closed early"]

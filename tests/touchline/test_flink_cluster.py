"""The REST client, against recorded answers of a Flink 2.3 cluster."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from touchline import flink_cluster
from touchline.errors import TouchlineError
from touchline.flink_cluster import Cluster, Trouble, first_cause
from touchline.settings import Flink

SOURCE = "Source: KafkaSource-feed_log -> Calc[3] -> PythonCalc[4]"
KAFKA_SINK = "OverAggregate[15] -> Calc[17] -> match_events[18]: Writer -> match_events: Committer"
FUNCTION_SINK = "written[36]: Writer"


def job(name: str, state: str, started: int, running: int = 2) -> dict[str, Any]:
    return {
        "jid": f"{name}-{started}",
        "name": name,
        "state": state,
        "start-time": started,
        "end-time": -1,
        "tasks": {"running": running, "total": 2},
    }


def vertex(number: str, name: str, read: int) -> dict[str, Any]:
    return {"id": number, "name": name, "metrics": {"read-records": read}}


METRICS = {
    "/jobs/j/vertices/1/subtasks/metrics": {"Source__feed_log.pendingRecords": 7},
    "/jobs/j/vertices/2/subtasks/metrics": {"match_events[18]__Writer.numRecordsIn": 40},
    "/jobs/j/vertices/3/subtasks/metrics": {"written[36]__Writer.numRecordsIn": 2},
    "/jobs/j/metrics": {"numRestarts": 3},
}
ANSWERS: dict[str, Any] = {
    "/overview": {
        "taskmanagers": 3,
        "slots-total": 3,
        "slots-available": 1,
        "flink-version": "2.3.0",
    },
    "/jobs/overview": {
        "jobs": [
            job("touchline-a", "CANCELED", 1),
            job("touchline-a", "RUNNING", 2, running=1),
            job("touchline-b", "RUNNING", 3),
        ]
    },
    "/jobs/j": {
        "vertices": [
            vertex("1", SOURCE, 100),
            vertex("2", KAFKA_SINK, 60),
            vertex("3", FUNCTION_SINK, 2),
        ]
    },
    "/jobs/j/checkpoints": {
        "latest": {"completed": {"latest_ack_timestamp": 1_000, "state_size": 5}}
    },
}


def answer(request: httpx.Request) -> httpx.Response:
    path = request.url.path
    if path in METRICS:
        wanted = request.url.params.get("get", "").split(",")
        found = METRICS[path]
        listed = [{"id": name} for name in found]
        values = [{"id": name, "value": str(found[name])} for name in wanted if name in found]
        return httpx.Response(200, json=values if wanted != [""] else listed)
    if path in ANSWERS:
        return httpx.Response(200, json=ANSWERS[path])
    return httpx.Response(404, json={"errors": [f"no {path}"]})


def cluster(handler: Callable[[httpx.Request], httpx.Response] = answer) -> Cluster:
    return Cluster(Flink(rest="flink:8081"), httpx.MockTransport(handler))


def test_the_overview_tells_how_many_slots_are_free() -> None:
    with cluster() as flink:
        overview = flink.overview()
    assert (overview.slots, overview.free_slots, overview.version) == (3, 1, "2.3.0")


def test_a_job_that_is_over_is_not_current() -> None:
    with cluster() as flink:
        current = flink.current_jobs()
    assert {name: found.id for name, found in current.items()} == {
        "touchline-a": "touchline-a-2",
        "touchline-b": "touchline-b-3",
    }


def test_a_job_is_at_work_when_all_its_tasks_run() -> None:
    with cluster() as flink:
        current = flink.current_jobs()
    assert not current["touchline-a"].at_work
    assert current["touchline-b"].at_work


def test_details_add_up_what_sources_read_and_sinks_write() -> None:
    with cluster() as flink:
        details = flink.details("j")
    assert (details.read, details.written, details.pending) == (100, 42, 7)
    assert (details.restarts, details.checkpoint_ms) == (3, 1_000)


def test_final_details_are_those_of_after_the_jobs_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flink_cluster, "POLL_S", 0.0)
    copies = [("RUNNING", 70), ("RUNNING", 70), ("FINISHED", 100)]
    asked: list[str] = []

    def from_a_copy(request: httpx.Request) -> httpx.Response:
        if request.url.path != "/jobs/j":
            return answer(request)
        state, read = copies[min(len(asked), len(copies) - 1)]
        asked.append(state)
        return httpx.Response(200, json={"state": state, "vertices": [vertex("1", SOURCE, read)]})

    with cluster(from_a_copy) as flink:
        assert flink.final_details("j").read == 100


def test_a_job_without_trouble_has_none() -> None:
    def calm(request: httpx.Request) -> httpx.Response:
        gone = request.url.path.endswith("/exceptions")
        return (
            httpx.Response(200, json={"exceptionHistory": {"entries": []}})
            if gone
            else answer(request)
        )

    with cluster(calm) as flink:
        assert flink.trouble("j") == Trouble(None, None, "")


def test_trouble_is_the_last_one() -> None:
    trace = "java.lang.RuntimeException: x\nCaused by: java.io.IOException: no space left"
    failures = [{"timestamp": 7_000, "stacktrace": trace}, {"timestamp": 2_000, "stacktrace": "y"}]
    troubled = {
        "/jobs/j/checkpoints": {"latest": {"failed": {"trigger_timestamp": 6_000}}},
        "/jobs/j/exceptions": {"exceptionHistory": {"entries": failures}},
    }
    with cluster(lambda request: httpx.Response(200, json=troubled[request.url.path])) as flink:
        found = flink.trouble("j")
    assert found == Trouble(6_000, 7_000, "java.io.IOException: no space left")


def test_what_a_finished_job_wrote_is_known_without_its_operators_metrics() -> None:
    def finished(request: httpx.Request) -> httpx.Response:
        gone = request.url.path in METRICS
        return httpx.Response(200, json=[]) if gone else answer(request)

    with cluster(finished) as flink:
        details = flink.details("j")
    assert (details.written, details.pending, details.restarts) == (2, None, None)


def test_a_cluster_that_is_not_there_is_an_error_with_a_next_step() -> None:
    def refused(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    with cluster(refused) as flink, pytest.raises(TouchlineError) as caught:
        flink.overview()
    assert caught.value.message == "no Flink cluster answers at flink:8081"
    assert "touchline up" in caught.value.hint


def test_a_busy_cluster_is_waited_for_longer_than_one_that_is_not_there() -> None:
    patience: list[dict[str, float]] = []

    def patient(request: httpx.Request) -> httpx.Response:
        patience.append(request.extensions["timeout"])
        return answer(request)

    with cluster(patient) as flink:
        flink.jobs()
    assert patience[0]["read"] > patience[0]["connect"]


def test_a_refusal_is_told_in_flinks_words() -> None:
    with cluster() as flink, pytest.raises(TouchlineError, match="no /jobs/x"):
        flink.details("x")


def test_a_job_is_stopped_with_a_savepoint_and_its_path_is_given() -> None:
    asked: list[Any] = []

    def stopping(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            asked.append(json.loads(request.content))
            return httpx.Response(202, json={"request-id": "r"})
        status = "COMPLETED" if asked else "IN_PROGRESS"
        operation = {"location": "file:/savepoint-1"}
        return httpx.Response(200, json={"status": {"id": status}, "operation": operation})

    with cluster(stopping) as flink:
        assert flink.stop("j", "file:/folder") == "file:/savepoint-1"
    assert asked == [{"drain": False, "targetDirectory": "file:/folder"}]


def test_a_failed_savepoint_says_why() -> None:
    def failing(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            return httpx.Response(202, json={"request-id": "r"})
        trace = "java.util.X: outer\n\tat a.b\nCaused by: java.io.IOException: disk full\n\tat c.d"
        failure = {"failure-cause": {"stack-trace": trace}}
        return httpx.Response(200, json={"status": {"id": "COMPLETED"}, "operation": failure})

    with cluster(failing) as flink, pytest.raises(TouchlineError, match="disk full"):
        flink.stop("j")


def test_a_job_that_restarts_is_stopped_when_it_runs_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(flink_cluster, "RESTART_S", 0.0)
    attempts: list[str] = []
    restarting = "org.apache.flink.X: Checkpoint triggering task Source: a (1/1) of job j is not \
being executed at the moment. Failure reason: Not all required tasks are currently running."

    def stopping(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            attempts.append(f"r{len(attempts) + 1}")
            return httpx.Response(202, json={"request-id": attempts[-1]})
        assert request.url.path.endswith(attempts[-1])
        operation = (
            {"failure-cause": {"stack-trace": f"java.util.X: o\nCaused by: {restarting}\n\tat c"}}
            if len(attempts) < 3
            else {"location": "file:/savepoint-1"}
        )
        return httpx.Response(200, json={"status": {"id": "COMPLETED"}, "operation": operation})

    with cluster(stopping) as flink:
        assert flink.stop("j") == "file:/savepoint-1"
    assert len(attempts) == 3


def test_the_cause_of_a_failure_in_a_python_worker_is_pythons_error() -> None:
    trace = """\
java.lang.RuntimeException: flush
\tat a.b
Caused by: java.lang.RuntimeException: Error received: Traceback (most recent call last):
  File "x.py", line 1, in f
TypeError: 'int' object is not iterable

\tat c.d
"""
    assert first_cause(trace) == "TypeError: 'int' object is not iterable"


def test_the_first_cause_of_a_trace_without_one_is_its_first_line() -> None:
    assert first_cause("java.lang.X: why\n\tat a.b") == "java.lang.X: why"
    assert first_cause("") == "no reason is given"


def test_a_cluster_that_elects_its_job_manager_is_waited_for() -> None:
    electing = {"errors": ["Service temporarily unavailable due to an ongoing leader election."]}
    answers = iter([httpx.Response(503, json=electing), httpx.Response(200, json={"jobs": []})])
    with Cluster(Flink(), httpx.MockTransport(lambda request: next(answers))) as cluster:
        assert cluster.jobs() == []


def test_an_election_without_an_end_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("touchline.flink_cluster.ELECTION_S", 0.0)
    electing = {"errors": ["an ongoing leader election"]}
    transport = httpx.MockTransport(lambda request: httpx.Response(503, json=electing))
    with Cluster(Flink(), transport) as cluster, pytest.raises(TouchlineError, match="election"):
        cluster.jobs()


def test_the_slots_that_jobs_have_are_told_by_task_manager() -> None:
    found = {"taskmanagers": [{"id": "one", "slotsNumber": 6, "freeSlots": 2},
                              {"id": "two", "slotsNumber": 6, "freeSlots": 6}]}  # fmt: skip
    transport = httpx.MockTransport(lambda request: httpx.Response(200, json=found))
    with Cluster(Flink(), transport) as cluster:
        assert cluster.taken_slots() == {"one": 4, "two": 0}

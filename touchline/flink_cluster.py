"""A Flink cluster by its REST interface: its slots, its jobs, and how to stop them."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from connectors.access import flink_options
from touchline.errors import TouchlineError
from touchline.plans import Planned, shape_in
from touchline.settings import Flink

CONNECT_S = 10.0
ANSWER_S = 60.0
"""A JobManager on a busy machine, restarting its jobs, was seen to take longer than 10 s."""
ELECTION_S = 30.0
"""With high availability: for so long a cluster may be without a JobManager that leads it."""

POLL_S = 0.25
SAVEPOINT_S = 300.0
RESTART_S = 1.0
REFRESHED_S = 30.0

_WRITER = re.compile(r"\w+\[\d+\]: Writer")

_RESTARTS = re.compile(
    "Not all required tasks are currently running"
    "|Checkpoint Coordinator is suspending"
    "|FailoverRegion is restarting"
)
"""Flink's CheckpointFailureReason of a job whose tasks are about to run again."""

_PYTHON_ERROR = re.compile(r"^[\w.]+(?:Error|Exception|Exit)\b.*$", re.MULTILINE)

OVER = frozenset({"FINISHED", "CANCELED", "FAILED"})
"""States that a job never leaves."""


@dataclass(frozen=True)
class Overview:
    """The cluster: its slots and version."""

    slots: int
    free_slots: int
    task_managers: int
    version: str


@dataclass(frozen=True)
class JobStatus:
    """A job as the cluster's list shows it.

    started_ms, ended_ms: UTC epoch milliseconds; `ended_ms` is None while it runs.
    """

    id: str
    name: str
    state: str
    started_ms: int
    ended_ms: int | None
    running_tasks: int
    tasks: int

    @property
    def over(self) -> bool:
        """True if it will not run again."""
        return self.state in OVER

    @property
    def at_work(self) -> bool:
        """True if all its tasks run: a job is RUNNING before they do."""
        return self.state == "RUNNING" and self.running_tasks == self.tasks


@dataclass(frozen=True)
class JobDetails:
    """What else is known of a job.

    checkpoint_ms: when the last checkpoint was complete, UTC epoch milliseconds;
    checkpoint_took_ms: and how long it took.
    read: records from Kafka. written: records to Kafka and by functions that are sinks.
    pending: records in Kafka that it has not read, None while it does not say.
    """

    restarts: int | None
    checkpoint_ms: int | None
    checkpoint_bytes: int | None
    checkpoint_took_ms: int | None
    read: int
    written: int
    pending: int | None


@dataclass(frozen=True)
class Trouble:
    """What has gone wrong with a job, the last time that it did.

    failed_checkpoint_ms: when the last checkpoint that failed was begun. failed_ms: when the job,
    or a part of it, last failed. Both UTC epoch milliseconds, None if it never happened.
    failure: why, in one line.
    """

    failed_checkpoint_ms: int | None
    failed_ms: int | None
    failure: str


class Cluster:
    """The REST interface of the settings. A context manager.

    Every method raises TouchlineError if the cluster does not answer or refuses.
    """

    def __init__(self, settings: Flink, transport: httpx.BaseTransport | None = None) -> None:
        self.rest = settings.rest
        self.url = settings.url
        try:
            options = flink_options(settings)
        except OSError as error:
            raise TouchlineError(
                f"the certificates of Flink's REST interface: {error}",
                "see flink.ca_file, flink.cert_file and flink.key_file",
            ) from error
        self._http = httpx.Client(
            **options, timeout=httpx.Timeout(ANSWER_S, connect=CONNECT_S), transport=transport
        )

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def overview(self) -> Overview:
        """Slots and version."""
        answer = self._get("/overview")
        return Overview(
            slots=answer["slots-total"],
            free_slots=answer["slots-available"],
            task_managers=answer["taskmanagers"],
            version=answer["flink-version"],
        )

    def taken_slots(self) -> dict[str, int]:
        """TaskManager, by its resource id -> how many of its slots jobs have."""
        found = self._get("/taskmanagers")["taskmanagers"]
        return {one["id"]: one["slotsNumber"] - one["freeSlots"] for one in found}

    def jobs(self) -> list[JobStatus]:
        """All jobs that the cluster remembers, the newest first."""
        found = [_status(job) for job in self._get("/jobs/overview")["jobs"]]
        return sorted(found, key=lambda job: job.started_ms, reverse=True)

    def current_jobs(self) -> dict[str, JobStatus]:
        """The newest job of each name that is not over."""
        current: dict[str, JobStatus] = {}
        for job in self.jobs():
            if not job.over:
                current.setdefault(job.name, job)
        return current

    def job(self, job_id: str) -> JobStatus:
        """One job."""
        for job in self.jobs():
            if job.id == job_id:
                return job
        raise TouchlineError(f"Flink at {self.rest} knows no job {job_id}", "touchline jobs")

    def details(self, job_id: str) -> JobDetails:
        """What the list does not show."""
        vertices = self._vertices(job_id)
        checkpoint = (self._get(f"/jobs/{job_id}/checkpoints").get("latest") or {}).get(
            "completed"
        ) or {}
        restarts = self._metrics(f"/jobs/{job_id}/metrics", ["numRestarts"])
        return JobDetails(
            restarts=int(restarts["numRestarts"]) if "numRestarts" in restarts else None,
            checkpoint_ms=checkpoint.get("latest_ack_timestamp"),
            checkpoint_bytes=checkpoint.get("state_size"),
            checkpoint_took_ms=checkpoint.get("end_to_end_duration"),
            read=sum(vertex["metrics"]["read-records"] for vertex in filter(_is_source, vertices)),
            written=self._written(job_id, vertices),
            pending=self._sum(job_id, filter(_is_source, vertices), ".pendingRecords"),
        )

    def final_details(self, job_id: str) -> JobDetails:
        """The details of a job that is over, when all of its tasks have told theirs.

        Flink answers from a copy that may be older than the job's end (`web.refresh-interval`, 3 s
        by default): a newer one is waited for, up to half a minute.
        """
        give_up = time.monotonic() + REFRESHED_S
        while self._get(f"/jobs/{job_id}")["state"] not in OVER and time.monotonic() < give_up:
            time.sleep(POLL_S)
        return self.details(job_id)

    def pending(self, job_id: str) -> int | None:
        """Records in Kafka that a job has not read yet; None while it does not say."""
        return self._sum(job_id, filter(_is_source, self._vertices(job_id)), ".pendingRecords")

    def planned(self, job_id: str) -> Planned:
        """A job's plan, and what it says of its state."""
        shown = self._get(f"/jobs/{job_id}/config").get("execution-config") or {}
        return Planned(
            self._get(f"/jobs/{job_id}/plan")["plan"], shape_in(shown.get("user-config") or {})
        )

    def cancel(self, job_id: str) -> None:
        """Stop a job at once, without a savepoint."""
        self._request("PATCH", f"/jobs/{job_id}", params={"mode": "cancel"})

    def stop(self, job_id: str, folder: str = "") -> str:
        """Stop a job with a savepoint and give its path. One that restarts is waited for.

        folder: where it is written; empty means the cluster's own place.
        """
        deadline = time.monotonic() + SAVEPOINT_S
        while True:
            operation = self._stopped(job_id, folder, deadline)
            if "location" in operation:
                return str(operation["location"])
            reason = first_cause(operation.get("failure-cause", {}).get("stack-trace", ""))
            if not _RESTARTS.search(reason) or time.monotonic() > deadline:
                raise TouchlineError(
                    f"the savepoint failed: {reason}",
                    "the job runs on; `touchline stop --cancel` stops it without one",
                )
            time.sleep(RESTART_S)

    def _stopped(self, job_id: str, folder: str, deadline: float) -> Mapping[str, Any]:
        """What became of one attempt to stop a job with a savepoint."""
        body = {"drain": False, **({"targetDirectory": folder} if folder else {})}
        trigger = self._request("POST", f"/jobs/{job_id}/stop", json=body)["request-id"]
        while time.monotonic() < deadline:
            answer = self._get(f"/jobs/{job_id}/savepoints/{trigger}")
            if answer["status"]["id"] == "COMPLETED":
                operation: dict[str, Any] = answer["operation"]
                return operation
            time.sleep(POLL_S)
        raise TouchlineError(f"no savepoint in {SAVEPOINT_S:.0f} s", "touchline jobs")

    def failure(self, job_id: str) -> str:
        """Why a job failed, in one line."""
        return first_cause(self._last_exception(job_id).get("stacktrace", ""))

    def trouble(self, job_id: str) -> Trouble:
        """The last failures of a job and of its checkpoints."""
        latest = self._get(f"/jobs/{job_id}/checkpoints").get("latest") or {}
        checkpoint = latest.get("failed") or {}
        last = self._last_exception(job_id)
        return Trouble(
            failed_checkpoint_ms=checkpoint.get("trigger_timestamp"),
            failed_ms=last.get("timestamp"),
            failure=first_cause(last["stacktrace"]) if last else "",
        )

    def until_over(self, job_id: str) -> Iterator[JobStatus]:
        """A job's status, again and again, the last time when it is over."""
        while True:
            job = self.job(job_id)
            yield job
            if job.over:
                return
            time.sleep(POLL_S)

    def _last_exception(self, job_id: str) -> Mapping[str, Any]:
        history = self._get(f"/jobs/{job_id}/exceptions").get("exceptionHistory", {})
        entries: list[dict[str, Any]] = history.get("entries") or [{}]
        return entries[0]

    def _vertices(self, job_id: str) -> list[dict[str, Any]]:
        vertices: list[dict[str, Any]] = self._get(f"/jobs/{job_id}")["vertices"]
        return vertices

    def _written(self, job_id: str, vertices: Iterable[Mapping[str, Any]]) -> int:
        sinks = [vertex for vertex in vertices if ": Writer" in vertex["name"]]
        # Operators' metrics go with the job; the figures of a task that is only a writer stay.
        alone = [vertex for vertex in sinks if _WRITER.match(vertex["name"])]
        kept = sum(int(vertex["metrics"]["read-records"]) for vertex in alone)
        return max(kept, self._sum(job_id, sinks, "__Writer.numRecordsIn") or 0)

    def _sum(self, job_id: str, vertices: Iterable[Mapping[str, Any]], suffix: str) -> int | None:
        """The sum of all operators' metrics of that name; None if there is none (yet)."""
        total: int | None = None
        for vertex in vertices:
            path = f"/jobs/{job_id}/vertices/{vertex['id']}/subtasks/metrics"
            names = [metric["id"] for metric in self._get(path) if metric["id"].endswith(suffix)]
            for value in self._metrics(path, names).values():
                total = (total or 0) + int(value)
        return total

    def _metrics(self, path: str, names: list[str]) -> dict[str, float]:
        """Current values; of several subtasks, their sum."""
        if not names:
            return {}
        answer = self._get(path, params={"get": ",".join(names)})
        return {metric["id"]: float(metric.get("sum", metric.get("value", 0))) for metric in answer}

    def _get(self, path: str, params: Mapping[str, str] | None = None) -> Any:
        return self._request("GET", path, params=params)

    def _request(self, method: str, path: str, **what: Any) -> Any:
        deadline = time.monotonic() + ELECTION_S
        while True:
            answer = self._answer(method, path, **what)
            elected = answer.status_code != httpx.codes.SERVICE_UNAVAILABLE
            if elected or time.monotonic() > deadline:
                break
            time.sleep(POLL_S)  # nothing was done yet
        if answer.is_error:
            raise TouchlineError(f"Flink at {self.rest} refuses {path}: {_refusal(answer)}")
        return answer.json() if answer.content else {}

    def _answer(self, method: str, path: str, **what: Any) -> httpx.Response:
        try:
            return self._http.request(method, path, **what)
        except httpx.HTTPError as error:
            raise TouchlineError(
                f"no Flink cluster answers at {self.rest}",
                "start one with `touchline up`, or name yours with --cluster HOST:PORT",
            ) from error


def first_cause(trace: str) -> str:
    """The innermost reason of a Java stack trace, in one line; Python's own if it is in there."""
    _, python, inner = trace.rpartition("Traceback (most recent call last):")
    if python and (found := _PYTHON_ERROR.search(inner)):
        return found.group()
    causes = [line for line in trace.splitlines() if line.startswith("Caused by: ")]
    line = causes[-1] if causes else trace.partition("\n")[0]
    return line.removeprefix("Caused by: ").strip() or "no reason is given"


def _status(job: Mapping[str, Any]) -> JobStatus:
    return JobStatus(
        id=job["jid"],
        name=job["name"],
        state=job["state"],
        started_ms=job["start-time"],
        ended_ms=job["end-time"] if job["end-time"] > 0 else None,
        running_tasks=job["tasks"]["running"],
        tasks=job["tasks"]["total"],
    )


def _is_source(vertex: Mapping[str, Any]) -> bool:
    return str(vertex["name"]).startswith("Source:")


def _refusal(answer: httpx.Response) -> str:
    try:
        errors = answer.json().get("errors", [])
    except ValueError:
        errors = []
    texts = [line for error in errors for line in str(error).splitlines() if line.strip()]
    causes = [line for line in texts if line.startswith("Caused by: ")]
    return (causes or texts or [f"HTTP {answer.status_code}"])[-1 if causes else 0]

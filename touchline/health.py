"""Whether the system is healthy: a judgement of what its parts say, thing by thing.

The judgement is made of facts alone; `touchline/probing.py` asks the parts for them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from touchline.settings import Health

OK, DEGRADED, DOWN = "ok", "degraded", "down"
STATES = (OK, DEGRADED, DOWN)
"""From good to bad; the place of one is the exit code of `touchline health`."""

FATES = ("accepted", "superseded", "duplicate", "rejected")
"""What becomes of an item of a feed: exactly one of these."""

SERVICES = ("kafka", "redis", "clickhouse", "flink")


@dataclass(frozen=True)
class JobFacts:
    """What Flink says of a job.

    at_work: all of its tasks run. started_ms: UTC epoch ms, as all times here.
    checkpoint_ms: of the last one that is complete. failed_checkpoint_ms: when the last one that
        failed was begun. Either is None if there is none.
    pending: records that it had not read at two moments, one `health.watch_s` after the other; None
        where it did not say.
    failed_ms, failure: when it last failed, and why; None if it never did.
    """

    state: str
    at_work: bool
    started_ms: int
    restarts: int
    checkpoint_ms: int | None
    failed_checkpoint_ms: int | None
    pending: tuple[int | None, int | None]
    failed_ms: int | None
    failure: str


@dataclass(frozen=True)
class Facts:
    """All that is known at a moment.

    silent: the services that do not answer -> what was tried. What only they know is missing in the
        rest.
    strange: a key of Redis that holds something else than what belongs there, and what to do; what
        Redis knows is missing then as well.
    jobs: those that are not over, by name.
    dead_letters: of the last `health.recent_s`.
    accounting: feed -> what became of its items.
    overdue_polls: ids of those that should have had their final result.
    """

    at_ms: int
    silent: Mapping[str, str] = field(default_factory=dict)
    strange: tuple[str, str] | None = None
    task_managers: int = 0
    jobs: Mapping[str, JobFacts] = field(default_factory=dict)
    dead_letters: int | None = None
    accounting: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    overdue_polls: Sequence[str] = ()


@dataclass(frozen=True)
class Finding:
    """One line of the verdict. state: one of `STATES`. hint: what to do; empty if it is well."""

    what: str
    state: str
    text: str
    hint: str = ""


def findings(facts: Facts, limits: Health) -> list[Finding]:
    """What is well and what is not, the services first."""
    found = [_service(name, facts) for name in SERVICES]
    if "flink" not in facts.silent:
        found += [_job(name, facts.jobs.get(name), facts.at_ms, limits) for name in limits.jobs]
    if facts.dead_letters is not None:
        found.append(_dead_letters(facts.dead_letters, limits))
    found += [_accounting(feed, counts) for feed, counts in facts.accounting.items()]
    if facts.overdue_polls:
        polls = ", ".join(facts.overdue_polls)
        found.append(
            Finding("polls", DEGRADED, f"no final result: {polls}", "does the job `polls` run?")
        )
    return found


def verdict(found: Sequence[Finding]) -> str:
    """The worst state of all."""
    return max((one.state for one in found), key=STATES.index, default=OK)


def difference(counts: Mapping[str, int]) -> int:
    """Items received that ended nowhere, by the accounting of a feed; never anything but 0."""
    return counts.get("received", 0) - sum(counts.get(fate, 0) for fate in FATES)


def _service(name: str, facts: Facts) -> Finding:
    if name in facts.silent:
        # Without ClickHouse the history waits in Kafka, and live reads go on.
        state = DEGRADED if name == "clickhouse" else DOWN
        return Finding(name, state, facts.silent[name], "touchline status")
    if name == "flink":
        if not facts.task_managers:
            return Finding(name, DOWN, "has no TaskManager", "`touchline up` starts it again")
        return Finding(name, OK, f"{facts.task_managers} TaskManagers")
    if name == "redis" and facts.strange:
        return Finding(name, DEGRADED, *facts.strange)
    return Finding(name, OK, "answers")


def _job(name: str, job: JobFacts | None, at_ms: int, limits: Health) -> Finding:
    if job is None:
        return Finding(name, DOWN, "does not run", f"touchline submit {name}")
    troubles = list(_troubles(job, at_ms, limits))
    if troubles:
        texts, hints = zip(*troubles, strict=True)
        return Finding(name, DEGRADED, "; ".join(texts), hints[0])
    behind = job.pending[1]
    return Finding(name, OK, "runs" + (f", {behind:,} records behind" if behind else ""))


def _troubles(job: JobFacts, at_ms: int, limits: Health) -> Iterator[tuple[str, str]]:
    """What is wrong with a job that is there, and what to do; the gravest first."""
    if not job.at_work:
        why = f" after: {job.failure}" if job.failure else ""
        yield f"{job.state.lower()}, not all tasks run{why}", "Flink's web UI has the exception"
    elif job.failed_ms is not None and at_ms - job.failed_ms < limits.recent_s * 1000:
        yield (
            f"failed {_seconds(at_ms - job.failed_ms)} ago, {job.restarts} restarts: {job.failure}",
            "nothing, if it goes on; Flink's web UI has the exception",
        )
    if (job.failed_checkpoint_ms or 0) > (job.checkpoint_ms or job.started_ms):
        yield "its last checkpoint failed", "look at the disk, and at backpressure"
    age_ms = at_ms - max(job.checkpoint_ms or 0, job.started_ms)
    if age_ms > limits.checkpoint_age_s * 1000:
        yield f"no checkpoint for {_seconds(age_ms)}", "look at the disk, and at backpressure"
    before, now = job.pending
    if now is not None and now > limits.lag_records and now >= (before or 0):
        yield (
            f"{now:,} records behind, and not catching up",
            "Flink's web UI shows which step is busy; more `jobs.parallelism` if all are",
        )


def _dead_letters(count: int, limits: Health) -> Finding:
    text = f"{count:,} in {_seconds(limits.recent_s * 1000)}"
    if count > limits.dead_letters:
        return Finding("dead letters", DEGRADED, text, "touchline dead-letters list")
    return Finding("dead letters", OK, text)


def _accounting(feed: str, counts: Mapping[str, int]) -> Finding:
    received = counts.get("received", 0)
    if missing := difference(counts):
        return Finding(
            f"feed {feed}",
            DEGRADED,
            f"{received:,} received, of which {missing:,} ended nowhere",
            "a bug: keep the feed's topic, and tell",
        )
    fates = ", ".join(f"{counts.get(fate, 0):,} {fate}" for fate in FATES)
    return Finding(f"feed {feed}", OK, f"{received:,} received = {fates}")


def _seconds(duration_ms: int) -> str:
    seconds = duration_ms // 1000
    return f"{seconds} s" if seconds < 120 else f"{seconds // 60} min"

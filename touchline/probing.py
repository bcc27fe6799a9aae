"""Asks the parts of the system how they are, for `touchline health` and `touchline metrics`."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from touchline.broker import Broker
from touchline.errors import TouchlineError
from touchline.flink_cluster import Cluster, JobStatus
from touchline.health import Facts, JobFacts, difference
from touchline.history import check
from touchline.live import LiveStore
from touchline.polls import PollStore
from touchline.redis_reader import ANSWER_S, OtherKindError
from touchline.settings import Settings
from touchline.versions import JOBS, dead_letters_of, title_of
from udfs.clock import now_ms

CLICKHOUSE_S = 5
"""How long it may take to answer."""

SETTLE_S = 1.0
"""A feed's counters may reach Redis in two batches: what does not add up is looked at again."""


def probe(settings: Settings) -> Facts:
    """The facts as of now; takes `health.watch_s` and however long the parts take to answer."""
    silent: dict[str, str] = {}
    dead_letters: int | None = None
    accounting: dict[str, dict[str, int]] = {}
    overdue: list[str] = []
    strange: tuple[str, str] | None = None
    task_managers = 0
    jobs: dict[str, JobFacts] = {}
    try:
        with Broker(settings.kafka, ANSWER_S) as broker:
            since_ms = now_ms() - settings.health.recent_s * 1000
            dead_letters = sum(broker.since(one, since_ms) for one in dead_letters_of(settings))
    except TouchlineError as error:
        silent["kafka"] = error.message
    try:
        accounting = accountings(settings)
        if any(map(difference, accounting.values())):
            time.sleep(SETTLE_S)
            accounting = accountings(settings)
        with PollStore(settings.redis, ANSWER_S) as polls:
            overdue = overdue_polls(polls.results(), now_ms(), settings.health.poll_final_s)
    except OtherKindError as error:
        strange = (error.message, error.hint)
    except TouchlineError as error:
        silent["redis"] = error.message
    try:
        check(settings.clickhouse, CLICKHOUSE_S)
    except TouchlineError as error:
        silent["clickhouse"] = error.message
    try:
        with Cluster(settings.flink) as cluster:
            task_managers = cluster.overview().task_managers
            jobs = job_facts(cluster, settings)
    except TouchlineError as error:
        silent["flink"] = error.message
    return Facts(now_ms(), silent, strange, task_managers, jobs, dead_letters, accounting, overdue)


def accountings(settings: Settings) -> dict[str, dict[str, int]]:
    """Provider -> what became of what came in; one that never sent anything is left out.

    Raises:
        TouchlineError: Redis does not answer.
    """
    with LiveStore(settings.redis, ANSWER_S) as store:
        counts = {
            provider: store.accounting(settings.kafka.feed(provider))
            for provider in settings.feeds.providers
        }
    return {provider: one for provider, one in counts.items() if one}


def overdue_polls(results: list[dict[str, Any]], at_ms: int, after_s: int) -> list[str]:
    """The polls without a final result, `after_s` after their end.

    at_ms: now, UTC epoch ms. A poll that has no end yet is never overdue.
    """
    return [
        result["id"]
        for result in results
        if not result["final"] and at_ms > (_end_ms(result) or at_ms) + after_s * 1000
    ]


def job_facts(cluster: Cluster, settings: Settings) -> dict[str, JobFacts]:
    """What a cluster says of those of our jobs that are not over, by name. Looks twice."""
    names = {title_of(settings.jobs, name): name for name in JOBS}
    first = {
        names[title]: cluster.pending(job.id)
        for title, job in cluster.current_jobs().items()
        if title in names
    }
    time.sleep(settings.health.watch_s)
    # Asked for again: a job that has just failed is another one, or none.
    return {
        names[title]: _job(cluster, job, first.get(names[title]))
        for title, job in cluster.current_jobs().items()
        if title in names
    }


def _job(cluster: Cluster, job: JobStatus, pending: int | None) -> JobFacts:
    details = cluster.details(job.id)
    trouble = cluster.trouble(job.id)
    return JobFacts(
        state=job.state,
        at_work=job.at_work,
        started_ms=job.started_ms,
        restarts=details.restarts or 0,
        checkpoint_ms=details.checkpoint_ms,
        failed_checkpoint_ms=trouble.failed_checkpoint_ms,
        pending=(pending, details.pending),
        failed_ms=trouble.failed_ms,
        failure=trouble.failure,
    )


def _end_ms(result: Mapping[str, Any]) -> int | None:
    text = result["ended_at"] or result["ends_at"]
    return int(datetime.fromisoformat(text).timestamp() * 1000) if text else None

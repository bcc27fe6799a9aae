"""Versions of the jobs that run beside each other: each writes to places of its own.

The version `main` has the names that the settings say. Of any other one, `green` for example, all
that it writes is apart: keys, channels and the index in Redis (`green/match:{opta:1}:state`),
topics (`match-events-green`), the database (`touchline_green`); its jobs and their consumer groups
are told apart by their names (`touchline-match_state-green`).

Of each job one version counts: it is what commands look at, and what is submitted. It is `main`
until a rollout is finished and `jobs.versions` says so.
"""

from __future__ import annotations

from schemas.redis.keys import MAIN
from touchline.settings import ClickHouse, Jobs, Kafka, Settings

JOBS = ("normalize", "match_state", "polls", "leaderboards", "history")
"""The jobs, in the order in which data passes through them."""

MADE_BY = {
    "match_events": "normalize",
    "superseded_events": "normalize",
    "feed_counts": "normalize",
    "poll_ballots": "polls",
    "poll_results": "polls",
    "leaderboard_standings": "leaderboards",
}
"""A topic, by its setting -> the job that writes it. (All write dead letters.)"""


def job_title(name: str, version: str = MAIN, *, replay: bool = False) -> str:
    """A job's name in Flink."""
    return f"{group_of(name, version)}{'-replay' if replay else ''}"


def group_of(name: str, version: str = MAIN) -> str:
    """A job's consumer group."""
    return _suffixed(f"touchline-{name}", version)


def version_of(jobs: Jobs, job: str) -> str:
    """The version of a job that is meant: `jobs.version`, else the one that counts."""
    return jobs.version or _counting(jobs, job)


def title_of(jobs: Jobs, job: str) -> str:
    """A job's name in Flink, in the version that is meant."""
    return job_title(job, version_of(jobs, job))


def of_version(settings: Settings, job: str) -> Settings:
    """The settings as a job of the version that is meant has them: what it writes is the version's
    own, and of what other jobs write it reads what those of `jobs.reads` do, else what counts."""
    jobs = settings.jobs
    version = version_of(jobs, job)
    topics = {
        setting: _suffixed(
            getattr(settings.kafka, setting),
            version if maker == job else jobs.reads or _counting(jobs, maker),
        )
        for setting, maker in MADE_BY.items()
    }
    topics["dead_letters"] = _suffixed(settings.kafka.dead_letters, version)
    database = _suffixed(settings.clickhouse.database, version, "_")
    return settings.model_copy(
        update={
            "jobs": jobs.model_copy(update={"version": version}),
            "kafka": settings.kafka.model_copy(update=topics),
            "clickhouse": settings.clickhouse.model_copy(update={"database": database}),
        }
    )


def history_of(settings: Settings) -> ClickHouse:
    """ClickHouse as the history job has it."""
    return of_version(settings, "history").clickhouse


def dead_letters_of(settings: Settings) -> list[str]:
    """The topics that the jobs write dead letters to: one, unless versions differ."""
    topics = (of_version(settings, job).kafka.dead_letters for job in JOBS)
    return list(dict.fromkeys(topics))


def outputs_of(job: str, kafka: Kafka) -> list[str]:
    """The topics that a job writes to; those that write to stores alone have only dead letters
    beside, and none of these as a rule: they are left out."""
    written = [getattr(kafka, setting) for setting, maker in MADE_BY.items() if maker == job]
    return [*written, kafka.dead_letters] if written else []


def _counting(jobs: Jobs, job: str) -> str:
    return next((version for name, version in jobs.versions.items() if name == job), MAIN)


def _suffixed(name: str, version: str, separator: str = "-") -> str:
    return name if version == MAIN else f"{name}{separator}{version}"

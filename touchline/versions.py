"""Versions of the jobs that run beside each other: each writes to places of its own.

The version `main` has the names that the settings say. Of any other one, `green` for example, all
that it writes is apart: keys, channels and the index in Redis (`green/match:{opta:1}:state`),
topics (`match-events-green`), the database (`touchline_green`); its jobs and their consumer groups
are told apart by their names (`touchline-match_state-green`).
"""

from __future__ import annotations

from schemas.redis.keys import MAIN
from touchline.settings import Kafka, Settings

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


def of_version(settings: Settings, job: str) -> Settings:
    """The settings as a job of the version `jobs.version` has them: what it writes is the
    version's own, and of what other jobs write it reads what those of `jobs.reads` do."""
    jobs = settings.jobs
    topics = {
        setting: _suffixed(
            getattr(settings.kafka, setting), jobs.version if maker == job else jobs.reads
        )
        for setting, maker in MADE_BY.items()
    }
    topics["dead_letters"] = _suffixed(settings.kafka.dead_letters, jobs.version)
    database = _suffixed(settings.clickhouse.database, jobs.version, "_")
    return settings.model_copy(
        update={
            "kafka": settings.kafka.model_copy(update=topics),
            "clickhouse": settings.clickhouse.model_copy(update={"database": database}),
        }
    )


def outputs_of(job: str, kafka: Kafka) -> list[str]:
    """The topics that a job writes to; those that write to stores alone have only dead letters
    beside, and none of these as a rule: they are left out."""
    written = [getattr(kafka, setting) for setting, maker in MADE_BY.items() if maker == job]
    return [*written, kafka.dead_letters] if written else []


def _suffixed(name: str, version: str, separator: str = "-") -> str:
    return name if version == MAIN else f"{name}{separator}{version}"

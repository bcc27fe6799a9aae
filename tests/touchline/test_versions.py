"""What of the settings is a version's own."""

from __future__ import annotations

import pytest

from touchline.flink_client import JOBS
from touchline.settings import Settings, SettingsError
from touchline.versions import group_of, job_title, of_version, outputs_of

GREEN = Settings.load(["jobs.version=green"])


def test_main_has_the_names_of_the_settings() -> None:
    settings = Settings.load()
    for job in JOBS:
        assert of_version(settings, job) == settings
        assert job_title(job) == group_of(job) == f"touchline-{job}"


@pytest.mark.parametrize("job", JOBS)
def test_every_topic_that_a_job_writes_is_its_versions_own(job: str) -> None:
    own, main = of_version(GREEN, job).kafka, GREEN.kafka
    assert outputs_of(job, own) == [f"{topic}-green" for topic in outputs_of(job, main)]


def test_a_job_reads_what_main_has_made_or_the_version_that_is_said() -> None:
    assert of_version(GREEN, "match_state").kafka.match_events == "match-events"
    both = Settings.load(["jobs.version=green", "jobs.reads=green"])
    assert of_version(both, "match_state").kafka.match_events == "match-events-green"
    assert of_version(both, "normalize").kafka.feed("opta") == "feed.opta"


def test_the_history_of_a_version_is_a_database_of_its_own() -> None:
    assert of_version(GREEN, "history").clickhouse.database == "touchline_green"


def test_the_jobs_of_versions_and_their_replays_are_told_apart() -> None:
    titles = [
        job_title("match_state", version, replay=replay)
        for version in ("main", "green", "blue")
        for replay in (False, True)
    ]
    assert len(set(titles)) == len(titles)
    assert group_of("match_state", "green") == "touchline-match_state-green"


@pytest.mark.parametrize("version", ["replay", "", "Green", "a/b", "a-b", "a{b}", "x" * 33])
def test_a_version_is_a_short_word(version: str) -> None:
    with pytest.raises(SettingsError, match=r"jobs\.version"):
        Settings.load([f"jobs.version={version}"])

"""What of the settings is a version's own."""

from __future__ import annotations

import pytest

from touchline.settings import Settings, SettingsError
from touchline.versions import (
    JOBS,
    dead_letters_of,
    group_of,
    history_of,
    job_title,
    of_version,
    outputs_of,
    version_of,
)

GREEN_COUNTS = 'jobs.versions={"match_state":"green"}'
GREEN = Settings.load(["jobs.version=green"])


def test_main_has_the_names_of_the_settings() -> None:
    settings = Settings.load()
    for job in JOBS:
        own = of_version(settings, job)
        assert (own.kafka, own.clickhouse) == (settings.kafka, settings.clickhouse)
        assert own.jobs.version == version_of(settings.jobs, job) == "main"
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


def test_of_a_job_whose_other_version_counts_that_one_is_meant_unless_one_is_named() -> None:
    settings = Settings.load([GREEN_COUNTS])
    meant = {job: version_of(settings.jobs, job) for job in JOBS}
    assert meant == dict.fromkeys(JOBS, "main") | {"match_state": "green"}
    assert dead_letters_of(settings) == ["dead-letters", "dead-letters-green"]
    assert history_of(settings).database == "touchline"
    green = Settings.load(['jobs.versions={"history":"green"}'])
    assert history_of(green).database == history_of(GREEN).database == "touchline_green"
    named = Settings.load([GREEN_COUNTS, "jobs.version=main"])
    assert version_of(named.jobs, "match_state") == "main"


def test_what_counts_is_read_unless_a_version_is_named() -> None:
    settings = Settings.load(['jobs.versions={"normalize":"green"}'])
    assert of_version(settings, "match_state").kafka.match_events == "match-events-green"
    named = Settings.load(['jobs.versions={"normalize":"green"}', "jobs.reads=main"])
    assert of_version(named, "match_state").kafka.match_events == "match-events"


def test_polls_and_leaderboards_have_no_other_version_that_counts() -> None:
    with pytest.raises(SettingsError, match=r"jobs\.versions"):
        Settings.load(['jobs.versions={"polls":"green"}'])


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

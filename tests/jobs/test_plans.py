"""Whether a changed job can go on from the state of the job as it was: by Flink's own plans."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace

import pytest
from pyflink.util.java_utils import add_jars_to_context_class_loader

from connectors.kafka_tables import Span
from jobs import normalize
from jobs.match_state import JOB
from jobs.pipeline import Job, Options, plan
from touchline.plans import Planned, shape_in, state_changes
from touchline.settings import Settings
from touchline.stack.flink import FLINK_JARS

pytestmark = pytest.mark.flink

VIEWS = JOB.views(Settings())


def planned(job: Job, settings: Settings | None = None) -> Planned:
    shown = json.loads(plan(job, settings or Settings(), Options()))
    return Planned(shown["plan"], shape_in(shown["parameters"]))


def changed(view: str, old: str, new: str) -> Job:
    """The job with another text in a view."""
    text = VIEWS[view]
    assert isinstance(text, str)
    assert old in text
    views: Mapping[str, str] = {**VIEWS, view: text.replace(old, new)}  # type: ignore[dict-item]
    return replace(JOB, views=lambda settings: views)


@pytest.fixture(scope="module")
def running() -> Planned:
    add_jars_to_context_class_loader([jar.as_uri() for jar in sorted(FLINK_JARS.glob("*.jar"))])
    return planned(JOB)


def test_settings_that_are_not_in_the_plan_keep_the_state(running: Planned) -> None:
    other = Settings.load(["jobs.live_bundle_ms=35", "redis.live_ttl_s=7", "jobs.version=green"])
    assert state_changes(running, planned(JOB, other)) == []


def test_another_form_of_what_is_written_keeps_the_state(running: Planned) -> None:
    job = changed("state_writes", "'match'", "'the match'")
    assert state_changes(running, planned(job)) == []


def test_another_form_of_dead_letters_keeps_the_state_of_what_counts_them(
    running: Planned,
) -> None:
    def outputs(settings: Settings, options: Options) -> list[tuple[str, str]]:
        found = normalize.JOB.outputs(settings, options)
        return [(table, query.replace("'source_topic'", "'topic'")) for table, query in found]

    changed_job = replace(normalize.JOB, outputs=outputs)
    before, after = planned(normalize.JOB), planned(changed_job)
    assert before.plan != after.plan
    assert state_changes(before, after) == []


def test_another_sum_does_not_keep_the_state(running: Planned) -> None:
    job = changed("match_sums", "THEN 0 ELSE sign END", "THEN 0 ELSE 2 * sign END")
    assert any("2 * CASE" in line for line in state_changes(running, planned(job)))


def test_another_key_does_not_keep_the_state(running: Planned) -> None:
    job = changed("current_events", "BY match_id, provider, event_id", "BY match_id, event_id")
    assert any(line.startswith("Rank") for line in state_changes(running, planned(job)))


def test_other_columns_of_a_source_do_not_keep_the_state(running: Planned) -> None:
    unused = "fingerprint BIGINT,"

    def sources(settings: Settings, options: Options) -> list[str]:
        events, *others = JOB.sources(settings, options)
        assert unused in events
        return [events.replace(unused, ""), *others]

    found = state_changes(running, planned(replace(JOB, sources=sources)))
    assert "the columns of its sources: not the same" in found


@pytest.mark.parametrize("span", [Span(), Span("earliest", "latest")], ids=["live", "replay"])
@pytest.mark.usefixtures("running")
def test_a_message_is_read_once_by_the_live_job_and_by_a_replay(span: Span) -> None:
    shown = plan(normalize.JOB, Settings(), Options(span=span))
    assert shown.count("READ_FEED(") == 1
    assert shown.count("READ_SNAPSHOT(") == 1

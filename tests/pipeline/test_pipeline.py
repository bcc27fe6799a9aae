"""From a provider's bytes to Redis and ClickHouse, through Kafka and Flink."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import version
from typing import Any

import pytest

from connectors.feeds.files import read_file
from connectors.live_write import LiveWrite
from observability.queries import OPERATOR
from oracle.differences import Difference
from schemas.redis import keys
from simulator.disorder import Rates
from simulator.feed import Options, Simulation
from tests.observability.queries import metrics_named
from tests.observability.served import flinks_metrics, our_metrics
from tests.pipeline.oracle import Expected, expected
from tests.pipeline.system import (
    System,
    eventually,
    kill_python_worker,
    kill_task_manager,
    stopped,
)
from tests.samples import FEEDS, sample
from touchline.health import findings
from touchline.probing import probe
from touchline.settings import Health
from touchline.verifying.run import Verifier

pytestmark = pytest.mark.stack

JOBS = ("normalize", "match_state", "history")

VERIFY_PATIENCE_S = 60.0

Messages = list[tuple[bytes, str | None]]

SAMPLES = {
    "opta/socceraction_f24-23-2018-1009316-eventdetails.xml": ("opta:1009316", (2, 1)),
    "opta/mds_f24-4-2013-731767-eventdetails.xml": ("opta:731767", (3, 1)),
    "opta/kloppy_statsperform_event_ma3.json": ("opta:71pif9hi2vwzp6q0xzilyxst0", (2, 1)),
    "sportradar/nba_push_stream_2023-07-19T13-20_two_games.txt": (
        "sportradar:26e0906a-a222-4013-a9c8-dea6a8fe1f4f", (59, 63)),
    "sportradar/nba_v3_pbp_regulation.json": (
        "sportradar:3700bb52-50f0-4929-b6b0-ae0b3cbad019", (113, 78)),
    "sportradar/soccer_v3_timeline_completed_11854838.json": ("sportradar:11854838", (1, 2)),
    "genius/nbl_fibalivestats_1976446.json": ("genius:1976446", (83, 74)),
    "genius/nbl_fibalivestats_1976448.json": ("genius:1976448", (89, 65)),
    "genius/nbl_fibalivestats_2031329.json": ("genius:2031329", (78, 89)),
    "genius/nba_cdn_live_pbp_0022000001.json": ("genius:0022000001", (125, 99)),
}  # fmt: skip
"""Sample -> a match in it, and the score that is known of it."""


Samples = dict[str, dict[str, Expected]]


@pytest.fixture(scope="module")
def samples(system: System) -> Samples:
    """All samples that there are have been sent. Sample -> what must come of its matches."""
    wanted = {}
    for path in SAMPLES:
        if not (FEEDS / path).exists():
            continue
        provider = path.partition("/")[0]
        read = read_file(FEEDS / path)
        messages = [(received.value, received.named_match) for received in read]
        system.publish(provider, messages)
        wanted[path], _, _ = expected(provider, messages)
    return wanted


def simulated(format_: str, matches: int, seed: int, rates: Rates) -> Messages:
    simulation = Simulation(Options(formats=(format_,), matches=matches, seed=seed, rates=rates))
    return [(message[2], simulation.address(message[1]).key) for message in simulation.stream()]


def wait_for(system: System, matches: dict[str, Expected]) -> None:
    """Until Redis has as many events of each match as there must be."""
    for match_id, match in matches.items():
        eventually(
            lambda match_id=match_id: tuple(  # type: ignore[misc]
                system.state(match_id).get(name) for name in ("events", "deleted")
            ),
            lambda found, match=match: found == (len(match.active), match.deleted),  # type: ignore[misc]
            f"{match_id} (events, deleted)",
        )


def assert_same(system: System, matches: dict[str, Expected]) -> None:
    """Redis and ClickHouse hold what the adapters alone give."""
    for match_id, match in matches.items():
        computed = system.state(match_id)["score"]["computed"]
        assert (computed["home"], computed["away"]) == match.score, match_id
        timeline = eventually(
            lambda match_id=match_id: system.timeline(match_id),  # type: ignore[misc]
            lambda found, match=match: found.keys() == match.active.keys(),  # type: ignore[misc]
            f"timeline of {match_id}",
        )
        assert {
            key: (event["type"], event["points"], event["clock"], event["player_id"])
            for key, event in timeline.items()
        } == {
            key: (event.type.name, event.points, event.clock, event.player_id)
            for key, event in match.active.items()
        }
    assert_history_same(system, matches)


def assert_history_same(system: System, matches: dict[str, Expected]) -> None:
    wanted = {match_id: (len(match.active), *match.score) for match_id, match in matches.items()}
    eventually(
        lambda: {
            match_id: (events, home, away)
            for match_id, events, home, away in system.query(
                "SELECT match_id, count(),"
                " sumIf(points, side = 'HOME'), sumIf(points, side = 'AWAY')"
                " FROM match_events_current"
                " WHERE match_id IN {ids:Array(String)} GROUP BY match_id",
                ids=list(wanted),
            )
        },
        lambda found: found == wanted,
        "current events in ClickHouse",
    )
    eventually(
        lambda: {
            match_id: (events, home, away)
            for match_id, events, home, away in system.query(
                "SELECT match_id, events, computed_home, computed_away FROM matches"
                " WHERE match_id IN {ids:Array(String)}",
                ids=list(wanted),
            )
        },
        lambda found: found == wanted,
        "state history in ClickHouse",
    )


@pytest.mark.parametrize("path", SAMPLES)
def test_a_real_feed_gives_the_known_score(system: System, samples: Samples, path: str) -> None:
    sample(path)  # or it is skipped
    wait_for(system, samples[path])
    assert_same(system, samples[path])
    match_id, known = SAMPLES[path]
    score = system.state(match_id)["score"]
    assert (score["home"], score["away"]) == known


def test_a_search_finds_matches_by_period(system: System) -> None:
    messages = simulated("opta", 1, 77, Rates())[:400]
    system.publish("opta", messages)
    matches, _, _ = expected("opta", messages)
    wait_for(system, matches)
    [match_id] = matches
    period = system.state(match_id)["period"]
    found = system.redis.execute_command(
        "FT.SEARCH", "match_idx", f"@period:{{{period}}}", "NOCONTENT", "LIMIT", "0", "100"
    )
    assert any(match_id in str(key) for key in _flat(found))


def _flat(answer: object) -> Iterable[object]:
    if isinstance(answer, dict):
        return [str(row) for row in answer.get("results", [])]
    return answer if isinstance(answer, list) else []


@pytest.mark.parametrize("format_", ["opta", "sportradar", "genius", "livestats"])
def test_disorder_in_a_feed_changes_nothing(system: System, format_: str) -> None:
    rates = Rates(edits=0.05, deletes=0.02, duplicates=0.03, late=0.02, shuffle=20)
    messages = simulated(format_, 2, 5, rates)
    provider = "genius" if format_ == "livestats" else format_
    system.publish(provider, messages)
    matches, _, _ = expected(provider, messages)
    wait_for(system, matches)
    assert_same(system, matches)


def test_a_capture_that_is_sent_once_more_leaves_each_version_as_it_was(system: System) -> None:
    kafka = system.settings.kafka
    messages = simulated("opta", 1, 67, Rates(edits=0.1, deletes=0.02))
    system.publish("opta", messages)
    matches, _, _ = expected("opta", messages)
    wait_for(system, matches)

    def versions() -> list[tuple[Any, ...]]:
        system.wait_until_read("normalize", [kafka.feed("opta")])
        system.wait_until_read("history", [kafka.match_events, kafka.superseded_events])
        return system.query(
            "SELECT match_id, event_id, version, fingerprint, superseded FROM match_events FINAL"
            " WHERE match_id IN {ids:Array(String)} ORDER BY ALL",
            ids=list(matches),
        )

    before = versions()
    assert len({row[:2] for row in before}) < len(before), "some events have several versions"
    system.publish("opta", messages)
    assert versions() == before
    wait_for(system, matches)


def test_a_system_at_work_is_healthy(system: System) -> None:
    limits = Health(jobs=JOBS)
    settings = system.settings.model_copy(update={"health": limits})
    eventually(
        lambda: [one for one in findings(probe(settings), limits) if one.state != "ok"],
        lambda found: found == [],
        "what is not well",
    )


def test_every_metric_of_an_alert_or_a_dashboard_is_served(system: System) -> None:
    named = metrics_named() - {f"{OPERATOR}votes"}  # of the job polls
    named |= {f"{OPERATOR}provider_verdict_feed_items"}
    eventually(
        lambda: named - flinks_metrics() - our_metrics(system.settings),
        lambda missing: missing == set(),
        "metrics that nobody serves",
    )


def test_what_cannot_be_read_ends_as_a_dead_letter_and_is_accounted_for(system: System) -> None:
    before = system.accounting("sportradar")
    garbage: Messages = [
        (b"\xff\xfe not JSON", "x"),
        (b"<Games/>", "x"),
        (b'{"payload": NaN}', "x"),
    ]
    system.publish("sportradar", garbage)
    rejected = before.get("rejected", 0) + len(garbage)
    counts = eventually(
        lambda: system.accounting("sportradar"),
        lambda counts: counts.get("rejected", 0) == rejected,
        "rejected",
    )
    letters = [one for _, one in system.dead_letters() if one.value in {b for b, _ in garbage}]
    assert {(one.provider, one.adapter) for one in letters} == {
        ("sportradar", f"sportradar {version('touchline')}")
    }
    ends = ("accepted", "superseded", "duplicate", "rejected")
    assert counts["received"] == sum(counts.get(end, 0) for end in ends)


def test_a_job_that_was_submitted_with_others_resumes_alone_from_its_savepoint(
    system: System,
) -> None:
    """Flink knew operators by numbers that depended on what else the client had planned."""
    rates = Rates(edits=0.05, deletes=0.02, duplicates=0.02, late=0.01, shuffle=10)
    messages = simulated("opta", 3, 23, rates)
    half = len(messages) // 2
    system.publish("opta", messages[:half])
    savepoint = system.stop("match_state")
    system.publish("opta", messages[half:])
    system.resume("match_state", savepoint)
    matches, _, _ = expected("opta", messages)
    wait_for(system, matches)
    assert_same(system, matches)


def test_a_redis_that_does_not_answer_holds_up_nothing_but_what_is_written_to_it(
    system: System,
) -> None:
    rates = Rates(edits=0.05, deletes=0.02, duplicates=0.02, late=0.01, shuffle=10)
    messages = simulated("opta", 4, 41, rates)
    third = len(messages) // 3
    restarts = _restarts(system)
    system.publish("opta", messages[:third])
    with stopped("redis", at_least_s=20.0):
        system.publish("opta", messages[third : 2 * third])
        matches, _, _ = expected("opta", messages[: 2 * third])
        assert_history_same(system, matches)
    system.publish("opta", messages[2 * third :])
    matches, _, _ = expected("opta", messages)
    wait_for(system, matches)
    assert_same(system, matches)
    assert _restarts(system) == restarts


def test_killed_workers_leave_the_state_of_an_undisturbed_run(system: System) -> None:
    rates = Rates(edits=0.05, deletes=0.02, duplicates=0.02, late=0.01, shuffle=10)
    messages = simulated("opta", 6, 11, rates)
    third = len(messages) // 3
    restarts = _restarts(system)
    system.publish("opta", messages[:third])
    kill_task_manager()
    system.publish("opta", messages[third : 2 * third])
    eventually(lambda: _restarts(system), lambda now: now > restarts, "restarts")
    system.wait_until_at_work()
    restarts = _restarts(system)
    kill_python_worker()
    system.publish("opta", messages[2 * third :])
    eventually(lambda: _restarts(system), lambda now: now > restarts, "restarts")
    matches, _, _ = expected("opta", messages)
    wait_for(system, matches)
    assert_same(system, matches)


def _restarts(system: System) -> int:
    """Restarts of all jobs so far."""
    return sum(
        system.cluster.details(job.id).restarts or 0
        for job in system.cluster.jobs()
        if not job.over
    )


def test_the_stores_hold_exactly_what_the_feeds_say(system: System, samples: Samples) -> None:
    """The samples, and all that the tests before this one have sent, with its disorder, garbage and
    kills."""
    messages = simulated("opta", 1, 61, Rates())[:300]
    system.publish("opta", messages)
    matches, _, _ = expected("opta", messages)
    for one in (*samples.values(), matches):
        wait_for(system, one)
    with Verifier(system.settings, None, VERIFY_PATIENCE_S, print) as verifier:
        result = verifier.run()
    assert result.wrong == []
    assert result.unknown == []
    assert result.moving == []
    assert result.matches > sum(map(len, samples.values()))


def test_a_value_that_was_changed_behind_the_jobs_back_is_found(system: System) -> None:
    messages = simulated("opta", 1, 91, Rates())[:300]
    system.publish("opta", messages)
    matches, _, _ = expected("opta", messages)
    wait_for(system, matches)
    [match_id] = matches
    key = keys.match_state(match_id)
    before = system.state(match_id)["home"]["passes"]
    system.redis.json().set(key, "$.home.passes", before + 1)
    with Verifier(system.settings, match_id, 1.0, print) as verifier:
        result = verifier.run()
    assert result.wrong == [Difference(key, "home.passes", before, before + 1)]


def test_what_redis_refuses_is_a_dead_letter_and_all_else_of_the_match_is_there(
    system: System,
) -> None:
    messages = simulated("opta", 1, 43, Rates())[:200]
    matches, _, _ = expected("opta", messages)
    [match_id] = matches
    system.redis.set(keys.match_windows(match_id), "not a hash")
    system.publish("opta", messages)
    wait_for(system, matches)
    assert_same(system, matches)
    refused = eventually(
        lambda: [letter for key, letter in system.dead_letters() if key == match_id],
        bool,
        "letters",
    )
    assert {letter.store for letter in refused} == {"redis"}
    assert all(letter.error.startswith("WRONGTYPE") for letter in refused)
    kinds = {LiveWrite.parse(letter.value.decode()).kind for letter in refused}
    assert kinds == {"window", "attack"}
    with Verifier(system.settings, match_id, 1.0, print) as verifier:
        [found] = verifier.run().wrong
    assert (found.where, found.path) == (keys.match_windows(match_id), "")
    assert found.found.startswith("WRONGTYPE")

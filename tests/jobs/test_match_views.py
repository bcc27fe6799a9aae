"""The match-state views over bounded tables: one run, a match for each case."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.live_write import LiveWrite
from jobs.match_state import JOB
from tests.jobs.mini_cluster import COUNTS, LiveStore, run_views

pytestmark = pytest.mark.flink

KICK_OFF = 1_534_791_600_000
MINUTE = 60_000
SOON = KICK_OFF + 30 * MINUTE + 10_000

GOAL: dict[str, Any] = {"type": "GOAL", "points": 1}
HOME: dict[str, Any] = {"side": "HOME", "team_id": "174"}
AWAY: dict[str, Any] = {"side": "AWAY", "team_id": "957"}


def at(minute: int, period: int = 1) -> dict[str, Any]:
    return {
        "period": period,
        "clock": f"{minute:02}:00",
        "game_time_ms": period * 10_000_000 + minute * MINUTE,
        "event_time_ms": KICK_OFF + minute * MINUTE,
    }


SOME_MATCH: list[dict[str, Any]] = [
    {"event_id": "1", **GOAL, **HOME, **at(3), "player_id": "9"},
    {"event_id": "2", "type": "CORNER", **AWAY, **at(5)},
    {"event_id": "3", "type": "PASS", **HOME, **at(7), "player_id": "9"},
    {"event_id": "2", "type": "CORNER", **HOME, **at(5), "version": 2},
    {"event_id": "4", **GOAL, **AWAY, **at(50, 2), "player_id": "10"},
    {"event_id": "1", "status": "DELETED", **HOME, **at(3), "version": 3},
    {"event_id": "5", **GOAL, **HOME, **at(70, 2), "player_id": "9"},
]
SHUFFLED = [SOME_MATCH[index] for index in (4, 0, 6, 2, 1, 3, 5)]
TOLD_TWICE = [event for event in SOME_MATCH for _ in range(2)]
REPLAYED = [*SOME_MATCH, *SOME_MATCH]

CASES: dict[str, list[dict[str, Any]]] = {
    "score": [
        {"event_id": "1", **GOAL, **HOME, **at(10), "player_id": "9", "player_name": "Muniain"},
        {"event_id": "2", "type": "OWN_GOAL", "points": 1, **AWAY, **at(20), "player_id": "9"},
        {"event_id": "3", **GOAL, **HOME, **at(80, 2), "player_id": "9"},
        {"event_id": "4", "type": "SHOOTOUT_GOAL", **AWAY, **at(120, 5)},
    ],
    "deleted": [
        {"event_id": "1", **GOAL, **HOME, **at(10)},
        {"event_id": "2", "type": "PASS", **HOME, **at(11)},
        {"event_id": "1", **HOME, **at(10), "type": "GOAL", "status": "DELETED", "version": 2},
    ],
    "stale": [
        {"event_id": "1", **GOAL, **HOME, "version": 5},
        {"event_id": "1", "type": "SHOT_ON_TARGET", **HOME, "version": 4},
    ],
    "equal version": [
        {"event_id": "1", "type": "SHOT_ON_TARGET", **HOME, "version": 5},
        {"event_id": "1", **GOAL, **HOME, "version": 5},
    ],
    "generation": [
        {"event_id": "1", **GOAL, **HOME, "version": 5, "generation": 1},
        {"event_id": "1", "type": "SHOT_ON_TARGET", **HOME, "version": 5},
        {"event_id": "2", "type": "SHOT_ON_TARGET", **HOME, "version": 5, "generation": 1},
        {"event_id": "2", **GOAL, **HOME, "version": 6},
    ],
    "other scorer": [
        {"event_id": "1", **GOAL, **HOME, **at(10), "player_id": "9", "log_offset": 7},
        {"event_id": "2", "type": "PASS", **HOME, **at(11), "player_id": "9", "log_offset": 8},
        {"event_id": "1", **GOAL, **HOME, **at(12), "player_id": "7", "version": 2,
         "log_offset": 9},
    ],
    "out of order": [
        {"event_id": "1", **GOAL, **HOME, **at(10), "log_offset": 11},
        {"event_id": "2", **GOAL, **HOME, **at(11), "log_offset": 10},
    ],
    "asserted": [
        {"event_id": "1", **GOAL, **HOME, **at(70), "home_score": 3, "away_score": 1,
         "score_asserted": True},
        {"event_id": "2", **GOAL, **AWAY, **at(60), "home_score": 2, "away_score": 1,
         "score_asserted": True},
    ],
    "clock back": [
        {"event_id": "1", **at(80, 2)},
        {"event_id": "2", **at(89, 2)},
        {"event_id": "2", **at(79, 2), "version": 2},
    ],
    "ended": [
        {"event_id": "1", "match_status": "LIVE", **at(0)},
        {"event_id": "2", "match_status": "ENDED", "period": 0, "game_time_ms": 99_000_000},
        {"event_id": "3", "match_status": "LIVE", **at(45)},
    ],
    "newer": [
        {"event_id": "1", "match_status": "BREAK", **at(45)},
        {"event_id": "2", "match_status": "UNRECOGNIZED", **at(46)},
    ],
    "second provider": [
        {"event_id": "1", **GOAL, **HOME},
        {"event_id": "1", **GOAL, **HOME, "provider": "sportradar", "primary": False},
    ],
    "momentum": [
        {"event_id": "1", "type": "SHOT_ON_TARGET", **HOME, **at(30)},
        {"event_id": "2", "type": "CORNER", **AWAY, **at(30)},
        {"event_id": "3", "type": "PASS", **HOME, **at(30)},
        {"event_id": "4", "type": "GOAL", **AWAY, **at(31)},
        {"event_id": "4", "type": "GOAL", **AWAY, **at(30), "event_time_ms": SOON, "version": 2},
    ],
    "possession": [
        {"event_id": "1", "type": "PASS", **HOME},
        {"event_id": "2", "type": "PASS", **HOME},
        {"event_id": "3", "type": "PASS", **HOME},
        {"event_id": "4", "type": "PASS", **AWAY},
    ],
    "no wall clock": [{"event_id": "1", **GOAL, **HOME, "event_time_ms": 0}],
    "in order": SOME_MATCH,
    "shuffled": SHUFFLED,
    "told twice": TOLD_TWICE,
    "replayed": REPLAYED,
}  # fmt: skip


@pytest.fixture(scope="module")
def store() -> LiveStore:
    events = [{"match_id": case, **event} for case, rows in CASES.items() for event in rows]
    rows = run_views(JOB, events, "writes")
    return LiveStore().apply(LiveWrite.parse(text) for (text,) in rows)


def score(store: LiveStore, case: str) -> tuple[int, int]:
    score = store.state(case)["score"]
    return score["home"], score["away"]


def test_the_counts_of_the_feeds_are_written_as_they_are(store: LiveStore) -> None:
    assert store.counts == COUNTS


def test_an_own_goal_counts_for_the_side_it_is_credited_to(store: LiveStore) -> None:
    assert score(store, "score") == (2, 1)


def test_an_own_goal_does_not_count_for_its_player(store: LiveStore) -> None:
    player = store.player("opta:9", "score")
    assert (player["goals"], player["points"], player["own_goals"]) == (2, 2, 1)


def test_a_shootout_is_apart_from_the_score(store: LiveStore) -> None:
    assert store.state("score")["score"]["shootout"] == {"home": 0, "away": 1}


def test_points_are_told_apart_by_period(store: LiveStore) -> None:
    periods = store.state("score")["periods"]
    assert {period: (row["home"], row["away"]) for period, row in periods.items()} == {
        "1": (1, 1), "2": (1, 0), "5": (0, 0),
    }  # fmt: skip


def test_a_deleted_goal_leaves_the_score_the_totals_and_the_timeline(store: LiveStore) -> None:
    state = store.state("deleted")
    assert score(store, "deleted") == (0, 0)
    assert state["home"]["goals"] == 0
    assert (state["events"], state["deleted"]) == (1, 1)
    assert store.timeline("deleted") == ["opta:2"]


def test_a_version_older_than_the_one_that_is_known_changes_nothing(store: LiveStore) -> None:
    assert score(store, "stale") == (1, 0)


def test_of_equal_versions_the_later_arrival_wins(store: LiveStore) -> None:
    assert score(store, "equal version") == (1, 0)


def test_a_generation_outranks_its_equals_but_no_newer_version(store: LiveStore) -> None:
    assert score(store, "generation") == (2, 0)


def test_a_goal_given_to_another_player_leaves_the_first_ones_totals(store: LiveStore) -> None:
    assert store.player("opta:9", "other scorer")["goals"] == 0
    assert store.player("opta:9", "other scorer")["passes"] == 1
    assert store.player("opta:7", "other scorer")["goals"] == 1


def test_a_correction_moves_an_event_to_the_minute_it_belongs_to(store: LiveStore) -> None:
    goals = {
        minute: store.windows["other scorer", f"minute:{KICK_OFF + minute * MINUTE}"]["home_points"]
        for minute in (10, 12)
    }
    assert goals == {10: 0, 12: 1}


def test_events_that_come_out_of_their_order_in_the_log_all_count(store: LiveStore) -> None:
    assert score(store, "out of order") == (2, 0)
    assert store.state("out of order")["home"]["goals"] == 2


def test_what_the_provider_asserts_last_in_the_match_is_the_score(store: LiveStore) -> None:
    state = store.state("asserted")
    assert score(store, "asserted") == (3, 1)
    assert state["score"]["computed"] == {"home": 1, "away": 1}
    assert state["quality"]["score_disagrees"] is True


def test_a_score_that_nobody_asserts_does_not_disagree(store: LiveStore) -> None:
    assert store.state("score")["quality"]["score_disagrees"] is False


def test_the_clock_goes_back_with_a_correction_of_the_last_event(store: LiveStore) -> None:
    assert store.state("clock back")["clock"] == "80:00"


def test_a_match_that_ended_stays_ended_when_late_events_come(store: LiveStore) -> None:
    assert store.state("ended")["status"] == "ENDED"
    assert store.state("ended")["period"] == "1"


def test_a_second_provider_of_a_match_does_not_count(store: LiveStore) -> None:
    assert score(store, "second provider") == (1, 0)


def test_what_presses_counts_in_its_ten_seconds(store: LiveStore) -> None:
    steps = {
        member: window
        for (case, member), window in store.windows.items()
        if case == "momentum" and member.startswith("attack:")
    }
    assert steps == {
        f"attack:{KICK_OFF + 30 * MINUTE}": {"home": 3, "away": 1},
        f"attack:{KICK_OFF + 30 * MINUTE + 10_000}": {"home": 0, "away": 6},
        f"attack:{KICK_OFF + 31 * MINUTE}": {"home": 0, "away": 0},
    }


def test_a_status_that_only_newer_writers_know_says_nothing(store: LiveStore) -> None:
    assert store.state("newer")["status"] == "BREAK"


def test_possession_is_the_share_of_passes(store: LiveStore) -> None:
    assert store.state("possession")["home_possession"] == 0.75


def test_without_a_wall_clock_the_minute_is_that_of_its_receipt(store: LiveStore) -> None:
    assert ("no wall clock", f"minute:{1_534_791_601_000 // MINUTE * MINUTE}") in store.windows


@pytest.mark.parametrize("case", ["shuffled", "told twice", "replayed"])
def test_merge_laws_hold_for_everything_that_is_written(store: LiveStore, case: str) -> None:
    assert _content(store, case) == _content(store, "in order")


def _content(store: LiveStore, case: str) -> dict[str, Any]:
    state = {name: value for name, value in store.state(case).items() if name != "match_id"}
    players = {
        player: document["matches"][case]
        for (kind, player), document in store.documents.items()
        if kind == "player" and case in document["matches"]
    }
    # A window that an event has left stays, with nothing in it, or was never made.
    windows = {
        member: window
        for (owner, member), window in store.windows.items()
        if owner == case and any(window.values())
    }
    return {
        "state": state,
        "players": {
            player: {name: value for name, value in totals.items() if value}
            for player, totals in players.items()
        },
        "windows": windows,
        "timeline": store.timelines[case],
    }

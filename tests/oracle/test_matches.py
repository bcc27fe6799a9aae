"""The oracle's own truth, on matches small enough to add up by hand."""

from __future__ import annotations

from typing import Any

from oracle.matches import Match, Rounded
from oracle.timelines import AFTER_ALL, in_order, place_of_status
from schemas.generated.touchline.v1 import match_event_pb2 as wire

KICK_OFF_MS = 1_534_791_600_000


def event(event_id: str, minute: int, **fields: Any) -> wire.MatchEvent:
    """An event of the home team."""
    given = {
        "type": wire.PASS, "side": wire.HOME, "status": wire.ACTIVE, "period": 1, "version": 1,
        "confirmed": True, "team_id": "h", "home_team_id": "h", "home_team": "Home",
        "away_team_id": "a", "away_team": "Away",
    } | fields  # fmt: skip
    return wire.MatchEvent(
        match_id="opta:1",
        provider="opta",
        sport="soccer",
        event_id=event_id,
        clock=f"{minute:02}:00",
        game_time_ms=minute * 60_000,
        event_time_ms=KICK_OFF_MS + minute * 60_000,
        received_ms=KICK_OFF_MS + minute * 60_000 + 500,
        **given,
    )


def goal(event_id: str, minute: int, **fields: Any) -> wire.MatchEvent:
    return event(event_id, minute, type=wire.GOAL, points=1, player_id="9", **fields)


def match(*events: wire.MatchEvent) -> Match:
    made = Match("opta:1")
    for one in events:
        made.take(one)
    return made


def test_a_goal_counts_for_the_score_the_team_the_player_and_the_period() -> None:
    made = match(goal("1", 10))
    state = made.state()
    assert state["score"]["computed"] == {"home": 1, "away": 0}
    assert (state["home"]["goals"], state["home"]["shots"]) == (1, 1)
    assert state["periods"] == {"1": {"home": 1, "away": 0, "events": 1}}
    assert made.players["opta:9"].document()["points"] == 1


def test_a_goal_that_becomes_the_other_teams_leaves_the_first_one() -> None:
    made = match(goal("1", 10), goal("1", 10, version=2, side=wire.AWAY, team_id="a"))
    state = made.state()
    assert state["score"]["computed"] == {"home": 0, "away": 1}
    assert (state["home"]["goals"], state["away"]["goals"]) == (0, 1)
    assert state["events"] == 1


def test_a_deleted_goal_leaves_zeros_where_it_was() -> None:
    made = match(goal("1", 10), goal("1", 10, version=2, status=wire.DELETED))
    state = made.state()
    assert state["score"]["computed"] == {"home": 0, "away": 0}
    assert (state["events"], state["deleted"]) == (0, 1)
    minute = f"minute:{KICK_OFF_MS + 600_000}"
    assert made.windows()[minute] == dict.fromkeys(made.windows()[minute], 0)
    assert made.players["opta:9"].document()["events"] == 0


def test_an_own_goal_counts_for_the_other_team_and_not_for_its_player() -> None:
    own = event("1", 10, type=wire.OWN_GOAL, points=1, player_id="4")
    document = match(own).players["opta:4"].document()
    assert (document["points"], document["own_goals"]) == (0, 1)


def test_a_shot_is_in_the_thirty_windows_of_five_minutes_that_contain_it() -> None:
    windows = match(event("1", 10, type=wire.SHOT_ON_TARGET)).windows()
    ends = sorted(int(field.removeprefix("momentum:")) for field in windows if "mom" in field)
    at_ms = KICK_OFF_MS + 600_000
    assert ends == list(range(at_ms + 10_000, at_ms + 300_001, 10_000))
    assert windows[f"momentum:{ends[0]}"] == {"home": 3, "away": 0}
    assert windows[f"attack:{at_ms}"] == {"home": 3, "away": 0}


def test_the_clock_is_that_of_the_last_event_in_the_order_of_the_game() -> None:
    state = match(event("2", 30), event("1", 10)).state()
    assert (state["clock"], state["period"]) == ("30:00", "1")


def test_the_last_asserted_score_is_shown_and_a_disagreement_is_said() -> None:
    said = event("2", 20, score_asserted=True, home_score=2, away_score=0)
    state = match(goal("1", 10), said).state()
    assert state["score"]["asserted"] == {"home": 2, "away": 0}
    assert state["score"]["home"] == 2
    assert state["quality"]["score_disagrees"] is True


def test_what_comes_after_the_end_does_not_take_it_back() -> None:
    ended = event("1", 90, match_status=wire.ENDED)
    late = event("2", 91, match_status=wire.LIVE)
    made = match(ended, late)
    assert made.state()["status"] == "ENDED"
    first, last = in_order(made.current.values())
    assert place_of_status(first) > AFTER_ALL > place_of_status(last)


def test_possession_is_the_share_of_passes_rounded_to_three_places() -> None:
    made = match(event("1", 1), event("2", 2), event("3", 3, side=wire.AWAY))
    assert made.state()["home_possession"] == 0.667
    assert made.state()["home_possession"] != 0.668
    assert Rounded(2 / 3) != "0.667"


def test_an_event_without_a_side_counts_for_no_team() -> None:
    made = match(event("1", 10, side=wire.SIDE_UNKNOWN))
    assert made.state()["events"] == 1
    assert "goals" not in made.state()["home"]

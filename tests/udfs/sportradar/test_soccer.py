from __future__ import annotations

from typing import Any

import pytest

from tests.samples import sample
from tests.scores import score_of
from tests.udfs.sportradar.messages import (
    only,
    parse,
    parse_file,
    soccer_event,
    soccer_push,
    timeline,
)
from udfs.contract import Rejected
from udfs.merge import last_write_wins
from udfs.model import EventType, MatchStatus, Side, Status

MATCH = "sportradar:52633607"
SCORER = {"id": "sr:player:1", "name": "One, Player", "type": "scorer"}


def v4(kind: str, **fields: Any) -> Any:
    """The event that a v4 timeline with this one event gives."""
    return only(timeline(soccer_event(kind, **fields)))


def v3_timeline(*events: dict[str, Any]) -> dict[str, Any]:
    """v3 names the competition a tournament, and match, not sport event, in its ids."""
    return timeline(
        *events,
        sport_event={
            "id": "sr:match:52633607",
            "season": {"id": "sr:season:1", "name": "Cup 17/18"},
            "tournament": {"id": "sr:tournament:7", "name": "Cup", "sport": {"id": "sr:sport:1"}},
            "competitors": [
                {"id": "sr:competitor:1", "name": "Home FC", "qualifier": "home"},
                {"id": "sr:competitor:2", "name": "Away FC", "qualifier": "away"},
            ],
        },
    )


def test_push_rest_and_v3_ids_name_one_match() -> None:
    event = soccer_event("throw_in")
    assert only(soccer_push(event)).match_id == MATCH
    assert only(timeline(event)).match_id == MATCH
    assert only(v3_timeline(event)).match_id == MATCH


def test_a_timeline_is_a_snapshot_and_a_push_message_is_not() -> None:
    assert parse(timeline()).snapshot
    assert parse(timeline()).match_id == MATCH
    assert not parse(soccer_push(soccer_event("throw_in"))).snapshot


def test_v3_and_v4_name_teams_and_scorers_differently_and_mean_the_same() -> None:
    assistant = {"id": "sr:player:2", "name": "Two, Player"}
    old = only(
        v3_timeline(soccer_event("score_change", team="home", goal_scorer=SCORER, assist=assistant))
    )
    players = [SCORER, {**assistant, "type": "assist"}]
    new = v4("score_change", competitor="home", players=players)
    for event in (old, new):
        assert (event.type, event.points, event.side) == (EventType.GOAL, 1, Side.HOME)
        assert (event.team_id, event.player_id) == ("sr:competitor:1", "sr:player:1")
        assert event.related_player_ids == ("sr:player:2",)
        assert event.attributes["assist_player_id"] == "sr:player:2"


def test_competition_and_season_are_named_by_documents_and_numbered_by_push() -> None:
    assert (v4("throw_in").competition, v4("throw_in").season) == ("League", "League 24/25")
    old = only(v3_timeline(soccer_event("throw_in")))
    assert (old.competition, old.season) == ("Cup", "Cup 17/18")
    assert only(soccer_push(soccer_event("throw_in"))).season == "sr:season:119783"


@pytest.mark.parametrize(
    "document",
    [
        timeline(soccer_event("score_change", competitor="away", method="own_goal")),
        v3_timeline(
            soccer_event("score_change", team="away", goal_scorer={**SCORER, "method": "own_goal"})
        ),
    ],
)
def test_an_own_goal_counts_for_the_team_whose_score_changes(document: dict[str, Any]) -> None:
    event = only(document)
    assert (event.type, event.side, event.points) == (EventType.OWN_GOAL, Side.AWAY, 1)
    assert event.team_id == "sr:competitor:2"
    assert event.attributes["method"] == "own_goal"


def test_a_penalty_in_play_is_a_goal() -> None:
    event = v4("score_change", competitor="home", method="penalty", period=2)
    assert (event.type, event.points) == (EventType.GOAL, 1)


@pytest.mark.parametrize(
    ("kind", "fields", "expected"),
    [
        ("penalty_shootout", {"status": "scored"}, EventType.SHOOTOUT_GOAL),
        ("penalty_shootout", {"status": "missed"}, EventType.SHOOTOUT_MISS),
        ("penalty_shootout", {"status": "not_taken_yet"}, EventType.OTHER),
        ("score_change", {"period_type": "penalties"}, EventType.SHOOTOUT_GOAL),
        ("penalty_missed", {"period_type": "penalties"}, EventType.SHOOTOUT_MISS),
    ],
)
def test_a_shoot_out_is_period_5_and_counts_no_goals(
    kind: str, fields: dict[str, Any], expected: EventType
) -> None:
    event = v4(kind, competitor="home", **fields)
    assert (event.type, event.points, event.period) == (expected, 0, 5)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("match_started", EventType.MATCH_START),
        ("match_ended", EventType.MATCH_END),
        ("period_start", EventType.PERIOD_START),
        ("break_start", EventType.PERIOD_END),
        ("shot_on_target", EventType.SHOT_ON_TARGET),
        ("shot_off_target", EventType.SHOT_OFF_TARGET),
        ("shot_saved", EventType.OTHER),
        ("corner_kick", EventType.CORNER),
        ("yellow_card", EventType.YELLOW_CARD),
        ("yellow_red_card", EventType.SECOND_YELLOW_CARD),
        ("red_card", EventType.RED_CARD),
        ("offside", EventType.OFFSIDE),
        ("substitution", EventType.SUBSTITUTION),
        ("video_assistant_referee", EventType.OTHER),
        ("something_new", EventType.OTHER),
    ],
)
def test_types(kind: str, expected: EventType) -> None:
    event = v4(kind, competitor="home")
    assert (event.type, event.provider_type) == (expected, kind)


def test_a_substitution_names_who_came_in_and_who_went_out() -> None:
    coming, going = {"id": "sr:player:1"}, {"id": "sr:player:2"}
    old = only(v3_timeline(soccer_event("substitution", player_in=coming, player_out=going)))
    new = v4("substitution", players=[
        {**going, "type": "substituted_out"}, {**coming, "type": "substituted_in"}])  # fmt: skip
    for event in (old, new):
        assert (event.player_id, event.related_player_ids) == ("sr:player:1", ("sr:player:2",))
        assert event.attributes["player_in_id"] == "sr:player:1"
        assert event.attributes["player_out_id"] == "sr:player:2"


@pytest.mark.parametrize(
    ("fields", "clock", "elapsed_ms"),
    [
        ({"match_time": 36, "match_clock": "35:01", "period": 1}, "35:01", 2_101_000),
        ({"match_time": 36, "period": 1}, "35:00", 2_100_000),
        ({"match_time": 46, "period": 2}, "45:00", 0),
        ({"match_time": 45, "stoppage_time": "2", "period": 1}, "46:00", 2_760_000),
        ({"match_time": 90, "stoppage_time": 3, "stoppage_time_clock": "2:03", "period": 2},
         "92:03", 2_823_000),
        ({"period": 2}, "", 0),
    ],
)  # fmt: skip
def test_the_clock_counts_up_with_stoppage_time_on_top(
    fields: dict[str, Any], clock: str, elapsed_ms: int
) -> None:
    event = v4("throw_in", **fields)
    assert event.clock == clock
    assert event.game_time_ms == event.period * 10_000_000 + elapsed_ms


def test_overtime_periods_follow_the_halves_however_they_are_counted() -> None:
    assert v4("throw_in", period=1, period_type="overtime").period == 3
    assert v4("throw_in", period=4, period_type="overtime").period == 4


def test_neither_ids_nor_times_are_sorted_but_game_time_is() -> None:
    events = [
        soccer_event("match_ended", 5),
        soccer_event("throw_in", 9, match_time=46, period=2),
        soccer_event("throw_in", 3, match_time=45, stoppage_time="4", period=1),
        soccer_event("match_started", 4),
    ]
    ordered = last_write_wins(parse(timeline(*events)).events)
    assert [event.event_id for event in ordered] == ["4", "3", "9", "5"]


def test_a_break_comes_at_the_end_of_the_period_before_it() -> None:
    kick_off = soccer_event("period_start", 1, period=1, time="2024-08-29T18:00:00+00:00")
    pause = soccer_event("break_start", 2, time="2024-08-29T18:47:00+00:00")
    late = soccer_event("throw_in", 3, period=1, match_time=45, stoppage_time="2")
    _, break_, _ = parse(timeline(kick_off, pause, late)).events
    assert (break_.period, break_.game_time_ms) == (0, 19_999_999)
    scored = {"status": "live", "match_status": "halftime", "period_scores": [{"number": 1}]}
    assert only(soccer_push(pause, scored)).game_time_ms == 19_999_999


MATCH_TIMES = (
    soccer_event("period_start", 1, period=1, time="2017-07-19T17:31:28+00:00"),
    soccer_event("break_start", 2, time="2017-07-19T18:17:07+00:00"),
    soccer_event("period_start", 3, period=2, time="2017-07-19T18:32:27+00:00"),
    soccer_event("match_ended", 4, time="2017-07-19T19:21:04+00:00"),
)


def test_a_substitution_entered_six_hours_after_the_match_gets_an_estimated_time() -> None:
    late = soccer_event(
        "substitution", 9, period=2, match_time=61, time="2017-07-20T01:10:53+00:00"
    )
    event = parse(timeline(*MATCH_TIMES, late)).events[-1]
    assert event.event_time_ms == 1_500_489_147_000 + 15 * 60_000, "kick-off and fifteen minutes"
    assert event.attributes["event_time"] == "estimated"
    assert event.version == 1_500_513_053_000, "what was entered late is still the newest version"


def test_a_time_within_its_period_is_kept() -> None:
    event = soccer_event("throw_in", 9, period=2, match_time=61, time="2017-07-19T18:49:00+00:00")
    kept = parse(timeline(*MATCH_TIMES, event)).events[-1]
    assert kept.event_time_ms == 1_500_490_140_000
    assert "event_time" not in kept.attributes


def test_an_estimate_is_never_after_its_periods_end() -> None:
    late = soccer_event("yellow_card", 9, period=1, match_time=45, stoppage_time="9",
                        time="2017-07-20T01:10:53+00:00")  # fmt: skip
    assert parse(timeline(*MATCH_TIMES, late)).events[-1].event_time_ms == 1_500_488_227_000


def test_an_edit_raises_the_version_by_its_updated_time() -> None:
    first = only(soccer_push(soccer_event("yellow_card")))
    edit = soccer_event("yellow_card", updated=True, updated_time="2024-08-29T18:38:01+00:00")
    assert only(soccer_push(edit)).version == first.version + 160_000
    assert only(soccer_push(edit)).event_time_ms == first.event_time_ms
    assert only(timeline(edit)).version == only(soccer_push(edit)).version


def test_an_edited_goal_can_carry_an_old_score_so_push_takes_it_from_the_status() -> None:
    goal = soccer_event("score_change", competitor="away", home_score=0, away_score=1, updated=True)
    event = only(soccer_push(goal))
    assert (event.home_score, event.away_score) == (0, 2)
    assert event.match_status is MatchStatus.LIVE


def test_a_timelines_edited_goal_asserts_no_score_but_its_latest_event_the_status() -> None:
    fields = {"competitor": "home", "period": 1, "home_score": 1, "away_score": 0}
    plain = soccer_event("score_change", 1, match_time=5, **fields)
    edited = soccer_event("score_change", 2, match_time=9, updated=True, **fields)
    latest = soccer_event("throw_in", 3, match_time=70, period=2)
    events = parse(timeline(plain, edited, latest)).events
    assert [(event.home_score, event.away_score) for event in events] == [
        (1, 0), (None, None), (2, 1)]  # fmt: skip
    assert [event.match_status for event in events] == [
        MatchStatus.UNKNOWN, MatchStatus.UNKNOWN, MatchStatus.LIVE]  # fmt: skip


def test_both_teams_attack_towards_100_where_the_feed_counts_from_the_home_goal() -> None:
    home = v4("shot_off_target", competitor="home", x=80, y=27)
    away = v4("shot_off_target", competitor="away", x=20, y=73)
    assert (home.x, home.y) == (away.x, away.y) == (80, 27)


def test_a_v3_goal_is_located_from_the_goal_it_went_into_whoever_scored() -> None:
    for team, y in (("home", 40), ("away", 40)):
        goal = soccer_event("score_change", team=team, x=11, y=60)
        event = only(v3_timeline(goal))
        assert (event.x, event.y) == (89, y)


def test_0_0_is_no_place_but_a_corner() -> None:
    assert v4("score_change", competitor="home", x=0, y=0).x is None
    assert v4("corner_kick", competitor="away", x=0, y=0).x == 100


def test_a_delete_takes_the_event_back() -> None:
    goal = soccer_event("score_change", competitor="home")
    event = only(soccer_push(goal, operation="delete"))
    assert (event.status, event.points) == (Status.DELETED, 0)
    gone = soccer_event("score_change", deleted="2024-08-29T18:40:00Z")
    assert only(soccer_push(gone)).version == 1_724_956_800_000


def test_a_decision_and_other_fields_come_and_go() -> None:
    for decision in (None, "pending", {"result": "overturned"}, ["x"], 3):
        event = v4(
            "video_assistant_referee",
            decision=decision,
            competitor={"id": 1},
            x="12.5",
            y=None,
            players="none",
            player=["x"],
            match_time="12",
            new={"deep": [{}]},
        )
        assert (event.type, event.clock) == (EventType.OTHER, "11:00")
    assert v4("video_assistant_referee", decision="pending").attributes["decision"] == "pending"


def test_another_sports_timeline_is_kept_as_other() -> None:
    handball = soccer_push(soccer_event("score_change"), sport_id="sr:sport:6")
    assert (only(handball).sport, only(handball).type) == ("handball", EventType.OTHER)


def test_an_event_that_cannot_be_read_is_refused_with_its_bytes_and_the_others_are_taken() -> None:
    bad = [{"type": "throw_in"}, {"id": 1, "time": "noon"}, 7]
    parsed = parse(timeline(*bad, soccer_event("throw_in")))  # type: ignore[arg-type]
    assert len(parsed.events) == 1
    assert sorted(rejection.part for rejection in parsed.rejections) == [
        b"7", b'{"id": 1, "time": "noon"}', b'{"type": "throw_in"}']  # fmt: skip


def test_an_event_without_any_time_gets_its_arrival_as_version() -> None:
    event = only(soccer_push({"id": 1, "type": "throw_in"}), arrival=42)
    assert (event.version, event.attributes["version"]) == (42, "arrival")


def test_a_message_without_a_match_is_refused() -> None:
    message = soccer_push(soccer_event("throw_in"))
    del message["metadata"]["sport_event_id"]
    with pytest.raises(Rejected, match="no match id"):
        parse(message)
    assert only(message, key="7").match_id == "sportradar:7"


def test_the_v3_timeline_has_152_events_that_add_up_to_1_2() -> None:
    [parsed], events = parse_file(sample("sportradar/soccer_v3_timeline_completed_11854838.json"))
    assert (len(events), parsed.match_id) == (152, "sportradar:11854838")
    assert score_of(events) == (1, 2)
    latest = last_write_wins(events)[-1]
    assert (latest.home_score, latest.away_score) == (1, 2)
    assert (latest.type, latest.match_status) == (EventType.MATCH_END, MatchStatus.ENDED)


def test_the_v3_timelines_goals_are_near_the_goal() -> None:
    _, events = parse_file(sample("sportradar/soccer_v3_timeline_completed_11854838.json"))
    goals = [event for event in events if event.type is EventType.GOAL]
    assert [event.x for event in goals] == [91, 89, 84]
    shots = (EventType.SHOT_ON_TARGET, EventType.SHOT_OFF_TARGET)
    assert all(event.x is None or event.x > 50 for event in events if event.type in shots)


def test_the_v3_timelines_late_entries_are_put_into_the_match() -> None:
    _, events = parse_file(sample("sportradar/soccer_v3_timeline_completed_11854838.json"))
    estimated = [event for event in events if event.attributes.get("event_time") == "estimated"]
    types = [event.type for event in estimated]
    assert types.count(EventType.SUBSTITUTION) == 5
    assert len(types) == 7, "two yellow cards were entered with them"
    ended = next(event for event in events if event.type is EventType.MATCH_END).event_time_ms
    assert ended is not None
    assert all(e.event_time_ms is not None and e.event_time_ms <= ended for e in events)


PLAYED = (
    {"type": "regular_period", "number": 1, "home_score": 1, "away_score": 0},
    {"type": "regular_period", "number": 2, "home_score": 0, "away_score": 1},
    {"type": "overtime", "number": 1, "home_score": 1, "away_score": 1},
)
SHOT = {"type": "penalties", "home_score": 4, "away_score": 3}


@pytest.mark.parametrize(
    ("total", "periods", "asserted"),
    [
        ((2, 2), [*PLAYED, SHOT], (2, 2)),
        ((6, 5), [*PLAYED, SHOT], (2, 2)),
        ((9, 9), [*PLAYED, SHOT], (None, None)),
        ((6, 5), [*PLAYED, {"type": "penalties"}], (None, None)),
        ((6, 5), None, (None, None)),
    ],
    ids=["without the shoot-out", "with it", "neither", "a period without a score", "no periods"],
)
@pytest.mark.parametrize("match_status", ["penalties", "ap"])
def test_a_shoot_outs_goals_are_no_part_of_the_asserted_score(
    match_status: str,
    total: tuple[int, int],
    periods: list[Any] | None,
    asserted: tuple[int | None, int | None],
) -> None:
    status = {
        "status": "closed",
        "match_status": match_status,
        "home_score": total[0],
        "away_score": total[1],
        "period_scores": periods,
    }
    event = soccer_event("score_change", period_type="penalties")
    pushed = only(soccer_push(event, status))
    assert (pushed.home_score, pushed.away_score) == asserted
    listed = only(timeline(event, sport_event_status=status))
    assert (listed.home_score, listed.away_score) == asserted


def test_a_match_that_has_started_is_live() -> None:
    status = {"status": "started", "match_status": "started"}
    assert only(soccer_push(soccer_event("throw_in"), status)).match_status is MatchStatus.LIVE

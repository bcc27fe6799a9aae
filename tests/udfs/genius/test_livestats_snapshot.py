from __future__ import annotations

from typing import Any

import pytest

from tests.samples import sample
from tests.udfs.genius.messages import ARRIVAL, RECEIVED_MS, action, data_json, only, parse
from udfs.contract import Parsed, Rejected
from udfs.model import EventType, MatchEvent, MatchStatus, Side
from udfs.snapshots import ARRIVAL_VERSION, RECEIVED_TIME


def by_id(parsed: Parsed) -> dict[str, MatchEvent]:
    return {event.event_id: event for event in parsed.events}


def test_the_document_is_a_snapshot_of_the_match_that_its_sender_named() -> None:
    parsed = parse(data_json(action(1)), key="1976446")
    assert (parsed.snapshot, parsed.match_id) == (True, "genius:1976446")


def test_a_document_whose_match_nobody_named_is_rejected_with_the_remedy() -> None:
    with pytest.raises(Rejected, match="--match"):
        parse(data_json(action(1)), key=None)


def test_the_list_is_newest_first_and_events_are_in_game_order() -> None:
    late_insert = action(99, clock="08:00:00")
    parsed = parse(data_json(action(5, clock="07:00:00"), late_insert, action(2, clock="09:00:00")))
    assert [event.event_id for event in parsed.events] == ["2", "99", "5"]


def test_a_late_insert_at_the_wrong_place_of_the_list_is_put_where_its_clock_says() -> None:
    parsed = parse(data_json(action(99, clock="08:00:00"), action(5, clock="07:00:00")))
    assert [event.event_id for event in parsed.events] == ["99", "5"]


def test_without_version_and_wall_clock_the_poll_fills_in_and_says_so() -> None:
    event = only(parse(data_json(action(1))))
    assert (event.version, event.event_time_ms) == (ARRIVAL, RECEIVED_MS)
    assert {RECEIVED_TIME, ARRIVAL_VERSION} <= set(event.attributes.items())


def test_without_a_time_of_receipt_there_is_no_event_time() -> None:
    assert only(parse(data_json(action(1)), received_ms=None)).event_time_ms is None


def test_the_clock_is_minutes_seconds_and_hundredths_that_remain() -> None:
    event = only(parse(data_json(action(1, clock="09:12:30"))))
    assert (event.clock, event.game_time_ms) == ("09:12", 10_000_000 + 600_000 - 552_300)


def test_overtime_starts_again_at_period_1_and_becomes_period_5_of_five_minutes() -> None:
    event = only(parse(data_json(action(1, period=1, periodType="OVERTIME", clock="05:00:00"))))
    assert (event.period, event.game_time_ms) == (5, 50_000_000)


@pytest.mark.parametrize(
    ("action_type", "success", "points"),
    [("2pt", 1, 2), ("3pt", 1, 3), ("freethrow", 1, 1), ("2pt", 0, 0), ("3pt", "0", 0)],
)
def test_scoring_is_1_on_misses_too_and_points_need_success(
    action_type: str, success: int | str, points: int
) -> None:
    event = only(parse(data_json(action(1, action_type, success=success, scoring=1))))
    assert event.points == points


@pytest.mark.parametrize(
    ("tno", "side", "team_id"),
    [(1, Side.HOME, "TAS"), ("2", Side.AWAY, "BRI"), (0, Side.UNKNOWN, "")],
)
def test_team_1_is_at_home_and_its_code_is_its_id(tno: int | str, side: Side, team_id: str) -> None:
    event = only(parse(data_json(action(1, tno=tno))))
    assert (event.side, event.team_id, event.teams.home, event.teams.away_id) == (
        side,
        team_id,
        "Tasmania",
        "BRI",
    )


def test_teams_without_a_code_have_ids_of_the_match() -> None:
    document = data_json(action(1))
    document["tm"] = []
    assert only(parse(document)).team_id == "1976446:1"


def test_a_player_is_the_team_and_the_shirt_because_pno_is_of_one_match_only() -> None:
    event = only(
        parse(
            data_json(action(1, internationalFirstName="Sam", internationalFamilyName="McDaniel"))
        )
    )
    assert (event.player_id, event.player_name) == ("TAS:23", "Sam McDaniel")


def test_an_action_of_a_team_or_its_coach_has_no_player() -> None:
    assert only(parse(data_json(action(1, "foul", pno=0)))).player_id == ""


@pytest.mark.parametrize(
    ("action_type", "sub_type", "kind"),
    [
        ("rebound", "offensive", EventType.OFFENSIVE_REBOUND),
        ("rebound", "offensivedeadball", EventType.OTHER),
        ("foul", "unsportsmanlike", EventType.FOUL),
        ("foulon", "", EventType.OTHER),
        ("timeout", "full", EventType.TIMEOUT),
        ("something", "new", EventType.OTHER),
    ],
)
def test_actions_have_a_canonical_type(action_type: str, sub_type: str, kind: EventType) -> None:
    event = only(parse(data_json(action(1, action_type, subType=sub_type))))
    assert (event.type, event.provider_type) == (kind, action_type)


def test_the_end_of_the_game_comes_after_the_end_of_its_last_period() -> None:
    at_the_end = {"period": 4, "clock": "00:00:00", "tno": 0}
    parsed = parse(
        data_json(
            action(3, "period", subType="end", **at_the_end),
            action(4, "game", subType="end", **at_the_end),
            action(2, "foul", **at_the_end),
        )
    )
    assert [event.event_id for event in parsed.events] == ["2", "3", "4"]
    assert [event.match_status for event in parsed.events] == [
        MatchStatus.UNKNOWN,
        MatchStatus.BREAK,
        MatchStatus.ENDED,
    ]


def test_shots_are_turned_so_that_all_attack_towards_the_right() -> None:
    place = {"actionNumber": 1, "per": 1, "perType": "REGULAR", "x": 10.0, "y": 30.0}
    event = only(parse(data_json(action(1), shots=[place])))
    assert (event.x, event.y) == (90.0, 70.0)


def test_a_shot_from_the_own_half_is_turned_like_the_others_of_its_period() -> None:
    places = [
        {"actionNumber": number, "per": 2, "perType": "REGULAR", "x": x, "y": 50}
        for number, x in ((1, 12), (2, 8), (3, 61))
    ]
    parsed = parse(data_json(action(3), action(2), action(1), shots=places))
    assert [event.x for event in parsed.events] == [88.0, 92.0, 39.0]


def test_a_shot_without_a_readable_place_keeps_its_action() -> None:
    event = only(parse(data_json(action(1), shots=[{"actionNumber": 1, "x": [], "y": 1}])))
    assert (event.points, event.x) == (2, None)


def test_numbers_that_drifted_to_texts_are_read() -> None:
    drifted = action("12", tno="1", pno="4", s1="2", s2="0", period="1", success="1")
    event = only(parse(data_json(drifted)))
    assert (event.event_id, event.home_score, event.points) == ("12", 2, 2)


def test_an_empty_match_is_a_snapshot_without_events() -> None:
    parsed = parse(data_json())
    assert (parsed.events, parsed.snapshot, parsed.match_id) == ([], True, "genius:1976446")


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (action(None), "actionNumber is missing"),
        (action(2, clock="soon"), "not a game clock"),
        (action(2, s1=-3), "s1 is not a score"),
        ({"actionNumber": {}}, "unexpected JSON"),
        (17, "unexpected JSON"),
    ],
)
def test_an_action_that_cannot_be_read_is_rejected_and_the_others_are_taken(
    bad: Any, reason: str
) -> None:
    parsed = parse(data_json(bad, action(1)))
    assert [event.event_id for event in parsed.events] == ["1"]
    (rejection,) = parsed.rejections
    assert reason in rejection.reason


SAMPLES = [("1976446", 645, 83, 74), ("1976448", 501, 89, 65), ("2031329", 514, 78, 89)]


@pytest.mark.parametrize(("match", "count", "home", "away"), SAMPLES)
def test_a_real_match_adds_up_to_its_final_score(
    match: str, count: int, home: int, away: int
) -> None:
    parsed = parse(sample(f"genius/nbl_fibalivestats_{match}.json").read_bytes(), key=match)
    assert (len(parsed.events), parsed.rejections) == (count, [])
    points = {
        side: sum(event.points for event in parsed.events if event.side is side) for side in Side
    }
    assert points == {Side.HOME: home, Side.AWAY: away, Side.UNKNOWN: 0}
    last = parsed.events[-1]
    assert (last.type, last.home_score, last.away_score) == (EventType.MATCH_END, home, away)


def test_the_real_match_with_overtime_has_85_actions_in_period_5() -> None:
    parsed = parse(sample("genius/nbl_fibalivestats_1976446.json").read_bytes())
    assert sum(event.period == 5 for event in parsed.events) == 85


def test_rebounds_of_a_real_match_are_those_of_its_box_score() -> None:
    parsed = parse(sample("genius/nbl_fibalivestats_1976446.json").read_bytes())
    kinds = [(event.side, event.type) for event in parsed.events]
    assert kinds.count((Side.HOME, EventType.OFFENSIVE_REBOUND)) == 8
    assert kinds.count((Side.HOME, EventType.DEFENSIVE_REBOUND)) == 38
    assert kinds.count((Side.AWAY, EventType.OFFENSIVE_REBOUND)) == 16
    assert kinds.count((Side.AWAY, EventType.DEFENSIVE_REBOUND)) == 41


def test_the_real_match_with_late_inserts_is_in_the_order_of_its_scores() -> None:
    parsed = parse(sample("genius/nbl_fibalivestats_2031329.json").read_bytes())
    numbers = [int(event.event_id) for event in parsed.events]
    assert numbers != sorted(numbers)
    scores = [(event.home_score or 0) + (event.away_score or 0) for event in parsed.events]
    assert scores == sorted(scores)

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.udfs.genius.messages import ARRIVAL, RECEIVED_MS, only, parse, stream_action
from udfs.contract import Parsed, Rejected
from udfs.model import EventType, MatchStatus, Side, Status


def test_an_action_is_identified_by_its_number_and_versioned_by_its_message() -> None:
    event = only(parse(stream_action()))
    assert (event.match_id, event.event_id, event.version) == ("genius:1976446", "9", 17)


def test_an_edit_is_a_higher_version_of_the_same_event() -> None:
    event = only(parse(stream_action(messageId=44, origMessageId=17, edited=1, success=0)))
    assert (event.event_id, event.version, event.type) == ("9", 44, EventType.TWO_POINT_MISSED)
    assert event.attributes["origMessageId"] == "17"
    assert event.attributes["edited"] == "1"


def test_a_delete_takes_the_action_back() -> None:
    event = only(parse(stream_action(messageId=45, origMessageId=17, deleted=1)))
    assert (event.event_id, event.version, event.status) == ("9", 45, Status.DELETED)
    assert event.points == 0


def test_an_inserted_action_says_so_and_sorts_by_its_clock() -> None:
    late = only(parse(stream_action(actionNumber=300, messageId=900, inserted=1, clock="09:30:00")))
    assert late.attributes["inserted"] == "1"
    assert late.game_time_ms < only(parse(stream_action())).game_time_ms


def test_the_message_that_a_reconnect_sends_again_is_the_same_version() -> None:
    assert parse(stream_action(), arrival=1).events == parse(stream_action(), arrival=2).events


def test_lines_end_with_cr_lf_and_a_bad_line_is_rejected_alone() -> None:
    lines = [json.dumps(stream_action(actionNumber=n)).encode() for n in (1, 2)]
    parsed = parse(b"\r\n".join([lines[0], b'{"type":"action",', lines[1], b""]))
    assert [event.event_id for event in parsed.events] == ["1", "2"]
    assert [rejection.part for rejection in parsed.rejections] == [b'{"type":"action",\r']


@pytest.mark.parametrize("nothing", ["absent", None, ""])
def test_absent_null_and_empty_mean_the_same(nothing: str | None) -> None:
    message = stream_action(scores=None)
    for name in ("pno", "subType", "teamNumber", "period", "clock", "timeActual", "success"):
        message[name] = nothing
        if nothing == "absent":
            del message[name]
    event = only(parse(message))
    assert (event.player_id, event.side, event.period, event.clock, event.home_score) == (
        "",
        Side.UNKNOWN,
        0,
        "",
        None,
    )
    assert (event.type, event.points) == (EventType.TWO_POINT_MISSED, 0)
    assert event.event_time_ms == RECEIVED_MS


def test_unknown_keys_are_ignored() -> None:
    assert parse(stream_action(brandNew={"deep": [1]})).events == parse(stream_action()).events


def test_ids_are_the_matchs_own() -> None:
    event = only(parse(stream_action()))
    assert (event.side, event.team_id, event.player_id) == (Side.HOME, "1976446:1", "1976446:1:7")


def test_a_made_shot_scores_and_the_asserted_score_is_kept() -> None:
    event = only(parse(stream_action(actionType="3pt")))
    assert (event.points, event.home_score, event.away_score) == (3, 2, 0)


def test_overtime_starts_again_at_period_1_and_becomes_period_5() -> None:
    assert only(parse(stream_action(periodType="OVERTIME"))).period == 5
    assert only(parse(stream_action(period=6, periodType="OVERTIME"))).period == 6


def test_a_time_without_a_zone_is_utc() -> None:
    assert only(parse(stream_action())).event_time_ms == 1_704_103_200_000


def test_the_actions_of_a_playbyplay_message_are_versions_as_of_that_message() -> None:
    first, second = stream_action(actionNumber=1, messageId=None), stream_action(actionNumber=2)
    parsed = parse({"type": "playbyplay", "messageId": 30, "actions": [first, second]})
    assert [(event.event_id, event.version) for event in parsed.events] == [("1", 30), ("2", 17)]


def test_a_status_message_says_how_the_match_stands() -> None:
    message = {
        "type": "status",
        "messageId": 50,
        "status": "cancelled",
        "clock": "04:00:00",
        "period": {"current": 2, "periodType": "REGULAR"},
        "scores": [{"teamNumber": 1, "score": "31"}, {"teamNumber": 2, "score": 30}],
    }
    event = only(parse(message))
    assert (event.event_id, event.version, event.type) == ("status", 50, EventType.OTHER)
    assert (event.match_status, event.period, event.clock) == (MatchStatus.ABANDONED, 2, "04:00")
    assert event.game_time_ms == 20_000_000 + 360_000
    assert (event.home_score, event.away_score) == (31, 30)


def test_a_teams_message_gives_the_ids_of_the_actions_their_names() -> None:
    teams = [
        {"teamNumber": 1, "detail": {"teamName": "Raiders"}},
        {"teamNumber": 2, "detail": {"teamName": "Hawks"}},
    ]
    event = only(parse({"type": "teams", "messageId": 2, "teams": teams}))
    assert (event.teams.home, event.teams.away) == ("Raiders", "Hawks")
    assert event.teams.side_of(only(parse(stream_action())).team_id) is Side.HOME


def test_match_information_names_the_competition_and_without_a_message_id_the_arrival_counts() -> (
    None
):
    message = {
        "type": "matchInformation",
        "competition": {"competitionName": "Test League", "year": "2014"},
    }
    event = only(parse(message))
    assert (event.competition, event.season, event.version) == ("Test League", "2014", ARRIVAL)


@pytest.mark.parametrize("message", [{"type": "boxscore"}, {"type": "brandNew", "messageId": 3}])
def test_a_control_message_holds_no_event(message: dict[str, Any]) -> None:
    assert parse(message) == Parsed()


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"actionNumber": None}, "actionNumber is missing"),
        ({"messageId": ""}, "messageId is missing"),
        ({"clock": "half past"}, "not a game clock"),
        ({"period": -1}, "period is out of range"),
    ],
)
def test_an_action_that_cannot_be_an_event_is_rejected(
    changed: dict[str, Any], reason: str
) -> None:
    with pytest.raises(Rejected, match=reason):
        parse(stream_action(**changed))


def test_a_stream_whose_match_nobody_names_is_rejected_with_the_remedy() -> None:
    with pytest.raises(Rejected, match="--match"):
        parse(stream_action(), key=None)


def test_the_match_that_the_message_names_counts_before_its_key() -> None:
    assert only(parse(stream_action(matchId=5))).match_id == "genius:5"


def test_a_negative_message_id_is_no_version() -> None:
    with pytest.raises(Rejected, match="messageId is negative: -1"):
        parse(stream_action(messageId=-1))


@pytest.mark.parametrize(("made", "points"), [(1, 1), (0, 0)])
def test_a_basket_from_within_the_arc_in_3x3_is_worth_one_point(made: int, points: int) -> None:
    event = only(parse(stream_action(actionType="1pt", success=made)))
    assert (event.type, event.provider_type, event.points) == (EventType.OTHER, "1pt", points)

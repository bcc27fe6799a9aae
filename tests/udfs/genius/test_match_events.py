from __future__ import annotations

import json
from typing import Any

import pytest

from tests.udfs.genius.messages import RECEIVED_MS, envelope, only, parse, pascal_case, soccer
from udfs.contract import Rejected
from udfs.model import EventType, MatchStatus, Side, Status


def test_an_action_is_identified_by_fixture_source_and_action_and_versioned_by_sequence() -> None:
    event = only(parse(envelope()))
    assert (event.match_id, event.event_id, event.version) == (
        "genius:9280712",
        "GeniusSports:291",
        433,
    )


def test_without_a_source_the_action_id_alone_identifies() -> None:
    assert only(parse(envelope(source=""))).event_id == "291"


def test_a_cancelled_action_is_a_delete() -> None:
    goal = soccer("Goal", team="Home")
    assert only(parse(envelope(goal))).points == 1
    taken_back = only(parse(envelope(goal, isCancelled=True)))
    assert (taken_back.status, taken_back.points) == (Status.DELETED, 0)


def test_an_unconfirmed_action_is_provisional() -> None:
    assert only(parse(envelope(isConfirmed=False))).confirmed is False
    assert only(parse(envelope())).confirmed is True


def test_a_v1_envelope_in_pascal_case_says_the_same_as_v2_in_camel_case() -> None:
    v2 = envelope(soccer("Goal", player={"id": 456683, "name": "Dwight Jork"}))
    assert parse(pascal_case(v2)).events == parse(v2).events


def test_a_dotnet_type_becomes_the_providers_type_and_the_sport() -> None:
    event = only(parse(envelope(soccer("KickOff"))))
    assert (event.provider_type, event.sport, event.type) == ("KickOff", "soccer", EventType.OTHER)


def test_the_dotnet_type_of_another_namespace_names_its_sport_too() -> None:
    namespace = "GeniusSports.MatchState.Platform.MatchEvents.Volleyball"
    event = only(parse(envelope({"$type": f"{namespace}.Point, {namespace}"}, sportId=91189)))
    assert (event.provider_type, event.sport, event.type) == (
        "Point",
        "volleyball",
        EventType.OTHER,
    )


def test_seven_decimals_of_a_second_are_read() -> None:
    event = only(parse(envelope({"team": "Home"})))
    assert event.event_time_ms == 1_731_927_149_026


def test_the_action_says_when_it_happened_before_the_message_does() -> None:
    assert only(parse(envelope())).event_time_ms == 1_654_041_605_350


def test_without_any_time_the_time_of_receipt_counts() -> None:
    assert only(parse(envelope({}, messageTimestampUtc=None))).event_time_ms == RECEIVED_MS


def test_the_action_that_one_was_inserted_before_is_kept() -> None:
    event = only(parse(envelope(insertedBeforeActionId=288)))
    assert event.attributes["insertedBeforeActionId"] == "288"


@pytest.mark.parametrize(
    ("action", "kind", "points"),
    [
        (soccer("Goal"), EventType.GOAL, 1),
        (soccer("Goal", type="OwnGoal"), EventType.OWN_GOAL, 1),
        (soccer("Card", type="Yellow"), EventType.YELLOW_CARD, 0),
        (soccer("Card", type="SecondYellow"), EventType.SECOND_YELLOW_CARD, 0),
        (soccer("Card", type="Red"), EventType.RED_CARD, 0),
        (soccer("Corner"), EventType.CORNER, 0),
        (soccer("ShotOnTarget"), EventType.SHOT_ON_TARGET, 0),
        (soccer("ADriftedNewAction"), EventType.OTHER, 0),
    ],
)
def test_a_soccer_action_has_a_canonical_type(
    action: dict[str, Any], kind: EventType, points: int
) -> None:
    event = only(parse(envelope(action)))
    assert (event.type, event.points, event.side) == (kind, points, Side.AWAY)


def test_a_goal_in_the_shoot_out_scores_no_point() -> None:
    goal = soccer("Goal", period={"number": 1, "type": "PenaltyShootout"})
    event = only(parse(envelope(goal)))
    assert (event.period, event.type, event.points) == (5, EventType.SHOOTOUT_GOAL, 0)


def test_extra_time_follows_the_two_halves() -> None:
    action = soccer("Corner", period={"number": 1, "type": "ExtraTime"}, gameTime="01:32:10")
    event = only(parse(envelope(action)))
    assert (event.period, event.clock) == (3, "92:10")


def test_the_game_time_of_soccer_counts_up() -> None:
    earlier = only(parse(envelope(soccer("Foul", gameTime="00:10:00"))))
    later = only(parse(envelope(soccer("Foul", gameTime="00:10:01"))))
    assert later.game_time_ms - earlier.game_time_ms == 1000


def test_a_clock_above_the_periods_length_before_the_first_period_is_no_negative_time() -> None:
    action = {"gameTime": "00:15:00", "period": {"number": 0}}
    assert only(parse(envelope(action, sportId=17))).game_time_ms == 0


@pytest.mark.parametrize(
    ("name", "kind", "points"),
    [
        ("TwoPointsScored", EventType.TWO_POINT_MADE, 2),
        ("ThreePointsScored", EventType.THREE_POINT_MADE, 3),
        ("FreeThrowMissed", EventType.FREE_THROW_MISSED, 0),
    ],
)
def test_a_basketball_action_has_a_canonical_type(name: str, kind: EventType, points: int) -> None:
    action = {"$type": f"Betgenius.Sports.Basketball.MatchEvents.{name}Dto, X", "team": "Home"}
    event = only(parse(envelope(action)))
    assert (event.sport, event.type, event.points) == ("basketball", kind, points)


def test_an_american_football_action_passes_through_as_other() -> None:
    action = {"type": "Touchdown", "team": "Home", "gameTime": "00:12:43", "period": {"number": 1}}
    event = only(parse(envelope(action, sportId=17)))
    assert (event.sport, event.type, event.provider_type, event.clock) == (
        "american_football",
        EventType.OTHER,
        "Touchdown",
        "12:43",
    )


def test_a_finished_match_status_ends_the_match() -> None:
    event = only(parse(envelope(soccer("MatchStatusChanged", matchStatus="Finished"))))
    assert (event.type, event.match_status) == (EventType.MATCH_END, MatchStatus.ENDED)


def test_a_finished_period_is_followed_by_a_break() -> None:
    period = {"number": 1, "progressStatus": "Finished", "type": "Regular"}
    event = only(parse(envelope(soccer("PeriodChanged", period=period))))
    assert (event.type, event.match_status) == (EventType.PERIOD_END, MatchStatus.BREAK)


def test_the_players_of_a_substitution_are_all_there() -> None:
    action = soccer("Substitution", player={"id": 1, "name": "In"}, playerOut={"id": 2})
    event = only(parse(envelope(action)))
    assert (event.player_id, event.player_name, event.related_player_ids) == ("1", "In", ("2",))


def test_a_list_of_envelopes_in_one_message_is_accepted_and_a_bad_one_rejected_alone() -> None:
    parsed = parse([envelope(), envelope(actionId=None), envelope(actionId=292)])
    assert [event.event_id for event in parsed.events] == ["GeniusSports:291", "GeniusSports:292"]
    (rejection,) = parsed.rejections
    assert rejection.reason == "actionId is missing"
    assert json.loads(rejection.part)["actionId"] is None


def test_numbers_as_texts_and_unknown_keys_are_read() -> None:
    event = only(parse(envelope(sequenceId="433", actionId="291", isCancelled="false", new={})))
    assert (event.version, event.status) == (433, Status.ACTIVE)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"sequenceId": None}, "sequenceId is missing"),
        ({"sequenceId": 2**60}, "out of range"),
        ({"sequenceId": "next"}, "not a whole number"),
        ({"action": [1]}, "unexpected JSON"),
        ({"action": {"gameTime": "noon"}}, "not a game time"),
        ({"action": {"period": {"number": 1000}}}, "period is out of range"),
        ({"messageTimestampUtc": "yesterday", "action": {}}, "not a time"),
    ],
)
def test_an_envelope_that_cannot_be_an_event_is_rejected(
    changed: dict[str, Any], reason: str
) -> None:
    with pytest.raises(Rejected, match=reason):
        parse(envelope(**changed))


@pytest.mark.parametrize("name", ["sequenceId", "actionId"])
def test_a_negative_number_is_neither_a_version_nor_an_id(name: str) -> None:
    with pytest.raises(Rejected, match=f"{name} is negative: -1"):
        parse({**envelope(), name: -1})


@pytest.mark.parametrize("said", [True, "true", "True", 1])
def test_an_own_goal_may_be_marked_by_a_flag_or_by_its_text(said: Any) -> None:
    assert only(parse(envelope(soccer("Goal", isOwnGoal=said)))).type is EventType.OWN_GOAL


@pytest.mark.parametrize(
    ("action", "type_"),
    [
        (soccer("StraightRedCard"), EventType.RED_CARD),
        (soccer("Card", type="StraightRed"), EventType.RED_CARD),
        (soccer("ShotOffWoodwork"), EventType.SHOT_OFF_TARGET),
        (soccer("PhaseChange"), EventType.PERIOD_START),
    ],
)
def test_other_words_for_the_same_are_known(action: dict[str, Any], type_: EventType) -> None:
    assert only(parse(envelope(action))).type is type_


def test_a_match_id_that_would_break_a_key_is_rejected() -> None:
    with pytest.raises(Rejected, match="not a match id"):
        parse(envelope(fixtureId="77}{evil"))

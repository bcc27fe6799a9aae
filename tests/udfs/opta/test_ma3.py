from __future__ import annotations

import json

import pytest

from tests.udfs.opta.documents import MA3_EVENT, all_of, ma3, one
from udfs.contract import Message, Rejected
from udfs.model import EventType, Side, Status, Teams
from udfs.opta.adapter import OptaAdapter


def test_a_single_event_has_all_that_a_whole_document_has() -> None:
    event = one(ma3({"qualifier": [{"id": 1, "qualifierId": 140, "value": "55.3"}]}))
    assert event.match_id == "opta:abc77"
    assert event.event_id == "9001"
    assert event.type is EventType.PASS
    assert (event.period, event.clock) == (1, "12:07")
    assert (event.team_id, event.side) == ("h", Side.HOME)
    assert (event.player_id, event.player_name) == ("p11", "Ä. Müller")
    assert event.teams == Teams(home_id="h", home="Haus", away_id="a", away="Gäste")
    assert (event.competition, event.season) == ("Pokal", "2024")
    assert event.attributes == {"event_id": "5", "outcome": "1", "140": "55.3"}


def test_there_is_no_version_so_last_modified_in_whole_seconds_is_it() -> None:
    assert one(ma3({})).version == 1719860402000


def test_times_end_in_z_and_are_utc_with_ordinary_fractions() -> None:
    assert one(ma3({})).event_time_ms == 1719860400091
    assert one(ma3({"timeStamp": "2024-07-01T19:00:00.9Z"})).event_time_ms == 1719860400900
    assert one(ma3({"timeStamp": "2024-07-01T19:00:00Z"})).event_time_ms == 1719860400000


def test_qualifier_374_is_london_time_and_is_kept_as_it_is() -> None:
    london = "2021-09-11 21:02:52.140"
    event = one(ma3({"qualifier": [{"qualifierId": 374, "value": london}]}))
    assert event.attributes["374"] == london
    assert event.event_time_ms == 1719860400091


def test_a_goal_counts_and_an_own_goal_counts_for_the_other_team() -> None:
    own = {"typeId": 16, "qualifier": [{"qualifierId": 28}]}
    goal, own_goal = all_of(ma3({"id": 1, "typeId": 16}, {"id": 2, **own}))
    assert (goal.type, goal.points, goal.side) == (EventType.GOAL, 1, Side.HOME)
    assert (own_goal.type, own_goal.points, own_goal.side) == (EventType.OWN_GOAL, 1, Side.AWAY)
    assert own_goal.attributes["own_goal_team_id"] == "h"


def test_a_delete_is_a_tombstone_of_the_original_type() -> None:
    event = one(ma3({"typeId": 43, "qualifier": [{"qualifierId": 144, "value": "6"}]}))
    assert (event.status, event.type) == (Status.DELETED, EventType.CORNER)


def test_the_final_score_is_asserted_by_the_end_of_the_match_only() -> None:
    end = {"id": 2, "typeId": 30, "periodId": 14}
    events = all_of(ma3({}, end, scores={"total": {"home": 2, "away": 1}}))
    assert [(event.home_score, event.away_score) for event in events] == [(None, None), (2, 1)]


def test_a_score_that_may_have_the_shoot_out_in_it_is_not_asserted() -> None:
    scores = {"total": {"home": 5, "away": 4}, "pen": {"home": 4, "away": 3}}
    assert one(ma3({"typeId": 30, "periodId": 14}, scores=scores)).home_score is None


def test_numbers_may_be_texts_as_they_are_in_f24() -> None:
    numbers = {"typeId": 16, "periodId": 2, "timeMin": 51, "timeSec": 9, "x": 90.5, "y": 0}
    names = {"id": 8, "eventId": 5, "outcome": 1, "keyPass": 1, "contestantId": 7, "playerId": 9}
    as_text = {name: str(value) for name, value in (numbers | names).items()}
    assert all_of(ma3(as_text)) == all_of(ma3(numbers | names))


@pytest.mark.parametrize("value", [None, 7, "7", True, [], {}])
@pytest.mark.parametrize("field", ["eventId", "playerName", "outcome", "keyPass", "assist"])
def test_what_an_event_can_do_without_costs_no_event(field: str, value: object) -> None:
    assert one(ma3({field: value})).type is EventType.PASS


@pytest.mark.parametrize("field", ["contestantId", "playerId", "x", "y", "qualifier"])
def test_null_is_as_good_as_nothing(field: str) -> None:
    absent = {name: value for name, value in MA3_EVENT.items() if name != field}
    document = ma3({field: None})
    without = json.loads(document)
    without["liveData"]["event"] = [absent]
    assert all_of(document) == all_of(json.dumps(without).encode())


@pytest.mark.parametrize("odd", [None, 7, "x", []])
@pytest.mark.parametrize("name", ["matchDetails", "scores", "total", "pen"])
def test_a_score_of_another_type_costs_nothing_but_the_score(name: str, odd: object) -> None:
    live = {"matchDetails": {"scores": {"total": {"home": 2, "away": 1}}}}
    inner = live if name == "matchDetails" else live["matchDetails"]
    (inner if name in ("matchDetails", "scores") else inner["scores"])[name] = odd  # type: ignore[assignment,index]
    document = json.loads(ma3({"typeId": 30, "periodId": 14}))
    document["liveData"] |= live
    event = one(json.dumps(document).encode())
    assert event.type is EventType.MATCH_END
    known = name == "pen" and not odd
    assert event.home_score == (2 if known else None)


def test_names_of_another_type_are_missing() -> None:
    document = json.loads(ma3({}))
    document["matchInfo"] |= {"competition": "Pokal", "tournamentCalendar": None, "contestant": {}}
    event = one(json.dumps(document).encode())
    assert (event.competition, event.season, event.side) == ("", "", Side.UNKNOWN)


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        ({"id": ""}, "length >= 1"),
        ({"id": None}, "id"),
        ({"timeMin": "soon"}, "timeMin"),
        ({"timeSec": 60}, "timeSec"),
        ({"timeStamp": "2024-13-01T19:00:00Z"}, "not a time"),
        ({"lastModified": "2999-01-01T19:00:00Z"}, "time out of range"),
        ({"lastModified": ""}, "neither a version nor a time"),
    ],
)
def test_a_damaged_event_is_rejected_with_its_bytes_and_the_rest_is_taken(
    damage: dict[str, object], reason: str
) -> None:
    parsed = OptaAdapter().parse(Message(ma3({"id": 1}, damage, {"id": 3})))
    assert [event.event_id for event in parsed.events] == ["1", "3"]
    [rejection] = parsed.rejections
    assert reason in rejection.reason
    assert json.loads(rejection.part) == MA3_EVENT | damage


def test_an_event_that_is_no_object_is_rejected_alone() -> None:
    document = ma3({"id": 1}).replace(b'"event": [', b'"event": [7, ')
    parsed = OptaAdapter().parse(Message(document))
    assert len(parsed.events) == 1
    assert parsed.rejections[0].part == b"7"


def test_more_events_than_any_match_has_are_rejected() -> None:
    document = b'{"matchInfo":{"id":"m"},"liveData":{"event":[' + b"7," * 50_000 + b"7]}}"
    with pytest.raises(Rejected, match="50,001 events are over the limit"):
        OptaAdapter().parse(Message(document))


def test_a_document_with_a_byte_order_mark_is_read() -> None:
    assert one(b"\xef\xbb\xbf" + ma3({})).event_id == "9001"

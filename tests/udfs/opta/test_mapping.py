from __future__ import annotations

import pytest

from tests.scores import score_of
from tests.udfs.opta.documents import AWAY, HOME, VERSION, Qualifiers, all_of, event_of, f24, row
from udfs.merge import last_write_wins
from udfs.model import EventType, MatchEvent, MatchStatus, Side, Status


def test_an_own_goal_counts_for_the_other_team() -> None:
    event = event_of({"28": None}, type_id="16", team_id=HOME, player_id="11", x="6.1", y="49.1")
    assert event.type is EventType.OWN_GOAL
    assert event.points == 1
    assert (event.team_id, event.side) == (AWAY, Side.AWAY)
    assert event.player_id == "11"
    assert event.attributes["own_goal_team_id"] == HOME
    assert score_of([event]) == (0, 1)


def test_an_own_goal_is_placed_at_the_end_that_the_other_team_attacks() -> None:
    event = event_of({"28": None}, type_id="16", x="6.1", y="49.1")
    assert event.x == pytest.approx(93.9)
    assert event.y == pytest.approx(50.9)


def test_an_own_goal_of_a_document_without_teams_is_nobodys_but_still_one() -> None:
    [event] = all_of(f24(row({"28": None}, type_id="16"), home_team_id=None, away_team_id=None))
    assert event.type is EventType.OWN_GOAL
    assert (event.team_id, event.side) == ("", Side.UNKNOWN)
    assert event.attributes["own_goal_team_id"] == HOME


def test_a_goal_in_play_counts_and_a_penalty_is_one() -> None:
    for qualifiers in ({}, {"9": None}):
        event = event_of(qualifiers, type_id="16", team_id=AWAY)
        assert (event.type, event.points, event.side) == (EventType.GOAL, 1, Side.AWAY)


def test_goals_in_period_5_belong_to_the_shoot_out() -> None:
    event = event_of(type_id="16", period_id="5", min="120")
    assert (event.type, event.points) == (EventType.SHOOTOUT_GOAL, 0)


@pytest.mark.parametrize("type_id", ["13", "14", "15"])
def test_a_miss_or_a_save_in_period_5_is_a_missed_shoot_out_kick(type_id: str) -> None:
    assert event_of(type_id=type_id, period_id="5", min="121").type is EventType.SHOOTOUT_MISS


@pytest.mark.parametrize(
    ("type_id", "outcome", "qualifiers", "kind"),
    [
        ("1", "0", {}, EventType.PASS),
        ("2", "1", {"7": "33"}, EventType.OFFSIDE),
        ("55", "1", {}, EventType.OTHER),
        ("13", "1", {}, EventType.SHOT_OFF_TARGET),
        ("14", "1", {}, EventType.SHOT_OFF_TARGET),
        ("15", "1", {}, EventType.SHOT_ON_TARGET),
        ("15", "1", {"82": None}, EventType.SHOT_BLOCKED),
        ("10", "1", {"94": None}, EventType.OTHER),
        ("4", "0", {}, EventType.FOUL),
        ("4", "1", {}, EventType.OTHER),
        ("6", "1", {}, EventType.CORNER),
        ("6", "0", {}, EventType.OTHER),
        ("17", "1", {"31": None}, EventType.YELLOW_CARD),
        ("17", "1", {"32": None}, EventType.SECOND_YELLOW_CARD),
        ("17", "1", {"33": None}, EventType.RED_CARD),
        ("17", "1", {}, EventType.OTHER),
        ("18", "1", {}, EventType.OTHER),
        ("19", "1", {}, EventType.SUBSTITUTION),
        ("32", "1", {}, EventType.PERIOD_START),
        ("30", "1", {}, EventType.PERIOD_END),
        ("99999", "1", {}, EventType.OTHER),
    ],
)
def test_types_with_their_outcomes_and_qualifiers(
    type_id: str, outcome: str, qualifiers: Qualifiers, kind: EventType
) -> None:
    event = event_of(qualifiers, type_id=type_id, outcome=outcome)
    assert event.type is kind
    assert event.provider_type == type_id
    assert event.points == 0


def test_the_player_caught_offside_is_a_related_player() -> None:
    assert event_of({"7": "33"}, type_id="2").related_player_ids == ("33",)


def test_a_delete_is_a_tombstone_of_the_original_type_and_keeps_no_place() -> None:
    event = event_of({"144": "16", "9": "0"}, type_id="43", x="0.0", y="0.0")
    assert event.status is Status.DELETED
    assert event.type is EventType.GOAL
    assert event.provider_type == "43"
    assert event.points == 0
    assert (event.x, event.y) == (None, None)


@pytest.mark.parametrize(
    ("qualifiers", "kind"),
    [
        ({"144": "4"}, EventType.FOUL),
        ({"144": "16", "28": "0"}, EventType.OWN_GOAL),
        ({"144": "17", "33": "0"}, EventType.RED_CARD),
        ({"144": "82"}, EventType.OTHER),
        ({"144": "43"}, EventType.OTHER),
        ({"144": "¼"}, EventType.OTHER),
        ({}, EventType.OTHER),
    ],
)
def test_a_delete_finds_its_original_type_in_qualifier_144(
    qualifiers: Qualifiers, kind: EventType
) -> None:
    event = event_of(qualifiers, type_id="43")
    assert (event.type, event.status) == (kind, Status.DELETED)


def test_a_deleted_end_of_the_match_asserts_nothing() -> None:
    document = f24(row({"144": "30"}, type_id="43", period_id="14"), home_score="2", away_score="1")
    [event] = all_of(document)
    assert event.match_status is MatchStatus.UNKNOWN
    assert (event.home_score, event.away_score) == (None, None)


def test_a_goal_taken_back_after_a_review_no_longer_counts() -> None:
    goal = row(type_id="16", version=str(VERSION))
    review = row({"144": "16"}, type_id="84", version=str(VERSION + 1))
    assert score_of(last_write_wins(all_of(f24(goal)))) == (1, 0)
    assert score_of(last_write_wins(all_of(f24(goal, review)))) == (0, 0)


def test_an_edit_is_the_same_id_with_new_qualifier_ids_and_replaces_the_old_qualifiers() -> None:
    old = row({"56": "Back", "1": None}, version=str(VERSION))
    new = row({"56": "Left"}, version=str(VERSION + 1), min="13")
    [event] = last_write_wins(all_of(f24(new, old)))
    assert event.clock == "13:07"
    assert event.attributes == {"event_id": "5", "outcome": "1", "56": "Left"}


def test_equal_versions_with_different_bodies_go_to_the_later_one() -> None:
    [event] = last_write_wins(all_of(f24(row(min="12"), row(min="21"))))
    assert event.clock == "21:07"


@pytest.mark.parametrize("period", ["0", "10", "11", "12", "13", "14", "15", "16", "99"])
def test_periods_14_15_and_16_and_breaks_are_not_play(period: str) -> None:
    event = event_of(type_id="34", period_id=period, min="0", sec="0")
    assert (event.period, event.clock) == (0, "")
    assert event.attributes["period_id"] == period


def game_time(**changes: str) -> int:
    return event_of(None, **changes).game_time_ms


def test_game_time_sorts_a_whole_match_although_the_clock_steps_back() -> None:
    times = [
        game_time(type_id="34", period_id="16", min="0", sec="0"),
        game_time(period_id="1", min="0", sec="0"),
        game_time(period_id="1", min="47", sec="10"),
        game_time(period_id="10", min="0", sec="0"),
        game_time(period_id="2", min="45", sec="0"),
        game_time(period_id="2", min="97", sec="38"),
        game_time(period_id="11", min="0", sec="0"),
        game_time(period_id="3", min="90", sec="0"),
        game_time(period_id="12", min="0", sec="0"),
        game_time(period_id="4", min="105", sec="0"),
        game_time(period_id="13", min="0", sec="0"),
        game_time(period_id="5", min="120", sec="0"),
        game_time(period_id="5", min="150", sec="59"),
        game_time(type_id="30", period_id="14", min="0", sec="0"),
    ]
    assert times == sorted(set(times))


def status(qualifiers: Qualifiers | None = None, **changes: str) -> MatchStatus:
    return event_of(qualifiers, **changes).match_status


def test_starts_and_ends_say_how_the_match_stands() -> None:
    assert status(type_id="32", period_id="1") is MatchStatus.LIVE
    assert status(type_id="30", period_id="1") is MatchStatus.BREAK
    assert status(type_id="32", period_id="2") is MatchStatus.LIVE
    assert status(type_id="30", period_id="2") is MatchStatus.BREAK
    assert status({"209": None}, type_id="30", period_id="2") is MatchStatus.ENDED
    assert status(type_id="30", period_id="5") is MatchStatus.ENDED
    assert status(type_id="30", period_id="14") is MatchStatus.ENDED
    assert status(type_id="1") is MatchStatus.UNKNOWN


def test_the_documents_score_is_asserted_by_the_end_of_the_match_only() -> None:
    end = row(id="2", type_id="30", period_id="14", min="0", sec="0")
    events = all_of(f24(row(), end, home_score="2", away_score="1"))
    scores = [(event.home_score, event.away_score) for event in events]
    assert events[1].type is EventType.MATCH_END
    assert scores == [(None, None), (2, 1)]


def test_what_has_no_place_is_sent_with_zeros_and_gets_none() -> None:
    assert event_of(type_id="17", x="0.0", y="0.0").x is None
    assert event_of(x="0.0", y="3.1").x == 0.0


def test_a_ball_beyond_the_line_is_on_the_line() -> None:
    event = event_of(x="-1.8", y="102.0")
    assert (event.x, event.y) == (0.0, 100.0)


def test_file_order_is_not_game_order_and_is_kept_by_the_adapter() -> None:
    late, early = row(id="1", min="50", period_id="2"), row(id="2", min="3")
    events: list[MatchEvent] = all_of(f24(late, early))
    assert [event.event_id for event in events] == ["1", "2"]
    assert [event.event_id for event in last_write_wins(events)] == ["2", "1"]


def test_a_card_that_was_rescinded_is_none() -> None:
    for qualifiers in ({"31": None}, {"33": None}):
        assert event_of(qualifiers, type_id="17").type is not EventType.OTHER
        assert event_of({**qualifiers, "171": None}, type_id="17").type is EventType.OTHER

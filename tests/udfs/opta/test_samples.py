"""The real documents, against what their README and their result documents say."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import msgspec
import pytest

from tests.samples import sample
from tests.scores import score_of
from udfs.contract import Message
from udfs.merge import last_write_wins
from udfs.model import EventType, MatchEvent, MatchStatus, Side, Status
from udfs.opta.adapter import OptaAdapter
from udfs.scanning import Element, scan_xml

LA_LIGA = "opta/socceraction_f24-23-2018-1009316-eventdetails.xml"
LA_LIGA_RESULT = "opta/socceraction_f7-23-2018-1009316-matchresults.xml"
WORLD_CUP = "opta/mds_f24-4-2013-731767-eventdetails.xml"
MA3 = "opta/kloppy_statsperform_event_ma3.json"
MA1 = "opta/kloppy_statsperform_event_ma1.json"
TRIMMED = "opta/kloppy_opta_f24.xml"

CARDS = {EventType.YELLOW_CARD, EventType.SECOND_YELLOW_CARD, EventType.RED_CARD}


def events_of(path: str) -> list[MatchEvent]:
    parsed = OptaAdapter().parse(Message(sample(path).read_bytes(), key="trimmed"))
    assert not parsed.rejections
    return parsed.events


def counted(events: list[MatchEvent], kind: EventType) -> tuple[int, int]:
    """Active events of a kind, home and away."""
    sides = Counter(e.side for e in events if e.type is kind and e.status is Status.ACTIVE)
    return sides[Side.HOME], sides[Side.AWAY]


def ids(events: list[MatchEvent], kinds: set[EventType]) -> set[str]:
    return {e.event_id for e in events if e.type in kinds and e.status is Status.ACTIVE}


@pytest.mark.parametrize(
    ("path", "rows", "deletes", "score"),
    [
        (LA_LIGA, 1665, 23, (2, 1)),
        (WORLD_CUP, 1653, 27, (3, 1)),
        (MA3, 1737, 71, (2, 1)),
    ],
)
def test_rows_deletes_and_the_score_of_a_whole_match(
    path: str, rows: int, deletes: int, score: tuple[int, int]
) -> None:
    events = events_of(path)
    current = last_write_wins(events)
    assert len(events) == rows
    assert sum(event.status is Status.DELETED for event in events) == deletes
    assert score_of(current) == score


@pytest.mark.parametrize(
    ("path", "rows"),
    [
        (TRIMMED, 67),
        ("opta/kloppy_opta_f73.xml", 67),  # F73 has F24's shape
        ("opta/kloppy_issue60_opta_f24.xml", 34),
        ("opta/kloppy_issue113_opta_f24.xml", 34),
    ],
)
def test_trimmed_files_give_all_their_rows(path: str, rows: int) -> None:
    events = events_of(path)
    assert len(events) == rows
    assert {event.match_id for event in events} == {"opta:trimmed"}


def test_one_id_twice_with_equal_versions_is_one_event_the_later_one() -> None:
    current = last_write_wins(events_of(TRIMMED))
    assert len(current) == 66
    [twice] = [event for event in current if event.event_id == "2498907287"]
    assert twice.clock == "21:14"


def test_a_match_of_five_periods_has_its_shoot_out_apart() -> None:
    events = events_of(TRIMMED)
    assert {event.period for event in events} == {0, 1, 2, 3, 4, 5}
    assert len(ids(events, {EventType.SHOOTOUT_GOAL})) == 1
    assert len(ids(events, {EventType.GOAL})) == 2
    assert len(ids(events, {EventType.OWN_GOAL})) == 1


def test_croatias_goal_is_a_brazilian_own_goal() -> None:
    events = events_of(WORLD_CUP)
    [own_goal] = [event for event in events if event.type is EventType.OWN_GOAL]
    assert own_goal.teams.away == "Croatia"
    assert (own_goal.side, own_goal.team_id) == (Side.AWAY, own_goal.teams.away_id)
    assert own_goal.attributes["own_goal_team_id"] == own_goal.teams.home_id


def test_event_id_collides_where_id_does_not() -> None:
    events = events_of(LA_LIGA)
    assert len({event.event_id for event in events}) == 1665
    assert len({event.attributes["event_id"] for event in events}) == 1665 - 670


def _elements(path: str, tag: str) -> list[Element]:
    return [element for element in scan_xml(sample(path).read_bytes()) if element[1] == tag]


def test_goals_cards_and_substitutions_are_those_of_the_result_document() -> None:
    events = last_write_wins(events_of(LA_LIGA))
    goals = {attributes["EventID"] for _, _, attributes in _elements(LA_LIGA_RESULT, "Goal")}
    cards = {attributes["EventID"] for _, _, attributes in _elements(LA_LIGA_RESULT, "Booking")}
    on = {a["SubOn"].removeprefix("p") for _, _, a in _elements(LA_LIGA_RESULT, "Substitution")}
    substitutes = [e.player_id for e in events if e.type is EventType.SUBSTITUTION]
    assert ids(events, {EventType.GOAL, EventType.OWN_GOAL}) == goals
    assert ids(events, CARDS) == cards
    assert sorted(substitutes) == sorted(on)


def test_ma3s_goals_cards_and_substitutions_are_those_of_ma1() -> None:
    live = msgspec.json.decode(sample(MA1).read_bytes())["liveData"]
    events = last_write_wins(events_of(MA3))
    on = {e.player_id for e in events if e.type is EventType.SUBSTITUTION}
    assert ids(events, {EventType.GOAL}) == {goal["optaEventId"] for goal in live["goal"]}
    assert ids(events, CARDS) == {card["optaEventId"] for card in live["card"]}
    assert on == {change["playerOnId"] for change in live["substitute"]}


def test_the_clock_is_the_real_one_where_ma1_rounds_the_minute_up() -> None:
    goals = msgspec.json.decode(sample(MA1).read_bytes())["liveData"]["goal"]
    clocks = {e.event_id: e.clock for e in events_of(MA3) if e.type is EventType.GOAL}
    assert clocks == {goal["optaEventId"]: goal["timeMinSec"] for goal in goals}
    assert (goals[0]["timeMin"], goals[0]["timeMinSec"]) == (74, "73:39")


def test_fouls_and_corners_count_once_although_both_teams_have_a_row() -> None:
    """Brazil against Croatia in FIFA's report: fouls 5 to 20, corners 7 to 3."""
    events = last_write_wins(events_of(WORLD_CUP))
    assert counted(events, EventType.FOUL) == (5, 20)
    assert counted(events, EventType.CORNER) == (7, 3)


def test_without_version_attributes_the_version_is_in_whole_seconds() -> None:
    assert all(event.version % 1_000 == 0 for event in events_of(WORLD_CUP))
    assert any(event.version % 1_000 for event in events_of(LA_LIGA))


@pytest.mark.parametrize("path", [LA_LIGA, WORLD_CUP, MA3])
def test_the_order_of_a_match_is_that_of_its_periods_and_ends_with_its_end(path: str) -> None:
    current = last_write_wins(events_of(path))
    played = [event for event in current if event.period]
    said = [event.match_status for event in current if event.match_status]
    assert all(one.period <= other.period for one, other in pairwise(played))
    assert said[0] is MatchStatus.LIVE
    assert MatchStatus.BREAK in said
    assert said[-1] is MatchStatus.ENDED


def test_the_end_of_the_match_asserts_the_documents_score() -> None:
    for path in (LA_LIGA, MA3):
        ends = [event for event in events_of(path) if event.type is EventType.MATCH_END]
        assert {(event.home_score, event.away_score) for event in ends} == {(2, 1)}

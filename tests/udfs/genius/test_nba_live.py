from __future__ import annotations

from typing import Any

import pytest

from tests.samples import sample
from tests.udfs.genius.messages import ARRIVAL, RECEIVED_MS, nba, nba_action, only, parse
from udfs.contract import Rejected
from udfs.model import NO_TEAMS, EventType, Side
from udfs.snapshots import ARRIVAL_VERSION, RECEIVED_TIME

MADE = {"shotResult": "Made"}


def test_the_document_is_a_snapshot_of_the_game_that_it_names() -> None:
    parsed = parse(nba(nba_action(1)), key="something else")
    assert (parsed.snapshot, parsed.match_id) == (True, "genius:0022000001")


def test_a_game_that_nobody_names_is_rejected_with_the_remedy() -> None:
    with pytest.raises(Rejected, match="--match"):
        parse(nba(nba_action(1), gameId=None), key=None)


def test_the_order_number_orders_and_the_action_number_identifies() -> None:
    parsed = parse(nba(nba_action(3, orderNumber=30), nba_action(9, orderNumber=20)))
    assert [event.event_id for event in parsed.events] == ["9", "3"]


def test_edited_is_the_version() -> None:
    event = only(parse(nba(nba_action(1))))
    assert (event.version, event.event_time_ms) == (1_608_682_050_000, 1_608_682_046_200)


def test_an_action_that_says_no_time_at_all_has_those_of_the_poll_and_says_so() -> None:
    event = only(parse(nba(nba_action(1, edited=None, timeActual=""))))
    assert (event.version, event.event_time_ms) == (ARRIVAL, RECEIVED_MS)
    assert {RECEIVED_TIME, ARRIVAL_VERSION} <= set(event.attributes.items())


def test_scores_are_texts() -> None:
    event = only(parse(nba(nba_action(1, scoreHome="7", scoreAway="4"))))
    assert (event.home_score, event.away_score) == (7, 4)


def test_the_home_team_is_the_one_whose_score_grows_with_score_home() -> None:
    parsed = parse(
        nba(
            nba_action(1, "jumpball", teamId=20, teamTricode="GSW"),
            nba_action(2, scoreHome="2", teamId=10, **MADE),
        )
    )
    assert [(event.team_id, event.side) for event in parsed.events] == [
        ("20", Side.AWAY),
        ("10", Side.HOME),
    ]
    assert (parsed.events[0].teams.home, parsed.events[0].teams.away) == ("BKN", "GSW")


def test_a_first_score_of_the_away_team_tells_the_home_team_too() -> None:
    parsed = parse(
        nba(
            nba_action(1, scoreAway="3", teamId=20, teamTricode="GSW", **MADE),
            nba_action(2, "foul", teamId=10),
        )
    )
    assert [event.side for event in parsed.events] == [Side.AWAY, Side.HOME]


def test_before_the_first_score_nobody_is_at_home() -> None:
    event = only(parse(nba(nba_action(1, "jumpball"))))
    assert (event.teams, event.side, event.team_id) == (NO_TEAMS, Side.UNKNOWN, "10")


def test_overtime_is_period_5_of_five_minutes() -> None:
    event = only(parse(nba(nba_action(1, period=5, clock="PT05M00.00S"))))
    assert (event.period, event.clock, event.game_time_ms) == (5, "05:00", 50_000_000)


def test_a_wnba_quarter_has_ten_minutes() -> None:
    event = only(parse(nba(nba_action(1, clock="PT10M00.00S"), gameId="1022400001")))
    assert event.game_time_ms == 10_000_000
    overtime = only(parse(nba(nba_action(1, period=5, clock="PT05M00.00S"), gameId="1022400001")))
    assert overtime.game_time_ms == 50_000_000


def test_the_clock_is_what_remains_of_twelve_minutes() -> None:
    event = only(parse(nba(nba_action(1))))
    assert (event.clock, event.game_time_ms) == ("11:38", 10_000_000 + 720_000 - 698_500)


@pytest.mark.parametrize(("side", "place"), [("left", (95.0, 52.0)), ("right", (5.0, 48.0))])
def test_shots_are_turned_so_that_all_attack_towards_the_right(
    side: str, place: tuple[float, float]
) -> None:
    event = only(parse(nba(nba_action(1, x=5.0, y=48.0, side=side))))
    assert (event.x, event.y) == place


def test_a_missed_shot_scores_nothing() -> None:
    event = only(parse(nba(nba_action(1, "3pt", shotResult="Missed"))))
    assert (event.type, event.points) == (EventType.THREE_POINT_MISSED, 0)


def test_a_teams_dead_ball_rebound_is_no_rebound() -> None:
    rebound = nba_action(1, "rebound", subType="offensive", qualifiers=["deadball", "team"])
    assert only(parse(nba(rebound))).type is EventType.OTHER


def test_person_0_is_nobody_and_the_others_of_an_action_are_related() -> None:
    event = only(parse(nba(nba_action(1, personId=0, assistPersonId=77))))
    assert (event.player_id, event.related_player_ids) == ("", ("77",))


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"actionNumber": None}, "actionNumber is missing"),
        ({"scoreHome": "many"}, "scoreHome is not a whole number"),
        ({"clock": "11:38"}, "not a game clock"),
        ({"edited": "now"}, "not a time"),
        ({"x": {}}, "unexpected JSON"),
    ],
)
def test_an_action_that_cannot_be_read_is_rejected_and_the_others_are_taken(
    changed: dict[str, Any], reason: str
) -> None:
    parsed = parse(nba(nba_action(1), {**nba_action(2), **changed}))
    assert [event.event_id for event in parsed.events] == ["1"]
    (rejection,) = parsed.rejections
    assert reason in rejection.reason


def test_a_real_game_adds_up_to_the_score_that_its_last_action_asserts() -> None:
    parsed = parse(sample("genius/nba_cdn_live_pbp_0022000001.json").read_bytes())
    assert (len(parsed.events), parsed.rejections) == (610, [])
    points = [
        sum(event.points for event in parsed.events if event.side is side)
        for side in (Side.HOME, Side.AWAY)
    ]
    last = parsed.events[-1]
    assert points == [last.home_score, last.away_score] == [125, 99]
    assert (last.type, last.teams.home, last.teams.away) == (EventType.MATCH_END, "BKN", "GSW")


def test_an_action_of_no_team_and_of_nobody_has_none() -> None:
    parsed = parse(
        nba(
            nba_action(1, "period", subType="start", teamId=0, teamTricode="", personId=0),
            nba_action(2, scoreHome="2", teamId=10, assistPersonId=0, **MADE),
        )
    )
    start, shot = parsed.events
    assert (start.team_id, start.player_id, start.side) == ("", "", Side.UNKNOWN)
    assert (shot.related_player_ids, shot.teams.away_id) == ((), "")


def test_one_free_throw_of_the_g_league_is_worth_what_the_score_grows_by() -> None:
    throws = (
        nba_action(1, "freethrow", teamId=10, scoreHome="2", scoreAway="0", **MADE),
        nba_action(2, "freethrow", teamId=20, scoreHome="2", scoreAway="0", shotResult="Missed"),
        nba_action(3, "freethrow", teamId=20, scoreHome="2", scoreAway="1", **MADE),
    )
    of_g_league = parse(nba(*throws, gameId="2022400001"))
    assert [event.points for event in of_g_league.events] == [2, 0, 1]
    assert [event.points for event in parse(nba(*throws)).events] == [1, 0, 1]


def test_a_document_of_stats_nba_com_is_refused_by_its_name() -> None:
    with pytest.raises(Rejected, match="playbyplayv3"):
        parse(nba({"actionNumber": 2, "clock": "PT12M00.00S", "period": 1, "actionId": 1}))

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.samples import sample
from tests.scores import score_of
from tests.udfs.sportradar.messages import (
    AWAY,
    HOME,
    MATCH,
    nba_event,
    nba_push,
    only,
    parse,
    parse_file,
    statistic,
)
from udfs.contract import Rejected
from udfs.merge import last_write_wins
from udfs.model import FINAL_VERSION, EventType, MatchStatus, Side, Status

UPDATED_MS = 1_689_772_855_000
WALL_CLOCK_MS = 1_541_466_975_000


def test_a_heartbeat_has_no_events_and_no_match() -> None:
    parsed = parse(b'{"heartbeat":{"interval":5000}}')
    assert (parsed.events, parsed.rejections, parsed.match_id) == ([], [], "")


def test_an_event_is_identified_by_its_id_and_the_game() -> None:
    event = only(nba_push(nba_event()))
    assert (event.match_id, event.event_id, event.provider) == (MATCH, "event-1", "sportradar")
    assert (event.sport, event.competition) == ("basketball", "NBA")
    assert (event.teams.home, event.teams.away_id) == ("Knicks", AWAY)
    assert (event.side, event.team_id) == (Side.HOME, HOME)


def test_the_version_is_updated_and_the_time_of_the_event_is_the_wall_clock() -> None:
    event = only(nba_push(nba_event()))
    assert (event.version, event.event_time_ms) == (UPDATED_MS, WALL_CLOCK_MS)


def test_ties_within_the_one_second_resolution_of_updated_go_to_the_later_arrival() -> None:
    first = only(nba_push(nba_event("personalfoul")), arrival=1)
    second = only(nba_push(nba_event("shootingfoul")), arrival=2)
    assert first.version == second.version
    assert last_write_wins([first, second]) == [second]


def test_an_id_that_goes_backwards_by_a_second_keeps_its_newer_version() -> None:
    newer = only(nba_push(nba_event()))
    older = only(nba_push(nba_event("twopointmiss", updated="2023-07-19T13:20:54Z")))
    assert last_write_wins([newer, older]) == [newer]


def test_an_exact_duplicate_is_equal_to_its_first() -> None:
    assert only(nba_push(nba_event())) == only(nba_push(nba_event()))


def deleted(**fields: Any) -> dict[str, Any]:
    event = {"id": "event-1", "event_type": "lineupchange", "clock": "3:25", **fields}
    return nba_push({**event, "home_points": 39, "away_points": 44}, operation="delete")


def test_a_delete_without_updated_sequence_and_period_takes_its_event_back() -> None:
    event = only(nba_push(nba_event()))
    delete = only(deleted(deleted="2023-07-19T13:28:42Z"))
    assert delete.status is Status.DELETED
    assert delete.version == UPDATED_MS + 467_000
    assert (delete.clock, delete.home_score, delete.points) == ("03:25", 39, 0)
    assert last_write_wins([event, delete]) == [delete]


def test_a_delete_can_be_sent_twice() -> None:
    delete = only(deleted(deleted="2023-07-19T13:28:42Z"))
    assert last_write_wins([delete, delete]) == [delete]


def test_a_delete_without_a_time_is_final() -> None:
    assert only(deleted()).version == FINAL_VERSION


def test_the_score_of_a_stream_joined_in_mid_game_is_asserted_by_every_event() -> None:
    event = only(nba_push(nba_event("rebound")))
    assert (event.home_score, event.away_score) == (31, 28)


def test_an_event_without_a_score_asserts_that_of_its_game() -> None:
    event = only(nba_push(nba_event(home_points=None, away_points=None)))
    assert (event.home_score, event.away_score) == (33, 30)


@pytest.mark.parametrize(
    ("provider_type", "expected", "points"),
    [
        ("twopointmade", EventType.TWO_POINT_MADE, 2),
        ("twopointmiss", EventType.TWO_POINT_MISSED, 0),
        ("threepointmade", EventType.THREE_POINT_MADE, 3),
        ("threepointmiss", EventType.THREE_POINT_MISSED, 0),
        ("freethrowmade", EventType.FREE_THROW_MADE, 1),
        ("freethrowmiss", EventType.FREE_THROW_MISSED, 0),
        ("shootingfoul", EventType.FOUL, 0),
        ("flagranttwo", EventType.FOUL, 0),
        ("turnover", EventType.TURNOVER, 0),
        ("tvtimeout", EventType.TIMEOUT, 0),
        ("challengetimeout", EventType.TIMEOUT, 0),
        ("opentip", EventType.JUMP_BALL, 0),
        ("lineupchange", EventType.SUBSTITUTION, 0),
        ("endperiod", EventType.PERIOD_END, 0),
        ("defaultviolation", EventType.OTHER, 0),
        ("something_new", EventType.OTHER, 0),
    ],
)
def test_types_and_points(provider_type: str, expected: EventType, points: int) -> None:
    event = only(nba_push(nba_event(provider_type)))
    assert (event.type, event.provider_type, event.points) == (expected, provider_type, points)


def test_a_rebound_is_told_by_its_statistics() -> None:
    own = statistic("rebound", "p1", rebound_type="offensive")
    other = statistic("rebound", rebound_type="defensive")
    assert only(nba_push(nba_event("rebound", statistics=[own]))).type is (
        EventType.OFFENSIVE_REBOUND
    )
    assert only(nba_push(nba_event("rebound", statistics=[other]))).type is (
        EventType.DEFENSIVE_REBOUND
    )


def test_who_assisted_is_named_and_the_shooter_is_the_player() -> None:
    parts = [statistic("assist", "p2"), statistic("fieldgoal", "p1", shot_type="dunk", points=2)]
    event = only(nba_push(nba_event(statistics=parts)))
    assert (event.player_id, event.player_name) == ("p1", "Player p1")
    assert event.related_player_ids == ("p2",)
    assert event.attributes["assist_player_id"] == "p2"
    assert event.attributes["shot_type"] == "dunk"


def test_stealing_blocking_and_fouled_players_are_named() -> None:
    steal = only(nba_push(nba_event("turnover", statistics=[
        statistic("turnover", "p1"), statistic("steal", "p9")])))  # fmt: skip
    block = only(nba_push(nba_event("twopointmiss", statistics=[
        statistic("block", "p8"), statistic("attemptblocked", "p1"), statistic("fieldgoal", "p1")
    ])))  # fmt: skip
    foul = only(nba_push(nba_event("personalfoul", statistics=[
        statistic("fouldrawn", "p7"), statistic("personalfoul", "p1")])))  # fmt: skip
    assert [event.player_id for event in (steal, block, foul)] == ["p1"] * 3
    assert steal.attributes["steal_player_id"] == "p9"
    assert block.attributes["block_player_id"] == "p8"
    assert foul.attributes["foul_drawn_player_id"] == "p7"


def test_a_player_without_an_id_keeps_the_name() -> None:
    part = {"type": "fieldgoal", "player": {"full_name": "Kevin Knox", "jersey_number": "20"}}
    event = only(nba_push(nba_event(statistics=[part])))
    assert (event.player_id, event.player_name) == ("", "Kevin Knox")


def test_a_lineup_change_names_its_teams_five_but_for_one_without_an_id() -> None:
    players = [{"id": "p1"}, {"full_name": "Kevin Knox"}, {"id": "p3"}]
    on_court = {"home": {"id": HOME, "players": players}, "away": {"players": [{"id": "p9"}]}}
    event = only(nba_push(nba_event("lineupchange", on_court=on_court)))
    assert event.related_player_ids == ("p1", "p3")


def test_a_lineup_that_is_not_utf_8_does_not_cost_the_event() -> None:
    on_court = {"home": {"id": HOME, "players": [{"id": "p1", "full_name": "@"}]}}
    message = json.dumps(nba_push(nba_event("lineupchange", on_court=on_court))).encode()
    event = only(message.replace(b"@", b"\xff"))
    assert event.type is EventType.SUBSTITUTION
    assert event.related_player_ids == ()


def test_a_basket_is_on_one_pitch_attacking_towards_100_whichever_basket_is_the_teams() -> None:
    right = {"id": HOME, "team_basket": "right"}
    left = {"id": HOME, "team_basket": "left"}
    at_right = nba_event(location={"coord_x": 1024, "coord_y": 315}, attribution=right)
    at_left = nba_event(location={"coord_x": 104, "coord_y": 285}, attribution=left)
    assert (only(nba_push(at_right)).x, only(nba_push(at_right)).y) == (90.78, 52.5)
    assert (only(nba_push(at_left)).x, only(nba_push(at_left)).y) == (90.78, 52.5)


def test_the_location_0_0_means_that_it_is_not_known() -> None:
    event = only(nba_push(nba_event("lineupchange", location={"coord_x": 0, "coord_y": 0})))
    assert (event.x, event.y) == (None, None)


def test_the_clock_counts_down_and_game_time_up() -> None:
    event = only(nba_push(nba_event()))
    assert (event.period, event.clock) == (2, "08:13")
    assert event.game_time_ms == 2 * 10_000_000 + 226_600


def test_overtime_is_counted_on_by_its_sequence_and_lasts_five_minutes() -> None:
    overtime = {"number": 2, "sequence": 6, "type": "overtime"}
    event = only(nba_push(nba_event(period=overtime, clock="00:19", clock_decimal="00:19.10")))
    assert (event.period, event.clock) == (6, "00:19")
    assert event.game_time_ms == 6 * 10_000_000 + 280_900


def test_overtime_without_a_sequence_follows_the_quarters() -> None:
    assert only(nba_push(nba_event(period={"number": 1, "type": "overtime"}))).period == 5


def test_a_sequence_that_arrives_out_of_order_is_kept_and_orders_nothing_here() -> None:
    assert only(nba_push(nba_event())).attributes["sequence"] == "1541466974993"


def test_half_time_is_known_to_the_metadata_while_the_game_is_in_progress() -> None:
    event = only(nba_push(nba_event(), status="halftime"))
    assert event.match_status is MatchStatus.BREAK
    assert only(nba_push(nba_event())).match_status is MatchStatus.LIVE


def mlb(operation: str) -> dict[str, Any]:
    event = {"id": "pitch-1", "type": "pitch", "updated_at": "2023-07-19T13:20:55Z"}
    message = nba_push(event, operation, league="MLB", event_type="pitch")
    message["payload"]["game"]["home"] = {"id": HOME, "name": "Mets", "runs": 4}
    message["payload"]["game"]["away"] = {"id": AWAY, "name": "Cubs", "runs": 1}
    return message


def test_a_create_and_an_update_are_one_so_that_a_missing_create_costs_nothing() -> None:
    assert only(mlb("create")) == only(mlb("update"))


def test_another_league_is_kept_as_other_with_its_own_type_and_its_score() -> None:
    event = only(mlb("update"))
    assert (event.sport, event.competition) == ("baseball", "MLB")
    assert (event.type, event.provider_type) == (EventType.OTHER, "pitch")
    assert (event.version, event.home_score, event.away_score) == (UPDATED_MS, 4, 1)
    innings = nba_event(period={"number": 1, "type": "inning"})
    assert only(nba_push(innings, league="XYZ")).sport == "other"


def test_fields_that_drift_cost_themselves_and_not_the_event() -> None:
    drifted = nba_event(
        location="unknown",
        attribution=[HOME],
        statistics={"type": "fieldgoal"},
        period={"number": "2", "sequence": "2", "type": "quarter"},
        on_court=7,
        home_points="31",
        qualifiers=3,
        number={},
        new_field={"a": [1]},
    )
    event = only(nba_push(drifted))
    assert (event.type, event.points, event.home_score) == (EventType.TWO_POINT_MADE, 2, 31)
    assert (event.period, event.side, event.x) == (2, Side.UNKNOWN, None)


def test_an_update_without_any_time_gets_its_arrival_as_version_and_says_so() -> None:
    event = only(nba_push(nba_event(updated=None, created=None, wall_clock=None)), arrival=42)
    assert (event.version, event.event_time_ms) == (42, None)
    assert event.attributes["version"] == "arrival"


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (nba_event(id=None), "without an id"),
        (nba_event(id=""), "without an id"),
        (nba_event(updated="yesterday"), "not a time: 'yesterday'"),
        (nba_event(wall_clock="9999-01-01T00:00:00Z"), "time out of range"),
    ],
)
def test_an_event_that_cannot_be_placed_is_refused(event: dict[str, Any], reason: str) -> None:
    with pytest.raises(Rejected, match=reason):
        parse(nba_push(event))


def test_the_match_is_named_by_the_game_the_metadata_or_the_sender_in_this_order() -> None:
    message = nba_push(nba_event())
    assert only(message, key="other").match_id == MATCH
    del message["payload"]["game"]["id"]
    assert only(message, key="other").match_id == MATCH
    del message["metadata"]["match"]
    assert only(message, key="other").match_id == "sportradar:other"
    with pytest.raises(Rejected, match="no match id"):
        parse(message)


def test_the_capture_of_two_games_joined_in_mid_game() -> None:
    results, events = parse_file(
        sample("sportradar/nba_push_stream_2023-07-19T13-20_two_games.txt")
    )
    assert len(events) == 989
    assert sum(not parsed.events for parsed in results) == 823
    assert not any(parsed.rejections or parsed.snapshot for parsed in results)
    last = {event.match_id: event for event in events}
    assert {
        (event.teams.home, event.home_score, event.teams.away, event.away_score)
        for event in last.values()
    } == {("Knicks", 59, "Bulls", 63), ("Trail Blazers", 82, "Nets", 78)}


def test_no_id_of_the_captures_is_updated_after_its_delete() -> None:
    for name in (
        "nba_push_stream_2023-07-19T13-20_two_games.txt",
        "NBA_v7_Push_Events_Example.json",
    ):
        _, events = parse_file(sample(f"sportradar/{name}"))
        deletes = {event.event_id for event in events if event.status is Status.DELETED}
        current = {event.event_id: event for event in last_write_wins(events)}
        assert deletes
        assert all(current[event_id].status is Status.DELETED for event_id in deletes)


def test_the_tail_of_the_capture_is_in_the_second_overtime() -> None:
    _, events = parse_file(sample("sportradar/nba_push_stream_2023-07-20T14-31_tail.txt"))
    assert len(events) == 12
    assert {event.period for event in events} == {6}
    assert (events[-1].home_score, events[-1].away_score) == (144, 142)


def test_the_example_has_84_messages_three_of_them_deletes_and_adds_up_to_its_score() -> None:
    results, events = parse_file(sample("sportradar/NBA_v7_Push_Events_Example.json"))
    assert (len(results), len(events)) == (112, 84)
    assert sum(event.status is Status.DELETED for event in events) == 3
    current = last_write_wins(events)
    assert score_of(current) == (7, 0)
    assert (events[-1].home_score, events[-1].away_score) == (7, 0)


def test_the_captures_shots_are_where_the_attack_is() -> None:
    _, events = parse_file(sample("sportradar/nba_push_stream_2023-07-19T13-20_two_games.txt"))
    made = (EventType.TWO_POINT_MADE, EventType.THREE_POINT_MADE)
    xs = [event.x for event in events if event.type in made]
    assert xs
    assert all(x is not None and x > 60 for x in xs)


@pytest.mark.parametrize(
    ("kind", "statistics", "points"),
    [
        ("freethrowmade", [statistic("freethrow", points=2)], 2),
        ("freethrowmade", [statistic("freethrow", points=1)], 1),
        ("threepointmade", [statistic("assist"), statistic("fieldgoal", points=3)], 3),
        ("twopointmade", [statistic("fieldgoal", points=0)], 2),
        ("twopointmade", [statistic("fieldgoal", points="many")], 2),
        ("twopointmade", [], 2),
        ("twopointmiss", [statistic("fieldgoal", points=2)], 0),
    ],
)
def test_a_shot_is_worth_what_its_statistics_say(
    kind: str, statistics: list[dict[str, Any]], points: int
) -> None:
    assert only(nba_push(nba_event(kind, statistics=statistics))).points == points


def test_a_technical_foul_that_was_rescinded_is_none() -> None:
    foul = nba_event("technicalfoul", rescinded=True)
    event = only(nba_push(foul))
    assert (event.type, event.provider_type) == (EventType.OTHER, "technicalfoul")


@pytest.mark.parametrize(
    ("league", "type_"), [("NBA", EventType.THREE_POINT_MISSED), ("NBAGL", EventType.OTHER)]
)
def test_a_heave_that_misses_counts_for_the_team_in_the_nba_and_nowhere_in_the_g_league(
    league: str, type_: EventType
) -> None:
    event = only(nba_push(nba_event("heave"), league=league))
    assert (event.type, event.team_id, event.player_id) == (type_, HOME, "")


def test_the_period_tells_the_sport_of_a_league_that_is_not_known() -> None:
    assert only(nba_push(nba_event(), league="NEW LEAGUE")).sport == "basketball"


def test_a_game_that_is_delayed_in_a_period_has_a_break() -> None:
    assert only(nba_push(nba_event(), status="delayed")).match_status is MatchStatus.BREAK


def test_a_match_id_that_would_break_a_key_is_rejected() -> None:
    message = nba_push(nba_event())
    message["payload"]["game"]["id"] = "7}{evil"
    with pytest.raises(Rejected, match="not a match id"):
        parse(message)

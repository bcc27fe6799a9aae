from __future__ import annotations

from typing import Any

import pytest

from tests.samples import sample
from tests.scores import score_of
from tests.udfs.sportradar.messages import (
    MATCH,
    game,
    nba_event,
    nba_push,
    only,
    parse,
    parse_file,
    period,
    play_by_play,
)
from udfs import limits
from udfs.contract import Rejected
from udfs.merge import last_write_wins
from udfs.model import EventType, MatchStatus, Status


def test_a_document_is_a_snapshot_of_its_match_also_without_events() -> None:
    parsed = parse(play_by_play(period(1)))
    assert (parsed.snapshot, parsed.match_id, parsed.events) == (True, MATCH, [])
    assert parse(play_by_play()).snapshot


def test_an_event_has_the_period_that_it_is_listed_in() -> None:
    v3 = nba_event(period=None, sequence=None, wall_clock=None, created=None)
    [event] = parse(play_by_play(period(3, v3))).events
    assert (event.period, event.clock, event.sport) == (3, "08:13", "basketball")
    assert event.game_time_ms == 3 * 10_000_000 + 226_600


def test_push_and_rest_give_the_same_event_the_same_version() -> None:
    pushed = only(nba_push(nba_event()))
    [polled] = parse(play_by_play(period(2, nba_event()))).events
    assert (polled.match_id, polled.event_id) == (pushed.match_id, pushed.event_id)
    assert (polled.version, polled.event_time_ms) == (pushed.version, pushed.event_time_ms)


def test_only_the_latest_event_asserts_the_documents_score_and_status() -> None:
    earlier = nba_event("rebound", id="1", home_points=None, away_points=None)
    latest = nba_event("endperiod", id="2", clock="00:00", clock_decimal="00:00")
    events = parse(play_by_play(period(4, latest, earlier))).events
    assert [(e.home_score, e.match_status) for e in events] == [
        (33, MatchStatus.ENDED),
        (None, MatchStatus.UNKNOWN),
    ]


def test_deleted_events_of_a_v7_document_are_deletes() -> None:
    deleted = [{"id": "gone", "deleted": "2023-07-19T13:28:42Z"}]
    events = parse(play_by_play(period(1, nba_event()), deleted_events=deleted)).events
    assert [(event.event_id, event.status) for event in events] == [
        ("event-1", Status.ACTIVE),
        ("gone", Status.DELETED),
    ]


def test_an_edit_hours_later_does_not_move_a_v3_event_past_those_that_follow_it() -> None:
    def v3(event_id: str, updated: str) -> dict[str, object]:
        return nba_event(id=event_id, updated=updated, wall_clock=None, created=None)

    late, after = v3("1", "2017-01-21T02:43:01Z"), v3("2", "2017-01-21T00:12:00Z")
    first, second = parse(play_by_play(period(1, late, after))).events
    assert first.event_time_ms == second.event_time_ms == 1_484_957_520_000
    assert first.attributes["event_time"] == "estimated"
    assert second.attributes["event_time"] == "updated"
    assert first.version > second.version


def test_an_event_that_cannot_be_read_is_refused_with_its_bytes_and_the_others_are_taken() -> None:
    parsed = parse(
        play_by_play(period(1, nba_event(id=None), nba_event(), {"id": 3, "updated": "x"}))
    )
    assert [event.event_id for event in parsed.events] == ["event-1"]
    assert [rejection.reason for rejection in parsed.rejections] == [
        "an event without an id",
        "not a time: 'x'",
    ]
    assert parsed.rejections[1].part == b'{"id": 3, "updated": "x"}'


def test_a_document_with_too_many_events_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_EVENTS", 2)
    with pytest.raises(Rejected, match="more than 2 events"):
        parse(play_by_play(period(1, *[nba_event(id=str(n)) for n in range(3)])))


def test_the_sport_is_told_by_the_league_or_by_the_periods() -> None:
    ice = parse(play_by_play(period(1, nba_event("goal"), kind="period"))).events[0]
    assert (ice.sport, ice.type, ice.points) == ("ice_hockey", EventType.OTHER, 0)
    wnba = parse(play_by_play(period(1, nba_event()), league={"alias": "WNBA"})).events[0]
    assert (wnba.sport, wnba.competition) == ("basketball", "WNBA")
    assert wnba.game_time_ms == 2 * 10_000_000 + 106_600, "its quarters have ten minutes"


def test_the_v3_game_has_421_events_that_add_up_to_113_78() -> None:
    [parsed], events = parse_file(sample("sportradar/nba_v3_pbp_regulation.json"))
    assert (len(events), len({event.event_id for event in events})) == (421, 421)
    assert score_of(events) == (113, 78)
    assert parsed.snapshot
    latest = last_write_wins(events)[-1]
    assert (latest.home_score, latest.away_score) == (113, 78)
    assert (latest.type, latest.match_status) == (EventType.PERIOD_END, MatchStatus.ENDED)


def test_the_v3_games_events_are_in_order_by_game_time_and_by_estimated_time() -> None:
    _, events = parse_file(sample("sportradar/nba_v3_pbp_regulation.json"))
    game_times = [event.game_time_ms for event in events]
    times = [event.event_time_ms for event in events if event.event_time_ms is not None]
    assert game_times == sorted(game_times)
    assert (len(times), times) == (421, sorted(times))
    assert {event.period for event in events} == {1, 2, 3, 4}


@pytest.mark.parametrize(
    ("league", "sport"), [({"league": {"alias": "NBA"}}, "basketball"), ({}, "")]
)
def test_a_game_that_is_ahead_is_known_by_its_teams_and_status(
    league: dict[str, Any], sport: str
) -> None:
    event = only({**game("scheduled"), **league}, arrival=4)
    assert (event.match_id, event.match_status) == (MATCH, MatchStatus.SCHEDULED)
    assert (event.teams.home, event.teams.away) == ("Knicks", "Bulls")
    assert (event.sport, event.version, event.home_score) == (sport, 4, None)


def test_a_game_that_is_on_and_lists_no_periods_is_refused_so_that_it_deletes_nothing() -> None:
    with pytest.raises(Rejected, match="without its periods"):
        parse(game("inprogress"))


def test_a_game_of_which_no_period_is_reported_is_known_by_its_status_and_score() -> None:
    event = only({**game("closed"), "periods": []})
    assert (event.match_status, event.home_score, event.away_score) == (MatchStatus.ENDED, 33, 30)


def test_a_game_that_is_delayed_once_it_has_begun_has_a_break() -> None:
    event = only(play_by_play(period(1, nba_event()), status="delayed"))
    assert event.match_status is MatchStatus.BREAK

from __future__ import annotations

from typing import Any

import pytest

from tests.udfs.sportradar.messages import only, parse, soccer_event, timeline
from udfs.model import MatchStatus, Status
from udfs.snapshots import changes, manifest_of

MATCH = "sportradar:52633607"


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"status": "not_started"}, MatchStatus.SCHEDULED),
        ({"status": "postponed", "match_status": "postponed"}, MatchStatus.SCHEDULED),
        ({"status": "cancelled"}, MatchStatus.ABANDONED),
    ],
)
def test_a_match_that_is_ahead_or_will_not_be_is_known_by_its_teams_and_status(
    said: dict[str, Any], status: MatchStatus
) -> None:
    empty = timeline(sport_event_status=said)
    without = {name: part for name, part in empty.items() if name != "timeline"}
    for document in (empty, without):
        event = only(document, arrival=7)
        assert (event.match_id, event.match_status, event.version) == (MATCH, status, 7)
        assert (event.teams.home, event.teams.away) == ("Home FC", "Away FC")
        assert (event.competition, event.season) == ("League", "League 24/25")


def test_the_standing_of_a_match_is_told_once_and_goes_with_its_first_events() -> None:
    ahead = parse(timeline(sport_event_status={"status": "not_started"}), arrival=1)
    again = parse(timeline(sport_event_status={"status": "not_started"}), arrival=2)
    begun = parse(timeline(soccer_event("match_started")), arrival=3)
    assert changes(manifest_of(ahead), again, 2) == []
    first = {event.event_id: event.status for event in changes(manifest_of(again), begun, 3)}
    assert first == {"7": Status.ACTIVE, "status": Status.DELETED}


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"status": "closed", "match_status": "ended"}, MatchStatus.ENDED),
        ({"status": "live", "match_status": "1st_half"}, MatchStatus.LIVE),
    ],
)
def test_a_match_whose_events_nobody_reports_is_known_by_its_status_and_score(
    said: dict[str, Any], status: MatchStatus
) -> None:
    event = only(timeline(sport_event_status={**said, "home_score": 2, "away_score": 1}))
    assert (event.match_status, event.home_score, event.away_score) == (status, 2, 1)


@pytest.mark.parametrize(
    ("scores", "status"), [([{"type": "regular_period", "number": 1}], "BREAK"), ([], "SCHEDULED")]
)
def test_a_delay_before_the_match_is_none_of_a_match_that_is_under_way(
    scores: list[dict[str, Any]], status: str
) -> None:
    said = {"status": "delayed", "period_scores": scores}
    event = only(timeline(sport_event_status=said))
    assert event.match_status is MatchStatus[status]

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

"""A match in which nothing has happened yet, as an event: its teams and its status are known by it.

The event goes with the first snapshot that has others in it.
"""

from __future__ import annotations

from udfs.model import NO_TEAMS, EventType, MatchEvent, MatchStatus, Teams
from udfs.snapshots import ARRIVAL_VERSION
from udfs.sportradar import constants as c

STANDING = "status"
"""The event's id and its type."""

_YET_TO_BEGIN = frozenset({MatchStatus.SCHEDULED, MatchStatus.ABANDONED})


def yet_to_begin(status: MatchStatus) -> bool:
    """Whether a document without events is all there is: the match is ahead, or will not be."""
    return status in _YET_TO_BEGIN


def standing(
    match_id: str,
    sport: str,
    status: MatchStatus,
    arrival: int,
    teams: Teams = NO_TEAMS,
    competition: str = "",
    season: str = "",
) -> MatchEvent:
    """The event. Its version is the arrival of its message. sport: empty if it is not known yet."""
    return MatchEvent(
        match_id=match_id,
        event_id=STANDING,
        provider=c.PROVIDER,
        sport=sport,
        type=EventType.OTHER,
        provider_type=STANDING,
        version=arrival,
        match_status=status,
        teams=teams,
        competition=competition,
        season=season,
        attributes=dict([ARRIVAL_VERSION]),
    )

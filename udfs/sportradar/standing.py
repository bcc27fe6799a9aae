"""Where a match stands: what the words for it mean, and as an event of its own where a document has
no other. Its teams, status and score are known by that event, which goes with the first snapshot
that has others in it.
"""

from __future__ import annotations

from udfs.model import NO_TEAMS, EventType, MatchEvent, MatchStatus, Teams
from udfs.snapshots import ARRIVAL_VERSION
from udfs.sportradar import constants as c

STANDING = "status"
"""The event's id and its type."""

_YET_TO_BEGIN = frozenset({MatchStatus.SCHEDULED, MatchStatus.ABANDONED})


def status_named(said: str, begun: bool) -> MatchStatus:
    """The status of that name, UNKNOWN if there is none. begun: whether the match was under way
    when it was delayed."""
    if begun and said == c.DELAYED:
        return MatchStatus.BREAK
    return c.MATCH_STATUSES.get(said, MatchStatus.UNKNOWN)


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
    home_score: int | None = None,
    away_score: int | None = None,
) -> MatchEvent:
    """The event. Its version is the arrival of its message; a match that is ahead has no score.
    sport: empty if it is not known yet."""
    if yet_to_begin(status):
        home_score = away_score = None
    return MatchEvent(
        match_id=match_id,
        event_id=STANDING,
        provider=c.PROVIDER,
        sport=sport,
        type=EventType.OTHER,
        provider_type=STANDING,
        version=arrival,
        home_score=home_score,
        away_score=away_score,
        match_status=status,
        teams=teams,
        competition=competition,
        season=season,
        attributes=dict([ARRIVAL_VERSION]),
    )

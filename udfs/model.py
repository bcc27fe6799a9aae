"""The canonical match event: the domain's model, which knows no provider.

One `MatchEvent` is one version of one event. `schemas/protobuf` says what each field means on the
wire; `udfs/codec.py` writes it there.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any

import msgspec

FINAL_VERSION = 2**53 - 1
"""The version of a delete that carries none: nothing comes after it (and JSON still holds it)."""


class EventType(IntEnum):
    """What match state is computed from; everything else is `OTHER` with its provider type."""

    OTHER = 1
    MATCH_START = 2
    MATCH_END = 3
    PERIOD_START = 4
    PERIOD_END = 5
    SUBSTITUTION = 6
    FOUL = 7
    TIMEOUT = 8

    GOAL = 20
    OWN_GOAL = 21
    SHOT_ON_TARGET = 22
    SHOT_OFF_TARGET = 23
    SHOT_BLOCKED = 24
    CORNER = 25
    PASS = 26
    YELLOW_CARD = 27
    SECOND_YELLOW_CARD = 28
    RED_CARD = 29
    OFFSIDE = 30
    SHOOTOUT_GOAL = 31
    SHOOTOUT_MISS = 32

    TWO_POINT_MADE = 50
    TWO_POINT_MISSED = 51
    THREE_POINT_MADE = 52
    THREE_POINT_MISSED = 53
    FREE_THROW_MADE = 54
    FREE_THROW_MISSED = 55
    OFFENSIVE_REBOUND = 56
    DEFENSIVE_REBOUND = 57
    ASSIST = 58
    STEAL = 59
    BLOCK = 60
    TURNOVER = 61
    JUMP_BALL = 62


class Status(IntEnum):
    """Whether the event stands (`ACTIVE`) or its provider took it back (`DELETED`, a tombstone)."""

    ACTIVE = 1
    DELETED = 2


class Side(IntEnum):
    """Whose event it is; `UNKNOWN` where it belongs to neither team."""

    UNKNOWN = 0
    HOME = 1
    AWAY = 2


class MatchStatus(IntEnum):
    """What the provider says of the match with this event; `UNKNOWN` where it says nothing."""

    UNKNOWN = 0
    SCHEDULED = 1
    LIVE = 2
    BREAK = 3
    ENDED = 4
    ABANDONED = 5


class Teams(msgspec.Struct, frozen=True, gc=False):
    """The two sides of a match as a message names them; empty where it does not."""

    home_id: str = ""
    home: str = ""
    away_id: str = ""
    away: str = ""

    def side_of(self, team_id: str) -> Side:
        """The side that `team_id` plays on."""
        if not team_id:
            return Side.UNKNOWN
        if team_id == self.home_id:
            return Side.HOME
        return Side.AWAY if team_id == self.away_id else Side.UNKNOWN


NO_TEAMS = Teams()
NO_ATTRIBUTES: dict[str, str] = {}
"""Shared by all events without attributes: never written to."""


class MatchEvent(msgspec.Struct, kw_only=True, gc=False):
    """One version of one event of a match.

    Times are UTC epoch milliseconds, None where the feed has no wall clock. `x` and `y` are 0 to
    100 on one pitch, attacking towards x = 100. `game_time_ms` is play time elapsed since the
    start of the match and sorts events within it.
    """

    match_id: str
    event_id: str
    provider: str
    sport: str
    type: EventType
    provider_type: str
    version: int
    status: Status = Status.ACTIVE
    period: int = 0
    clock: str = ""
    game_time_ms: int = 0
    event_time_ms: int | None = None
    side: Side = Side.UNKNOWN
    team_id: str = ""
    player_id: str = ""
    player_name: str = ""
    related_player_ids: tuple[str, ...] = ()
    points: int = 0
    confirmed: bool = True
    x: float | None = None
    y: float | None = None
    home_score: int | None = None
    away_score: int | None = None
    match_status: MatchStatus = MatchStatus.UNKNOWN
    teams: Teams = NO_TEAMS
    competition: str = ""
    season: str = ""
    attributes: dict[str, Any] = NO_ATTRIBUTES

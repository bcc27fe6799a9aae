"""What happens in a match, whoever reports it.

A `Story` is a whole match as a list of plays. It is a pure function of its sport and seed: no wall
clock, and times count from kick-off. `soccer` and `basketball` make the plays.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from simulator.teams import Club
from udfs.model import EventType, Side

SECOND = 1_000
MINUTE = 60 * SECOND

NOBODY = -1
"""The player of a play that belongs to a team or to nobody."""


class Sport(StrEnum):
    """The sports that can be played, named as in `MatchEvent.sport`."""

    SOCCER = "soccer"
    BASKETBALL = "basketball"


class Play(msgspec.Struct, frozen=True, gc=False):
    """One thing that happens.

    number: its position in the match, from 1; its identity.
    type: what it is; OTHER is named by `detail`.
    side: whose player does it. An own goal belongs to the side that concedes it.
    period: 1..; the match starts in the first one and ends in its last.
    period_ms: play time elapsed in the period.
    at_ms: real time elapsed since kick-off, breaks and stoppages included.
    player, helper: squad indices. The helper assists a made shot or a goal, blocks a missed one,
        steals a turnover's ball, comes on in a substitution.
    good: a pass that arrives, a tackle that wins the ball.
    x, y: 0 to 100, attacking towards x = 100.
    """

    number: int
    type: EventType
    side: Side
    period: int
    period_ms: int
    at_ms: int
    player: int = NOBODY
    helper: int = NOBODY
    good: bool = True
    x: float = 50.0
    y: float = 50.0
    detail: str = ""


class Story(msgspec.Struct, frozen=True):
    """A whole match: who plays, and all that happens, in the order in which it happens."""

    sport: Sport
    seed: int
    home: Club
    away: Club
    plays: tuple[Play, ...]

    def club(self, side: Side) -> Club:
        """The club on a side."""
        return self.home if side is Side.HOME else self.away


POINTS = {
    EventType.GOAL: 1,
    EventType.OWN_GOAL: 1,
    EventType.TWO_POINT_MADE: 2,
    EventType.THREE_POINT_MADE: 3,
    EventType.FREE_THROW_MADE: 1,
}
"""What a play counts for the score; a goal of a shoot-out is SHOOTOUT_GOAL and counts nothing."""

STRUCTURE = frozenset(
    (
        EventType.MATCH_START,
        EventType.MATCH_END,
        EventType.PERIOD_START,
        EventType.PERIOD_END,
        EventType.JUMP_BALL,
    )
)
"""The frame of a match: never corrected, so that every simulated match starts, ends and adds up."""


def other(side: Side) -> Side:
    """The opponent's side."""
    return Side.AWAY if side is Side.HOME else Side.HOME


def score_of(play: Play) -> tuple[int, int]:
    """What a play adds to the home and to the away score."""
    points = POINTS.get(play.type, 0)
    if not points:
        return 0, 0
    side = other(play.side) if play.type is EventType.OWN_GOAL else play.side
    return (points, 0) if side is Side.HOME else (0, points)

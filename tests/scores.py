"""What a match's events add up to, in plain Python."""

from __future__ import annotations

from collections.abc import Iterable

from udfs.model import MatchEvent, Side, Status


def score_of(events: Iterable[MatchEvent]) -> tuple[int, int]:
    """The score (home, away) that a match's current events add up to."""
    points = {Side.HOME: 0, Side.AWAY: 0, Side.UNKNOWN: 0}
    for event in events:
        if event.status is Status.ACTIVE:
            points[event.side] += event.points
    return points[Side.HOME], points[Side.AWAY]

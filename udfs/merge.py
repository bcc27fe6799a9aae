"""Last-write-wins in plain Python: what the job does in SQL, for the command line and for tests."""

from __future__ import annotations

from collections.abc import Iterable

from udfs.model import MatchEvent, Side, Status

Key = tuple[str, str, str]


def last_write_wins(events: Iterable[MatchEvent]) -> list[MatchEvent]:
    """The current version of every event, by (match, provider, event).

    events: all versions in the order of their arrival. The highest version wins; of equal ones
        the later to arrive.
    Returns the winners in the order of the game (`game_time_ms`, then `event_id`). Deleted events
    are among them, as tombstones: a version that arrives late must find that it is too old.
    """
    current: dict[Key, MatchEvent] = {}
    for event in events:
        key = (event.match_id, event.provider, event.event_id)
        known = current.get(key)
        if known is None or event.version >= known.version:
            current[key] = event
    return sorted(
        current.values(),
        key=lambda event: (event.game_time_ms, event.event_id, event.match_id, event.provider),
    )


def score_of(events: Iterable[MatchEvent]) -> tuple[int, int]:
    """The score (home, away) that a match's current events add up to."""
    points = {Side.HOME: 0, Side.AWAY: 0, Side.UNKNOWN: 0}
    for event in events:
        if event.status is Status.ACTIVE:
            points[event.side] += event.points
    return points[Side.HOME], points[Side.AWAY]

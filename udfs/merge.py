"""Last-write-wins in plain Python: what the job does in SQL, for the command line and for tests."""

from __future__ import annotations

from collections.abc import Iterable

from udfs.model import MatchEvent

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

"""A match's events in the order of the game, and what the last of them say of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from schemas.generated.touchline.v1.match_event_pb2 import (
    ABANDONED,
    ACTIVE,
    ENDED,
    MATCH_STATUS_UNKNOWN,
    EventType,
    MatchEvent,
    MatchStatus,
    Side,
)

PLACE_UNIT = 1 << 26
"""A place is the game time in ms, and in its fraction the low bits of the event's own time."""

TENTHS_MS = 100
AFTER_ALL = 2**40
ASSERTING_TOGETHER = 16
"""Of so many events at the same place the highest score counts, as free throws have it."""

Document = dict[str, Any]


class Placed(NamedTuple):
    """An event that stands. Redis orders those of the same place by their members."""

    place: float
    member: str
    event: MatchEvent


def happened_ms(event: MatchEvent) -> int:
    """The event's own time, or when it was received (UTC epoch ms)."""
    return int(event.event_time_ms if event.event_time_ms > 0 else event.received_ms)


def in_order(events: Iterable[MatchEvent]) -> list[Placed]:
    """Those that stand, the last one last."""
    return sorted(
        (
            Placed(_place(event), f"{event.provider}:{event.event_id}", event)
            for event in events
            if event.status == ACTIVE
        ),
        key=lambda placed: (placed.place, placed.member.encode()),
    )


def body(event: MatchEvent) -> Document:
    """What Redis has of an event."""
    asserted = event.score_asserted
    known = event.match_status != MATCH_STATUS_UNKNOWN
    return {
        "event_id": event.event_id,
        "type": EventType.Name(event.type),
        "provider_type": event.provider_type,
        "side": Side.Name(event.side),
        "team_id": event.team_id,
        "player_id": event.player_id,
        "player_name": event.player_name,
        "clock": event.clock,
        "match_status": MatchStatus.Name(event.match_status) if known else None,
        "points": event.points,
        "period": event.period,
        "home_score": event.home_score if asserted else None,
        "away_score": event.away_score if asserted else None,
        "x": event.x if event.located else None,
        "y": event.y if event.located else None,
        "event_time_ms": event.event_time_ms,
        "confirmed": event.confirmed,
    }


def asserts_score(placed: Placed) -> bool:
    """Whether the provider says the score with it."""
    return bool(placed.event.score_asserted)


def says_status(placed: Placed) -> bool:
    """Whether the provider says with it whether the match is on."""
    return bool(placed.event.match_status != MATCH_STATUS_UNKNOWN)


def place_of_status(placed: Placed) -> float:
    """Whatever comes after the end does not take it back."""
    over = placed.event.match_status in (ENDED, ABANDONED)
    return placed.place + AFTER_ALL if over else placed.place


def described(timeline: list[Placed], computed: Document) -> Document:
    """Status, period, clock and score of a match, by the last events that say something of them.

    computed: the score that its events add up to.
    """
    moment = next((one.event for one in reversed(timeline) if one.event.period > 0), None)
    statuses = sorted(
        (place_of_status(one), one.member.encode(), MatchStatus.Name(one.event.match_status))
        for one in timeline
        if says_status(one)
    )
    asserted = _asserted(timeline)
    shown = asserted or computed
    return {
        "status": statuses[-1][2] if statuses else "LIVE",
        "period": str(moment.period if moment else 0),
        "clock": moment.clock if moment else "",
        "score": {"home": shown["home"], "away": shown["away"], "asserted": asserted},
        "quality": {"score_disagrees": shown != computed},
    }


def _asserted(timeline: list[Placed]) -> Document | None:
    last = [one for one in timeline if asserts_score(one)][-ASSERTING_TOGETHER:]
    if not last:
        return None
    together = [one.event for one in reversed(last) if one.place == last[-1].place]
    best = max(together, key=lambda event: event.home_score + event.away_score)
    return {"home": best.home_score, "away": best.away_score}


def _place(event: MatchEvent) -> float:
    fraction = happened_ms(event) // TENTHS_MS % PLACE_UNIT
    return float((event.game_time_ms * PLACE_UNIT + fraction) / PLACE_UNIT)

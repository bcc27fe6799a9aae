"""What the stores must hold, from the adapters alone: no Flink, Kafka or Redis."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from connectors.feeds.files import Received
from tests.scores import score_of
from touchline.normalizing import Normalizer
from udfs.merge import last_write_wins
from udfs.model import MatchEvent, Status
from udfs.registry import ADAPTERS


@dataclass(frozen=True)
class Expected:
    """One match: its events as they stand, those that were deleted, and what they add up to."""

    score: tuple[int, int]
    active: dict[str, MatchEvent]
    deleted: int


def expected(
    provider: str, messages: Iterable[tuple[bytes, str | None]]
) -> tuple[dict[str, Expected], int, int]:
    """Match id -> what must come of the messages, and how many items they hold, and rejected."""
    normalizer = Normalizer(ADAPTERS[provider])
    events: list[MatchEvent] = []
    rejected = 0
    for index, (value, match) in enumerate(messages):
        read, refusals = normalizer.read(
            Received(value, named_match=match, source=f"message {index}")
        )
        events += read
        rejected += len(refusals)
    current: dict[str, list[MatchEvent]] = {}
    for event in last_write_wins(events):
        current.setdefault(event.match_id, []).append(event)
    return (
        {match_id: _expected(provider, winners) for match_id, winners in current.items()},
        len(events) + rejected,
        rejected,
    )


def _expected(provider: str, winners: list[MatchEvent]) -> Expected:
    active = {
        f"{provider}:{event.event_id}": event for event in winners if event.status is Status.ACTIVE
    }
    return Expected(score_of(winners), active, len(winners) - len(active))

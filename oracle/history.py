"""The rows that ClickHouse's `match_events` must hold: every version that is not a duplicate."""

from __future__ import annotations

from typing import Any, NamedTuple

from oracle.feeds import Version
from oracle.timelines import body, happened_ms
from schemas.generated.touchline.v1.match_event_pb2 import MatchEvent, MatchStatus, Status

Row = dict[str, Any]


class RowKey(NamedTuple):
    """What the table keeps one row of."""

    provider: str
    event_id: str
    version: int
    fingerprint: int


class History:
    """A match's versions. Of the same content that came more than once, one that came to stand
    stays, and of those the last arrival."""

    def __init__(self) -> None:
        self._versions: dict[RowKey, Version] = {}

    def take(self, event: MatchEvent, version: Version) -> None:
        """A version that came, superseded or not."""
        key = RowKey(event.provider, event.event_id, event.version, event.fingerprint)
        known = self._versions.get(key)
        if known is None or _rank(known, known.event()) <= _rank(version, event):
            self._versions[key] = version

    def __len__(self) -> int:
        return len(self._versions)

    def rows(self) -> dict[RowKey, Row]:
        """By key, the columns of a row; times in UTC epoch milliseconds."""
        return {key: _row(version) for key, version in self._versions.items()}


def _rank(version: Version, event: MatchEvent) -> tuple[bool, int]:
    return not version.superseded, event.arrival


def _row(version: Version) -> Row:
    event = version.event()
    return {
        **{
            name: getattr(event, name)
            for name in (
                "match_id", "provider", "event_id", "version", "fingerprint", "arrival",
                "source_topic", "source_partition", "source_match_id", "primary", "sport",
                "game_time_ms", "home_team_id", "home_team", "away_team_id", "away_team",
                "competition", "season",
            )
        },
        **{name: value for name, value in body(event).items() if name != "event_time_ms"},
        "superseded": version.superseded,
        "status": Status.Name(event.status),
        "match_status": MatchStatus.Name(event.match_status),
        "related_player_ids": list(event.related_player_ids),
        "event_time": event.event_time_ms or None,
        "received_at": event.received_ms,
        "happened_at": happened_ms(event),
        "attributes": dict(event.attributes),
    }  # fmt: skip

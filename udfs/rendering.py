"""Canonical events as JSON, for people and scripts: what `touchline normalize` prints."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec

from udfs.model import MatchEvent

_encoder = msgspec.json.Encoder()


def iso_time(epoch_ms: int | None) -> str | None:
    """`2018-08-20T20:00:23.250Z`; None stays None."""
    if epoch_ms is None:
        return None
    seconds, milliseconds = divmod(epoch_ms, 1000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{milliseconds:03d}Z"


def as_dict(event: MatchEvent) -> dict[str, Any]:
    """Every field of an event under its name on the wire (`schemas/protobuf`); enums by their
    names, times as ISO 8601 in UTC, None where the provider says nothing."""
    return {
        "match_id": event.match_id,
        "event_id": event.event_id,
        "provider": event.provider,
        "sport": event.sport,
        "type": event.type.name,
        "provider_type": event.provider_type,
        "status": event.status.name,
        "version": event.version,
        "period": event.period,
        "clock": event.clock,
        "game_time_ms": event.game_time_ms,
        "event_time": iso_time(event.event_time_ms),
        "side": event.side.name,
        "team_id": event.team_id,
        "player_id": event.player_id,
        "player_name": event.player_name,
        "related_player_ids": event.related_player_ids,
        "points": event.points,
        "confirmed": event.confirmed,
        "x": event.x,
        "y": event.y,
        "home_score": event.home_score,
        "away_score": event.away_score,
        "match_status": event.match_status.name,
        "home_team_id": event.teams.home_id,
        "home_team": event.teams.home,
        "away_team_id": event.teams.away_id,
        "away_team": event.teams.away,
        "competition": event.competition,
        "season": event.season,
        "attributes": event.attributes,
    }


def json_line(event: MatchEvent) -> bytes:
    """`as_dict` as one line of JSON, its line feed included."""
    return _encoder.encode(as_dict(event)) + b"\n"

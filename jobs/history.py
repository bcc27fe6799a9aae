"""Canonical events -> history in ClickHouse.

The same views as the live job's, gathered for a second instead of some milliseconds: ClickHouse
wants few large inserts. Hence a job of its own, which may lag where live reads may not.
"""

from __future__ import annotations

import pyarrow as pa

from connectors.clickhouse_sink import UTC_MS, UTC_S
from jobs.match_views import TOTALS

REVISION_BITS = 16
"""Of the changes within one `major`, in a `revision`; see schemas/clickhouse/0003."""
GENERATION_SHIFT = 56

_TEXT, _LONG, _INT, _FLOAT, _BOOL = pa.string(), pa.int64(), pa.int32(), pa.float64(), pa.bool_()
_TOTALS = dict.fromkeys(TOTALS, _LONG)

TABLES: dict[str, dict[str, pa.DataType]] = {
    "match_events": {
        "match_id": _TEXT, "provider": _TEXT, "event_id": _TEXT, "version": _LONG,
        "fingerprint": _LONG, "generation": _LONG, "arrival": _LONG, "source_topic": _TEXT,
        "source_partition": _INT, "source_match_id": _TEXT, "primary": _BOOL,
        "superseded": _BOOL, "status": _TEXT, "sport": _TEXT, "type": _TEXT,
        "provider_type": _TEXT, "side": _TEXT, "team_id": _TEXT, "player_id": _TEXT,
        "player_name": _TEXT, "related_player_ids": pa.list_(pa.string()), "points": _INT,
        "confirmed": _BOOL, "period": _INT, "clock": _TEXT, "game_time_ms": _LONG,
        "event_time": UTC_MS, "received_at": UTC_MS, "happened_at": UTC_MS, "x": _FLOAT,
        "y": _FLOAT, "home_score": _INT, "away_score": _INT, "match_status": _TEXT,
        "home_team_id": _TEXT, "home_team": _TEXT, "away_team_id": _TEXT, "away_team": _TEXT,
        "competition": _TEXT, "season": _TEXT, "attributes": _TEXT,
    },
    "match_state_history": {
        "match_id": _TEXT, "major": _LONG, "minor": _LONG, "generation": _LONG,
        "provider": _TEXT, "sport": _TEXT, "competition": _TEXT, "season": _TEXT,
        "home_team_id": _TEXT, "home_team": _TEXT, "away_team_id": _TEXT, "away_team": _TEXT,
        "status": _TEXT, "period": _INT, "clock": _TEXT, "home_score": _INT, "away_score": _INT,
        "computed_home": _INT, "computed_away": _INT, "asserted_home": _INT,
        "asserted_away": _INT, "score_disagrees": _BOOL, "home_shootout": _INT,
        "away_shootout": _INT, "home_possession": _FLOAT, "events": _LONG, "deleted": _LONG,
        "provisional": _LONG, "happened_at": UTC_MS, "received_at": UTC_MS,
    },
    "match_minutes": {
        "match_id": _TEXT, "minute": UTC_S, "home_points": _LONG, "away_points": _LONG,
        "home_events": _LONG, "away_events": _LONG, "home_attack": _LONG, "away_attack": _LONG,
        "events": _LONG, "revision": _LONG,
    },
    "match_momentum": {
        "match_id": _TEXT, "window_end": UTC_S, "home": _LONG, "away": _LONG, "revision": _LONG,
    },
    "match_periods": {
        "match_id": _TEXT, "period": _INT, "home_points": _LONG, "away_points": _LONG,
        "events": _LONG, "revision": _LONG,
    },
    "team_stats": {
        "match_id": _TEXT, "side": _TEXT, "points": _LONG, **_TOTALS, "revision": _LONG,
    },
    "player_stats": {
        "match_id": _TEXT, "provider": _TEXT, "player_id": _TEXT, "player_name": _TEXT,
        "side": _TEXT, "team_id": _TEXT, "events": _LONG, "points": _LONG, "own_goals": _LONG,
        **_TOTALS, "revision": _LONG,
    },
}  # fmt: skip
"""Table -> what is written to it, in this order."""

_EXPRESSIONS = {
    "primary": "`primary`",
    "superseded": "log_topic <> '{match_events}'",
    "event_time": "NULLIF(event_time_ms, 0)",
    "received_at": "received_ms",
    "minute": "minute_ms / 1000",
    "window_end": "window_end_ms / 1000",
    "attributes": "COALESCE(JSON_STRING(attributes), '{{}}')",
    "revision": "{generation} + major * 65536 + LEAST(minor, 65535)",
}
"""Columns that a view has under another name or in another form."""

_SOURCES = {
    "match_events": "SELECT *, CASE WHEN event_time_ms > 0 THEN event_time_ms ELSE received_ms END "
    "AS happened FROM match_events",
    "match_state_history": "match_state",
    "match_minutes": "minutes",
    "match_momentum": "momentum",
    "match_periods": "periods",
    "team_stats": "teams",
    "player_stats": "players",
}

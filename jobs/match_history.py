"""Canonical events in the history: every version of every event."""

from __future__ import annotations

import pyarrow as pa

from connectors.clickhouse_sink import UTC_MS
from connectors.kafka_tables import match_events_source
from jobs.inserts import Insert
from jobs.pipeline import Options
from touchline.settings import Settings

_TEXT, _LONG, _INT, _FLOAT, _BOOL = pa.string(), pa.int64(), pa.int32(), pa.float64(), pa.bool_()

COLUMNS: dict[str, pa.DataType] = {
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
}  # fmt: skip
"""What is written, in this order."""


def _expressions(settings: Settings) -> dict[str, str]:
    """Column -> expression, where the canonical event has another name or form for it."""
    return {
        "superseded": f"log_topic = '{settings.kafka.superseded_events}'",
        "received_at": "received_ms",
        "happened_at": "CASE WHEN event_time_ms > 0 THEN event_time_ms ELSE received_ms END",
        # The Protobuf format gives 0 for a number that is not there.
        "event_time": "NULLIF(event_time_ms, 0)",
        "x": "CASE WHEN located THEN x END",
        "y": "CASE WHEN located THEN y END",
        "home_score": "CASE WHEN score_asserted THEN home_score END",
        "away_score": "CASE WHEN score_asserted THEN away_score END",
        "attributes": "COALESCE(JSON_STRING(attributes), '{}')",
    }


def _source(settings: Settings, options: Options, group: str) -> str:
    """The versions that came to stand, and those that were superseded when they came."""
    topics = [settings.kafka.match_events, settings.kafka.superseded_events]
    patience_ms = settings.jobs.history_bundle_ms // 2
    return match_events_source(settings, topics, group, options.span, patience_ms)


MATCH_EVENTS = Insert(
    table="match_events",
    columns=COLUMNS,
    expressions=_expressions,
    log="match_events_log",
    source=_source,
    owner="match_id",
)

"""Canonical events -> history in ClickHouse.

The same views as the live job's, gathered for a second instead of some milliseconds: ClickHouse
wants few large inserts. Hence a job of its own, which may lag where live reads may not.
"""

from __future__ import annotations

import pyarrow as pa

from connectors.clickhouse_sink import UTC_MS, UTC_S
from connectors.kafka_tables import match_events_source
from connectors.sink_functions import history_writer
from jobs.match_views import TOTALS, VIEWS, upserts
from jobs.pipeline import Job, Options, run
from touchline.settings import Settings

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

_ROWS = {
    "match_events": "all_match_events",
    "match_state_history": upserts("match_state"),
    "match_minutes": upserts("minutes"),
    "match_momentum": upserts("momentum"),
    "match_periods": upserts("periods"),
    "team_stats": upserts("teams"),
    "player_stats": upserts("players"),
}
"""Table -> what gives its rows."""


def _expressions(settings: Settings, options: Options, table: str) -> dict[str, str]:
    """Column -> expression, where the rows have it under another name or in another form."""
    happened = "CASE WHEN event_time_ms > 0 THEN event_time_ms ELSE received_ms END"
    common = {
        "received_at": "received_ms",
        "minute": "minute_ms / 1000",
        "window_end": "window_end_ms / 1000",
        # Major, generation and minor in one number that sorts as they do.
        "revision": f"major * 16777216 + {options.generation << 16} + LEAST(minor, 65535)",
    }
    if table == "match_events":
        return common | {
            "superseded": f"log_topic = '{settings.kafka.superseded_events}'",
            "happened_at": happened,
            # The Protobuf format gives 0 for a number that is not there.
            "event_time": "NULLIF(event_time_ms, 0)",
            "x": "CASE WHEN located THEN x END",
            "y": "CASE WHEN located THEN y END",
            "home_score": "CASE WHEN score_asserted THEN home_score END",
            "away_score": "CASE WHEN score_asserted THEN away_score END",
            "attributes": "COALESCE(JSON_STRING(attributes), '{}')",
        }
    return common | {
        "generation": f"CAST({options.generation} AS BIGINT)",
        "happened_at": "happened_ms",
    }


def outputs(settings: Settings, options: Options) -> list[tuple[str, str]]:
    """One insert a table."""
    return [
        (
            "written",
            f"SELECT WRITE_{table.upper()}({_arguments(settings, options, table)}) FROM {rows}",
        )
        for table, rows in _ROWS.items()
    ]


def _arguments(settings: Settings, options: Options, table: str) -> str:
    expressions = _expressions(settings, options, table)
    return ", ".join(expressions.get(column, f"`{column}`") for column in TABLES[table])


def sources(settings: Settings, options: Options) -> list[str]:
    """The accepted and the superseded versions as `all_match_events`; those that came to stand as
    `match_events`, which the views read."""
    topics = [settings.kafka.match_events, settings.kafka.superseded_events]
    only = f"match_id = '{options.match}'" if options.match else "TRUE"
    accepted = f"log_topic = '{settings.kafka.match_events}'"
    return [
        match_events_source(
            settings, topics, options.group(JOB.name), options.span, watermark=True
        ),
        f"CREATE TEMPORARY VIEW all_match_events AS SELECT * FROM match_events_log WHERE {only}",
        f"CREATE TEMPORARY VIEW match_events AS SELECT * FROM all_match_events WHERE {accepted}",
    ]


JOB = Job(
    name="history",
    views=VIEWS,
    outputs=outputs,
    sources=sources,
    sinks=lambda settings: [],
    functions=lambda settings, options: {
        f"WRITE_{table.upper()}": history_writer(settings, table, schema)
        for table, schema in TABLES.items()
    },
    mini_batch_ms=lambda settings: settings.jobs.history_bundle_ms,
    bundle_ms=lambda settings: settings.jobs.history_bundle_ms,
    batch_rows=lambda settings: settings.jobs.history_batch_rows,
)

if __name__ == "__main__":
    run(JOB)

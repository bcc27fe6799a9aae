"""Leaderboards in the history: every standing."""

from __future__ import annotations

import pyarrow as pa

from connectors.clickhouse_sink import UTC_MS
from connectors.leaderboard_tables import standings_source
from jobs.inserts import Insert

_TEXT, _LONG = pa.string(), pa.int64()

STANDINGS = Insert(
    table="leaderboard_standings",
    columns={
        "board": _TEXT, "period": _TEXT, "segment": _TEXT, "member": _TEXT, "name": _TEXT,
        "value": _LONG, "since": UTC_MS, "scores": _LONG, "descending": pa.bool_(),
        "ends_at": UTC_MS, "major": _LONG, "minor": _LONG, "generation": _LONG,
        "received_at": UTC_MS,
    },
    expressions=lambda settings: {
        "since": "since_ms",
        "ends_at": "NULLIF(ends_ms, 0)",
        "received_at": "received_ms",
    },
    log="leaderboard_standings_log",
    source=lambda settings, options, group: standings_source(settings, group, options.span),
)  # fmt: skip

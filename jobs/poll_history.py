"""Polls in the history: every ballot, and every result."""

from __future__ import annotations

import pyarrow as pa

from connectors.clickhouse_sink import UTC_MS
from connectors.poll_tables import ballots_source, results_source
from jobs.inserts import Insert

_TEXT, _LONG = pa.string(), pa.int64()

POLL_VOTES = Insert(
    table="poll_votes",
    columns={
        "poll_id": _TEXT, "voter_id": _TEXT, "vote_id": _TEXT, "choices": _TEXT, "verdict": _TEXT,
        "previous": _TEXT, "previous_class": _TEXT, "previous_region": _TEXT,
        "voter_class": _TEXT, "region": _TEXT, "source": _TEXT, "voted_at": UTC_MS,
        "arrived_at": UTC_MS, "source_partition": pa.int32(), "source_offset": _LONG,
    },
    expressions=lambda settings: {"voted_at": "voted_ms", "arrived_at": "arrived_ms"},
    log="poll_ballots_log",
    source=lambda settings, options, group: ballots_source(settings, group, options.span),
)  # fmt: skip

POLL_RESULTS = Insert(
    table="poll_results",
    columns={
        "poll_id": _TEXT, "revision": _LONG, "counted_until": UTC_MS, "event": _TEXT,
        "result": _TEXT,
    },
    expressions=lambda settings: {
        "revision": "CAST(JSON_VALUE(document, '$.revision') AS BIGINT)",
        "counted_until": "CAST(JSON_VALUE(document, '$.revision') AS BIGINT)",
        "result": "document",
        "event": "CAST(headers['event'] AS STRING)",
    },
    log="poll_results_log",
    source=lambda settings, options, group: results_source(settings, group, options.span),
)  # fmt: skip

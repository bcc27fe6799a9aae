"""The vectorised functions that `normalize` calls: `udfs.feed` in Flink's clothes.

A vectorised function gives one row a row, and a message can hold thousands of events: hence a row
of parallel arrays, which the job takes apart with UNNEST.
"""

from __future__ import annotations

from collections import defaultdict
from importlib.metadata import version
from typing import Any

import pandas as pd
import pyarrow as pa
from pyflink.table import DataTypes
from pyflink.table.types import create_arrow_schema
from pyflink.table.udf import FunctionContext, ScalarFunction, udf

from udfs.codec import Identity, Lineage
from udfs.columns import column_of
from udfs.feed import FeedItems, FeedReader
from udfs.metrics import ByProvider
from udfs.worker import end_bundles_at_once

SEPARATOR = "\x1f"
"""Between the adapter and the reason, in `reasons`."""

ITEMS = DataTypes.ROW(
    [
        DataTypes.FIELD("match_ids", DataTypes.ARRAY(DataTypes.STRING())),
        DataTypes.FIELD("event_ids", DataTypes.ARRAY(DataTypes.STRING())),
        DataTypes.FIELD("versions", DataTypes.ARRAY(DataTypes.BIGINT())),
        DataTypes.FIELD("fingerprints", DataTypes.ARRAY(DataTypes.BIGINT())),
        DataTypes.FIELD("payloads", DataTypes.ARRAY(DataTypes.BYTES())),
        DataTypes.FIELD("replaced", DataTypes.ARRAY(DataTypes.BOOLEAN())),
        DataTypes.FIELD("reasons", DataTypes.ARRAY(DataTypes.STRING())),
        DataTypes.FIELD("parts", DataTypes.ARRAY(DataTypes.BYTES())),
        DataTypes.FIELD("manifest", DataTypes.BYTES()),
        DataTypes.FIELD("snapshot_match_id", DataTypes.STRING()),
    ]
)


class _FeedFunction(ScalarFunction):  # type: ignore[misc]
    """What both functions share: the reader, made in the worker, and the metrics."""

    def __init__(self, feed_prefix: str, aliases: dict[str, Identity], generation: int) -> None:
        self._version = version("touchline")
        self._prefix_length = len(feed_prefix)
        self._aliases = aliases
        self._generation = generation

    def open(self, function_context: FunctionContext) -> None:
        """Make the reader: adapters hold decoders, which cannot be pickled with the job."""
        from udfs.registry import ADAPTERS

        end_bundles_at_once()
        self._reader = FeedReader(ADAPTERS, self._aliases)
        self._fields = list(create_arrow_schema(["items"], [ITEMS]).field("items").type)
        group = function_context.get_metric_group()
        self._messages = ByProvider(group, "messages")
        self._events = ByProvider(group, "events")
        self._late = ByProvider(group, "late_events")
        self._rejected = ByProvider(group, "rejected")

    def _lineages(self, *columns: pd.Series) -> list[Lineage]:
        """Of columns as `Lineage` has its fields."""
        *source, received = columns
        received_ms = received.dt.as_unit("ms").array.asi8
        values = [column.tolist() for column in (*source, received_ms)]
        generations = [self._generation] * len(received_ms)
        return list(map(Lineage._make, zip(*values, generations, strict=True)))

    def _provider(self, lineage: Lineage) -> str:
        return lineage.topic[self._prefix_length :]

    def _column(self, items: list[FeedItems], origins: list[Lineage]) -> pd.Series:
        self._count(items, origins)
        for item in items:
            if item.reasons:
                item.reasons = self._attributed(item)
        arrays = [
            pa.array([getattr(item, field.name) for item in items], field.type)
            for field in self._fields
        ]
        return column_of(pa.StructArray.from_arrays(arrays, fields=self._fields))

    def _count(self, items: list[FeedItems], origins: list[Lineage]) -> None:
        by_provider = defaultdict[str, list[FeedItems]](list)
        for item, origin in zip(items, origins, strict=True):
            by_provider[self._provider(origin)].append(item)
        for provider, its in by_provider.items():
            self._messages.add(provider, len(its))
            self._events.add(provider, sum(len(item.payloads) for item in its))
            self._late.add(provider, sum(item.late for item in its))
            self._rejected.add(provider, sum(len(item.reasons) for item in its))

    def _attributed(self, item: FeedItems) -> list[str]:
        """Each reason with who refused, `opta F24 0.1.0`: in one text, as one field more would be
        another state."""
        return [
            f"{adapter} {self._version}{SEPARATOR}{reason}"
            for adapter, reason in zip(item.adapters, item.reasons, strict=True)
        ]


class ReadFeed(_FeedFunction):
    """Message -> its items; a snapshot -> its manifest only."""

    def eval(self, key: pd.Series, body: pd.Series, *lineage: pd.Series) -> pd.Series:
        """One batch of messages; `lineage` is topic, partition, offset, received_at."""
        origins = self._lineages(*lineage)
        items = [
            self._reader.read(self._provider(origin), match_key, value, origin)
            for match_key, value, origin in zip(key, body, origins, strict=True)
        ]
        return self._column(items, origins)


class ReadSnapshot(_FeedFunction):
    """Snapshot and the manifest of the match's snapshot before -> what changed in between."""

    def eval(
        self, previous: pd.Series, key: pd.Series, body: pd.Series, *lineage: pd.Series
    ) -> pd.Series:
        """One batch of snapshots; `lineage` is topic, partition, offset, received_at."""
        origins = self._lineages(*lineage)
        items = [
            self._reader.read_snapshot(self._provider(origin), match_key, value, origin, before)
            for before, match_key, value, origin in zip(previous, key, body, origins, strict=True)
        ]
        return self._column(items, origins)


def feed_functions(
    feed_prefix: str, aliases: dict[str, Identity], generation: int
) -> dict[str, Any]:
    """SQL name -> function."""
    return {
        "READ_FEED": udf(
            ReadFeed(feed_prefix, aliases, generation), result_type=ITEMS, func_type="pandas"
        ),
        "READ_SNAPSHOT": udf(
            ReadSnapshot(feed_prefix, aliases, generation), result_type=ITEMS, func_type="pandas"
        ),
    }

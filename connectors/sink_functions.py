"""The sinks as vectorised functions: what SQL calls to write a batch.

Each says that it is not deterministic: the planner may otherwise call it twice, or not at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd
import pyarrow as pa
from pyflink.metrics import MetricGroup
from pyflink.table import DataTypes
from pyflink.table.udf import FunctionContext, ScalarFunction, udf

from connectors.clickhouse_sink import HistoryWriter
from connectors.live_write import ACCOUNTING, LiveWrite, provider_of
from connectors.patience import Patience, RefusedError
from connectors.redis_sink import RedisWriter
from connectors.refused import DeadLetters, history_letter, live_letter
from schemas.redis.keys import MAIN
from touchline.settings import Settings
from udfs.clock import now_ms
from udfs.columns import column_of
from udfs.metrics import Histogram, Totals
from udfs.worker import end_bundles_at_once


def series_of(columns: Sequence[pd.Series | str | int]) -> list[pd.Series]:
    """The arguments of a call as columns; what the query has as a constant comes as a scalar."""
    rows = next(len(column) for column in columns if isinstance(column, pd.Series))
    return [
        column if isinstance(column, pd.Series) else pd.Series([column] * rows)
        for column in columns
    ]


def _ones(rows: int) -> pd.Series:
    return column_of(pa.array([1] * rows, pa.int64()))


def _tell(patience: Patience, group: MetricGroup) -> None:
    """How the store was: totals, which move when a bundle ends. (So do PyFlink's counters.)"""
    group.gauge("store_retries", lambda: patience.retries)
    group.gauge("store_away_ms", lambda: patience.away_ms)


class WriteLive(ScalarFunction):  # type: ignore[misc]
    """A batch of `LiveWrite`s -> Redis. What Redis refuses of it is a dead letter."""

    def __init__(self, settings: Settings, generation: int) -> None:
        self._settings = settings
        self._generation = generation

    def is_deterministic(self) -> bool:
        """No: it writes."""
        return False

    def open(self, function_context: FunctionContext) -> None:
        """Connect, in the worker."""
        end_bundles_at_once()
        self._writer = RedisWriter.connect(
            self._settings.redis,
            self._generation,
            self._settings.jobs.version or MAIN,
            self._settings.jobs.store_patience_s,
        )
        self._dead_letters = DeadLetters(self._settings.kafka)
        group = function_context.get_metric_group()
        _tell(self._writer.patience, group)
        group.gauge("undescribed", lambda: self._writer.undescribed)
        self._rows = group.counter("live_writes")
        self._applied = group.counter("live_writes_applied")
        self._refused = group.counter("refused_rows")
        self._latency = Histogram(group, "feed_to_redis_ms")
        self._accounting = Totals(group, "feed_items")

    def eval(self, texts: pd.Series) -> pd.Series:
        """One batch of what `LiveWrite.parse` reads; gives 1 a row."""
        writes = [LiveWrite.parse(text) for text in texts.tolist()]
        self._rows.inc(len(writes))
        try:
            applied = self._writer.write(writes)
        except RefusedError as error:
            applied = error.written
            self._refused.inc(len(error.refused))
            self._dead_letters.send(
                live_letter(texts.iloc[row], why) for row, why in error.refused.items()
            )
        self._applied.inc(applied)
        self._account(write for write in writes if write.kind == ACCOUNTING)
        now = now_ms()
        self._latency.observe(
            (provider, now - write.received_ms)
            for write in writes
            if (provider := provider_of(write))
        )
        return _ones(len(writes))

    def _account(self, counts: Iterable[LiveWrite]) -> None:
        """What `normalize` has counted, on its way to Redis. (It knows that in SQL, where Flink has
        no metrics of one's own.)"""
        for topic, verdict, _, total in (write[1:5] for write in counts):
            provider = topic.removeprefix(self._settings.kafka.feed_prefix)
            self._accounting.set(provider, verdict, total)


def live_writer(settings: Settings, generation: int) -> Any:
    """The SQL function WRITE_LIVE."""
    return udf(
        WriteLive(settings, generation),
        result_type=DataTypes.BIGINT(),
        func_type="pandas",
        deterministic=False,
    )


class WriteHistory(ScalarFunction):  # type: ignore[misc]
    """A batch of columns -> one insert into a ClickHouse table. What ClickHouse refuses of it is a
    dead letter.

    schema: the table's columns that are written, in the order of the arguments.
    """

    def __init__(self, settings: Settings, table: str, schema: Mapping[str, pa.DataType]) -> None:
        self._settings = settings
        self._table = table
        self._schema = dict(schema)

    def is_deterministic(self) -> bool:
        """No: it writes."""
        return False

    def open(self, function_context: FunctionContext) -> None:
        """Get ready, in the worker."""
        end_bundles_at_once()
        self._writer = HistoryWriter.connect(
            self._settings.clickhouse,
            self._table,
            self._schema,
            self._settings.jobs.store_patience_s,
        )
        self._dead_letters = DeadLetters(self._settings.kafka)
        group = function_context.get_metric_group()
        _tell(self._writer.patience, group)
        self._rows = group.counter(f"{self._table}_rows")
        self._latency = Histogram(group, "feed_to_clickhouse_ms")
        self._refused = group.counter("refused_rows")

    def eval(self, *columns: pd.Series | str | int) -> pd.Series:
        """One batch; gives 1 a row."""
        arrays = [pa.array(column, from_pandas=True) for column in series_of(columns)]
        rows = len(arrays[0])
        try:
            inserted = self._writer.write(arrays)
        except RefusedError as error:
            inserted = error.written
            self._refused.inc(len(error.refused))
            self._dead_letters.send(
                history_letter(self._table, self._row(arrays, row), why)
                for row, why in error.refused.items()
            )
        self._rows.inc(inserted)
        self._observe(arrays)
        return _ones(rows)

    def _observe(self, arrays: Sequence[pa.Array]) -> None:
        """How old the events are by now, of a table that has events."""
        columns = dict(zip(self._schema, arrays, strict=True))
        if {"provider", "received_at"} <= columns.keys():
            received_ms = columns["received_at"].to_pylist()
            now = now_ms()
            self._latency.observe(
                (provider, now - received)
                for provider, received in zip(
                    columns["provider"].to_pylist(), received_ms, strict=True
                )
            )

    def _row(self, arrays: list[pa.Array], row: int) -> dict[str, Any]:
        return {name: array[row].as_py() for name, array in zip(self._schema, arrays, strict=True)}


def history_writer(settings: Settings, table: str, schema: Mapping[str, pa.DataType]) -> Any:
    """The SQL function that writes to `table`."""
    return udf(
        WriteHistory(settings, table, schema),
        result_type=DataTypes.BIGINT(),
        func_type="pandas",
        deterministic=False,
    )

"""The sinks as vectorised functions: what SQL calls to write a batch.

Each says that it is not deterministic: the planner may otherwise call it twice, or not at all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import pyarrow as pa
from pyflink.metrics import MetricGroup
from pyflink.table import DataTypes
from pyflink.table.udf import FunctionContext, ScalarFunction, udf

from connectors.clickhouse_sink import HistoryWriter
from connectors.patience import Patience
from connectors.redis_sink import LiveWrite, RedisWriter
from touchline.settings import ClickHouse, Redis, Settings
from udfs.clock import now_ms
from udfs.columns import column_of
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
    """A batch of `LiveWrite`s -> Redis."""

    def __init__(self, settings: Redis, generation: int, version: str, patience_s: float) -> None:
        self._settings = settings
        self._generation = generation
        self._version = version
        self._patience_s = patience_s

    def is_deterministic(self) -> bool:
        """No: it writes."""
        return False

    def open(self, function_context: FunctionContext) -> None:
        """Connect, in the worker."""
        end_bundles_at_once()
        self._writer = RedisWriter.connect(
            self._settings, self._generation, self._version, self._patience_s
        )
        group = function_context.get_metric_group()
        _tell(self._writer.patience, group)
        self._rows = group.counter("live_writes")
        self._applied = group.counter("live_writes_applied")
        self._latency_ms = 0
        # A gauge: of a distribution Flink's Prometheus reporter makes no number.
        group.gauge("feed_to_redis_ms", lambda: self._latency_ms)

    def eval(self, texts: pd.Series) -> pd.Series:
        """One batch of what `LiveWrite.parse` reads; gives 1 a row."""
        writes = [LiveWrite.parse(text) for text in texts.tolist()]
        self._rows.inc(len(writes))
        self._applied.inc(self._writer.write(writes))
        newest = max((write.received_ms for write in writes), default=0)
        if newest:
            self._latency_ms = now_ms() - newest
        return _ones(len(writes))


def live_writer(settings: Settings, generation: int) -> Any:
    """The SQL function WRITE_LIVE."""
    return udf(
        WriteLive(
            settings.redis, generation, settings.jobs.version, settings.jobs.store_patience_s
        ),
        result_type=DataTypes.BIGINT(),
        func_type="pandas",
        deterministic=False,
    )


class WriteHistory(ScalarFunction):  # type: ignore[misc]
    """A batch of columns -> one insert into a ClickHouse table.

    schema: the table's columns that are written, in the order of the arguments.
    """

    def __init__(
        self,
        settings: ClickHouse,
        table: str,
        schema: Mapping[str, pa.DataType],
        patience_s: float,
    ) -> None:
        self._settings = settings
        self._table = table
        self._schema = dict(schema)
        self._patience_s = patience_s

    def is_deterministic(self) -> bool:
        """No: it writes."""
        return False

    def open(self, function_context: FunctionContext) -> None:
        """Get ready, in the worker."""
        end_bundles_at_once()
        self._writer = HistoryWriter.connect(
            self._settings, self._table, self._schema, self._patience_s
        )
        group = function_context.get_metric_group()
        _tell(self._writer.patience, group)
        self._rows = group.counter(f"{self._table}_rows")

    def eval(self, *columns: pd.Series | str | int) -> pd.Series:
        """One batch; gives 1 a row."""
        arrays = [pa.array(column, from_pandas=True) for column in series_of(columns)]
        rows = self._writer.write(arrays)
        self._rows.inc(rows)
        return _ones(rows)


def history_writer(settings: Settings, table: str, schema: Mapping[str, pa.DataType]) -> Any:
    """The SQL function that writes to `table`."""
    return udf(
        WriteHistory(settings.clickhouse, table, schema, settings.jobs.store_patience_s),
        result_type=DataTypes.BIGINT(),
        func_type="pandas",
        deterministic=False,
    )

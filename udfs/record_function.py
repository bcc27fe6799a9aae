"""A reader of records in Flink's clothes.

A reader gives each record a row, whose last column says why it is a dead letter; empty if it is
none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pandas as pd
import pyarrow as pa
from pyflink.table.types import DataType, create_arrow_schema
from pyflink.table.udf import FunctionContext, ScalarFunction

from udfs.columns import column_of
from udfs.worker import end_bundles_at_once

Reader = Callable[[Iterable[bytes], Iterable[int]], list[Any]]
"""Bytes, and when each record arrived (UTC epoch ms) -> rows."""


class ReadRecords(ScalarFunction):  # type: ignore[misc]
    """A reader in Flink's clothes: bytes and arrival of records -> a row of columns.

    columns: of a row. counted: the metric that counts records; `unreadable_` and that, the others.
    reader: makes the reader, in the worker.
    """

    def __init__(
        self,
        columns: DataType,
        counted: str,
        reader: Callable[[], Reader],
        deterministic: bool = True,
    ) -> None:
        self._columns = columns
        self._counted = counted
        self._make = reader
        self._deterministic = deterministic

    def is_deterministic(self) -> bool:
        """Whether the reader looks at nothing but the records."""
        return self._deterministic

    def open(self, function_context: FunctionContext) -> None:
        """Make the reader, in the worker."""
        end_bundles_at_once()
        self._read = self._make()
        self._fields = list(create_arrow_schema(["row"], [self._columns]).field("row").type)
        group = function_context.get_metric_group()
        self._records = group.counter(self._counted)
        self._unreadable = group.counter(f"unreadable_{self._counted}")

    def eval(self, bodies: pd.Series, arrived: pd.Series) -> pd.Series:
        """One batch."""
        rows = self._read(bodies, arrived.dt.as_unit("ms").array.asi8.tolist())
        self._records.inc(len(rows))
        self._unreadable.inc(sum(1 for row in rows if row[-1]))
        arrays = [
            pa.array(column, field.type)
            for column, field in zip(zip(*rows, strict=True), self._fields, strict=True)
        ]
        return column_of(pa.StructArray.from_arrays(arrays, fields=self._fields))

"""The step of the leaderboards job that is Python: `udfs.leaderboards` in Flink's clothes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import pyarrow as pa
from pyflink.table import DataTypes
from pyflink.table.types import create_arrow_schema
from pyflink.table.udf import FunctionContext, ScalarFunction, udf

from udfs.columns import column_of
from udfs.leaderboards import scores
from udfs.leaderboards.scores import Schedule
from udfs.worker import end_bundles_at_once

_TEXT, _LONG = DataTypes.STRING(), DataTypes.BIGINT()
_NUMBERS = ("value", "at_ms", "ends_ms", "arrived_ms")

SCORE = DataTypes.ROW(
    [
        DataTypes.FIELD(name, (_LONG if name in _NUMBERS else _TEXT).not_null())
        for name in scores.COLUMNS
    ]
)


class ReadScores(ScalarFunction):  # type: ignore[misc]
    """Bytes and arrival of scores -> their columns."""

    def __init__(self, boards: Mapping[str, Schedule]) -> None:
        self._boards = dict(boards)

    def open(self, function_context: FunctionContext) -> None:
        """Make the reader, in the worker."""
        end_bundles_at_once()
        self._reader = scores.ScoreReader(self._boards)
        self._fields = list(create_arrow_schema(["score"], [SCORE]).field("score").type)
        group = function_context.get_metric_group()
        self._scores = group.counter("scores")
        self._unreadable = group.counter("unreadable_scores")

    def eval(self, bodies: pd.Series, arrived: pd.Series) -> pd.Series:
        """One batch."""
        arrived_ms = arrived.dt.as_unit("ms").array.asi8.tolist()
        rows = self._reader.read(bodies, arrived_ms)
        self._scores.inc(len(rows))
        self._unreadable.inc(sum(1 for row in rows if row[-1]))
        arrays = [
            pa.array(column, field.type)
            for column, field in zip(zip(*rows, strict=True), self._fields, strict=True)
        ]
        return column_of(pa.StructArray.from_arrays(arrays, fields=self._fields))


def score_reader(boards: Mapping[str, Schedule]) -> Any:
    """The SQL function READ_SCORE."""
    return udf(ReadScores(boards), result_type=SCORE, func_type="pandas")

"""The steps of the polls job that are Python: `udfs.polls` in Flink's clothes."""

from __future__ import annotations

import time
from typing import Any

import pandas as pd
import pyarrow as pa
from pyflink.common import Types
from pyflink.table import DataTypes
from pyflink.table.types import create_arrow_schema
from pyflink.table.udf import FunctionContext, ScalarFunction, udf

from udfs.columns import column_of
from udfs.polls import tally, versions, votes
from udfs.worker import end_bundles_at_once

_TEXT, _LONG, _FLAG = DataTypes.STRING(), DataTypes.BIGINT(), DataTypes.BOOLEAN()
_KINDS = {"voted_ms": _LONG, "arrived_ms": _LONG, "shed": _FLAG}

VOTE = DataTypes.ROW(
    [DataTypes.FIELD(name, _KINDS.get(name, _TEXT).not_null()) for name in votes.COLUMNS]
)


class ReadVotes(ScalarFunction):  # type: ignore[misc]
    """Bytes and arrival of votes -> their columns."""

    def __init__(self, shed_after_ms: int) -> None:
        self._shed_after_ms = shed_after_ms

    def is_deterministic(self) -> bool:
        """Not with load shedding, which looks at the clock."""
        return self._shed_after_ms == 0

    def open(self, function_context: FunctionContext) -> None:
        """Make the reader, in the worker."""
        end_bundles_at_once()
        self._reader = votes.VoteReader(self._shed_after_ms)
        self._fields = list(create_arrow_schema(["vote"], [VOTE]).field("vote").type)
        group = function_context.get_metric_group()
        self._votes = group.counter("votes")
        self._unreadable = group.counter("unreadable_votes")

    def eval(self, bodies: pd.Series, arrived: pd.Series) -> pd.Series:
        """One batch."""
        arrived_ms = arrived.dt.as_unit("ms").array.asi8.tolist()
        rows = self._reader.read(bodies, arrived_ms, time.time_ns() // 1_000_000)
        self._votes.inc(len(rows))
        self._unreadable.inc(sum(1 for row in rows if row[-1]))
        arrays = [
            pa.array(column, field.type)
            for column, field in zip(zip(*rows, strict=True), self._fields, strict=True)
        ]
        return column_of(pa.StructArray.from_arrays(arrays, fields=self._fields))


def vote_reader(shed_after_ms: int) -> Any:
    """The SQL function READ_VOTE."""
    return udf(ReadVotes(shed_after_ms), result_type=VOTE, func_type="pandas")


_TEXTS, _LONGS = Types.OBJECT_ARRAY(Types.STRING()), Types.OBJECT_ARRAY(Types.LONG())
_VERSION = {
    "first_opened_ms": Types.LONG(), "opened": _LONGS, "ended": _LONGS, "deadlines": _LONGS,
    "choices": _TEXTS, "max_choices": Types.INT(), "first_counts": Types.BOOLEAN(),
    "regions": _TEXTS, "final_ms": Types.LONG(), "body": Types.PRIMITIVE_ARRAY(Types.BYTE()),
    "partition": Types.INT(), "offset": Types.LONG(),
}  # fmt: skip
VERSION_TYPES = {name: _VERSION.get(name, Types.STRING()) for name in versions.COLUMNS}
"""Of the step that makes versions of commands."""

RESULT_TYPES = {
    name: Types.LONG() if name == "revision" else Types.STRING() for name in tally.COLUMNS
}
"""Of the step that makes results of counts."""

"""The steps of the polls job that are Python: `udfs.polls` in Flink's clothes."""

from __future__ import annotations

from functools import partial
from typing import Any

from pyflink.common import Types
from pyflink.table import DataTypes
from pyflink.table.udf import udf

from udfs.clock import now_ms
from udfs.polls import tally, versions, votes
from udfs.record_function import Reader, ReadRecords

_TEXT, _LONG, _FLAG = DataTypes.STRING(), DataTypes.BIGINT(), DataTypes.BOOLEAN()
_KINDS = {"voted_ms": _LONG, "arrived_ms": _LONG, "shed": _FLAG}

VOTE = DataTypes.ROW(
    [DataTypes.FIELD(name, _KINDS.get(name, _TEXT).not_null()) for name in votes.COLUMNS]
)


def vote_reader(shed_after_ms: int) -> Any:
    """The SQL function READ_VOTE: bytes and arrival of votes -> their columns."""
    # Load shedding looks at the clock.
    read = ReadRecords(VOTE, "votes", partial(_reader, shed_after_ms), not shed_after_ms)
    return udf(read, result_type=VOTE, func_type="pandas")


def _reader(shed_after_ms: int) -> Reader:
    reader = votes.VoteReader(shed_after_ms)
    return lambda bodies, arrived_ms: reader.read(bodies, arrived_ms, now_ms())


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

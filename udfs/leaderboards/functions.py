"""The step of the leaderboards job that is Python: `udfs.leaderboards` in Flink's clothes."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from pyflink.table import DataTypes
from pyflink.table.udf import udf

from udfs.leaderboards import scores
from udfs.leaderboards.scores import Schedule, ScoreReader
from udfs.record_function import Reader, ReadRecords

_TEXT, _LONG = DataTypes.STRING(), DataTypes.BIGINT()
_NUMBERS = ("value", "at_ms", "ends_ms", "arrived_ms")

SCORE = DataTypes.ROW(
    [
        DataTypes.FIELD(name, (_LONG if name in _NUMBERS else _TEXT).not_null())
        for name in scores.COLUMNS
    ]
)


def score_reader(boards: Mapping[str, Schedule]) -> Any:
    """The SQL function READ_SCORE: bytes and arrival of scores -> their columns."""
    read = ReadRecords(SCORE, "scores", partial(_reader, dict(boards)))
    return udf(read, result_type=SCORE, func_type="pandas")


def _reader(boards: Mapping[str, Schedule]) -> Reader:
    return ScoreReader(boards).read

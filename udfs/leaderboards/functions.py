"""The steps of the leaderboards job that are Python: `udfs.leaderboards` in Flink's clothes."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import pandas as pd
from pyflink.table import DataTypes
from pyflink.table.udf import FunctionContext, ScalarFunction, udf

from udfs.leaderboards import scores
from udfs.leaderboards.periods import period_of
from udfs.leaderboards.scores import Schedule, ScoreReader
from udfs.record_function import Reader, ReadRecords
from udfs.worker import end_bundles_at_once

SEPARATOR = "\x1f"
"""Between a period's name and its end (UTC epoch ms)."""

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


class _PeriodAt(ScalarFunction):  # type: ignore[misc]
    def open(self, function_context: FunctionContext) -> None:
        end_bundles_at_once()

    def eval(self, cron: str, at_ms: pd.Series) -> pd.Series:
        periods = [period_of(cron, moment) for moment in at_ms.tolist()]
        return pd.Series([f"{period.name}{SEPARATOR}{period.end_ms}" for period in periods])


def period_at() -> Any:
    """The SQL function PERIOD_AT: a cron in UTC, and a moment (UTC epoch ms) -> the name of the
    period and its end, as one text."""
    return udf(_PeriodAt(), result_type=_TEXT, func_type="pandas")

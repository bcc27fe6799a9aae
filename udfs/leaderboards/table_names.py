"""The table of a board that a moment belongs to, as SQL asks for it."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import pandas as pd
from pyflink.table import DataTypes
from pyflink.table.udf import FunctionContext, ScalarFunction, udf

from udfs.leaderboards.periods import period_of
from udfs.worker import end_bundles_at_once

SEPARATOR = "\x1f"
"""Between a period's name and its end (UTC epoch ms)."""


class _PeriodAt(ScalarFunction):  # type: ignore[misc]
    def open(self, function_context: FunctionContext) -> None:
        end_bundles_at_once()

    def eval(self, cron: str, at_ms: pd.Series) -> pd.Series:
        return pd.Series([_table(cron, moment) for moment in at_ms.tolist()])


@lru_cache(maxsize=10_000)
def _table(cron: str, at_ms: int) -> str:
    period = period_of(cron, at_ms)
    return f"{period.name}{SEPARATOR}{period.end_ms}"


def period_at() -> Any:
    """The SQL function PERIOD_AT: a cron in UTC, and a moment (UTC epoch ms) -> the name of the
    period and its end, as one text."""
    return udf(_PeriodAt(), result_type=DataTypes.STRING(), func_type="pandas")

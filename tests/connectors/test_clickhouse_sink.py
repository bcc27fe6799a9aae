"""What a batch of columns becomes on its way to ClickHouse."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from clickhouse_connect.driver.exceptions import DatabaseError

from connectors.clickhouse_sink import UTC_MS, HistoryWriter
from connectors.patience import RefusedError


class Client:
    """Keeps what is inserted."""

    def __init__(self) -> None:
        self.inserted: list[tuple[str, list[dict[str, Any]]]] = []

    def insert_arrow(self, table: str, rows: pa.Table, settings: object) -> None:
        self.inserted.append((table, rows.to_pylist()))


def written(series: pd.Series, kind: pa.DataType) -> list[Any]:
    client = Client()
    writer = HistoryWriter(lambda: client, "t", {"c": kind})  # type: ignore[arg-type, return-value]
    assert writer.write([pa.array(series, from_pandas=True)]) == len(series)
    [(table, rows)] = client.inserted
    assert table == "t"
    return [row["c"] for row in rows]


def test_a_time_that_is_missing_leaves_the_others_of_its_batch_as_they_are() -> None:
    times = written(pd.Series([1_534_791_600_123, None]), UTC_MS)
    assert [time and time.isoformat() for time in times] == [
        "2018-08-20T19:00:00.123000+00:00",
        None,
    ]


def test_a_number_that_is_missing_leaves_the_others_whole() -> None:
    assert written(pd.Series([3, None, 0]), pa.int32()) == [3, None, 0]


def test_texts_and_lists_go_as_they_are() -> None:
    assert written(pd.Series(["Leganés", ""]), pa.string()) == ["Leganés", ""]
    assert written(pd.Series([["1", "2"], []]), pa.list_(pa.string())) == [["1", "2"], []]


VIOLATED_CONSTRAINT, UNKNOWN_TABLE = 469, 60


class Strict(Client):
    """Refuses what has a number in it that is negative, with the error of the code."""

    def __init__(self, code: int) -> None:
        super().__init__()
        self.tried = 0
        self._code = code

    def insert_arrow(self, table: str, rows: pa.Table, settings: object) -> None:
        self.tried += 1
        if any(row["c"] < 0 for row in rows.to_pylist()):
            raise DatabaseError("refused", code=self._code)
        super().insert_arrow(table, rows, settings)


def test_a_batch_is_halved_until_the_rows_that_are_refused_are_alone() -> None:
    client = Strict(VIOLATED_CONSTRAINT)
    writer = HistoryWriter(lambda: client, "t", {"c": pa.int64()})  # type: ignore[arg-type, return-value]
    bad = {7, 640, 641}
    with pytest.raises(RefusedError) as raised:
        writer.write([pa.array([-row if row in bad else row for row in range(1_000)])])
    assert raised.value.refused == dict.fromkeys(sorted(bad), "refused")
    assert raised.value.written == 997
    inserted = [row["c"] for _, rows in client.inserted for row in rows]
    assert sorted(inserted) == [row for row in range(1_000) if row not in bad]
    assert client.tried < 60


def test_an_error_that_is_about_no_row_splits_nothing() -> None:
    client = Strict(UNKNOWN_TABLE)
    writer = HistoryWriter(lambda: client, "t", {"c": pa.int64()})  # type: ignore[arg-type, return-value]
    with pytest.raises(DatabaseError):
        writer.write([pa.array([1, -2, 3])])
    assert client.tried == 1

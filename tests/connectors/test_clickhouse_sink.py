"""What a batch of columns becomes on its way to ClickHouse."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pyarrow as pa

from connectors.clickhouse_sink import UTC_MS, HistoryWriter


class Client:
    """Keeps what is inserted."""

    def __init__(self) -> None:
        self.inserted: list[tuple[str, list[dict[str, Any]]]] = []

    def insert_arrow(self, table: str, rows: pa.Table) -> None:
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

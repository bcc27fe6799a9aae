"""Telling an insert that its rows follow from all other statements."""

from __future__ import annotations

import pytest

from touchline.stack.clickhouse_sql import Insert, insert_with_data


@pytest.mark.parametrize(
    "query",
    [
        b"SELECT 1 FORMAT JSON",
        b"select 'INSERT INTO t FORMAT CSV'",
        b"INSERT INTO t SELECT * FROM s FORMAT Null",
        b"INSERT INTO t (a) VALUES (1), (2)",
        b"INSERT INTO t FORMAT Values (1)",
        b"INSERT INTO t WITH 1 AS x SELECT x",
        b"INSERT INTO t FROM INFILE 'x.csv' FORMAT CSV",
        b"-- INSERT INTO t FORMAT CSV\nSELECT 1",
        b"CREATE TABLE t (a Int32) ENGINE = Memory",
        b"",
    ],
)
def test_a_statement_that_is_whole_is_left_to_chdb(query: bytes) -> None:
    assert insert_with_data(query) is None


@pytest.mark.parametrize(
    ("query", "insert"),
    [
        (b"INSERT INTO t FORMAT Native", Insert("INSERT INTO t ", "Native", b"")),
        (b"INSERT INTO t FORMAT Native\n\x01\x02", Insert("INSERT INTO t ", "Native", b"\x01\x02")),
        (b"insert into t format CSV\n1,a\n", Insert("insert into t ", "CSV", b"1,a\n")),
        (
            b'INSERT INTO t FORMAT JSONEachRow {"a":1}',
            Insert("INSERT INTO t ", "JSONEachRow", b'{"a":1}'),
        ),
        (b"INSERT INTO t FORMAT Native;\n\n", Insert("INSERT INTO t ", "Native", b"\n")),
        (
            b"INSERT INTO `format`.t (`format`, b) SETTINGS async_insert=1 FORMAT TSV\n1\t2",
            Insert("INSERT INTO `format`.t (`format`, b) SETTINGS async_insert=1 ", "TSV", b"1\t2"),
        ),
        (b"INSERT INTO t (a, b)", Insert("INSERT INTO t (a, b)", "Values", b"")),
        (b"/* load */ INSERT INTO t FORMAT CSV", Insert("/* load */ INSERT INTO t ", "CSV", b"")),
    ],
)
def test_an_insert_whose_rows_follow_is_taken_apart(query: bytes, insert: Insert) -> None:
    assert insert_with_data(query) == insert


def test_rows_that_begin_with_a_line_break_keep_it() -> None:
    insert = insert_with_data(b"INSERT INTO t FORMAT RowBinary\n\n\x01")
    assert insert is not None
    assert insert.data == b"\n\x01"

"""What a job's state is made of, as texts."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from jobs.state_shape import columns, parameters, structure


@dataclass
class Inner:
    count: int


@dataclass
class Outer:
    inner: Inner | None
    names: dict[str, list[Inner]]


class Kept(msgspec.Struct):
    again: Kept | None


def test_the_types_of_fields_within_fields_are_part_of_it() -> None:
    text = structure(Outer | None)
    assert text.count("Inner(count: int)") == 2
    assert "NoneType" in text


def test_a_type_that_has_itself_within_comes_to_an_end() -> None:
    assert structure(Kept).startswith("Kept(again: ")


def test_of_a_table_the_columns_count_and_not_where_it_is() -> None:
    ddl = "CREATE TABLE t (\n    a INT,\n    b ROW<x INT>\n) WITH (\n 'topic' = '{}'\n)"
    assert columns([ddl.format("one")]) == columns([ddl.format("other")])
    assert columns([ddl]) == "CREATE TABLE t ( a INT, b ROW<x INT> )"
    assert columns([ddl]) != columns([ddl.replace("a INT", "a BIGINT")])


def test_a_view_among_the_tables_counts_in_full() -> None:
    assert "WHERE a > 1" in columns(["CREATE TEMPORARY VIEW v AS SELECT * FROM t WHERE a > 1"])


def test_what_flink_keeps_with_the_job_is_short_and_in_its_form() -> None:
    one, other = parameters({"steps": "x" * 9_999, "flink": "2.3.0"}).split(",")
    assert one.startswith("touchline.shape.flink:")
    assert len(other) < 50

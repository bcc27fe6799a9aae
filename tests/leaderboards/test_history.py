"""The history of leaderboards in ClickHouse: tables as they ended, and values over time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.history_tables import history_with
from touchline import history
from touchline.leaderboards import past_tables, progress
from touchline.settings import ClickHouse

pytestmark = pytest.mark.stack

PAGE = (Path(__file__).parents[2] / "docs" / "leaderboards.md").read_text()
QUERIES = [
    query
    for block in re.findall(r"```sql\n(.+?)```", PAGE, re.DOTALL)
    for query in block.split(";")
    if query.strip()
]

YESTERDAY = {"period": "2026-11-21", "ends_at": "2026-11-22 00:00:00.000"}
CENTURY = {"period": "2099-01-01", "ends_at": "2099-01-02 00:00:00.000"}


def standing(member: str, value: int, major: int, **more: Any) -> dict[str, Any]:
    return {
        "board": "quiz", "segment": "global", "member": member, "name": member.title(),
        "value": value, "since": f"2026-11-21 12:00:{major:02}.000", "scores": 1,
        "descending": True, "major": major, "minor": 0, "generation": 0,
        "received_at": f"2026-11-21 12:00:{major:02}.500", **YESTERDAY, **more,
    }  # fmt: skip


ROWS = [
    standing("ann", 5, 1),
    standing("ann", 9, 4, scores=2),
    standing("ann", 9, 4, scores=2),
    standing("bo", 9, 3),
    standing("cy", 12, 5),
    standing("cy", 0, 7, scores=0),
    standing("di", 1, 6),
    # Written again by a replay that outranks what was there at the same place, and nothing later.
    standing("di", 2, 6, generation=1),
    standing("ed", 4, 2, generation=1),
    standing("ed", 3, 8),
    standing("ann", 50, 9, **CENTURY),
    standing("ann", 5, 1, segment="region:es"),
    standing("x", 30, 1, board="laps", descending=False, period="all", ends_at=None),
    standing("y", 20, 2, board="laps", descending=False, period="all", ends_at=None),
    standing("ann", 35, 1, board="game", period="all", ends_at=None),
    standing("it's", 30, 1, board="laps", descending=False, period="all", ends_at=None),
]


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClickHouse]:
    """The embedded ClickHouse with all migrations applied and the rows above."""
    folder = tmp_path_factory.mktemp("leaderboards")
    with history_with(folder, {"leaderboard_standings": ROWS}) as made:
        yield made


def places(rows: list[dict[str, Any]]) -> list[tuple[int, str, int]]:
    return [(row["rank"], row["member"], row["value"]) for row in rows]


def test_a_closed_table_is_as_it_ended_ties_by_who_was_first(settings: ClickHouse) -> None:
    rows = past_tables(settings, "quiz", "global")
    assert places(rows) == [(1, "bo", 9), (2, "ann", 9), (3, "ed", 3), (4, "di", 2)]
    assert {(row["period"], row["closed"]) for row in rows} == {("2026-11-21", True)}


def test_a_table_that_is_open_is_shown_when_it_is_named(settings: ClickHouse) -> None:
    [row] = past_tables(settings, "quiz", "global", period="2099-01-01")
    assert (row["rank"], row["member"], row["value"], row["closed"]) == (1, "ann", 50, False)


def test_a_table_without_an_end_is_shown_ascending_as_its_board_is(settings: ClickHouse) -> None:
    rows = past_tables(settings, "laps", "global")
    assert places(rows) == [(1, "y", 20), (2, "it's", 30), (3, "x", 30)]


def test_so_many_places_of_each_table_are_shown(settings: ClickHouse) -> None:
    assert len(past_tables(settings, "quiz", "global", limit=2)) == 2


def test_a_segment_has_a_history_of_its_own(settings: ClickHouse) -> None:
    assert places(past_tables(settings, "quiz", "region:es")) == [(1, "ann", 5)]


def test_a_members_values_are_told_in_their_order_each_once(settings: ClickHouse) -> None:
    rows = progress(settings, "quiz", "ann", "global", period="2026-11-21")
    assert [(row["value"], row["change"], row["scores"]) for row in rows] == [(5, 5, 1), (9, 4, 2)]


def test_the_last_values_are_shown_if_there_are_many(settings: ClickHouse) -> None:
    rows = progress(settings, "quiz", "ann", "global", limit=2)
    assert [row["value"] for row in rows] == [9, 50]


def test_a_replay_of_a_higher_generation_replaces_what_was_at_its_place(
    settings: ClickHouse,
) -> None:
    assert [row["value"] for row in progress(settings, "quiz", "di", "global")] == [2]


def test_a_member_with_a_quote_in_its_name_is_found(settings: ClickHouse) -> None:
    assert [row["value"] for row in progress(settings, "laps", "it's", "global")] == [30]


@pytest.mark.parametrize("sql", QUERIES)
def test_each_query_of_the_page_finds_something(settings: ClickHouse, sql: str) -> None:
    assert history.query(settings, sql).rows

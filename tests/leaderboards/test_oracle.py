"""The oracle itself, by hand: the rules of docs/leaderboards.md."""

from __future__ import annotations

from typing import Any

import pytest

from oracle.leaderboards import Fact, Given, match_tables, tables
from touchline.settings import Board

MIDNIGHT = "0 0 * * *"
NOON = 1_795_348_800_000
DAY = 86_400_000


def played(board: Board, *scores: tuple[str, int, int]) -> list[tuple[str, int, int]]:
    """(member, value, since) of the one table that comes of (member, value, after noon) scores."""
    given = [
        Given("b", member, str(number), value, NOON + at)
        for number, (member, value, at) in enumerate(scores)
    ]
    [places] = tables({"b": board}, given).values()
    return [(place.member, place.value, place.since_ms - NOON) for place in places]


@pytest.mark.parametrize(
    ("settings", "ann"),
    [
        ({"operator": "increment"}, (9, 30)),
        ({"operator": "decrement"}, (-9, 30)),
        ({"operator": "best"}, (7, 10)),
        ({"operator": "best", "order": "ascending"}, (-5, 30)),
        ({"operator": "set"}, (-5, 30)),
    ],
)
def test_an_operator_makes_a_value_and_the_moment_it_was_reached(
    settings: dict[str, Any], ann: tuple[int, int]
) -> None:
    scores = [("ann", 7, 20), ("ann", -5, 30), ("ann", 7, 10)]
    assert played(Board(**settings), *scores) == [("ann", *ann)]


def test_of_equal_values_the_one_that_was_reached_first_is_first_in_either_order() -> None:
    scores = [("ann", 5, 20), ("bo", 5, 10), ("cy", 5, 30)]
    for order in ("descending", "ascending"):
        found = played(Board(operator="best", order=order), *scores)
        assert [member for member, _, _ in found] == ["bo", "ann", "cy"]


def test_of_the_same_moment_members_are_in_the_direction_of_the_board() -> None:
    scores = [("ann", 5, 0), ("bo", 5, 0)]
    assert [row[0] for row in played(Board(), *scores)] == ["bo", "ann"]
    assert [row[0] for row in played(Board(order="ascending"), *scores)] == ["ann", "bo"]


def test_a_reset_starts_a_new_table_and_a_region_has_its_own() -> None:
    given = [
        Given("b", "ann", "1", 5, NOON, region="es"),
        Given("b", "ann", "2", 3, NOON + DAY),
    ]
    found = tables({"b": Board(reset=MIDNIGHT)}, given)
    assert {table[1:]: [place.value for place in places] for table, places in found.items()} == {
        ("2026-11-22", "global"): [5],
        ("2026-11-22", "region:es"): [5],
        ("2026-11-23", "global"): [3],
    }


def goal(match: str, at_ms: int) -> Fact:
    return Fact(match, "opta:9", "Ann", "GOAL", 1, "soccer", "Liga", "2026", NOON + at_ms)


@pytest.mark.parametrize(
    ("settings", "place"),
    [
        ({"operator": "increment"}, (4, 50, 4)),
        ({"operator": "decrement"}, (-4, 50, 4)),
        ({"operator": "best"}, (2, 20, 4)),
        ({"operator": "best", "order": "ascending"}, (2, 20, 4)),
        ({"operator": "set"}, (2, 50, 4)),
    ],
)
def test_of_matches_a_players_total_in_each_is_the_score(
    settings: dict[str, Any], place: tuple[int, int, int]
) -> None:
    facts = [goal("a", 10), goal("a", 20), goal("b", 15), goal("b", 50)]
    [[found]] = match_tables({"b": Board(measure="goals", **settings)}, facts).values()
    assert (found.value, found.since_ms - NOON, found.scores) == place


def test_the_last_match_is_the_one_whose_last_goal_is_the_latest() -> None:
    facts = [goal("a", 60), goal("b", 15), goal("b", 50)]
    [[found]] = match_tables({"b": Board(measure="goals", operator="set")}, facts).values()
    assert (found.value, found.since_ms - NOON) == (1, 60)


def test_a_match_over_midnight_is_in_two_tables_of_a_board_that_is_reset_daily() -> None:
    facts = [goal("a", 0), goal("a", 1), goal("a", DAY // 2)]
    boards = {"b": Board(measure="goals", operator="best", reset=MIDNIGHT)}
    found = match_tables(boards, facts)
    assert {table[1]: places[0].value for table, places in found.items()} == {
        "2026-11-22": 2,
        "2026-11-23": 1,
    }

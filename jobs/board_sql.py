"""What the views of leaderboards share: boards as SQL conditions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from touchline.settings import Board

Boards = Mapping[str, Board]


def chosen(boards: Boards, that: Callable[[Board], bool]) -> list[str]:
    """The names of the boards that are so."""
    return [name for name, board in boards.items() if that(board)]


def is_one_of_boards(names: Iterable[str]) -> str:
    """The SQL condition that a row is of one of the boards."""
    listed = ", ".join(f"'{name}'" for name in names)
    return f"board IN ({listed})" if listed else "FALSE"


def union(queries: Iterable[str]) -> str:
    """The rows of all the queries."""
    return "\n        UNION ALL ".join(queries)

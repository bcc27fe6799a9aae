"""What the views of leaderboards share: boards as SQL conditions, and which last."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from touchline.settings import Board
from udfs.leaderboards.periods import outlasts

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


def lasts(board: Board, state_ttl_ms: int) -> bool:
    """Whether a table of the board may still grow when the job's state of it would have gone: what
    is kept for so long after it was last needed is enough for tables of up to half of it."""
    if board.per == "all":
        return outlasts(board.reset, state_ttl_ms // 2)
    return board.per == "season"

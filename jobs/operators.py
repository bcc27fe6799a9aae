"""What a board's operator makes of scores, as SQL.

Of a board that keeps one score (`best`, `set`), a score is a *claim*: a text that begins with what
decides between scores, so that the greatest one is the one that counts. Others have a sum.
"""

from __future__ import annotations

from collections.abc import Iterable

from jobs.board_sql import Boards, chosen, is_one_of_boards
from jobs.ordered_text import digits
from schemas.redis.keys import LAST_MS, TIME_DIGITS
from udfs.leaderboards.scores import MAX_VALUE

PICKING = ("best", "set")
"""The operators that keep one score."""

_VALUE_DIGITS = len(str(2 * MAX_VALUE))


class Operators:
    """Conditions on a row of some boards, by what its board does with a score.

    tie_digits: how long the text is that decides between those that `set` at the same moment.
    """

    def __init__(self, boards: Boards, tie_digits: int = 0) -> None:
        def of(operator: str, orders: Iterable[str] = ("ascending", "descending")) -> str:
            return is_one_of_boards(
                chosen(boards, lambda board: board.operator == operator and board.order in orders)
            )

        self._greatest = of("best", ["descending"])
        self._least = of("best", ["ascending"])
        self._last = of("set")
        self._before_value = TIME_DIGITS + tie_digits
        self.taken = of("decrement")

    def claim(self, value: str, at_ms: str, tie: str = "''") -> str:
        """The SQL of a score's claim; NULL where there is a sum."""
        earliest = digits(f"{LAST_MS} - {at_ms}", TIME_DIGITS)
        greater = digits(f"{value} + {MAX_VALUE}", _VALUE_DIGITS)
        less = digits(f"{MAX_VALUE} - {value}", _VALUE_DIGITS)
        return f"""CASE
                WHEN {self._greatest} THEN CONCAT({greater}, {earliest})
                WHEN {self._least} THEN CONCAT({less}, {earliest})
                WHEN {self._last} THEN CONCAT({digits(at_ms, TIME_DIGITS)}, {tie}, {greater})
            END"""

    def value(self, total: str) -> str:
        """The SQL of a member's value, by the greatest `claim` or, of a sum, by `total`."""
        best = f"CAST(SUBSTRING(claim FROM 1 FOR {_VALUE_DIGITS}) AS BIGINT)"
        last = f"CAST(SUBSTRING(claim FROM {self._before_value + 1}) AS BIGINT)"
        return f"""CASE
                WHEN {self._greatest} THEN {best} - {MAX_VALUE}
                WHEN {self._least} THEN {MAX_VALUE} - {best}
                WHEN {self._last} THEN {last} - {MAX_VALUE}
                ELSE {total}
            END"""

    def since(self, last_ms: str) -> str:
        """The SQL of when the value was reached; of a sum, `last_ms`."""
        earliest = f"CAST(SUBSTRING(claim FROM {_VALUE_DIGITS + 1}) AS BIGINT)"
        return f"""CASE
                WHEN {self._greatest} OR {self._least} THEN {LAST_MS} - {earliest}
                WHEN {self._last} THEN CAST(SUBSTRING(claim FROM 1 FOR {TIME_DIGITS}) AS BIGINT)
                ELSE {last_ms}
            END"""

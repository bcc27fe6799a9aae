"""Standings of all boards, and each as a write to Redis.

A standing is a row: board, period, segment, member; name, value, since_ms; scores, how many make
the value, 0 if the member has left the table; ends_ms, the period's end; major, minor, received_ms.
`standings` also has whether the board is descending, and until when Redis keeps the table.
"""

from __future__ import annotations

from jobs.board_sql import Boards, chosen, is_one_of_boards, union
from jobs.json_text import json_object, number, text
from jobs.live_write import live_write
from jobs.match_boards import match_views
from jobs.ordered_text import digits
from jobs.score_boards import score_views
from schemas.redis.keys import LAST_MS, TIME_DIGITS, VALUE_DIGITS

_DAY_MS = 86_400_000
_LARGEST = (1 << 63) - 1

_VALUE = f"""CASE WHEN `value` >= 0
                THEN CONCAT('1', {digits("`value`", VALUE_DIGITS - 1)})
                ELSE CONCAT('0', {digits(f"{_LARGEST} + `value`", VALUE_DIGITS - 1)}) END"""
_SINCE = digits(f"CASE WHEN descending THEN {LAST_MS} - since_ms ELSE since_ms END", TIME_DIGITS)
_RANK = f"CONCAT({_VALUE}, {_SINCE}, `member`)"
"""The member's text in the sorted set: see `schemas/redis/keys.py`."""

_BODY = json_object(
    text("name"),
    *(number("value"), number("since", "since_ms"), number("scores")),
    *(text("rank"), number("until", "until_ms")),
)

_WRITES = f"""
        SELECT {
    live_write(
        "CASE WHEN scores > 0 THEN 'rank' ELSE 'unrank' END",
        "CONCAT(board, ':', `period`, ':', segment)",
        "`member`",
        _BODY,
        place="`value`",
    )
} AS `write`
        FROM (SELECT *, {_RANK} AS `rank` FROM standings)"""


def leaderboard_views(boards: Boards, state_ttl_ms: int) -> dict[str, str]:
    """The views from scores and canonical events to `standings`, `writes` and
    `score_dead_letters`.

    state_ttl_ms: how long the job remembers what it does not need for a table that may still grow.
    """
    views = score_views(boards, state_ttl_ms) | match_views(boards, state_ttl_ms)
    sources = [name for name in views if name in ("score_standings", "match_standings")]
    if not sources:
        return views
    return views | {"standings": _standings(boards, sources), "writes": _WRITES}


def _standings(boards: Boards, sources: list[str]) -> str:
    descending = is_one_of_boards(chosen(boards, lambda board: board.descending))
    endless = is_one_of_boards(chosen(boards, lambda board: board.endless))
    keeps = " ".join(
        f"WHEN '{name}' THEN {board.keep_closed_days * _DAY_MS}" for name, board in boards.items()
    )
    return f"""
        SELECT *, {descending} AS descending,
            CASE WHEN {endless} THEN 0
                ELSE GREATEST(ends_ms, received_ms) + CASE board {keeps} ELSE 0 END
            END AS until_ms
        FROM ({union(f"SELECT * FROM {source}" for source in sources)})"""

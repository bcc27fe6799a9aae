"""Leaderboards, as the commands need them: scores go out to Kafka, tables come from Redis, and what
was from ClickHouse.

The rules are in docs/leaderboards.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from schemas.generated.touchline.v1.score_pb2 import Score
from schemas.redis import keys
from touchline import history
from touchline.errors import TouchlineError
from touchline.redis_reader import RedisReader
from touchline.sending import sending
from touchline.settings import Board, ClickHouse, Kafka, Redis
from udfs.clock import now_ms
from udfs.leaderboards import periods
from udfs.rendering import iso_time

GLOBAL = "global"
SHOWN = 10
ALL = 0
"""As a limit: every place there is."""


@dataclass(frozen=True)
class Standing:
    """A member's place in a table; `rank` 1 is the first. since_ms: UTC epoch."""

    rank: int
    member: str
    name: str
    value: int
    since_ms: int
    scores: int


@dataclass(frozen=True)
class Table:
    """One table of a board."""

    board: str
    period: str
    segment: str = GLOBAL

    def __str__(self) -> str:
        return f"{self.board}:{self.period}:{self.segment}"


class _Member(msgspec.Struct):
    """What Redis has of a member in a table."""

    name: str
    value: int
    since: int
    scores: int
    rank: str


_member = msgspec.json.Decoder(_Member)


def board_named(boards: Mapping[str, Board], name: str) -> Board:
    """A board of the settings.

    Raises:
        TouchlineError: there is none of that name; the hint says which there are.
    """
    if name not in boards:
        raise TouchlineError(
            f"no board {name!r} in the settings", f"there are: {', '.join(boards) or 'none'}"
        )
    return boards[name]


# --- scores


def send_score(kafka: Kafka, score: Score) -> None:
    """Send a score, and wait until Kafka has it.

    Raises:
        TouchlineError: Kafka does not answer, has no such topic, or does not take it.
    """
    with sending(kafka, kafka.scores, "leaderboards") as publisher:
        publisher.send(score.SerializeToString(), f"{score.board}:{score.member}")


# --- live tables


class TableStore(RedisReader):
    """The tables in Redis, read only. A context manager.

    Every method raises TouchlineError if Redis does not answer.
    """

    def __init__(self, settings: Redis, boards: Mapping[str, Board]) -> None:
        super().__init__(settings)
        self._boards = boards

    def periods(self, board: str) -> list[str]:
        """The periods of a board that Redis has a table of; those that go last come first."""
        name = keys.leaderboard_periods(board)
        with self._readable(name):
            found: list[str] = self._redis.zrevrangebyscore(name, "+inf", f"({now_ms()}")
        return found

    def table(
        self, board: str, period: str = "", segment: str = GLOBAL, at_ms: int | None = None
    ) -> Table:
        """The table that is meant: of the period that is named, or of the one of a moment (UTC
        epoch ms), or else of the present one; where no clock tells that, the one written last.

        Raises:
            TouchlineError: there is no such board, or no table of it.
        """
        settings = board_named(self._boards, board)
        if period:
            return Table(board, period, segment)
        if timed := period_at(settings, now_ms() if at_ms is None else at_ms):
            return Table(board, timed, segment)
        if at_ms is not None:
            raise TouchlineError(
                f"{board} has a table per {settings.per}: no moment says which is meant",
                "name it with --period; `touchline leaderboard list` shows them",
            )
        for newest in self.periods(board):
            return Table(board, newest, segment)
        raise TouchlineError(
            f"no table of {board} in Redis",
            "is the job running? `touchline jobs`; those that were: `touchline leaderboard "
            f"history {board}`",
        )

    def size(self, table: Table) -> int:
        """How many members a table has."""
        name = keys.leaderboard_ranks(str(table))
        with self._readable(name):
            return int(self._redis.zcard(name))

    def top(self, table: Table, limit: int = SHOWN) -> list[Standing]:
        """The first places; of `ALL`, every one."""
        return self._places(table, 0, limit - 1)

    def around(self, table: Table, member: str, size: int = 5) -> list[Standing]:
        """A member's place, and up to `size` on either side of it.

        Raises:
            TouchlineError: the member is not in the table.
        """
        for standing in self.among(table, [member]):
            place = standing.rank - 1
            return self._places(table, max(0, place - size), place + size)
        raise TouchlineError(
            f"{member!r} is not in the table {table.period} of {table.board}",
            f"touchline leaderboard top {table.board} --period {table.period}",
        )

    def among(self, table: Table, members: Sequence[str]) -> list[Standing]:
        """Those of the members that are in the table, with their places among all."""
        if not members:
            return []
        standings = keys.leaderboard_members(str(table))
        with self._readable(standings), self._redis.pipeline(transaction=False) as pipeline:
            texts = self._redis.hmget(standings, list(members))
            found = {
                member: _member.decode(text)
                for member, text in zip(members, texts, strict=True)
                if text
            }
            ranks = keys.leaderboard_ranks(str(table))
            for one in found.values():
                if self._descending(table):
                    pipeline.zrevrank(ranks, one.rank)
                else:
                    pipeline.zrank(ranks, one.rank)
            places = pipeline.execute()
        among = [
            _standing(place, member, one)
            for place, (member, one) in zip(places, found.items(), strict=True)
            if place is not None  # it moved between the two questions
        ]
        return sorted(among, key=lambda standing: standing.rank)

    def _places(self, table: Table, first: int, last: int) -> list[Standing]:
        ranks = keys.leaderboard_ranks(str(table))
        standings = keys.leaderboard_members(str(table))
        with self._readable(ranks):
            ranked: list[str] = self._redis.zrange(ranks, first, last, desc=self._descending(table))
        if not ranked:
            return []
        members = [keys.member_of(text) for text in ranked]
        with self._readable(standings):
            texts = self._redis.hmget(standings, members)
            return [
                _standing(place, member, _member.decode(text))
                for place, (member, text) in enumerate(zip(members, texts, strict=True), first)
                if text
            ]

    def _descending(self, table: Table) -> bool:
        return board_named(self._boards, table.board).descending


def period_at(board: Board, at_ms: int) -> str:
    """The period of a board at a moment (UTC epoch ms); empty where no clock tells it."""
    if board.per == "all":
        return periods.period_of(board.reset, at_ms).name
    return (iso_time(at_ms) or "")[:10] if board.per == "day" else ""


def _standing(place: int, member: str, one: _Member) -> Standing:
    return Standing(place + 1, member, one.name, one.value, one.since, one.scores)


# --- history


def past_tables(
    settings: ClickHouse, board: str, segment: str, period: str = "", limit: int = SHOWN
) -> list[dict[str, Any]]:
    """The first places of the tables of a board that are closed, the newest first; of a board whose
    tables have no end, of all. With a period, of that table, closed or not.

    Raises:
        TouchlineError: ClickHouse does not answer or refuses.
    """
    return _rows(
        settings,
        """
        SELECT period, rank, member, name, value, since, scores, ends_at, closed
        FROM leaderboard_tables
        WHERE board = {board:String} AND segment = {segment:String} AND rank <= {limit:UInt32}
            AND if({period:String} = '', closed OR ends_at IS NULL, period = {period:String})
        ORDER BY max(since) OVER (PARTITION BY period) DESC, period, rank""",
        {"board": board, "segment": segment, "period": period, "limit": limit},
    )


def progress(
    settings: ClickHouse, board: str, member: str, segment: str, period: str = "", limit: int = 50
) -> list[dict[str, Any]]:
    """A member's last standings in the tables of a board, the oldest of them first.

    Raises:
        TouchlineError: ClickHouse does not answer or refuses.
    """
    rows = _rows(
        settings,
        """
        SELECT period, changed_at, value, change, since, scores, name
        FROM leaderboard_progress
        WHERE board = {board:String} AND segment = {segment:String} AND member = {member:String}
            AND {period:String} IN ('', period)
        ORDER BY changed_at DESC, major DESC, minor DESC
        LIMIT {limit:UInt32}""",
        {
            "board": board,
            "member": member,
            "segment": segment,
            "period": period,
            "limit": limit,
        },
    )
    return rows[::-1]


def _rows(
    settings: ClickHouse, sql: str, parameters: Mapping[str, str | int]
) -> list[dict[str, Any]]:
    result = history.query(settings, sql, parameters)
    return [dict(zip(result.columns, row, strict=True)) for row in result.rows]

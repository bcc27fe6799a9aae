"""Polls' results and leaderboards' tables in Redis, made again of the topics that have them.

The topics hold what was written: of each poll its results, of each member its standings. The newest
one is what Redis had, so that neither a job nor its state is needed. Matches, whose state no topic
holds, are replayed: see `touchline/commands/rebuild.py`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import msgspec
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]

from connectors.live_write import LiveWrite
from connectors.redis_sink import RedisWriter
from schemas.generated.touchline.v1.score_pb2 import Standing
from schemas.redis import keys
from touchline.errors import TouchlineError
from touchline.leaderboards import Table
from touchline.settings import Board
from udfs.polls.lifecycle import ARCHIVED

BATCH = 2_000
DAY_MS = 86_400_000

Told = Callable[[int], None]
"""Is told now and then how many records were read."""

TOLD_EVERY = 1_000


@dataclass
class Newest:
    """What Redis is to have, of a topic's records.

    read: records of the topic. writes: by the generation that wrote them.
    expired: polls or tables that Redis would no longer have.
    strange: boards that the settings do not have.
    """

    read: int = 0
    writes: dict[int, list[LiveWrite]] = field(default_factory=lambda: defaultdict(list))
    expired: int = 0
    strange: set[str] = field(default_factory=set)

    def count(self, records: Iterable[Any], told: Told) -> Iterator[Any]:
        """The records, each counted as it is read."""
        for self.read, record in enumerate(records, 1):
            if self.read % TOLD_EVERY == 0:
                told(self.read)
            yield record

    def all_writes(self) -> Iterator[LiveWrite]:
        """The writes of all generations."""
        for writes in self.writes.values():
            yield from writes

    def write(self, writer_of: Callable[[int], RedisWriter]) -> int:
        """Write it, by a writer for each generation; gives how many writes were newer than what was
        there."""
        return sum(
            writer_of(generation).write(batch)
            for generation, writes in sorted(self.writes.items())
            for batch in _batches(writes)
        )


def _batches(writes: Iterable[LiveWrite]) -> Iterator[list[LiveWrite]]:
    left = iter(writes)
    while batch := list(islice(left, BATCH)):
        yield batch


# --- polls


class _Result(msgspec.Struct):
    id: str
    revision: int
    status: str


_result = msgspec.json.Decoder(_Result)


def newest_results(
    records: Iterable[Any], told: Told, ended_ttl_s: int, now_ms: int, version: str
) -> Newest:
    """The newest result of each poll, of the topic `poll-results`.

    ended_ttl_s: how long Redis keeps a poll that was archived.
    version: whose results they are, and on whose channel they are told.

    Raises:
        TouchlineError: a record is no result.
    """
    newest: dict[str, tuple[_Result, bytes]] = {}
    found = Newest()
    channel = keys.versioned(keys.POLL_UPDATES, version)
    for record in found.count(records, told):
        try:
            result = _result.decode(record.value() or b"")
        except msgspec.DecodeError as error:
            raise _unreadable(record, "result of a poll", error) from error
        if result.id not in newest or newest[result.id][0].revision <= result.revision:
            newest[result.id] = result, record.value()
    for result, body in newest.values():
        if result.status == ARCHIVED and result.revision + ended_ttl_s * 1000 <= now_ms:
            found.expired += 1
            continue
        write = LiveWrite(
            "poll", result.id, channel, 0, result.revision, 0, result.revision,
            body.decode(),
        )  # fmt: skip
        found.writes[0].append(write)
    return found


# --- leaderboards


def newest_standings(
    records: Iterable[Any], told: Told, boards: Mapping[str, Board], now_ms: int
) -> Newest:
    """The newest standing of each member in each table, of the topic `leaderboard-standings`.

    Raises:
        TouchlineError: a record is no standing.
    """
    newest: dict[tuple[str, ...], tuple[tuple[int, int, int], bytes]] = {}
    standing = Standing()
    found = Newest()
    for record in found.count(records, told):
        try:
            standing.ParseFromString(record.value() or b"")
        except DecodeError as error:
            raise _unreadable(record, "standing", error) from error
        place = (standing.board, standing.period, standing.segment, standing.member)
        order = (standing.major, standing.generation, standing.minor)
        if place not in newest or newest[place][0] <= order:
            newest[place] = order, record.value()
    tables: dict[str, list[tuple[int, Standing]]] = defaultdict(list)
    for _, value in newest.values():
        one = Standing.FromString(value)
        if board := boards.get(one.board):
            table = str(Table(one.board, one.period, one.segment))
            tables[table].append((kept_until_ms(one, board), one))
        else:
            found.strange.add(one.board)
    for table, members in tables.items():
        # First those that keep the table longest: the key of one that was over would go at once.
        members.sort(key=lambda member: member[0], reverse=True)
        if 0 < members[0][0] <= now_ms:
            found.expired += 1
            continue
        for until_ms, one in members:
            found.writes[one.generation].append(standing_write(table, one, until_ms))
    return found


def kept_until_ms(standing: Standing, board: Board) -> int:
    """Until when Redis keeps the table for this standing; 0: for ever."""
    if board.endless:
        return 0
    newest: int = max(standing.ends_ms, standing.received_ms)
    return newest + board.keep_closed_days * DAY_MS


def standing_write(table: str, standing: Standing, until_ms: int) -> LiveWrite:
    """The write that the job makes of a standing: the same bytes."""
    rank = keys.ranked(standing.value, standing.since_ms, standing.member, standing.descending)
    body = {
        "name": standing.name,
        "value": standing.value,
        "since": standing.since_ms,
        "scores": standing.scores,
        "rank": rank,
        "until": until_ms,
    }
    return LiveWrite(
        "rank" if standing.scores > 0 else "unrank",
        table,
        standing.member,
        standing.value,
        standing.major,
        standing.minor,
        standing.received_ms,
        msgspec.json.encode(body).decode(),
    )


def _unreadable(record: Any, what: str, error: Exception) -> TouchlineError:
    place = f"{record.topic()}[{record.partition()}]@{record.offset()}"
    return TouchlineError(f"{place} is no {what}: {error}")

"""What Redis holds after writes to tables, in Python: the rules of `schemas/redis/apply.lua`."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from connectors.live_write import LiveWrite
from oracle.leaderboards import Place, Table
from schemas.redis.keys import member_of
from touchline.settings import Board


class TableStore:
    """The tables. `revisions` are those of every write, refused ones too, in their order."""

    def __init__(self) -> None:
        self.standings: dict[Table, dict[str, dict[str, Any]]] = {}
        self.revisions: dict[tuple[Table, str], list[tuple[int, int]]] = {}
        self._values: dict[tuple[Table, str], int] = {}

    def apply(self, writes: Iterable[LiveWrite]) -> TableStore:
        """Take over each write that is strictly newer than what is there."""
        for write in writes:
            table = _table_of(write.owner)
            seen = self.revisions.setdefault((table, write.member), [])
            newest = max(seen, default=(-1, -1))
            seen.append((write.major, write.minor))
            if seen[-1] <= newest:
                continue
            members = self.standings.setdefault(table, {})
            members.pop(write.member, None)
            if write.kind == "rank":
                members[write.member] = json.loads(write.body)
                self._values[table, write.member] = write.place
        return self

    def table(self, table: Table, board: Board) -> list[Place]:
        """A table as ZREVRANGE or ZRANGE gives it: by the score, a double, then by the text."""
        members = self.standings.get(table, {})
        assert all(member_of(found["rank"]) == member for member, found in members.items())
        ordered = sorted(
            members,
            key=lambda member: (float(self._values[table, member]), members[member]["rank"]),
            reverse=board.descending,
        )
        return [
            Place(
                member,
                members[member]["value"],
                members[member]["since"],
                members[member]["scores"],
                members[member]["name"],
            )
            for member in ordered
        ]


def _table_of(owner: str) -> Table:
    board, _, rest = owner.partition(":")
    if rest.endswith(":global"):
        return board, rest.removesuffix(":global"), "global"
    period, _, region = rest.rpartition(":region:")
    return board, period, f"region:{region}"

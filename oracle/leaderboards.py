"""What the tables of leaderboards must be, by docs/leaderboards.md: all of it from scratch.

Knows nothing of the job, but for what an event counts for.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from jobs.measures import TOTALS
from oracle.periods import period_of
from touchline.settings import POINTS, Board

LARGEST = (1 << 63) - 1
GLOBAL = "global"

Table = tuple[str, str, str]
"""Board, period, segment."""

_UNCLEAN = re.compile(r"[\x00-\x1f\x7f{}]")


@dataclass(frozen=True)
class Given:
    """A score as it was sent."""

    board: str
    member: str
    score_id: str
    value: int
    at_ms: int
    region: str = ""
    name: str = ""


@dataclass(frozen=True)
class Place:
    """A row of a table."""

    member: str
    value: int
    since_ms: int
    scores: int
    name: str


Tables = dict[Table, list[Place]]
"""The first place first."""


def tables(boards: Mapping[str, Board], arrived: Iterable[Given]) -> Tables:
    """All tables that come of the scores, in the order of their arrival."""
    first: dict[tuple[str, str, str], tuple[int, Given]] = {}
    for arrival, score in enumerate(arrived):
        first.setdefault((score.board, score.member, score.score_id), (arrival, score))
    counted: dict[Table, dict[str, list[tuple[int, Given]]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for arrival, score in first.values():
        for segment in [GLOBAL, *([f"region:{score.region}"] if score.region else [])]:
            table = (score.board, period_of(boards[score.board].reset, score.at_ms).name, segment)
            counted[table][score.member].append((arrival, score))
    return {
        table: _in_order(
            boards[table[0]],
            [_place(boards[table[0]], member, scores) for member, scores in members.items()],
        )
        for table, members in counted.items()
    }


def _place(board: Board, member: str, scores: Sequence[tuple[int, Given]]) -> Place:
    counted = [(score.value, score.at_ms, arrival) for arrival, score in scores]
    value, since = _reached(board, counted)
    named = [one for one in scores if one[1].name]
    name = max(named, key=lambda one: (one[1].at_ms, one[0]))[1].name if named else ""
    return Place(member, value, since, len(scores), name)


def _reached(board: Board, scores: Sequence[tuple[int, int, int]]) -> tuple[int, int]:
    """A member's value and when it was reached, of scores: each its value, its moment, and what
    decides between those of the same moment."""
    match board.operator:
        case "increment" | "decrement":
            total = sum(value for value, _, _ in scores)
            total *= 1 if board.operator == "increment" else -1
            return max(-LARGEST, min(LARGEST, total)), max(at_ms for _, at_ms, _ in scores)
        case "best":
            values = [value for value, _, _ in scores]
            best = max(values) if board.descending else min(values)
            return best, min(at_ms for value, at_ms, _ in scores if value == best)
        case _:
            value, at_ms, _ = max(scores, key=lambda score: score[1:])
            return value, at_ms


def _in_order(board: Board, places: list[Place]) -> list[Place]:
    """Who was first is before the others of the same value; of the same moment, a descending board
    has the greater member id first."""
    by_member = sorted(places, key=lambda place: place.member, reverse=board.descending)
    sign = -1 if board.descending else 1
    return sorted(by_member, key=lambda place: (sign * place.value, place.since_ms))


def day_of(at_ms: int) -> str:
    """`2026-11-22`, in UTC."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%d")


# --- canonical events


class Fact(NamedTuple):
    """What an event says that a board may count: of its last version, if that stands.

    player: `PROVIDER:ID`, empty if it is of none. happened_ms: the event's own time, or when it
    was received (UTC epoch ms).
    """

    match_id: str
    player: str
    name: str
    type: str
    points: int
    sport: str
    competition: str
    season: str
    happened_ms: int


def match_tables(boards: Mapping[str, Board], facts: Iterable[Fact]) -> Tables:
    """All tables of boards with a canonical measure."""
    canonical = {name: board for name, board in boards.items() if board.canonical}
    counted: dict[Table, dict[str, list[tuple[int, Fact]]]] = defaultdict(lambda: defaultdict(list))
    for fact in facts:
        for name, board in canonical.items() if fact.player else ():
            if amount := _amount(board, fact):
                table = (name, match_period(board, fact), GLOBAL)
                counted[table][_clean(fact.player)].append((amount, fact))
    return {
        table: _in_order(
            boards[table[0]],
            [_match_place(boards[table[0]], member, found) for member, found in members.items()],
        )
        for table, members in counted.items()
    }


def _match_place(board: Board, member: str, counted: list[tuple[int, Fact]]) -> Place:
    """A player's total in each match is a score; of those of the same moment, the greater one."""
    matches = defaultdict[str, list[tuple[int, int]]](list)
    for amount, fact in counted:
        matches[fact.match_id].append((amount, fact.happened_ms))
    totals = [
        (sum(amount for amount, _ in found), max(at_ms for _, at_ms in found))
        for found in matches.values()
    ]
    value, since_ms = _reached(board, [(total, at_ms, total) for total, at_ms in totals])
    _, name = max((fact.happened_ms, _clean(fact.name)) for _, fact in counted)
    return Place(member, value, since_ms, len(counted), name)


def _amount(board: Board, fact: Fact) -> int:
    if board.measure == POINTS:
        return 0 if fact.type == "OWN_GOAL" else fact.points
    return int(fact.type in TOTALS[board.measure])


def match_period(board: Board, fact: Fact) -> str:
    """Which of a board's tables an event belongs to."""
    if board.reset:
        return period_of(board.reset, fact.happened_ms).name
    match board.per:
        case "match":
            return fact.match_id
        case "day":
            return day_of(fact.happened_ms)
        case "season":
            names = (fact.sport, fact.competition, fact.season)
            return "/".join(_clean(name) for name in names if name)
        case _:
            return "all"


def _clean(text: str) -> str:
    """Without what would end it as a part of a key."""
    return _UNCLEAN.sub(" ", text)

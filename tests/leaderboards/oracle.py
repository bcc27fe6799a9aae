"""What the tables must be, by docs/leaderboards.md: plain Python, all of it from scratch.

Knows nothing of the job: neither its SQL nor its periods. Resets are those of midnight UTC only.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from touchline.settings import Board

MIDNIGHT = "0 0 * * *"
LARGEST = (1 << 63) - 1

Table = tuple[str, str, str]
"""Board, period, segment."""


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


def tables(boards: dict[str, Board], arrived: Iterable[Given]) -> dict[Table, list[Place]]:
    """All tables that come of the scores, in the order of their arrival; the first place first."""
    first: dict[tuple[str, str, str], tuple[int, Given]] = {}
    for arrival, score in enumerate(arrived):
        first.setdefault((score.board, score.member, score.score_id), (arrival, score))
    counted: dict[Table, dict[str, list[tuple[int, Given]]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for arrival, score in first.values():
        for segment in ["global", *([f"region:{score.region}"] if score.region else [])]:
            table = (score.board, _period(boards[score.board], score.at_ms), segment)
            counted[table][score.member].append((arrival, score))
    return {
        table: _in_order(
            boards[table[0]],
            [_place(boards[table[0]], member, scores) for member, scores in members.items()],
        )
        for table, members in counted.items()
    }


def _place(board: Board, member: str, scores: Sequence[tuple[int, Given]]) -> Place:
    values = [score.value for _, score in scores]
    match board.operator:
        case "increment" | "decrement":
            total = sum(values) * (1 if board.operator == "increment" else -1)
            value = max(-LARGEST, min(LARGEST, total))
            since = max(score.at_ms for _, score in scores)
        case "best":
            value = max(values) if board.descending else min(values)
            since = min(score.at_ms for _, score in scores if score.value == value)
        case _:
            last = max(scores, key=lambda one: (one[1].at_ms, one[0]))[1]
            value, since = last.value, last.at_ms
    named = [one for one in scores if one[1].name]
    name = max(named, key=lambda one: (one[1].at_ms, one[0]))[1].name if named else ""
    return Place(member, value, since, len(scores), name)


def _in_order(board: Board, places: list[Place]) -> list[Place]:
    """Who was first is before the others of the same value; of the same moment, a descending board
    has the greater member id first."""
    by_member = sorted(places, key=lambda place: place.member, reverse=board.descending)
    sign = -1 if board.descending else 1
    return sorted(by_member, key=lambda place: (sign * place.value, place.since_ms))


def _period(board: Board, at_ms: int) -> str:
    return day_of(at_ms) if board.reset == MIDNIGHT else "all"


def day_of(at_ms: int) -> str:
    """`2026-11-22`, in UTC."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%d")


# --- canonical events


def match_tables(
    boards: dict[str, Board], events: Iterable[dict[str, Any]]
) -> dict[Table, list[Place]]:
    """All tables that come of canonical events; those of the last version of each count.

    events: whole rows of `match_events`, in the order of their arrival.
    """
    current: dict[tuple[str, str, str], dict[str, Any]] = {}
    for event in events:
        key = (event["match_id"], event["provider"], event["event_id"])
        if event["primary"] and (key not in current or _order(current[key]) <= _order(event)):
            current[key] = event
    counted: dict[Table, dict[str, list[dict[str, Any]]]] = defaultdict(lambda: defaultdict(list))
    for name, board in boards.items():
        for event in current.values():
            if event["status"] == "ACTIVE" and event["player_id"] and _amount(board, event):
                table = (name, _match_period(board, event), "global")
                counted[table][f"{event['provider']}:{event['player_id']}"].append(event)
    return {
        table: _in_order(
            boards[table[0]],
            [_match_place(boards[table[0]], member, found) for member, found in members.items()],
        )
        for table, members in counted.items()
    }


def _match_place(board: Board, member: str, events: list[dict[str, Any]]) -> Place:
    last = max(events, key=lambda event: (_happened(event), event["player_name"]))
    value = sum(_amount(board, event) for event in events)
    return Place(member, value, _happened(last), len(events), last["player_name"])


def _amount(board: Board, event: dict[str, Any]) -> int:
    kind = event["type"]
    if board.measure == "points":
        return 0 if kind == "OWN_GOAL" else int(event["points"])
    return int(kind == {"goals": "GOAL", "assists": "ASSIST"}[board.measure])


def _match_period(board: Board, event: dict[str, Any]) -> str:
    match board.per:
        case "match":
            return str(event["match_id"])
        case "day":
            return day_of(_happened(event))
        case "season":
            names = (event["sport"], event["competition"], event["season"])
            return "/".join(name for name in names if name)
        case _:
            return "all"


def _happened(event: dict[str, Any]) -> int:
    return int(event["event_time_ms"] or event["received_ms"])


def _order(event: dict[str, Any]) -> tuple[int, int, int]:
    return event["version"], event["generation"], event["arrival"]

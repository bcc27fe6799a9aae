"""What the views of leaderboards are tried with: boards, and scores and events for each of them."""

from __future__ import annotations

import random
from itertools import product
from typing import Any

from oracle.leaderboards import Fact, Given
from schemas.generated.touchline.v1.score_pb2 import Score
from tests.jobs.mini_cluster import MATCH_EVENT
from touchline.settings import Board

NOON = 1_795_348_800_000
"""2026-11-22T12:00:00Z."""

MIDNIGHT = "0 0 * * *"
HOUR, DAY = 3_600_000, 86_400_000
LAST = NOON + 3 * DAY

# --- scores: for each kind of board, the same ones in several orders of delivery

KINDS = {
    f"{operator}-{order}-{reset or 'never'}": Board(
        operator=operator, order=order, reset=MIDNIGHT if reset else ""
    )
    for operator, order, reset in product(
        ("best", "set", "increment", "decrement"), ("descending", "ascending"), ("daily", "")
    )
}
DELIVERIES = ("in-order", "shuffled", "replayed")


def history(seed: int, board: str) -> list[Given]:
    """Scores with few members, values and regions, so that there are ties. Each has a moment of its
    own but for some pairs of different members: a tie on time as well."""
    dice = random.Random(seed)
    scores = []
    for number in range(24):
        at_ms = NOON + (number // 2) * 5 * HOUR + (number % 2) * dice.choice((0, 1))
        scores.append(
            Given(
                board,
                f"member-{number % 2}{dice.randrange(3)}",
                f"s{number}",
                dice.choice((-3, 0, 1, 1, 2, 5)),
                at_ms,
                dice.choice(("", "es", "uk")),
                dice.choice(("", "Ann", "Bo")),
            )
        )
    return scores


def delivered(scores: list[Given], how: str) -> list[Given]:
    match how:
        case "shuffled":
            twice = [score for score in scores for _ in range(2)]
            return random.Random(7).sample(twice, len(twice))
        case "replayed":
            return [*scores, *scores]
        case _:
            return scores


BOARDS = {f"{kind}.{how}": board for kind, board in KINDS.items() for how in DELIVERIES}
HISTORIES = {
    f"{kind}.{how}": delivered(history(seed, f"{kind}.{how}"), how)
    for seed, kind in enumerate(KINDS)
    for how in DELIVERIES
}

# --- scores: single rules

RULES = {
    "same-id": Board(),
    "large": Board(),
    "precise": Board(),
    "same-moment": Board(operator="set"),
    "not-in-order": Board(reset=MIDNIGHT),
    "yearly": Board(reset="0 0 1 1 *"),
}
RULE_SCORES = [
    Given("same-id", "ann", "1", 5, NOON),
    Given("same-id", "ann", "1", 7, NOON - 1),
    Given("same-id", "bo", "1", 6, NOON),
    *(Given("large", "ann", str(number), 1 << 53, NOON) for number in range(1025)),
    *(Given("precise", "ann", str(number), 1 << 53, NOON) for number in range(8)),
    *(Given("precise", "bo", str(number), 1 << 53, NOON + 1) for number in range(8)),
    Given("precise", "bo", "one more", 1, NOON + 1),
    Given("same-moment", "ann", "1", 5, NOON),
    Given("same-moment", "ann", "2", 4, NOON),
    Given("not-in-order", "ann", "1", 5, NOON + DAY),
    Given("not-in-order", "ann", "2", 3, NOON),
]
UNREADABLE = {
    b"\xff": "not a touchline.v1.Score",
    Score(board="nobody's", member="a", score_id="1", at_ms=NOON).SerializeToString(): "no board",
    Score(board="goals", member="a", score_id="1", at_ms=NOON).SerializeToString(): "no board",
}


def body_of(score: Given) -> bytes:
    return Score(
        board=score.board,
        member=score.member,
        score_id=score.score_id,
        value=score.value,
        at_ms=score.at_ms,
        region=score.region,
        name=score.name,
    ).SerializeToString()


# --- canonical events

MATCH_BOARDS = {
    "points": Board(measure="points", per="match"),
    "goals": Board(measure="goals", per="season"),
    "day": Board(measure="points", per="day"),
    "assists": Board(measure="assists", order="ascending"),
    "minus": Board(measure="points", operator="decrement"),
    "best": Board(measure="points", operator="best"),
    "worst": Board(measure="points", operator="best", order="ascending", per="season"),
    "last": Board(measure="points", operator="set"),
    "best-of-the-day": Board(measure="points", operator="best", per="day"),
    "weekly": Board(measure="points", reset="0 0 * * 1"),
    "last-of-the-week": Board(measure="points", operator="set", reset="0 0 * * 1"),
    "best-of-the-year": Board(measure="points", operator="best", reset="0 0 1 1 *"),
}
GOAL: dict[str, Any] = {"type": "GOAL", "points": 1}


def happened(minutes: int) -> dict[str, Any]:
    return {"event_time_ms": NOON + minutes * 60_000}


def by(player: str) -> dict[str, Any]:
    return {"player_id": player, "player_name": f"Player {player}"}


SOME_MATCH: list[dict[str, Any]] = [
    {"event_id": "1", **GOAL, **by("9"), **happened(3)},
    {"event_id": "2", "type": "CORNER", **by("9"), **happened(5)},
    {"event_id": "3", "type": "ASSIST", **by("8"), **happened(7)},
    {"event_id": "4", **GOAL, **by("10"), **happened(50)},
    # Of another time, of another player, deleted, told again without a change that counts.
    {"event_id": "1", **GOAL, **by("9"), **happened(2), "version": 2},
    {"event_id": "5", **GOAL, **by("9"), **happened(60)},
    {"event_id": "5", **GOAL, **by("8"), **happened(60), "version": 2},
    {"event_id": "6", **GOAL, **by("10"), **happened(70)},
    {"event_id": "6", **by("10"), **GOAL, **happened(70), "status": "DELETED", "version": 2},
    {"event_id": "4", **GOAL, **by("10"), **happened(50), "version": 2, "x": 5.0},
    {"event_id": "7", "type": "OWN_GOAL", "points": 1, **by("9"), **happened(71)},
    {"event_id": "8", **GOAL, **happened(72)},
    # A goal that was none, and what was none and is a goal.
    {"event_id": "9", **GOAL, **by("7"), **happened(80)},
    {"event_id": "9", "type": "SHOT_ON_TARGET", **by("7"), **happened(80), "version": 2},
    {"event_id": "10", "type": "SHOT_ON_TARGET", **by("6"), **happened(81)},
    {"event_id": "10", **GOAL, **by("6"), **happened(81), "version": 2},
    # Over midnight.
    {"event_id": "11", **GOAL, **by("6"), **happened(12 * 60)},
    {"event_id": "12", **GOAL, **by("5"), **happened(85), "primary": False},
]
MATCHES = {
    "in-order": SOME_MATCH,
    "shuffled": random.Random(3).sample(SOME_MATCH, len(SOME_MATCH)),
    "twice": [event for event in SOME_MATCH for _ in range(2)],
    "replayed": [*SOME_MATCH, *SOME_MATCH],
}
PLAIN = {name: default for name, (_, default) in MATCH_EVENT.items() if name != "log_offset"}
EVENTS: list[dict[str, Any]] = [
    {
        **PLAIN,
        "match_id": f"opta:{how}",
        "season": how,
        **event,
        "event_time_ms": event["event_time_ms"] + number * 7 * DAY,
        # As the feed has them: the same however often and in whatever order they come.
        "arrival": SOME_MATCH.index(event),
    }
    for number, (how, events) in enumerate(MATCHES.items())
    for event in events
]


def corrected_at_random(seed: int) -> list[dict[str, Any]]:
    """Events of a few players in a few matches of one week, and corrections of them in any order:
    of player, points, time and status; the matches begin in the order of neither id nor arrival."""
    dice = random.Random(seed)
    versions = [
        PLAIN
        | by(str(dice.randrange(4)))
        | happened(dice.choice((0, 30, 30, 400, 60 * 26)) + match * 17 % 5 * 60)
        | {
            "match_id": f"opta:random-{match}",
            "season": f"random-{match % 2}",
            "event_id": str(dice.randrange(12)),
            "type": "THREE_POINT_MADE",
            "points": dice.choice((0, 1, 2, 2, 3)),
            "status": dice.choice(("ACTIVE", "ACTIVE", "ACTIVE", "DELETED")),
            "version": dice.randrange(4),
        }
        for match in range(4)
        for _ in range(60)
    ]
    dice.shuffle(versions)
    return [version | {"arrival": arrival} for arrival, version in enumerate(versions)]


EVENTS += corrected_at_random(5)


def standing(rows: list[dict[str, Any]]) -> list[Fact]:
    """The facts of the last version of each event, in the order of arrival, where it stands."""
    current: dict[tuple[str, str, str], dict[str, Any]] = {}

    def order(row: dict[str, Any]) -> tuple[int, int, int]:
        return row["version"], row["generation"], row["arrival"]

    for row in rows:
        key = (row["match_id"], row["provider"], row["event_id"])
        if row["primary"] and (key not in current or order(current[key]) <= order(row)):
            current[key] = row
    return [
        Fact(
            row["match_id"],
            f"{row['provider']}:{row['player_id']}" if row["player_id"] else "",
            row["player_name"],
            row["type"],
            row["points"],
            row["sport"],
            row["competition"],
            row["season"],
            row["event_time_ms"] or row["received_ms"],
        )
        for row in current.values()
        if row["status"] == "ACTIVE"
    ]


ALL_BOARDS = BOARDS | RULES | MATCH_BOARDS

"""The leaderboards' views over bounded tables: one run, a board for each case, and the oracle."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime
from itertools import product
from typing import Any

import pytest
from pyflink.table import DataTypes

from connectors.redis_sink import LiveWrite
from jobs.leaderboards import JOB
from jobs.pipeline import Options, create_views, environment_of
from oracle.leaderboards import (
    LARGEST,
    Fact,
    Given,
    Place,
    Table,
    day_of,
    match_tables,
    tables,
)
from schemas.generated.touchline.v1.score_pb2 import Score
from tests.jobs.mini_cluster import MATCH_EVENT, bounded, match_events, rows_of
from tests.leaderboards.store import TableStore
from touchline.settings import Board, Settings

pytestmark = pytest.mark.flink

NOON = 1_795_348_800_000
"""2026-11-22T12:00:00Z."""

MIDNIGHT = "0 0 * * *"
HOUR, DAY = 3_600_000, 86_400_000
LAST = NOON + 3 * DAY

SCORES_LOG = {
    "score_key": DataTypes.BYTES(),
    "body": DataTypes.BYTES(),
    "partition": DataTypes.INT(),
    "offset": DataTypes.BIGINT(),
    "arrived_at": DataTypes.TIMESTAMP_LTZ(3),
}

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

ALL_BOARDS = BOARDS | RULES | MATCH_BOARDS


class Outcome:
    """What the views made of the scores and the events above."""

    def __init__(self) -> None:
        settings = Settings(leaderboards=ALL_BOARDS)
        environment = environment_of(JOB, settings, Options())
        scores = [*(score for one in HISTORIES.values() for score in one), *RULE_SCORES]
        bodies = [*(body_of(score) for score in scores), *UNREADABLE]
        arrived = datetime.fromtimestamp((LAST + DAY) / 1000, UTC)
        bounded(
            environment,
            "scores_rows",
            SCORES_LOG,
            [
                (bytearray(b"k"), bytearray(body), 0, offset, arrived)
                for offset, body in enumerate(bodies)
            ],
        )
        environment.create_temporary_view(
            "scores_log", environment.sql_query("SELECT *, PROCTIME() AS proctime FROM scores_rows")
        )
        match_events(environment, EVENTS)
        create_views(environment, JOB.views(settings))
        self.plan = environment.explain_sql(
            "SELECT board FROM lasting_totals UNION ALL SELECT board FROM lasting_sums"
            " UNION ALL SELECT board FROM lasting_picks"
        )
        rows = rows_of(
            environment,
            "SELECT 'write', `write` FROM writes"
            " UNION ALL SELECT 'error', error FROM score_dead_letters",
        )
        self.writes = [LiveWrite.parse(text) for kind, text in rows if kind == "write"]
        self.errors = [text for kind, text in rows if kind == "error"]
        self.store = TableStore().apply(self.writes)

    def table(self, table: Table) -> list[Place]:
        return self.store.table(table, ALL_BOARDS[table[0]])

    def tables_of(self, board: str) -> dict[Table, list[Place]]:
        return {
            table: self.table(table)
            for table, members in self.store.standings.items()
            if table[0] == board and members
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


@pytest.fixture(scope="module")
def outcome() -> Outcome:
    return Outcome()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("how", DELIVERIES)
def test_tables_of_scores_are_those_of_the_oracle(outcome: Outcome, kind: str, how: str) -> None:
    board = f"{kind}.{how}"
    expected = tables(BOARDS, HISTORIES[board])
    assert len(expected) >= 3
    assert outcome.tables_of(board) == expected


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("how", DELIVERIES[1:])
def test_redelivery_shuffles_and_replays_give_the_same_tables(
    outcome: Outcome, kind: str, how: str
) -> None:
    def content(how: str) -> dict[tuple[str, str], list[Place]]:
        return {table[1:]: places for table, places in outcome.tables_of(f"{kind}.{how}").items()}

    assert content(how) == content("in-order")


def test_of_scores_with_the_same_id_the_first_one_counts(outcome: Outcome) -> None:
    places = outcome.table(("same-id", "all", "global"))
    assert [(place.member, place.value) for place in places] == [("bo", 6), ("ann", 5)]


def test_a_total_beyond_64_bits_stays_at_the_limit(outcome: Outcome) -> None:
    [place] = outcome.table(("large", "all", "global"))
    assert place.value == LARGEST


def test_values_that_are_one_number_to_redis_are_in_their_order(outcome: Outcome) -> None:
    places = outcome.table(("precise", "all", "global"))
    assert [place.value for place in places] == [(1 << 56) + 1, 1 << 56]
    assert float(places[0].value) == float(places[1].value)


def test_of_two_that_set_at_the_same_moment_the_later_arrival_stands(outcome: Outcome) -> None:
    [place] = outcome.table(("same-moment", "all", "global"))
    assert place.value == 4


def test_a_late_score_counts_in_the_closed_table_that_it_belongs_to(outcome: Outcome) -> None:
    closed = outcome.table(("not-in-order", day_of(NOON), "global"))
    assert [place.value for place in closed] == [3]


def test_a_closed_table_is_kept_for_some_days_and_an_endless_one_for_ever(outcome: Outcome) -> None:
    def until(board: str, period: str) -> int:
        return int(outcome.store.standings[board, period, "global"]["ann"]["until"])

    assert until("same-id", "all") == 0
    assert until("not-in-order", day_of(NOON)) == LAST + DAY + 30 * DAY


@pytest.mark.parametrize("reason", UNREADABLE.values())
def test_what_no_board_can_take_is_a_dead_letter(outcome: Outcome, reason: str) -> None:
    assert len(outcome.errors) == len(UNREADABLE)
    assert any(reason in error for error in outcome.errors)


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


@pytest.mark.parametrize("board", MATCH_BOARDS)
def test_tables_of_matches_are_those_of_the_oracle(outcome: Outcome, board: str) -> None:
    expected = match_tables({board: MATCH_BOARDS[board]}, standing(EVENTS))
    assert expected
    assert outcome.tables_of(board) == expected


@pytest.mark.parametrize("how", ["shuffled", "twice", "replayed"])
def test_merge_laws_hold_for_the_tables_of_matches(outcome: Outcome, how: str) -> None:
    def content(how: str) -> list[Place]:
        shift = list(MATCHES).index(how) * 7 * DAY
        places = outcome.table(("points", f"opta:{how}", "global"))
        return [replace(place, since_ms=place.since_ms - shift) for place in places]

    assert [place.value for place in content("in-order")] == [2, 1, 1, 1]
    assert content(how) == content("in-order")


def test_a_goal_given_to_another_player_takes_the_first_one_out_of_the_table(
    outcome: Outcome,
) -> None:
    members = outcome.store.standings["points", "opta:in-order", "global"]
    assert members["opta:8"]["value"] == 1
    assert "opta:7" not in members


def test_what_makes_up_a_table_without_an_end_is_kept_for_ever(outcome: Outcome) -> None:
    """Of scores, of events, of a match and of all matches; a hint that Flink does not take up is
    no error to it."""
    assert outcome.plan.count("stateTtlHints=[[[STATE_TTL options:[0 s]]]]") == 4


def test_no_standing_is_sent_that_never_was(outcome: Outcome) -> None:
    """A correction is a step from what was to what is: no revision goes back on the way."""
    for seen in outcome.store.revisions.values():
        assert seen == sorted(set(seen))


def test_a_correction_that_changes_nothing_sends_nothing(outcome: Outcome) -> None:
    sent = [
        write
        for write in outcome.writes
        if write.owner == "points:opta:in-order:global" and write.member == "opta:10"
    ]
    assert [write.place for write in sent] == [1, 2, 1]


def test_only_members_of_matches_ever_leave(outcome: Outcome) -> None:
    left = {write.owner.split(":")[0] for write in outcome.writes if write.kind == "unrank"}
    assert left
    assert left <= set(MATCH_BOARDS)

"""Scores and matches through Kafka and Flink: the tables in Redis and ClickHouse are those of the
oracle."""

from __future__ import annotations

import json
import random
import time
import uuid

import pytest

from connectors.feeds.publisher import Publisher
from oracle.leaderboards import Given, Place, tables
from schemas.generated.touchline.v1.score_pb2 import Score
from schemas.redis import keys
from simulator.disorder import Rates
from tests.pipeline.oracle import expected
from tests.pipeline.system import System, eventually, kill_python_worker
from tests.pipeline.test_pipeline import simulated, wait_for
from touchline.leaderboards import Table, TableStore
from touchline.verifying.run import Verifier

pytestmark = pytest.mark.stack

JOBS = ("normalize", "match_state", "leaderboards", "history")

BOARD = "game"
DAILY = "0 0 * * *"
MATCH_BOARDS = {
    "shooters": {"measure": "shots", "per": "season"},
    "best-match": {"measure": "shots", "operator": "best"},
    "quietest-match": {
        "measure": "shots",
        "operator": "best",
        "order": "ascending",
        "reset": DAILY,
    },
    "last-match": {"measure": "shots", "operator": "set"},
    "minus": {"measure": "fouls", "operator": "decrement", "per": "match"},
}
SETTINGS = tuple(
    f"leaderboards.{name}={json.dumps(board)}"
    for name, board in ({BOARD: {}} | MATCH_BOARDS).items()
)
MEMBERS = 20


def scores_of(region: str) -> list[Given]:
    """Some of them twice, and some with the values of others, so that there are ties."""
    dice = random.Random(3)
    now_ms = time.time_ns() // 1_000_000
    made = [
        Given(
            BOARD,
            f"{region}-{dice.randrange(MEMBERS)}",
            str(number),
            dice.randrange(-3, 9),
            now_ms - dice.randrange(60_000),
            region,
        )
        for number in range(400)
    ]
    return made + dice.sample(made, 40)


def send(system: System, scores: list[Given]) -> None:
    with Publisher(system.settings.kafka, system.settings.kafka.scores) as publisher:
        for one in scores:
            sent = Score(
                board=one.board, member=one.member, score_id=one.score_id, value=one.value,
                at_ms=one.at_ms, region=one.region,
            )  # fmt: skip
            publisher.send(sent.SerializeToString(), f"{one.board}:{one.member}")


def test_tables_are_those_of_the_oracle_after_a_worker_was_killed(system: System) -> None:
    region = f"r{uuid.uuid4().hex[:12]}"
    segment = f"region:{region}"
    boards = {BOARD: system.settings.leaderboards[BOARD]}
    scores = scores_of(region)
    send(system, scores[:200])
    with TableStore(system.settings.redis, boards) as store:
        table = Table(BOARD, "all", segment)
        eventually(lambda: store.size(table), lambda size: size > 0, "a table")
        kill_python_worker()
        send(system, scores[200:])
        wanted = tables(boards, scores)[BOARD, "all", segment]
        eventually(
            lambda: [
                Place(one.member, one.value, one.since_ms, one.scores, one.name)
                for one in store.top(table, 2 * MEMBERS)
            ],
            lambda found: found == wanted,
            "the table in Redis",
        )
    eventually(
        lambda: system.query(
            "SELECT member, value FROM leaderboard_tables"
            " WHERE board = {board:String} AND segment = {segment:String} ORDER BY rank",
            board=BOARD,
            segment=segment,
        ),
        lambda found: found == [(place.member, place.value) for place in wanted],
        "the table in ClickHouse",
    )


def test_tables_of_matches_are_those_of_the_oracle_by_whatever_operator(system: System) -> None:
    rates = Rates(edits=0.1, deletes=0.05, duplicates=0.03, late=0.02, shuffle=20)
    messages = simulated("opta", 3, 17, rates)
    system.publish("opta", messages[: len(messages) // 2])
    kill_python_worker()
    system.publish("opta", messages[len(messages) // 2 :])
    matches, _, _ = expected("opta", messages)
    wait_for(system, matches)
    with Verifier(system.settings, None, 60.0, print) as verifier:
        result = verifier.run()
    assert result.wrong == []
    assert result.unknown == []
    with TableStore(system.settings.redis, system.settings.leaderboards) as store:
        periods = {board: store.periods(board) for board in MATCH_BOARDS}
        assert min(store.size(Table(board, named[0])) for board, named in periods.items()) > 5
    of_scores = 2  # of all, and of the region
    assert result.tables == of_scores + sum(map(len, periods.values()))


def test_a_place_that_was_changed_behind_the_jobs_back_is_found(system: System) -> None:
    key = keys.leaderboard_members(f"{BOARD}:all:global")
    member, text = next(iter(system.redis.hgetall(key).items()))
    standing = json.loads(text)
    system.redis.hset(key, member, json.dumps({**standing, "value": standing["value"] + 1}))
    with Verifier(system.settings, None, 1.0, print) as verifier:
        [found] = verifier.run().wrong
    assert (found.where, found.path.partition(".")[2]) == (key, "value")
    assert found.found == found.must_be + 1

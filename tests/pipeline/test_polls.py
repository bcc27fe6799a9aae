"""Votes through Kafka and Flink: what Redis and ClickHouse say is what the oracle says."""

from __future__ import annotations

import json
import time
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import pairwise
from statistics import median
from typing import Any

import pytest
from confluent_kafka import Producer
from typer.testing import CliRunner

from observability.queries import OPERATOR
from oracle.poll_lives import Record
from oracle.polls import Rules, Verdict, truth
from schemas.generated.touchline.v1.poll_pb2 import (
    ARCHIVE,
    CLOSE,
    CREATE,
    LOCK,
    OPEN,
    UNLOCK,
    PollChoice,
    PollControl,
    PollVote,
)
from schemas.redis import keys
from simulator.crowd import Crowd, Options
from tests.observability.queries import metrics_named
from tests.observability.served import flinks_metrics
from tests.pipeline.system import System, eventually, kill_python_worker, kill_task_manager
from tests.polls.live_histories import LiveHistory, Message
from touchline.commands import replay
from touchline.settings import Settings
from touchline.topic_log import TopicLog
from touchline.verifying.run import Verifier

pytestmark = pytest.mark.stack

JOBS = ("polls", "history")

CHOICES = ("raul", "iker", "unai")
GRACE_MS = 1_000
RESULTS_MS = Settings().polls.results_ms


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def say_all(system: System, messages: Iterable[Message]) -> None:
    """Commands and votes to their topics, in this order."""
    kafka = system.settings.kafka
    producer = Producer({"bootstrap.servers": kafka.bootstrap})
    for message in messages:
        is_vote = isinstance(message, PollVote)
        topic = kafka.poll_votes if is_vote else kafka.poll_control
        key = message.voter_id if is_vote else message.poll_id
        producer.produce(topic, message.SerializeToString(), key.encode())
        producer.poll(0)
    assert producer.flush(30) == 0


def say_some(system: System, history: LiveHistory, messages: int) -> None:
    """So many messages, a few milliseconds after each other."""

    def paced() -> Iterator[Message]:
        for _ in range(messages):
            time.sleep(0.004)
            yield history.step()

    say_all(system, paced())


class Polls:
    """One test's poll on the running system."""

    def __init__(self, system: System) -> None:
        self.system = system
        self.id = f"test-{uuid.uuid4()}"
        self._kafka = system.settings.kafka
        self._producer = Producer({"bootstrap.servers": self._kafka.bootstrap})

    def command(self, action: int, **fields: Any) -> None:
        sent = PollControl(
            poll_id=self.id, command_id=str(uuid.uuid4()), action=action, **fields
        ).SerializeToString()
        self._producer.produce(self._kafka.poll_control, sent, self.id.encode())
        assert self._producer.flush(30) == 0

    def open(self) -> None:
        choices = [PollChoice(id=choice) for choice in CHOICES]
        self.command(CREATE, title="Man of the match", choices=choices, grace_ms=GRACE_MS)
        self.command(OPEN)

    def vote(self, crowd: Crowd, start: int = 0, stop: int | None = None) -> int:
        """Send a part of the crowd's votes; gives how many."""
        sent = 0
        for number, vote in enumerate(crowd.votes(lambda _: now_ms())):
            if number < start or (stop is not None and number >= stop):
                continue
            self._producer.produce(
                self._kafka.poll_votes, vote.serialised(), vote.voter_id.encode()
            )
            self._producer.poll(0)
            sent += 1
        assert self._producer.flush(60) == 0
        return sent

    def crowd(self, voters: int) -> Crowd:
        options = Options(
            self.id, CHOICES, voters, changes=0.2, duplicates=0.05, regions=("es", "uk"), seed=7
        )
        return Crowd(options)

    def result(self) -> dict[str, Any]:
        document = self.system.redis.json().get(keys.poll_results(self.id))
        return document if isinstance(document, dict) else {}

    def wait_for(self, what: str, value: object) -> dict[str, Any]:
        return eventually(
            self.result, lambda result: result.get(what) == value, f"{self.id}: {what}"
        )

    def records(self, topic: str) -> list[Record]:
        """All records of a topic but for the ticks."""
        with TopicLog(self._kafka, [topic]) as log:
            return [
                Record(
                    message.key() or b"",
                    message.value(),
                    message.partition(),
                    message.offset(),
                    message.timestamp()[1],
                )
                for message in log.read()
                if message.value() is not None
            ]

    def history(self) -> dict[str, list[tuple[Any, ...]]]:
        """What ClickHouse has of the poll, by table."""
        return {
            table: sorted(
                self.system.query(
                    f"SELECT * FROM {table} FINAL WHERE poll_id = {{id:String}}", id=self.id
                )
            )
            for table in ("poll_results", "poll_votes")
        }

    def assert_final_is_the_truth(self) -> dict[str, Any]:
        """The one final result is the oracle's, in Redis, in Kafka, and in ClickHouse."""
        result = self.wait_for("final", True)
        mine = [
            record
            for record in self.records(self._kafka.poll_votes)
            if self.id.encode() in record.value
        ]
        commands = [
            record
            for record in self.records(self._kafka.poll_control)
            if record.key == self.id.encode()
        ]
        expected = truth(commands, mine, Rules(), until_ms=result["revision"] + 60_000)
        final = expected.final[self.id]
        assert final is not None
        unsaid = ("revision", "votes_per_second")
        assert {name: result[name] for name in result if name not in unsaid} == final
        told = {
            (record.value, json.loads(record.value)["revision"])
            for record in self.records(self._kafka.poll_results)
            if record.key == self.id.encode() and json.loads(record.value)["final"]
        }
        assert len(told) == 1, "what was written again after a failure is the same"
        verdicts = Counter(str(verdict) for verdict in expected.verdicts.values())
        eventually(
            lambda: dict(
                self.system.query(
                    "SELECT verdict, votes FROM poll_verdicts WHERE poll_id = {id:String}",
                    id=self.id,
                )
            ),
            lambda found: found == verdicts,
            "verdicts in ClickHouse",
        )
        eventually(
            lambda: self.system.query(
                "SELECT countIf(event = 'final'), anyIf(result, event = 'final') = {final:String}"
                " FROM poll_results FINAL WHERE poll_id = {id:String}",
                id=self.id,
                final=next(iter(told))[0].decode(),
            ),
            lambda found: found == [(1, True)],
            "the final result in ClickHouse",
        )
        return result


def test_votes_are_counted_exactly_and_one_result_is_final(system: System) -> None:
    poll = Polls(system)
    poll.open()
    crowd = poll.crowd(2_000)
    half = poll.vote(crowd, stop=1_200)
    poll.command(LOCK)
    time.sleep(GRACE_MS / 1000 + 0.5)
    locked_out = poll.vote(crowd, half, half + 50)
    poll.command(UNLOCK)
    poll.vote(crowd, half + locked_out)
    poll.command(CLOSE)
    result = poll.assert_final_is_the_truth()
    assert result["rejected"]["locked"] == locked_out
    assert min(choice["votes"] for choice in result["choices"]) > 0
    regions = {
        (region, choice): votes
        for region, choice, votes in system.query(
            "SELECT region, choice, votes FROM poll_regions WHERE poll_id = {id:String}", id=poll.id
        )
    }
    assert regions == {
        (region, choice): votes
        for region, choices in result["regions"].items()
        for choice, votes in choices.items()
    }
    late = poll.vote(crowd, 0, 10)
    eventually(
        lambda: system.query(
            "SELECT votes FROM poll_verdicts WHERE poll_id = {id:String} AND verdict = 'late'",
            id=poll.id,
        ),
        lambda found: found == [(late,)],
        "votes after the end, refused",
    )
    assert poll.result() == result
    poll.command(ARCHIVE)
    archived = poll.wait_for("status", "ARCHIVED")
    assert archived["choices"] == result["choices"]


@pytest.mark.parametrize("kill", [kill_task_manager, kill_python_worker])
def test_one_exact_final_comes_of_a_kill_at_the_close(system: System, kill: Any) -> None:
    poll = Polls(system)
    poll.open()
    crowd = poll.crowd(3_000)
    poll.vote(crowd, 0, 2_500)
    eventually(poll.result, lambda result: result.get("voters", 0) > 0, "votes counted")
    poll.vote(crowd, 2_500)
    poll.command(CLOSE)
    kill()
    poll.assert_final_is_the_truth()


def test_random_histories_with_three_restarts_are_those_of_the_oracle(system: System) -> None:
    history = LiveHistory(f"test-{uuid.uuid4().hex[:12]}", 12, seed=11, now_ms=now_ms)
    say_all(system, history.begin())
    say_some(system, history, 600)
    kill_python_worker()
    say_some(system, history, 600)
    savepoint = system.stop("polls")
    say_some(system, history, 300)
    system.resume("polls", savepoint)
    say_some(system, history, 600)
    kill_task_manager()
    say_some(system, history, 300)
    say_all(system, history.end())
    with Verifier(system.settings, None, 120.0, print) as verifier:
        result = verifier.run()
    assert (result.wrong, result.unknown, result.moving) == ([], [], [])
    assert result.polls >= len(history.polls)
    verdicts = dict(
        system.query(
            "SELECT verdict, sum(votes) FROM poll_verdicts WHERE poll_id IN {ids:Array(String)}"
            " GROUP BY verdict",
            ids=history.polls,
        )
    )
    assert verdicts.keys() == set(map(str, Verdict)), "it was a history of all that can happen"
    assert system.query(
        "SELECT poll_id, count() FROM poll_results FINAL"
        " WHERE event = 'final' AND poll_id IN {ids:Array(String)} GROUP BY poll_id ORDER BY 1",
        ids=history.polls,
    ) == [(poll, 1) for poll in sorted(history.polls)]


def test_a_replay_that_ends_within_a_slice_of_time_changes_no_result(system: System) -> None:
    poll = Polls(system)
    poll.open()
    crowd = poll.crowd(800)
    for start in range(0, 1_000, 20):
        poll.vote(crowd, start, start + 20)
        time.sleep(0.04)
    poll.command(CLOSE)
    poll.assert_final_is_the_truth()
    arrived_ms = sorted(
        record.arrived_ms
        for record in poll.records(system.settings.kafka.poll_votes)
        if poll.id.encode() in record.value
    )
    middle = arrived_ms[len(arrived_ms) // 2]
    slice_ms = [at for at in arrived_ms if at // RESULTS_MS == middle // RESULTS_MS]
    assert slice_ms[0] < slice_ms[-1], "an end within the slice leaves votes of it out"
    before = poll.history()
    assert len(before["poll_results"]) > 3
    end = datetime.fromtimestamp(slice_ms[-1] / 1000, UTC).isoformat()
    arguments = ["--job", "polls", "--from-beginning", "--to", end, "--json"]
    done = CliRunner().invoke(replay.app, arguments)
    assert done.exit_code == 0, (done.stderr, done.exception)
    assert json.loads(done.stdout)["topics"][system.settings.kafka.poll_results] > 3
    kafka = system.settings.kafka
    system.wait_until_read("history", [kafka.poll_results, kafka.poll_ballots])
    assert poll.history() == before
    assert poll.result()["final"]


def test_the_metric_of_votes_is_served(system: System) -> None:
    name = f"{OPERATOR}votes"
    assert name in metrics_named()
    eventually(flinks_metrics, lambda served: name in served, "the metrics that are served")


def test_a_vote_for_an_unknown_poll_is_a_dead_letter_with_its_bytes(system: System) -> None:
    poll = Polls(system)
    sent = poll.vote(Crowd(Options(poll.id, CHOICES, 5, changes=0, duplicates=0)))
    found = eventually(
        lambda: [
            record.value
            for record in poll.records(system.settings.kafka.dead_letters)
            if poll.id.encode() in record.value
        ],
        lambda found: len(found) >= sent,
        "dead letters",
    )
    assert len(set(found)) == sent == 5


def test_time_goes_on_tick_by_tick_and_not_once_a_second(system: System) -> None:
    kafka, tick_ms = system.settings.kafka, system.settings.polls.tick_ms
    with TopicLog(kafka, [kafka.poll_control]) as log:
        ticks = [
            (message.partition(), message.timestamp()[1])
            for message in log.read()
            if message.value() is None
        ]
    gaps = [
        later - sooner
        for (partition, sooner), (same, later) in pairwise(ticks)
        if partition == same
    ]
    assert len(gaps) > 100
    assert median(gaps) > tick_ms / 2

"""The views of polls over bounded topics, against the oracle: many random histories in one run."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pytest
from google.protobuf.message import DecodeError
from hypothesis import Phase, given, settings
from pyflink.table import DataTypes, Schema, StreamTableEnvironment

from jobs.pipeline import create_views
from jobs.polls import JOB
from oracle.poll_lives import HOUR_MS, Outcome, Position, Record
from oracle.polls import DeadLetter, Rules, Truth, truth
from schemas.generated.touchline.v1.poll_pb2 import CREATE, PollChoice, PollControl, PollVote
from tests.jobs.mini_cluster import bounded, environment_for, rows_of
from tests.polls.strategies import History, histories
from touchline.settings import Polls, Settings

pytestmark = pytest.mark.flink

HISTORIES = 120
LENIENT, STRICT = Rules(votes_per_source_s=1_000), Rules(2, 3, 1, max_regions=1)
COLUMNS = {
    "record_key": DataTypes.BYTES(),
    "body": DataTypes.BYTES(),
    "partition": DataTypes.INT(),
    "offset": DataTypes.BIGINT(),
    "arrived_ms": DataTypes.BIGINT(),
}


def random_histories() -> list[History]:
    found: list[History] = []

    @settings(
        max_examples=HISTORIES, derandomize=True, database=None, deadline=None,
        phases=[Phase.generate],
    )  # fmt: skip
    @given(histories())
    def collect(history: History) -> None:
        found.append(history)

    collect()
    return found


def in_a_log_of_all(records: Iterable[Record], number: int, message: Any) -> list[Record]:
    """The records with polls, voters and sources of their own."""
    return [
        record._replace(
            key=f"{number}-".encode() + record.key, value=_renamed(record.value, number, message)
        )
        for record in records
    ]


def _renamed(value: bytes, number: int, message: Any) -> bytes:
    try:
        sent = message.FromString(value)
    except DecodeError:
        return value
    for name in ("poll_id", "voter_id", "source"):
        if getattr(sent, name, ""):
            setattr(sent, name, f"{number}-{getattr(sent, name)}")
    renamed: bytes = sent.SerializeToString()
    return renamed


@dataclass
class Outputs:
    """What the views gave: by history and place in its topic, and by poll."""

    verdicts: dict[tuple[int, Position], str]
    dead_votes: set[tuple[int, Position]]
    refused_commands: set[tuple[int, Position]]
    results: dict[str, list[tuple[str, dict[str, Any]]]]


@pytest.fixture(scope="module", params=[LENIENT, STRICT], ids=["lenient", "strict"])
def run(request: pytest.FixtureRequest) -> tuple[list[Truth], Outputs]:
    """All histories by the oracle, and by the views in one run."""
    rules: Rules = request.param
    logs = [
        History(
            in_a_log_of_all(history.commands, number, PollControl),
            in_a_log_of_all(history.votes, number, PollVote),
            rules,
        )
        for number, history in enumerate(random_histories())
    ]
    end_ms = 2 * rules.longest_h * HOUR_MS + max(
        record.arrived_ms for log in logs for record in (*log.commands, *log.votes)
    )
    truths = [truth(log.commands, log.votes, rules, end_ms) for log in logs]
    # Time goes on until there, for the polls that close by their schedule.
    last = PollControl(
        poll_id="last",
        command_id="1",
        action=CREATE,
        title="last",
        choices=[PollChoice(id="yes"), PollChoice(id="no")],
    )
    commands = [Record(b"last", last.SerializeToString(), 0, 0, end_ms)]
    return truths, outputs_of(logs, commands, rules)


def outputs_of(logs: list[History], more: list[Record], rules: Rules) -> Outputs:
    polls = Polls(
        votes_per_source_s=rules.votes_per_source_s,
        future_ms=rules.future_ms,
        longest_h=rules.longest_h,
        max_regions=rules.max_regions,
    )
    job_settings = replace_polls(polls)
    environment = environment_for(JOB, job_settings)
    commands = [record for log in logs for record in log.commands] + more
    votes = [record for log in logs for record in log.votes]
    source(environment, "poll_control", "poll_key", commands)
    source(environment, "poll_votes", "vote_key", votes)
    create_views(environment, JOB.views(job_settings))
    rows = rows_of(
        environment,
        """
        SELECT 'vote' AS kind, verdict AS what, vote_key AS record_key, voter_id AS id, error,
            `partition`, `offset`, CAST(0 AS BIGINT) AS revision FROM outcomes
        UNION ALL
        SELECT 'command', '', match_key, '', error, `partition`, `offset`, 0
        FROM command_dead_letters
        UNION ALL
        SELECT 'result', event, CAST('' AS BYTES), poll_id, document, 0, 0, revision FROM results
        """,
    )
    found = Outputs({}, set(), set(), {})
    for kind, what, key, id_, text, partition, offset, _ in sorted(rows, key=lambda row: row[-1]):
        position = Position(partition, offset)
        if kind == "result" and id_ == "last":
            continue
        if kind == "result":
            found.results.setdefault(id_, []).append((what, json.loads(text)))
        elif kind == "command":
            found.refused_commands.add((_number(bytes(key).decode()), position))
        elif text:
            found.dead_votes.add((_number(bytes(key).decode()), position))
        else:
            found.verdicts[_number(id_), position] = what
    return found


def replace_polls(polls: Polls) -> Settings:
    return Settings().model_copy(update={"polls": polls})


def source(environment: StreamTableEnvironment, name: str, key: str, records: list[Record]) -> None:
    """A topic as the job's source has it, in the order of arrival."""
    ordered = sorted(records, key=lambda one: (one.arrived_ms, one.partition, one.offset))
    rows = [
        (bytearray(one.key), bytearray(one.value), one.partition, one.offset, one.arrived_ms)
        for one in ordered
    ]
    bounded(environment, f"{name}_rows", {key: COLUMNS["record_key"]} | {
        column: kind for column, kind in COLUMNS.items() if column != "record_key"
    }, rows)  # fmt: skip
    timed = (
        Schema.new_builder()
        .column_by_expression("arrived_at", "TO_TIMESTAMP_LTZ(arrived_ms, 3)")
        .watermark("arrived_at", "arrived_at - INTERVAL '0.001' SECOND")
        .build()
    )
    stream = environment.to_data_stream(environment.from_path(f"{name}_rows"))
    environment.create_temporary_view(name, environment.from_data_stream(stream, timed))


def _number(text: str) -> int:
    return int(text.partition("-")[0])


def test_every_vote_has_the_verdict_of_the_rules(run: tuple[list[Truth], Outputs]) -> None:
    truths, found = run
    verdicts, dead = {}, set()
    for number, one in enumerate(truths):
        for position, verdict in one.verdicts.items():
            if isinstance(verdict, DeadLetter):
                dead.add((number, position))
            else:
                verdicts[number, position] = str(verdict)
    assert len(set(verdicts.values())) > 8, "the histories have all kinds of votes"
    assert found.verdicts == verdicts
    assert found.dead_votes == dead


def test_every_command_that_is_refused_is_a_dead_letter(run: tuple[list[Truth], Outputs]) -> None:
    truths, found = run
    refused = {
        (number, position)
        for number, one in enumerate(truths)
        for position, outcome in one.outcomes.items()
        if outcome is Outcome.REFUSED
    }
    assert refused
    assert found.refused_commands == refused


def test_results_are_those_of_the_rules_and_one_is_final(run: tuple[list[Truth], Outputs]) -> None:
    truths, found = run
    wanted = {id_: (one.final[id_], doc) for one in truths for id_, doc in one.results.items()}
    assert found.results.keys() == wanted.keys()
    for id_, (final, last) in wanted.items():
        results = found.results[id_]
        revisions = [document["revision"] for _, document in results]
        assert revisions == sorted(set(revisions)), id_
        finals = [said(document) for event, document in results if event == "final"]
        assert finals == ([final] if final else []), id_
        assert said(results[-1][1]) == last, id_


def said(document: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value
        for name, value in document.items()
        if name not in ("revision", "votes_per_second")
    }

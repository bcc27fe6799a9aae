"""`touchline vote`, and `touchline poll crowd`, which votes for many."""

from __future__ import annotations

import json
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from schemas.generated.touchline.v1.poll_pb2 import PAID, PollVote
from simulator.crowd import Crowd, Options
from tests.mock_redis import MockRedis
from tests.touchline.poll_results import example
from touchline.commands import poll as poll_commands
from touchline.commands import vote as vote_command
from touchline.errors import TouchlineError
from udfs.clock import now_ms
from udfs.reading import epoch_ms


def vote(*arguments: str) -> Result:
    return CliRunner().invoke(vote_command.app, list(arguments))


def crowd_result(*arguments: str) -> Result:
    return CliRunner().invoke(poll_commands.app, ["crowd", *arguments])


def crowd(*arguments: str) -> str:
    """The output of a crowd that must succeed."""
    result = crowd_result(*arguments)
    assert result.exit_code == 0, (result.output, result.exception)
    return result.stdout


def failure(result: Result) -> TouchlineError:
    """The error of a command that must fail."""
    assert isinstance(result.exception, TouchlineError), result.output
    return result.exception


def test_a_vote_is_sent_as_it_was_given(redis: MockRedis, votes: Any) -> None:
    redis.tell(example())
    result = vote(
        "motm", "raul", "muniain", "--voter", "v1", "--paid", "--region", "es",
        "--source", "10.0.0.1", "--id", "7f", "--voted-at", "2026-11-22T12:02:00Z", "--json",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    ((key, sent),) = votes()
    assert key == "v1"
    assert sent == PollVote(
        poll_id="motm", voter_id="v1", vote_id="7f", choices=["raul", "muniain"],
        voted_ms=epoch_ms("2026-11-22T12:02:00Z"), voter_class=PAID, region="es",
        source="10.0.0.1",
    )  # fmt: skip
    assert json.loads(result.stdout) == {
        "poll_id": "motm", "voter_id": "v1", "vote_id": "7f", "choices": ["raul", "muniain"],
        "voted_at": "2026-11-22T12:02:00.000Z", "class": "paid", "region": "es",
        "source": "10.0.0.1",
    }  # fmt: skip


def test_a_vote_is_cast_now_and_has_an_id_of_its_own(redis: MockRedis, votes: Any) -> None:
    redis.tell(example())
    before = now_ms()
    for _ in range(2):
        assert vote("motm", "raul", "--voter", "v1").stdout.startswith("motm  v1 votes raul")
    assert vote("motm", "raul", "--voter", "v1", "--voted-at", "-5s").exit_code == 0
    *prompt, early = (sent for _, sent in votes())
    assert all(before <= sent.voted_ms <= now_ms() for sent in prompt)
    assert before - 5_000 <= early.voted_ms <= now_ms() - 5_000
    assert len({sent.vote_id for sent in (*prompt, early)}) == 3


def test_a_choice_that_the_poll_has_not_is_said_before_it_is_sent(
    redis: MockRedis, votes: Any
) -> None:
    redis.tell(example())
    error = failure(vote("motm", "raul", "rual", "--voter", "v1"))
    assert (error.message, error.hint) == (
        "poll motm has no choice 'rual'",
        "it has: raul, muniain",
    )
    assert "no poll 'nope'" in failure(vote("nope", "raul", "--voter", "v1")).message
    assert votes() == []


def test_an_unchecked_vote_is_sent_whatever_it_says(redis: MockRedis, votes: Any) -> None:
    assert vote("nope", "rual", "--voter", "v1", "--unchecked").exit_code == 0
    assert [sent.poll_id for _, sent in votes()] == ["nope"]
    assert redis.commands == []


def test_a_crowd_on_standard_output_is_a_json_line_a_vote_and_always_the_same(
    redis: MockRedis,
) -> None:
    arguments = ("motm", "--voters", "50", "--choices", "raul,muniain", "--rate", "10")
    lines = [json.loads(line) for line in crowd(*arguments).splitlines()]
    assert lines == [json.loads(line) for line in crowd(*arguments).splitlines()]
    assert {line["topic"] for line in lines} == {"poll-votes"}
    assert [line["time_ms"] - lines[0]["time_ms"] for line in lines[:3]] == [0, 100, 200]
    assert all(line["key"] == line["value"]["voter_id"] for line in lines)
    assert redis.commands == []


def test_a_crowd_chooses_among_what_redis_says_that_the_poll_has(redis: MockRedis) -> None:
    redis.tell(example(status="CREATED"))
    lines = crowd("motm", "--voters", "50").splitlines()
    chosen = {choice for line in lines for choice in json.loads(line)["value"]["choices"]}
    assert chosen == {"raul", "muniain"}


def test_the_truth_alone_is_what_the_votes_come_to() -> None:
    arguments = ("motm", "--voters", "50", "--choices", "raul,muniain", "--truth")
    truth = Crowd(Options("motm", ("raul", "muniain"), voters=50)).truth()
    found = json.loads(crowd(*arguments))
    assert (found["sent"], found["voters"]) == (truth.sent, 50)
    assert [choice["votes"] for choice in found["choices"]] == [
        choice.votes for choice in truth.choices
    ]


def test_a_crowd_votes_in_kafka_now_and_keyed_by_voter(redis: MockRedis, votes: Any) -> None:
    redis.tell(example())
    before = now_ms()
    result = crowd_result(
        "motm", "--voters", "200", "--rate", "2000", "--regions", "es, uk", "--to-kafka",
        "--truth", "--seed", "3",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    truth = json.loads(result.stdout)
    sent = votes()
    assert len(sent) == truth["sent"] > 200
    assert "200 voters" in result.stderr
    assert {key for key, _ in sent} == {f"crowd3-{number:07d}" for number in range(200)}
    assert all(key == one.voter_id for key, one in sent)
    assert all(before <= one.voted_ms <= now_ms() for _, one in sent)
    assert {one.region for _, one in sent} == {"es", "uk"}
    took_ms = max(one.voted_ms for _, one in sent) - before
    assert took_ms >= 200 / 2000 * 1000


def test_a_crowd_does_not_vote_in_a_poll_that_is_not_open(redis: MockRedis, votes: Any) -> None:
    redis.tell(example(status="LOCKED"))
    error = failure(crowd_result("motm", "--voters", "5", "--to-kafka"))
    assert error.message == "poll motm is LOCKED: a crowd wants ACTIVE"
    assert votes() == []
    crowd("motm", "--voters", "5", "--changes", "0", "--choices", "raul", "--to-kafka")
    assert len(votes()) >= 5


@pytest.mark.parametrize(
    "arguments",
    [
        ("--changes", "120%"), ("--late", "x"), ("--paid", "-1"), ("--rate", "0"),
        ("--rate", "fast"), ("--rate", "nan"), ("--voters", "0"),
    ],
)  # fmt: skip
def test_a_wrong_argument_of_a_crowd_is_a_wrong_command(arguments: tuple[str, ...]) -> None:
    result = crowd_result("motm", "--voters", "5", "--choices", "raul", *arguments)
    assert result.exit_code == 2

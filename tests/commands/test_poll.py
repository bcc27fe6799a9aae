"""`touchline poll`, with a job that knows a poll's life and counts nothing."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from confluent_kafka import Consumer, TopicPartition
from typer.testing import CliRunner, Result

from schemas.generated.touchline.v1.poll_pb2 import (
    CREATE,
    FIRST_VOTE_COUNTS,
    PollAction,
    PollControl,
)
from tests.mock_redis import MockRedis
from tests.touchline.poll_results import example, without_votes
from touchline import polls
from touchline.commands import poll as poll_commands
from touchline.errors import TouchlineError
from touchline.settings import Kafka
from udfs.clock import now_ms
from udfs.polls.lifecycle import CommandRefused, Poll, carry_out
from udfs.reading import epoch_ms
from udfs.rendering import iso_time

CREATE_MOTM = (
    "create", "motm", "--title", "Man of the match", "--choice", "raul=Raúl García",
    "--choice", "muniain",
)  # fmt: skip


@pytest.fixture
def job(poll_kafka: Kafka, redis: MockRedis) -> Iterator[None]:
    """Carries out the commands that come from now on, and tells the results."""
    consumer = Consumer(
        {"bootstrap.servers": poll_kafka.bootstrap, "group.id": "job", "fetch.wait.max.ms": 10}
    )
    ended = threading.Event()
    worker = threading.Thread(target=carry_out_all, args=(consumer, redis, ended))
    partitions = consumer.list_topics("poll-control").topics["poll-control"].partitions
    ends = [TopicPartition("poll-control", number) for number in partitions]
    for end in ends:
        end.offset = consumer.get_watermark_offsets(end)[1]
    consumer.assign(ends)
    worker.start()
    yield
    ended.set()
    worker.join()
    consumer.close()


def carry_out_all(consumer: Consumer, redis: MockRedis, ended: threading.Event) -> None:
    known: dict[str, Poll] = {}
    revision = 0
    while not ended.is_set():
        record = consumer.poll(0.05)
        if record is None or record.error():
            continue
        command = PollControl.FromString(record.value())
        try:
            after = carry_out(known.get(command.poll_id), command, now_ms(), longest_h=24)
        except CommandRefused:
            continue
        assert after is not None
        known[after.id] = after
        revision += 1
        redis.tell(result_of(after, revision))


def result_of(poll: Poll, revision: int) -> dict[str, Any]:
    """The result of a poll that nobody has voted in; without grace, it ends with its final one."""
    nothing = {"votes": 0, "free_votes": 0, "paid_votes": 0, "weight": 0}
    return without_votes(
        id=poll.id,
        title=poll.title,
        status=poll.status,
        revision=revision,
        final=poll.ended_ms is not None and poll.ended_ms == poll.final_ms,
        choices=[{"id": id_, "title": title, **nothing} for id_, title in poll.choices.items()],
        created_at=iso_time(poll.created_ms),
        started_at=iso_time(poll.spans[0].opened) if poll.spans else None,
        ends_at=iso_time(poll.closes_ms),
        ended_at=iso_time(poll.ended_ms),
    )


def run(*arguments: str) -> Result:
    return CliRunner().invoke(poll_commands.app, list(arguments))


def done(*arguments: str) -> str:
    """The output of a command that must succeed."""
    result = run(*arguments)
    assert result.exit_code == 0, (result.output, result.exception)
    return result.stdout


def failure(result: Result) -> TouchlineError:
    """The error of a command that must fail."""
    assert isinstance(result.exception, TouchlineError), result.output
    return result.exception


@pytest.mark.usefixtures("job")
def test_a_poll_is_led_through_its_life() -> None:
    steps = {
        CREATE_MOTM: "CREATED", ("open",): "ACTIVE", ("lock",): "LOCKED", ("unlock",): "ACTIVE",
        ("close",): "COMPLETED", ("archive",): "ARCHIVED",
    }  # fmt: skip
    for arguments, status in steps.items():
        whole = (*arguments, "--grace", "0s") if len(arguments) > 1 else (*arguments, "motm")
        time.sleep(0.002)  # an archive comes after the final millisecond
        assert done(*whole).startswith(f"motm  {status}  0 voters")


@pytest.mark.usefixtures("job")
def test_a_poll_can_be_opened_as_it_is_created(commands: Any) -> None:
    assert "ACTIVE" in done(*CREATE_MOTM, "--open")
    assert [PollAction.Name(command.action) for command in commands()] == ["CREATE", "OPEN"]
    assert "TERMINATED" in done("terminate", "motm")


@pytest.mark.usefixtures("job")
def test_for_scripts_a_command_prints_the_result() -> None:
    created = json.loads(done(*CREATE_MOTM, "--json"))
    assert (created["status"], created["choices"][0]["title"]) == ("CREATED", "Raúl García")
    assert json.loads(done("open", "motm", "--json"))["status"] == "ACTIVE"


def test_a_definition_is_sent_as_it_was_given(redis: MockRedis, commands: Any) -> None:
    before = now_ms()
    done(
        *CREATE_MOTM, "--multiple", "2", "--first-vote", "--grace", "500ms", "--opens", "+90s",
        "--closes", "+1h", "--match", "opta:1", "--event", "7", "--region", "es", "--region", "uk",
        "--paid-weight", "3", "--free-weight", "2", "--no-wait",
    )  # fmt: skip
    (sent,) = commands()
    assert before + 90_000 <= sent.opens_ms <= now_ms() + 90_000
    assert before + 3_600_000 <= sent.closes_ms <= now_ms() + 3_600_000
    assert sent.command_id
    sent.command_id, sent.opens_ms, sent.closes_ms = "", 0, 0
    assert sent == PollControl(
        poll_id="motm", action=CREATE, title="Man of the match",
        choices=[{"id": "raul", "title": "Raúl García"}, {"id": "muniain", "title": "muniain"}],
        max_choices=2, policy=FIRST_VOTE_COUNTS, grace_ms=500, match_id="opta:1", event_id="7",
        regions=["es", "uk"], paid_weight=3, free_weight=2,
    )  # fmt: skip


def test_an_iso_time_without_an_offset_is_utc(redis: MockRedis, commands: Any) -> None:
    soon = iso_time(now_ms() + 3_600_000)
    assert soon is not None
    done(*CREATE_MOTM, "--closes", soon.removesuffix("Z"), "--no-wait")
    assert commands()[0].closes_ms == epoch_ms(soon)


def test_a_definition_that_is_not_valid_is_refused_before_it_is_sent(
    redis: MockRedis, commands: Any
) -> None:
    error = failure(run("create", "motm", "--title", "Who?", "--choice", "raul"))
    assert "2 to 100 are possible" in error.message
    error = failure(run(*CREATE_MOTM, "--closes", "+9d"))
    assert "polls.longest_h" in error.message
    assert commands() == []
    assert redis.commands == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("--closes", "tomorrow"), ("--closes", "+5"), ("--closes", "+5x"), ("--grace", "2"),
        ("--opens", "3000-01-01"), ("--multiple", "0"), ("--paid-weight", "0"),
        ("--open", "--opens", "+5s"),
    ],
)  # fmt: skip
def test_a_wrong_argument_of_a_definition_is_a_wrong_command(
    redis: MockRedis, arguments: tuple[str, ...]
) -> None:
    assert run(*CREATE_MOTM, *arguments).exit_code == 2


def test_an_id_that_is_taken_is_said_at_once(redis: MockRedis, commands: Any) -> None:
    redis.tell(example())
    assert "motm exists already, it is ACTIVE" in failure(run(*CREATE_MOTM)).message
    assert commands() == []


def test_a_command_that_the_status_does_not_allow_is_not_sent(
    redis: MockRedis, commands: Any
) -> None:
    redis.tell(example(status="LOCKED"))
    error = failure(run("open", "motm"))
    assert error.message == "poll motm is LOCKED: OPEN wants CREATED"
    redis.tell(example(status="COMPLETED"))
    assert "no final result" in failure(run("archive", "motm")).message
    assert commands() == []


def test_a_command_to_a_poll_that_is_not_there_names_those_that_are(redis: MockRedis) -> None:
    redis.tell(example(id="other"))
    error = failure(run("open", "motm"))
    assert (error.message, error.hint) == ("no poll 'motm' in Redis", "there are: other")


def test_without_waiting_a_command_ends_when_kafka_has_it(redis: MockRedis, commands: Any) -> None:
    assert done(*CREATE_MOTM, "--open", "--no-wait") == "motm  CREATE sent\nmotm  OPEN sent\n"
    redis.tell(example())
    told = json.loads(done("lock", "motm", "--no-wait", "--json"))
    assert told == {"id": "motm", "sent": "LOCK", "command_id": commands()[-1].command_id}


def test_a_job_that_does_not_run_is_guessed(
    redis: MockRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(poll_commands, "WAIT_S", 0.1)
    error = failure(run(*CREATE_MOTM))
    assert error.message.startswith("CREATE was sent to poll motm, but nothing was heard of it")
    assert "touchline submit polls" in error.hint


def test_a_list_has_all_polls(redis: MockRedis) -> None:
    assert done("list").startswith("no polls; ")
    assert done("list", "--json") == ""
    redis.tell(example())
    redis.tell(example(id="b", status="LOCKED"))
    table = done("list")
    for part in ("motm", "Man of the match", "ACTIVE", "LOCKED", "21", "Raúl García", "64.0%"):
        assert part in table
    documents = [json.loads(line) for line in done("list", "--json").splitlines()]
    assert documents == [example(id="b", status="LOCKED"), example()]


def test_a_poll_is_shown_in_full_or_as_it_is(redis: MockRedis) -> None:
    redis.tell(example())
    assert "refused: 4 paced" in done("show", "motm")
    assert json.loads(done("show", "motm", "--json")) == example()
    assert "no poll 'nope'" in failure(run("show", "nope")).message


def tell_one_by_one(redis: MockRedis, *results: dict[str, Any]) -> threading.Thread:
    """Tell results to a command that is watching, once it has read what there is."""

    def has_read() -> bool:
        asked = list(redis.commands)
        return "SUBSCRIBE" in asked and "JSON.GET" in asked[asked.index("SUBSCRIBE") :]

    def tell() -> None:
        deadline = time.monotonic() + 30
        while not has_read() and time.monotonic() < deadline:
            time.sleep(0.005)
        for result in results:
            redis.tell(result)

    thread = threading.Thread(target=tell)
    thread.start()
    return thread


def test_watching_prints_a_line_for_each_result_until_the_final_one(redis: MockRedis) -> None:
    redis.tell(example(revision=1, voters=1))
    told = tell_one_by_one(
        redis,
        example(revision=2, voters=2),
        example(id="other", revision=2),
        example(revision=3, voters=3, status="COMPLETED", ended_at="2026-11-22T12:05:00.000Z"),
        example(
            revision=4, voters=4, status="COMPLETED", final=True,
            ended_at="2026-11-22T12:05:00.000Z",
        ),
    )  # fmt: skip
    lines = done("watch", "motm").splitlines()
    told.join()
    assert [line.split()[2] for line in lines] == ["1", "2", "3", "4"]
    assert {line.split()[0] for line in lines} == {"motm"}
    assert lines[-2].endswith("counting")
    assert lines[-1].endswith("final")


def test_watching_for_scripts_prints_the_results(redis: MockRedis) -> None:
    final = example(final=True, status="TERMINATED", ended_at="2026-11-22T12:05:00.000Z")
    redis.tell(final)
    assert [json.loads(line) for line in done("watch", "motm", "--json").splitlines()] == [final]


def test_ctrl_c_ends_the_watching_of_all_polls_in_good_order(
    redis: MockRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(_self: object, _poll: object) -> Iterator[dict[str, Any] | None]:
        yield example()
        yield None
        yield example(id="other", final=True, ended_at="2026-11-22T12:05:00.000Z")
        raise KeyboardInterrupt

    monkeypatch.setattr(polls.PollStore, "follow", interrupted)
    lines = done("watch", "--all").splitlines()
    assert [line.split()[0] for line in lines] == ["motm", "other"]


def test_watching_wants_one_poll_or_all(redis: MockRedis) -> None:
    assert run("watch").exit_code == run("watch", "motm", "--all").exit_code == 2
    assert "no poll 'motm'" in failure(run("watch", "motm")).message


def test_a_screen_shows_one_poll_in_full_or_all_in_a_table() -> None:
    one, all_ = poll_commands.Screen("motm"), poll_commands.Screen(None)
    assert one.__rich__() == ""
    for screen in (one, all_):
        screen.results["motm"] = example()
    assert type(one.__rich__()).__name__ == "Panel"
    assert type(all_.__rich__()).__name__ == "Table"

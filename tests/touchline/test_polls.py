"""What the commands on polls are made of: commands and votes out, results in."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest

from schemas.generated.touchline.v1.poll_pb2 import (
    ARCHIVE,
    CLOSE,
    CREATE,
    LOCK,
    OPEN,
    TERMINATE,
    UNLOCK,
    PollChoice,
    PollControl,
    PollVote,
)
from schemas.redis import keys
from tests.mock_kafka import mock_kafka, records
from tests.mock_redis import MockRedis, mock_redis
from tests.touchline.poll_results import example
from touchline.errors import TouchlineError
from touchline.polls import (
    PollStore,
    Result,
    checked,
    refusal,
    send_commands,
    send_votes,
)
from touchline.sending import new_id
from touchline.settings import Kafka, Redis

NOBODY = "127.0.0.1:9"
SOON_S = 30.0
CHOICES = [PollChoice(id="raul"), PollChoice(id="muniain")]


@pytest.fixture
def redis() -> Iterator[MockRedis]:
    with mock_redis() as server:
        yield server


@pytest.fixture
def store(redis: MockRedis) -> Iterator[PollStore]:
    with PollStore(Redis(url=redis.url)) as found:
        yield found


def next_of(results: Iterator[Result | None]) -> Result:
    """The next result, however long it takes."""
    return next(result for result in results if result is not None)


def later(action: Callable[[], None]) -> threading.Timer:
    timer = threading.Timer(0.1, action)
    timer.start()
    return timer


def test_commands_are_keyed_by_poll_and_votes_by_voter() -> None:
    with mock_kafka("poll-control", "poll-votes") as kafka:
        commands = [
            PollControl(poll_id="motm", command_id=new_id(), action=action)
            for action in (CREATE, OPEN, LOCK)
        ]
        vote = PollVote(poll_id="motm", voter_id="v1", vote_id="1", choices=["raul"])
        send_commands(kafka, commands)
        send_votes(kafka, [vote])
        sent = records(kafka, "poll-control")
        assert [PollControl.FromString(record.value()) for record in sent] == commands
        assert {record.key() for record in sent} == {b"motm"}
        (record,) = records(kafka, "poll-votes")
        assert (record.key(), PollVote.FromString(record.value())) == (b"v1", vote)


def test_ids_are_never_the_same() -> None:
    assert len({new_id() for _ in range(100)}) == 100


def test_a_kafka_that_does_not_answer_is_an_error_with_a_next_step() -> None:
    with pytest.raises(TouchlineError, match=f"no Kafka broker answers at {NOBODY}") as caught:
        send_votes(Kafka(bootstrap=NOBODY), [])
    assert "touchline status" in caught.value.hint


def test_a_missing_topic_is_an_error_that_says_who_makes_it() -> None:
    with mock_kafka("another") as kafka, pytest.raises(TouchlineError) as caught:
        send_commands(kafka.model_copy(update={"poll_control": "no topic"}), [])
    assert "no topic" in caught.value.message
    assert "touchline submit polls" in caught.value.hint


def test_a_redis_that_does_not_answer_is_an_error_with_a_next_step() -> None:
    with PollStore(Redis(url=f"redis://{NOBODY}/0")) as store:
        reads: list[Callable[[], Any]] = [
            store.poll_ids,
            lambda: store.results(["motm"]),
            lambda: store.result("motm"),
            lambda: next(store.follow()),
            lambda: store.wait_for("motm", OPEN, SOON_S),
        ]
        for read in reads:
            with pytest.raises(TouchlineError) as caught:
                read()
            assert caught.value.message == f"no Redis answers at redis://{NOBODY}/0"
            assert "touchline up" in caught.value.hint


def test_a_redis_that_goes_away_ends_the_following_with_an_error() -> None:
    with mock_redis() as server, PollStore(Redis(url=server.url)) as store:
        results = store.follow()
        assert next(results) is None
        server.drop()
        with pytest.raises(TouchlineError, match="no Redis answers"):
            next(results)


def test_a_definition_that_is_not_possible_is_refused_with_its_reason() -> None:
    possible = PollControl(
        poll_id="motm", command_id="1", action=CREATE, title="Who?", choices=CHOICES
    )
    assert checked(possible, longest_h=1) is possible
    one_choice = PollControl(poll_id="motm", command_id="1", title="Who?", choices=CHOICES[:1])
    with pytest.raises(TouchlineError, match="1 choices; 2 to 100 are possible"):
        checked(one_choice, longest_h=1)


@pytest.mark.parametrize(
    ("action", "taken_in"),
    [
        (OPEN, {"CREATED"}),
        (LOCK, {"ACTIVE"}),
        (UNLOCK, {"LOCKED"}),
        (CLOSE, {"ACTIVE", "LOCKED"}),
        (TERMINATE, {"CREATED", "ACTIVE", "LOCKED", "COMPLETED"}),
        (ARCHIVE, set()),
        (CREATE, set()),
    ],
)
def test_a_command_is_refused_in_every_other_status(action: int, taken_in: set[str]) -> None:
    for status in ("CREATED", "ACTIVE", "LOCKED", "COMPLETED", "TERMINATED", "ARCHIVED"):
        assert (refusal(example(status=status), action) == "") == (status in taken_in)


def test_a_refusal_says_the_status_and_the_one_that_is_wanted() -> None:
    assert refusal(example(status="LOCKED"), OPEN) == "poll motm is LOCKED: OPEN wants CREATED"
    assert refusal(example(status="CREATED"), CLOSE).endswith("CLOSE wants ACTIVE or LOCKED")


def test_only_a_final_result_can_be_archived_and_none_can_be_terminated() -> None:
    counting, final = (example(status="COMPLETED", final=final) for final in (False, True))
    assert "no final result yet" in refusal(counting, ARCHIVE)
    assert refusal(final, ARCHIVE) == ""
    assert refusal(counting, TERMINATE) == ""
    assert "comes too late" in refusal(final, TERMINATE)


def test_results_are_found_by_their_keys_each_once(redis: MockRedis, store: PollStore) -> None:
    redis.documents[keys.match_state("opta:1")] = "{}"
    redis.documents[keys.poll_revisions("motm")] = "{}"
    for poll in ("two:b", "motm"):
        redis.tell(example(id=poll))
    assert store.poll_ids() == ["motm", "two:b"]
    assert [result["id"] for result in store.results()] == ["motm", "two:b"]
    assert store.results(["two:b", "none"]) == [example(id="two:b")]
    assert store.result("motm") == example()


def test_without_polls_there_are_no_results(store: PollStore) -> None:
    assert store.results() == []


def test_a_poll_that_is_not_there_is_an_error_that_names_those_that_are(
    redis: MockRedis, store: PollStore
) -> None:
    with pytest.raises(TouchlineError, match="no poll 'nope'") as caught:
        store.result("nope")
    assert "touchline poll create" in caught.value.hint
    for number in range(25):
        redis.tell(example(id=f"poll{number:02d}"))
    with pytest.raises(TouchlineError) as caught:
        store.result("nope")
    assert caught.value.hint.startswith("there are: poll00, poll01")
    assert caught.value.hint.endswith("poll19 and 5 more")


def test_following_gives_what_is_there_and_then_what_is_told(
    redis: MockRedis, store: PollStore
) -> None:
    redis.tell(example(revision=1))
    with closing(store.follow()) as results:
        assert next_of(results)["revision"] == 1
        redis.tell(example(revision=2))
        redis.tell(example(id="other", revision=1))
        assert next_of(results)["revision"] == 2
        assert next_of(results)["id"] == "other"
        assert next(results) is None


def test_what_was_read_is_not_given_again_when_it_is_told_late(
    redis: MockRedis, store: PollStore
) -> None:
    redis.tell(example(revision=5))
    with closing(store.follow()) as results:
        assert next_of(results)["revision"] == 5
        for revision in (4, 5, 6):
            redis.tell(example(revision=revision))
        assert next_of(results)["revision"] == 6


def test_following_one_poll_leaves_the_others_out(redis: MockRedis, store: PollStore) -> None:
    redis.tell(example(id="other"))
    redis.tell(example())
    with closing(store.follow("motm")) as results:
        assert next_of(results)["id"] == "motm"
        redis.tell(example(id="other", revision=1 << 50))
        assert next(results) is None
        redis.tell(example(revision=1 << 50))
        assert next_of(results)["id"] == "motm"


def test_a_status_that_is_there_already_is_not_waited_for(
    redis: MockRedis, store: PollStore
) -> None:
    redis.tell(example(status="LOCKED"))
    assert store.wait_for("motm", LOCK, SOON_S)["status"] == "LOCKED"


def test_the_status_that_a_command_makes_is_waited_for(redis: MockRedis, store: PollStore) -> None:
    redis.tell(example(status="CREATED", revision=1))
    timer = later(lambda: redis.tell(example(status="ACTIVE", revision=2)))
    assert store.wait_for("motm", OPEN, SOON_S)["revision"] == 2
    timer.join()


def test_any_result_tells_of_a_poll_that_was_created(redis: MockRedis, store: PollStore) -> None:
    timer = later(lambda: redis.tell(example(status="ACTIVE")))
    assert store.wait_for("motm", CREATE, SOON_S)["status"] == "ACTIVE"
    timer.join()


def test_a_poll_that_went_another_way_is_not_waited_for(redis: MockRedis, store: PollStore) -> None:
    redis.tell(example(status="CREATED", revision=1))
    timer = later(lambda: redis.tell(example(status="TERMINATED", revision=2)))
    with pytest.raises(TouchlineError, match="poll motm is TERMINATED: OPEN wants CREATED"):
        store.wait_for("motm", OPEN, SOON_S)
    timer.join()


def test_silence_is_an_error_that_says_where_to_look(redis: MockRedis, store: PollStore) -> None:
    redis.tell(example(status="ACTIVE"))
    with pytest.raises(TouchlineError) as caught:
        store.wait_for("motm", LOCK, timeout_s=0.1)
    assert caught.value.message == (
        "LOCK was sent to poll motm, but nothing was heard of it within 0.1 s"
    )
    assert "touchline submit polls" in caught.value.hint
    assert "touchline dead-letters list" in caught.value.hint

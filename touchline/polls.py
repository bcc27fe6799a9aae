"""Polls, as the commands need them: commands and votes go out to Kafka, results come from Redis.

What a result has in it is in docs/polls.md.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterable
from contextlib import closing
from typing import Any

import msgspec
import redis

from schemas.generated.touchline.v1.poll_pb2 import (
    ARCHIVE,
    CLOSE,
    CREATE,
    LOCK,
    OPEN,
    TERMINATE,
    UNLOCK,
    PollAction,
    PollControl,
    PollVote,
)
from schemas.redis import keys
from touchline.errors import TouchlineError
from touchline.redis_reader import ANSWER_S, Document, RedisReader, those
from touchline.sending import sending
from touchline.settings import Kafka
from udfs.clock import now_ms
from udfs.polls.lifecycle import (
    ACTIVE,
    ALLOWED,
    ARCHIVED,
    COMPLETED,
    LOCKED,
    TERMINATED,
    CommandRefused,
    create,
)

Result = Document
"""A poll's result document."""

JOB = "polls"
"""Who counts."""

WAIT_S = 15.0
"""For Redis to show what became of a command: a job that was only just submitted starts by then."""

TICK_S = 0.25

MADE = {
    OPEN: ACTIVE,
    LOCK: LOCKED,
    UNLOCK: ACTIVE,
    CLOSE: COMPLETED,
    TERMINATE: TERMINATED,
    ARCHIVE: ARCHIVED,
}
"""Command -> the status that it makes."""

NONE = "`touchline poll create` makes one, the job `polls` tells of it"


def checked(command: PollControl, longest_h: int) -> PollControl:
    """A CREATE, if the poll that it defines is possible as of now; `longest_h` is the setting.

    Raises:
        TouchlineError: it is not; the text says why.
    """
    try:
        create(command, now_ms(), longest_h)
    except CommandRefused as error:
        raise TouchlineError(str(error), "touchline poll create --help") from error
    return command


def refusal(result: Result, action: int) -> str:
    """Why a poll as it is does not take a command; empty if it does."""
    poll, status, name = result["id"], result["status"], PollAction.Name(action)
    if action == CREATE:
        return f"poll {poll} exists already, it is {status}: take a new id"
    if status not in ALLOWED[action]:
        return f"poll {poll} is {status}: {name} wants {' or '.join(ALLOWED[action])}"
    if action == ARCHIVE and not result["final"]:
        return f"poll {poll} has no final result yet: ARCHIVE comes after it"
    if action == TERMINATE and result["final"]:
        return f"poll {poll} has its final result: TERMINATE comes too late"
    return ""


def send_commands(kafka: Kafka, commands: Iterable[PollControl]) -> None:
    """Send commands, in this order, and wait until Kafka has them.

    Raises:
        TouchlineError: Kafka does not take them.
    """
    with sending(kafka, kafka.poll_control, JOB) as publisher:
        for command in commands:
            publisher.send(command.SerializeToString(), command.poll_id)


def send_votes(kafka: Kafka, votes: Iterable[PollVote]) -> None:
    """Send votes, in this order, and wait until Kafka has them.

    Raises:
        TouchlineError: Kafka does not take them.
    """
    with sending(kafka, kafka.poll_votes, JOB) as publisher:
        for vote in votes:
            publisher.send(vote.SerializeToString(), vote.voter_id)


class PollStore(RedisReader):
    """The polls' results in Redis, read only. A context manager.

    Every method raises TouchlineError if Redis does not answer.
    """

    def poll_ids(self) -> list[str]:
        """All polls that have a result, by id."""
        return self._owners(keys.poll_results("*"))

    def results(self, poll_ids: Iterable[str] | None = None) -> list[Result]:
        """The results of those of the polls that have one, in the given order; None: of all."""
        wanted = self.poll_ids() if poll_ids is None else list(poll_ids)
        found = self._documents([keys.poll_results(poll_id) for poll_id in wanted])
        return [result for result in found if result]

    def result(self, poll_id: str) -> Result:
        """One poll's result.

        Raises:
            TouchlineError: there is none; the hint says which polls there are.
        """
        for found in self.results([poll_id]):
            return found
        raise TouchlineError(f"no poll {poll_id!r} in Redis", those(self.poll_ids(), NONE))

    def follow(self, poll_id: str | None = None) -> Generator[Result | None, None, None]:
        """For ever: the results that there are, then each new one as it is told.

        poll_id: only this poll's, None for all. None is given when there is nothing new, some times
        a second.
        """
        with self._readable(), self._redis.pubsub() as channel:
            channel.subscribe(keys.POLL_UPDATES)
            # Only once Redis has confirmed it, nothing falls between what is read and what is told.
            if channel.get_message(timeout=ANSWER_S) is None:
                raise redis.TimeoutError("the subscription is not confirmed")
            newest: dict[str, int] = {}
            for result in self.results(None if poll_id is None else [poll_id]):
                newest[result["id"]] = result["revision"]
                yield result
            while True:
                message = channel.get_message(timeout=TICK_S)
                told = _told(message)
                if told is None or poll_id not in (None, told["id"]):
                    yield None
                elif told["revision"] > newest.get(told["id"], -1):
                    newest[told["id"]] = told["revision"]
                    yield told

    def wait_for(self, poll_id: str, action: int, timeout_s: float) -> Result:
        """Wait for what a command that was sent makes of a poll, and give its result.

        Raises:
            TouchlineError: nothing is heard of it, or something else came before it.
        """
        deadline = time.monotonic() + timeout_s
        with closing(self.follow(poll_id)) as results:
            while time.monotonic() < deadline:
                result = next(results)
                if result is None:
                    continue
                if action == CREATE or result["status"] == MADE[action]:
                    return result
                if reason := refusal(result, action):
                    raise TouchlineError(reason, f"touchline poll show {poll_id}")
        raise TouchlineError(
            f"{PollAction.Name(action)} was sent to poll {poll_id}, but nothing was heard of it"
            f" within {timeout_s:g} s",
            "is the job running? `touchline submit polls`; or see `touchline dead-letters list`",
        )


def _told(message: dict[str, Any] | None) -> Result | None:
    """The result that a message of the channel has; None if there is none in it."""
    if message is None or message["type"] != "message":
        return None
    result: Result = msgspec.json.decode(message["data"])
    return result

"""What is voted: a crowd's votes, in one poll or in many, and what each poll must come to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zlib import crc32

import msgspec

from bench.load import Sent, Tell, told
from schemas.generated.touchline.v1.poll_pb2 import CREATE, OPEN, PollChoice, PollControl, PollVote
from simulator.crowd import Clock, Crowd, Options, Tally, Truth, Vote, steady
from touchline import polls
from touchline.errors import TouchlineError
from touchline.sending import new_id
from touchline.settings import Kafka
from udfs.clock import now_ms

CHOICES = ("raul", "muniain", "aduriz", "berenguer", "williams")
REGIONS = ("es", "uk", "de")
VOTERS = 0.7
"""Voters a vote. A fifth of them votes two to four times, and 2 % of the votes are sent twice:
together, that is one vote a vote."""

COUNTERS = ("voters", "votes", "changed", "superseded", "duplicates")
REFUSALS = ("rejected", "late_rejected")
"""A result's fields that are empty if all votes were taken, and that only Touchline has."""


@dataclass(frozen=True)
class PollLoad:
    """The votes of a crowd; each voter votes in one of the polls."""

    crowd: Crowd
    polls: Sequence[str]

    def votes(self, clock: Clock) -> Iterator[Vote]:
        """All votes in their order, those of different polls mixed. But for their times and their
        polls, they are the same each time, for any number of polls."""
        if len(self.polls) == 1:
            return self.crowd.votes(clock)
        return (
            msgspec.structs.replace(vote, poll_id=self.poll_of(vote.voter_id))
            for vote in self.crowd.votes(clock)
        )

    def messages(self) -> Iterator[Sent]:
        """The votes as `poll-votes` has them, each cast when it is taken."""
        for vote in self.votes(_now_ms):
            yield Sent(vote.voter_id.encode(), vote.serialised())

    def poll_of(self, voter_id: str) -> str:
        """The poll in which a voter votes."""
        return self.polls[crc32(voter_id.encode()) % len(self.polls)]

    def truths(self, tell: Tell = lambda _: None) -> dict[str, Truth]:
        """Poll -> what it must come to, if votes arrive one by one while it is open."""
        tallies = {poll_id: Tally(CHOICES) for poll_id in self.polls}
        for vote in told(self.votes(steady()), tell):
            tallies[vote.poll_id].add(vote)
        return {poll_id: tally.truth() for poll_id, tally in tallies.items()}


def load_of(votes: int, poll_ids: Sequence[str], seed: int) -> PollLoad:
    """About so many votes, in these polls."""
    voters = max(1, round(votes * VOTERS))
    return PollLoad(
        Crowd(Options(poll_ids[0], CHOICES, voters, regions=REGIONS, seed=seed)), poll_ids
    )


def open_polls(kafka: Kafka, poll_ids: Iterable[str]) -> None:
    """Create polls and open them; Kafka has the commands then.

    Raises:
        TouchlineError: Kafka does not take them.
    """
    choices = [PollChoice(id=id_, title=id_.title()) for id_ in CHOICES]
    polls.send_commands(
        kafka,
        (
            command
            for poll_id in poll_ids
            for command in (
                PollControl(
                    poll_id=poll_id,
                    command_id=new_id(),
                    action=CREATE,
                    title="Man of the match",
                    choices=choices,
                ),
                PollControl(poll_id=poll_id, command_id=new_id(), action=OPEN),
            )
        ),
    )


def as_they_arrived(
    truths: Mapping[str, Truth], votes: Iterable[tuple[int, Vote | PollVote]]
) -> dict[str, Truth]:
    """What Touchline must make of votes that are not late: of those of a voter in a poll that came
    in the same millisecond, all but the last are superseded. (The records of one producer's batch
    have one time.)

    truths: what the votes come to one after the other.
    votes: with when the broker took each, UTC epoch ms; a voter's in their order.
    """
    seen: set[tuple[str, str, str]] = set()
    last_ms: dict[tuple[str, str], int] = {}
    beaten: Counter[str] = Counter()
    for arrived_ms, vote in votes:
        place = (vote.poll_id, vote.voter_id)
        if (known := (*place, vote.vote_id)) in seen:
            continue
        seen.add(known)
        beaten[vote.poll_id] += last_ms.get(place) == arrived_ms
        last_ms[place] = arrived_ms
    return {
        poll_id: msgspec.structs.replace(
            truth,
            changed=truth.changed - beaten[poll_id],
            superseded=truth.superseded + beaten[poll_id],
        )
        for poll_id, truth in truths.items()
    }


def counted(result: Mapping[str, Any]) -> int:
    """How many votes a result has taken in, whatever became of them."""
    names = ("voters", "changed", "superseded", "duplicates")
    return sum(int(result[name]) for name in names)


def verify(results: Mapping[str, Mapping[str, Any]], truths: Mapping[str, Truth]) -> None:
    """Compare results by poll with what they must be.

    Raises:
        TouchlineError: one is something else; the text says what.
    """
    found = {poll_id: differences(results[poll_id], truth) for poll_id, truth in truths.items()}
    wrong = {poll_id: texts for poll_id, texts in found.items() if texts}
    if wrong:
        poll_id, texts = next(iter(wrong.items()))
        raise TouchlineError(
            f"wrong result: {len(wrong):,} of {len(truths):,} polls; in {poll_id},"
            f" {'; '.join(texts)}"
        )


def differences(result: Mapping[str, Any], truth: Truth) -> list[str]:
    """How a poll's result is not what it must be; empty if it is right."""
    expected = msgspec.to_builtins(truth)
    found = [
        f"{name} is {result[name]:,} and not {expected[name]:,}"
        for name in COUNTERS
        if result[name] != expected[name]
    ]
    # Engines that know no choices leave out those that nobody has chosen.
    ours, theirs = _by_choice(result["choices"]), _by_choice(expected["choices"])
    for name, here, there in (
        ("choices", ours, theirs),
        ("regions", result["regions"], expected["regions"]),
    ):
        if here != there:
            found.append(f"{name} are {here} and not {there}")
    return found + [f"{name} is {result[name]}" for name in REFUSALS if result.get(name)]


def _by_choice(choices: Iterable[Mapping[str, Any]]) -> dict[str, tuple[int, ...]]:
    names = ("votes", "free_votes", "paid_votes")
    return {
        choice["id"]: tuple(choice[name] for name in names) for choice in choices if choice["votes"]
    }


def _now_ms(_number: int) -> int:
    return now_ms()

"""The work that every other engine is given in `polls`: what becomes of a vote, and how it counts.

One voter, one vote, the last one: the rules `duplicate`, `superseded`, `changed` and `counted` of
docs/polls.md. Only what runs around these functions differs, so that engines are compared, and not
parsers or rules.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import msgspec

from schemas.generated.touchline.v1.poll_pb2 import PAID, Ballot, PollVote

RESULTS_S = 0.5
"""Between two results of a poll, at least; Touchline's `polls.results_ms`."""

COUNTED, CHANGED, SUPERSEDED, DUPLICATE = "counted", "changed", "superseded", "duplicate"
TICK = ""
"""The verdict of what is no vote: it asks for the poll's result as of now."""

_NAMES = {CHANGED: "changed", SUPERSEDED: "superseded", DUPLICATE: "duplicates"}
_STANDS, _VERDICT, _BETWEEN = "+", "=", "|"

Standing = tuple[Sequence[str], int, str, str, str]
"""What is remembered of a voter in a poll: the ids of the votes seen; when the one that stands was
cast, its class, its region and its choices."""

Place = Sequence[str]
"""Class, region and choices: what votes are counted by."""


class Cast(NamedTuple):
    """A vote as it was read. Without a voter, it is a tick."""

    poll_id: str
    voter_id: str
    vote_id: str
    voted_ms: int
    voter_class: str
    region: str
    choices: str


def read(value: bytes) -> Cast:
    """A vote of its bytes."""
    vote = PollVote.FromString(value)
    return Cast(
        vote.poll_id,
        vote.voter_id,
        vote.vote_id,
        vote.voted_ms,
        "paid" if vote.voter_class == PAID else "free",
        vote.region,
        ",".join(sorted(set(vote.choices))),
    )


def judge(known: Standing | None, vote: Cast) -> tuple[Standing, str, Place]:
    """What is known of the voter after a vote, the verdict on it, and whose place it took."""
    if known is None:
        return _standing([vote.vote_id], vote), COUNTED, ()
    seen, voted_ms, *place = known
    if vote.vote_id in seen:
        return known, DUPLICATE, ()
    seen = [*seen, vote.vote_id]
    if vote.voted_ms < voted_ms:
        return (seen, *known[1:]), SUPERSEDED, ()
    return _standing(seen, vote), CHANGED, place


def _standing(seen: Sequence[str], vote: Cast) -> Standing:
    return seen, vote.voted_ms, vote.voter_class, vote.region, vote.choices


def ballot_of(
    vote: Cast, verdict: str, replaced: Place, partition: int, offset: int, arrived_ms: int
) -> Ballot:
    """The ballot, with the lineage of the vote, as Touchline's `poll-ballots` has it."""
    previous_class, previous_region, previous = replaced or ("", "", "")
    return Ballot(
        poll_id=vote.poll_id,
        voter_id=vote.voter_id,
        vote_id=vote.vote_id,
        choices=vote.choices,
        verdict=verdict,
        previous=previous,
        previous_class=previous_class,
        previous_region=previous_region,
        voter_class=vote.voter_class,
        region=vote.region,
        source=vote.voter_id,
        voted_ms=vote.voted_ms,
        arrived_ms=arrived_ms,
        source_partition=partition,
        source_offset=offset,
    )


def tick(poll_id: str) -> bytes:
    """A message for the topic of votes that asks for a result."""
    message: bytes = PollVote(poll_id=poll_id).SerializeToString()
    return message


def tick_ballot(poll_id: str) -> Ballot:
    """What a tick is passed on as."""
    return ballot_of(Cast(poll_id, "", "", 0, "", "", ""), TICK, (), 0, 0, 0)


def changes_of(ballot: Ballot) -> list[tuple[str, int]]:
    """What a ballot adds to the poll's counters, by their names."""
    if ballot.verdict in (SUPERSEDED, DUPLICATE):
        return [(_VERDICT + ballot.verdict, 1)]
    enters = (_counter(ballot.voter_class, ballot.region, ballot.choices), 1)
    if ballot.verdict == COUNTED:
        return [enters]
    leaves = _counter(ballot.previous_class, ballot.previous_region, ballot.previous)
    return [enters, (leaves, -1), (_VERDICT + CHANGED, 1)]


def _counter(*place: str) -> str:
    return _STANDS + _BETWEEN.join(place)


class Choice(msgspec.Struct):
    """What a choice has, in heads."""

    id: str
    votes: int = 0
    free_votes: int = 0
    paid_votes: int = 0


class Result(msgspec.Struct):
    """A poll's result, by the names of docs/polls.md."""

    id: str
    choices: list[Choice]
    voters: int
    votes: int
    changed: int
    superseded: int
    duplicates: int
    regions: dict[str, dict[str, int]]


def result_of(poll_id: str, counters: Iterable[tuple[str, int]]) -> bytes:
    """The result that a poll's counters make, as JSON."""
    choices: dict[str, Choice] = {}
    regions: dict[str, dict[str, int]] = {}
    verdicts = dict.fromkeys(_NAMES.values(), 0)
    voters = 0
    for counter, number in counters:
        if not number:
            continue
        kind, name = counter[0], counter[1:]
        if kind == _VERDICT:
            verdicts[_NAMES[name]] = number
            continue
        voter_class, region, slate = name.split(_BETWEEN)
        voters += number
        for id_ in slate.split(","):
            choice = choices.setdefault(id_, Choice(id_))
            choice.votes += number
            choice.paid_votes += number if voter_class == "paid" else 0
            choice.free_votes += number if voter_class == "free" else 0
            if region:
                counts = regions.setdefault(region, {})
                counts[id_] = counts.get(id_, 0) + number
    votes = sum(choice.votes for choice in choices.values())
    found = list(choices.values())
    return msgspec.json.encode(Result(poll_id, found, voters, votes, regions=regions, **verdicts))


class Pace:
    """Says when a poll may have a result: not within `RESULTS_S` of the one before."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._last: dict[str, float] = {}

    def is_due(self, poll_id: str) -> bool:
        """Whether it may have one now; it is then taken for given."""
        now = self._clock()
        if now - self._last.get(poll_id, -RESULTS_S) < RESULTS_S:
            return False
        self._last[poll_id] = now
        return True

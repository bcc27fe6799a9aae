"""What polls must come to, from the two topics' records alone: docs/polls.md, in plain Python.

Everything is computed from scratch and all histories are kept. Times are UTC epoch milliseconds.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from itertools import pairwise
from operator import attrgetter
from typing import Any, NamedTuple

from google.protobuf.message import DecodeError  # type: ignore[import-untyped]

from oracle.poll_lives import (
    MAX_ID,
    YEAR_2100_MS,
    Life,
    Outcome,
    Position,
    Record,
    lives_of,
)
from schemas.generated.touchline.v1.poll_pb2 import FIRST_VOTE_COUNTS, PAID, PollVote

PACE_MS = 1_000


@dataclass(frozen=True)
class Rules:
    """The settings `polls.*` that results depend on; nothing is shed."""

    votes_per_source_s: int = 10
    future_ms: int = 1_000
    longest_h: int = 24 * 7
    results_ms: int = 500
    max_regions: int = 500


class Verdict(StrEnum):
    """What becomes of a vote that can be read and means a poll and choices that there are."""

    PACED = "paced"
    FUTURE = "future"
    REGION = "region"
    EARLY = "early"
    LATE = "late"
    LOCKED = "locked"
    DUPLICATE = "duplicate"
    SUPERSEDED = "superseded"
    CHANGED = "changed"
    COUNTED = "counted"


class DeadLetter(StrEnum):
    """Why a vote is a dead letter, the first reason first."""

    UNREADABLE = "it cannot be read"
    INCOMPLETE = "it lacks a field"
    BEYOND_LIMITS = "it is larger, or of another time, than a vote can be"
    NO_POLL = "there is no such poll"
    UNKNOWN_CHOICE = "a choice is not the poll's"
    NUMBER_OF_CHOICES = "no choices, or too many"


STANDS = (Verdict.COUNTED, Verdict.CHANGED)
REJECTED = (
    Verdict.PACED, Verdict.FUTURE, Verdict.REGION, Verdict.EARLY, Verdict.LOCKED,
)  # fmt: skip

Document = dict[str, Any]
"""A result as docs/polls.md has it, without `revision` and `votes_per_second`."""


class Vote(NamedTuple):
    """A vote that could be read. choices: without those that are named twice."""

    poll: str
    voter: str
    id: str
    choices: frozenset[str]
    voted_ms: int
    paid: bool
    region: str
    source: str
    arrived_ms: int


class Ballot(NamedTuple):
    """A vote and what became of it. replaced: the voter's vote that it took the place of."""

    vote: Vote
    verdict: Verdict
    replaced: Vote | None = None


@dataclass(frozen=True)
class Truth:
    """What must come of the records.

    verdicts, outcomes: of each vote and each command, by its place in its topic.
    ballots: the same of the votes that are no dead letters, with all that was read of them.
    lives: what happened to each poll that was created, by its id.
    final: the final result of each poll; None: it has none yet.
    results: the result of each poll when all has been counted: the final one, if it has come.
    """

    verdicts: dict[Position, Verdict | DeadLetter]
    ballots: dict[Position, Ballot]
    outcomes: dict[Position, Outcome]
    lives: dict[str, Life]
    final: dict[str, Document | None]
    results: dict[str, Document]


def truth(
    commands: Iterable[Record],
    votes: Iterable[Record],
    rules: Rules,
    until_ms: int | None = None,
) -> Truth:
    """What must come of the records that arrived until then, that millisecond included.

    until_ms: None: when the last of them arrived. Later, the schedule goes on without records.

    Raises:
        ValueError: the records are no logs (a position occurs twice, or time goes back within a
            partition), or a voter is in two partitions.
    """
    commands, votes = _log(commands), _log(votes)
    if until_ms is None:
        until_ms = max((record.arrived_ms for record in (*commands, *votes)), default=0)
    lives, outcomes = lives_of(commands, until_ms, rules.longest_h)
    verdicts: dict[Position, Verdict | DeadLetter] = {}
    alive: list[tuple[Position, Vote]] = []
    for record in votes:
        if record.arrived_ms <= until_ms:
            read = _read(record, lives)
            if isinstance(read, DeadLetter):
                verdicts[record.position] = read
            else:
                alive.append((record.position, read))
    _check_partitions(alive)
    judged = _judged(alive, lives, rules)
    verdicts |= {position: ballot.verdict for position, ballot in judged.items()}
    by_poll: defaultdict[str, list[Ballot]] = defaultdict(list)
    for ballot in judged.values():
        by_poll[ballot.vote.poll].append(ballot)
    final: dict[str, Document | None] = {}
    results: dict[str, Document] = {}
    for id_, life in lives.items():
        if life.final_ms is not None and life.final_ms <= until_ms:
            document = result_at(life, by_poll[id_], life.final_ms, rules) | {"final": True}
            final[id_] = document
            results[id_] = document | {"status": life.status}
        else:
            final[id_] = None
            results[id_] = result_at(life, by_poll[id_], until_ms, rules)
    return Truth(verdicts, judged, outcomes, lives, final, results)


def _log(records: Iterable[Record]) -> list[Record]:
    """The records partition by partition, each in its order."""
    log = sorted(records, key=attrgetter("partition", "offset"))
    for one, next_ in pairwise(log):
        if one.partition == next_.partition and (
            one.offset == next_.offset or one.arrived_ms > next_.arrived_ms
        ):
            raise ValueError(f"no log: {next_.position} after {one.position}")
    return log


def _check_partitions(votes: Iterable[tuple[Position, Vote]]) -> None:
    partitions: dict[str, int] = {}
    for position, vote in votes:
        if partitions.setdefault(vote.voter, position.partition) != position.partition:
            raise ValueError(f"voter {vote.voter} is in more than one partition")


# --- verdicts


MAX_VOTE_BYTES = 65_536


def _is_beyond_limits(sent: PollVote) -> bool:
    texts = (sent.poll_id, sent.voter_id, sent.vote_id, sent.region, sent.source)
    return (
        max(map(len, texts)) > MAX_ID
        or not 0 < sent.voted_ms < YEAR_2100_MS
        or not sent.region.isprintable()
    )


def _read(record: Record, lives: dict[str, Life]) -> Vote | DeadLetter:
    if len(record.value) > MAX_VOTE_BYTES:
        return DeadLetter.BEYOND_LIMITS
    try:
        sent = PollVote.FromString(record.value)
    except DecodeError:
        return DeadLetter.UNREADABLE
    if not (sent.poll_id and sent.voter_id and sent.vote_id and sent.voted_ms):
        return DeadLetter.INCOMPLETE
    if _is_beyond_limits(sent):
        return DeadLetter.BEYOND_LIMITS
    life = lives.get(sent.poll_id)
    if life is None or life.status_at(record.arrived_ms) in (None, "ARCHIVED"):
        return DeadLetter.NO_POLL
    choices = frozenset(sent.choices)
    if not choices <= life.choices:
        return DeadLetter.UNKNOWN_CHOICE
    if not 1 <= len(choices) <= (life.definition.max_choices or 1):
        return DeadLetter.NUMBER_OF_CHOICES
    return Vote(
        sent.poll_id,
        sent.voter_id,
        sent.vote_id,
        choices,
        sent.voted_ms,
        sent.voter_class == PAID,
        sent.region,
        sent.source or sent.voter_id,
        record.arrived_ms,
    )


def _judged(
    votes: Sequence[tuple[Position, Vote]], lives: dict[str, Life], rules: Rules
) -> dict[Position, Ballot]:
    """The votes, which are in the order of their positions, with their verdicts."""
    arrivals: defaultdict[str, list[int]] = defaultdict(list)
    for _, vote in votes:
        arrivals[vote.source].append(vote.arrived_ms)
    for times in arrivals.values():
        times.sort()
    seen: set[tuple[str, str, str]] = set()
    judged: dict[Position, Ballot] = {}
    # By poll, voter and arrival, the votes that are compared with the one that stands.
    together: defaultdict[tuple[str, str, int], list[Position]] = defaultdict(list)
    for position, vote in votes:
        id_ = (vote.poll, vote.voter, vote.id)
        refused = _paced(vote, arrivals[vote.source], rules) or _refused(
            vote, lives[vote.poll], rules
        )
        if refused is None and id_ in seen:
            refused = Verdict.DUPLICATE
        if refused is None:
            seen.add(id_)
            together[vote.poll, vote.voter, vote.arrived_ms].append(position)
        judged[position] = Ballot(vote, refused or Verdict.SUPERSEDED)
    standing: dict[tuple[str, str], Vote] = {}
    for (poll, voter, _), positions in together.items():
        first_counts = lives[poll].definition.policy == FIRST_VOTE_COUNTS
        best = _best(positions, judged, first_counts)
        vote = judged[best].vote
        stands = standing.get((poll, voter))
        if stands is None or not _beaten(vote, stands, first_counts):
            verdict = Verdict.COUNTED if stands is None else Verdict.CHANGED
            judged[best] = Ballot(vote, verdict, stands)
            standing[poll, voter] = vote
    return judged


def _best(positions: list[Position], judged: dict[Position, Ballot], first: bool) -> Position:
    """Of votes that arrived together; they are in their order."""
    best = positions[0]
    for position in positions[1:]:
        if not _beaten(judged[position].vote, judged[best].vote, first):
            best = position
    return best


def _paced(vote: Vote, arrivals: list[int], rules: Rules) -> Verdict | None:
    """arrivals: of all votes of its source, sorted."""
    until = bisect_right(arrivals, vote.arrived_ms)
    since = bisect_left(arrivals, vote.arrived_ms - PACE_MS + 1)
    return Verdict.PACED if until - since > rules.votes_per_source_s else None


def _refused(vote: Vote, life: Life, rules: Rules) -> Verdict | None:
    """By the poll as it was when the vote arrived."""
    at_ms = vote.arrived_ms
    if vote.voted_ms > at_ms + rules.future_ms:
        return Verdict.FUTURE
    if life.regions and vote.region not in life.regions:
        return Verdict.REGION
    started = life.started_ms
    if started is None or started > at_ms or vote.voted_ms < started:
        return Verdict.EARLY
    for opened, ended, deadline in life.spans_at(at_ms):
        cast_in = opened <= vote.voted_ms and (ended is None or vote.voted_ms < ended)
        if cast_in and (deadline is None or at_ms <= deadline):
            return None
    over = life.status_at(at_ms) in ("COMPLETED", "TERMINATED")
    return Verdict.LATE if over else Verdict.LOCKED


def _beaten(vote: Vote, stands: Vote, first_counts: bool) -> bool:
    """Whether a vote has to yield to one that came before it."""
    if first_counts:
        return stands.voted_ms <= vote.voted_ms
    return stands.voted_ms > vote.voted_ms


# --- results


def result_at(life: Life, judged: Iterable[Ballot], until_ms: int, rules: Rules) -> Document:
    """A poll's result of what arrived until then, as if it were not the final one.

    judged: its votes in any partitions, also later ones.
    """
    arrived = [ballot for ballot in judged if ballot.vote.arrived_ms <= until_ms]
    verdicts = Counter(ballot.verdict for ballot in arrived)
    standing = {one.vote.voter: one.vote for one in arrived if one.verdict in STANDS}
    heads: dict[bool, Counter[str]] = {False: Counter(), True: Counter()}
    regions: dict[str, Counter[str]] = {}
    named = _named_regions(life, arrived, rules)
    for vote in standing.values():
        for choice in vote.choices:
            heads[vote.paid][choice] += 1
            if vote.region:
                region = vote.region if vote.region in named else "other"
                regions.setdefault(region, Counter())[choice] += 1
    definition = life.definition
    free_weight, paid_weight = definition.free_weight or 1, definition.paid_weight or 1
    choices = [
        {
            "id": one.id,
            "title": one.title or one.id,
            "votes": heads[False][one.id] + heads[True][one.id],
            "free_votes": heads[False][one.id],
            "paid_votes": heads[True][one.id],
            "weight": heads[False][one.id] * free_weight + heads[True][one.id] * paid_weight,
        }
        for one in definition.choices
    ]
    return {
        "id": definition.poll_id,
        "title": definition.title,
        "match_id": definition.match_id,
        "event_id": definition.event_id,
        "status": life.status_at(until_ms),
        "final": False,
        "choices": choices,
        "voters": len(standing),
        "votes": sum(len(vote.choices) for vote in standing.values()),
        "changed": verdicts[Verdict.CHANGED],
        "superseded": verdicts[Verdict.SUPERSEDED],
        "duplicates": verdicts[Verdict.DUPLICATE],
        "late_rejected": verdicts[Verdict.LATE],
        "rejected": {str(one): verdicts[one] for one in REJECTED if verdicts[one]},
        "regions": {region: dict(count) for region, count in regions.items()},
        "created_at": _iso(life.created_ms),
        "started_at": _iso(life.started_ms),
        "ends_at": _iso(life.closes_ms),
        "ended_at": _iso(life.ended_ms),
    }


def _named_regions(life: Life, arrived: Iterable[Ballot], rules: Rules) -> set[str]:
    """Those that the result tells apart: the poll's own, or as many as came first."""
    if life.regions:
        return set(life.regions)
    came: dict[str, int] = {}
    for vote, verdict, _ in arrived:
        if vote.region and verdict in STANDS:
            slice_ = vote.arrived_ms // rules.results_ms
            came[vote.region] = min(slice_, came.get(vote.region, slice_))
    in_order = sorted(came, key=lambda region: (came[region], region))
    return set(in_order[: rules.max_regions])


def _iso(at_ms: int | None) -> str | None:
    if at_ms is None:
        return None
    second, millisecond = divmod(at_ms, 1000)
    return f"{datetime.fromtimestamp(second, UTC):%Y-%m-%dT%H:%M:%S}.{millisecond:03d}Z"

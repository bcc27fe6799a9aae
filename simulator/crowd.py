"""A crowd that votes in a poll: who votes for what, who changes their mind, what comes twice.

A crowd is a function of its options; only the times of its votes come from a clock. It streams: it
holds the voters who will vote again, and what is on its way.
"""

from __future__ import annotations

import math
from bisect import bisect
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from heapq import heappop, heappush
from random import Random

import msgspec

from schemas.generated.touchline.v1.poll_pb2 import FREE, PAID, PollVote
from simulator.feed import DEFAULT_START
from udfs.reading import epoch_ms

Clock = Callable[[int], int]
"""UTC epoch milliseconds at which the vote of that number is cast, from 0; may wait until then."""

MOST_CHANGES = 3
"""Of one voter: with the first vote, and each of them sent twice, fewer than the ten votes a second
that are allowed by default, so that a crowd is never paced."""

STAGES = 64
"""Between two of them the preferences stay as they are."""

LONGEST_DELAY = 1_000
"""A late vote, or the repetition of one, comes after at most so many others."""

_DRIFT = 0.6
"""How far a preference swings around its mean."""

_CHANGE_WITHIN = 0.25
"""Of the crowd, which votes until a voter votes again."""


class Options(msgspec.Struct, frozen=True):
    """Who votes, and how.

    choices: the poll's, by id. max_choices: of one vote.
    changes: share of the voters who vote again, one to `MOST_CHANGES` times.
    duplicates: share of the votes that are sent twice. late: share that is sent later than cast.
    paid: share of the voters who are of the paid class.
    regions: where the voters are; none: their votes do not say.
    """

    poll_id: str
    choices: tuple[str, ...]
    voters: int
    changes: float = 0.2
    duplicates: float = 0.02
    late: float = 0.0
    paid: float = 0.1
    regions: tuple[str, ...] = ()
    max_choices: int = 1
    seed: int = 1


class Vote(msgspec.Struct, frozen=True, gc=False):
    """One vote; the fields are those of the message `PollVote`, `paid` is its class."""

    poll_id: str
    voter_id: str
    vote_id: str
    choices: tuple[str, ...]
    voted_ms: int
    paid: bool
    region: str

    def serialised(self) -> bytes:
        """The vote as `poll-votes` has it."""
        own: bytes = PollVote(
            voter_id=self.voter_id, vote_id=self.vote_id, voted_ms=self.voted_ms
        ).SerializeToString()
        # Protobuf messages that follow one another are one: most of it is made once for many votes.
        return _common(self.poll_id, self.choices, self.paid, self.region) + own


class ChoiceTruth(msgspec.Struct):
    """What a choice gets, in heads."""

    id: str
    votes: int = 0
    free_votes: int = 0
    paid_votes: int = 0


class Truth(msgspec.Struct):
    """What the poll's result must say of the votes, by the names that it has for it.

    sent: all votes, with those that are not counted. regions: without the choices that none of a
    region's voters made.
    """

    sent: int
    choices: list[ChoiceTruth]
    voters: int
    votes: int
    changed: int
    superseded: int
    duplicates: int
    regions: dict[str, dict[str, int]]


class Crowd:
    """The voters of the options."""

    def __init__(self, options: Options) -> None:
        """Raises ValueError where there is nothing to choose from."""
        if not options.choices:
            raise ValueError("a crowd wants choices")
        self.options = options

    def votes(self, clock: Clock) -> Iterator[Vote]:
        """All votes in the order in which they are sent, those that are sent twice too."""
        options, random = self.options, Random(f"crowd's way {self.options.seed}")
        votes = self._cast(clock)
        if options.late:
            votes = _held(votes, options.late, random, keep=False)
        if options.duplicates:
            votes = _held(votes, options.duplicates, random, keep=True)
        return votes

    def truth(self) -> Truth:
        """What all votes come to, if they arrive in this order while the poll is open."""
        return truth_of(self.votes(steady()), self.options.choices)

    def _cast(self, clock: Clock) -> Iterator[Vote]:
        options = self.options
        draw = Random(f"crowd {options.seed}").random
        stages = _preferences(options)
        spread = max(1.0, options.voters * _CHANGE_WITHIN)
        # (when, by the number of voters by then; voter, votes so far, changes left, choice, …)
        returning: list[tuple[int, int, int, int, int, bool, str]] = []
        count = 0
        for newcomer in range(options.voters + 1):
            at_end = newcomer == options.voters
            stage = stages[newcomer * (STAGES - 1) // options.voters]
            while returning and (at_end or returning[0][0] <= newcomer):
                _, voter, turn, left, before, paid, region = heappop(returning)
                choice = bisect(stage, draw())
                if choice == before:
                    choice = (choice + 1) % len(options.choices)
                yield self._vote(voter, turn, self._slate(choice, draw), clock(count), paid, region)
                count += 1
                if left:
                    due = newcomer + 1 + int(draw() * spread)
                    heappush(returning, (due, voter, turn + 1, left - 1, choice, paid, region))
            if at_end:
                return
            choice, paid = bisect(stage, draw()), draw() < options.paid
            region = _nearer_the_first(options.regions, draw) if options.regions else ""
            yield self._vote(newcomer, 1, self._slate(choice, draw), clock(count), paid, region)
            count += 1
            if draw() < options.changes:
                due, left = newcomer + 1 + int(draw() * spread), int(draw() * MOST_CHANGES)
                heappush(returning, (due, newcomer, 2, left, choice, paid, region))

    def _slate(self, choice: int, draw: Callable[[], float]) -> tuple[str, ...]:
        """The choices of a vote: the one that is liked best, and some of those next to it."""
        choices, most = self.options.choices, self.options.max_choices
        if most == 1:
            return (choices[choice],)
        count = min(1 + int(draw() * most), len(choices))
        return tuple(choices[(choice + step) % len(choices)] for step in range(count))

    def _vote(
        self, voter: int, turn: int, slate: tuple[str, ...], cast_ms: int, paid: bool, region: str
    ) -> Vote:
        voter_id = f"crowd{self.options.seed}-{voter:07d}"
        return Vote(
            self.options.poll_id, voter_id, f"{voter_id}.{turn}", slate, cast_ms, paid, region
        )


class Tally:
    """Counts votes as they are sent, as a poll does that is open for all of them, in which the last
    vote counts, and whose rules refuse none."""

    def __init__(self, choices: Iterable[str]) -> None:
        self._choices = tuple(choices)
        self._standing: dict[str, Vote] = {}
        self._seen: set[tuple[str, str]] = set()
        self._sent = self._changed = self._superseded = 0

    def add(self, vote: Vote) -> None:
        """Count one vote."""
        self._sent += 1
        known = (vote.voter_id, vote.vote_id)
        if known in self._seen:
            return
        self._seen.add(known)
        before = self._standing.get(vote.voter_id)
        if before is not None and before.voted_ms > vote.voted_ms:
            self._superseded += 1
            return
        self._changed += before is not None
        self._standing[vote.voter_id] = vote

    def truth(self) -> Truth:
        """What the votes so far come to."""
        choices = {choice: ChoiceTruth(choice) for choice in self._choices}
        regions: dict[str, dict[str, int]] = {}
        for vote in self._standing.values():
            for choice in vote.choices:
                choices[choice].votes += 1
                choices[choice].paid_votes += vote.paid
                choices[choice].free_votes += not vote.paid
                if vote.region:
                    counts = regions.setdefault(vote.region, {})
                    counts[choice] = counts.get(choice, 0) + 1
        return Truth(
            sent=self._sent,
            choices=list(choices.values()),
            voters=len(self._standing),
            votes=sum(choice.votes for choice in choices.values()),
            changed=self._changed,
            superseded=self._superseded,
            duplicates=self._sent - len(self._seen),
            regions=regions,
        )


def truth_of(votes: Iterable[Vote], choices: Iterable[str]) -> Truth:
    """What votes come to that are sent in this order, by the rules of `Tally`."""
    tally = Tally(choices)
    for vote in votes:
        tally.add(vote)
    return tally.truth()


def steady(start_ms: int = epoch_ms(DEFAULT_START), rate: float = 1_000.0) -> Clock:
    """A clock that does not wait: `rate` votes a second are cast from `start_ms` (UTC epoch) on."""
    return lambda number: start_ms + int(number * 1000 / rate)


@lru_cache(maxsize=100_000)
def _common(poll_id: str, choices: tuple[str, ...], paid: bool, region: str) -> bytes:
    """What many votes say."""
    message: bytes = PollVote(
        poll_id=poll_id, choices=choices, voter_class=PAID if paid else FREE, region=region
    ).SerializeToString()
    return message


def _preferences(options: Options) -> list[list[float]]:
    """For each stage, the sums of the choices' shares up to each; the last one is 1."""
    random = Random(f"crowd's mind {options.seed}")
    means = [1 / rank for rank in range(1, len(options.choices) + 1)]
    random.shuffle(means)
    phases = [random.random() for _ in means]
    stages = []
    for stage in range(STAGES):
        weights = [
            mean * (1 + _DRIFT * math.sin(2 * math.pi * (stage / STAGES + phase)))
            for mean, phase in zip(means, phases, strict=True)
        ]
        total, so_far, sums = sum(weights), 0.0, []
        for weight in weights:
            so_far += weight
            sums.append(so_far / total)
        stages.append([*sums[:-1], 1.0])
    return stages


def _nearer_the_first(regions: tuple[str, ...], draw: Callable[[], float]) -> str:
    """A region; the first ones have more voters."""
    return regions[int(draw() * draw() * len(regions))]


def _held(votes: Iterable[Vote], rate: float, random: Random, *, keep: bool) -> Iterator[Vote]:
    """Send some votes later; `keep` sends them now as well."""
    held: list[tuple[int, int, Vote]] = []
    draw = random.random
    for count, vote in enumerate(votes):
        while held and held[0][0] <= count:
            yield heappop(held)[2]
        if draw() < rate:
            heappush(held, (count + 1 + int(draw() * LONGEST_DELAY), count, vote))
            if not keep:
                continue
        yield vote
    while held:
        yield heappop(held)[2]

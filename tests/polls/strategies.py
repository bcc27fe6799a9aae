"""Random histories of polls, for hypothesis: both topics' records, full of collisions.

A history is a list of steps, so that a failing one shrinks to the few that matter. Each step waits,
often until just before, at or after a moment at which something is due, and adds a record.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any, NamedTuple

from hypothesis import strategies as st

from oracle.poll_lives import HOUR_MS, Record
from oracle.polls import Rules
from schemas.generated.touchline.v1.poll_pb2 import (
    ARCHIVE,
    CLOSE,
    CREATE,
    FIRST_VOTE_COUNTS,
    FREE,
    LAST_VOTE_COUNTS,
    LOCK,
    OPEN,
    PAID,
    TERMINATE,
    UNLOCK,
    PollControl,
    PollVote,
)
from tests.polls.logs import START_MS, Topic, definition

POLLS = ("motm", "goal")
VOTERS = ("ann", "bob", "cid")
PARTITIONS = 2
"""Of each topic. A voter's votes are all in one, and so are a poll's commands."""

LAST, NEAR_MS = -1, 2_000


@dataclass(frozen=True)
class History:
    """Both topics, as `truth` takes them, and the settings."""

    commands: list[Record]
    votes: list[Record]
    rules: Rules


class Moment(NamedTuple):
    """The `nth` moment at which something is due, from now, and `off` ms after it.

    One that is ahead is in the next seconds; or it is the last of all, if `nth` is `LAST`.
    """

    nth: int
    off: int


class Step(NamedTuple):
    """A record, after a pause: so many ms, or until a moment to come.

    what: a vote, a command, bytes that are neither, or one that comes again.
    """

    pause: int | Moment
    what: Vote | Command | Garbage | Again


class Vote(NamedTuple):
    """choices: with blanks between. traits: class, region, source.

    voted: ms after its arrival, or a moment that has passed. lacks: a field, if any.
    """

    poll: str
    voter: str
    id: str
    choices: str
    traits: tuple[int, str, str]
    voted: int | Moment
    lacks: str | None


class Command(NamedTuple):
    """action: None: what usually comes next in the poll's life."""

    poll: str
    action: int | None


class Garbage(NamedTuple):
    """Bytes, in the topic of votes or of commands."""

    key: str
    value: bytes
    is_vote: bool


class Again(NamedTuple):
    """The last record but so many of the topic of votes or of commands: its key and its bytes."""

    back: int
    is_vote: bool


@dataclass(frozen=True)
class Plan:
    """How a poll is created, with times relative to that, and what usually comes then."""

    fields: dict[str, Any]
    opens: int | None
    closes: int | None
    actions: tuple[int, ...]

    @property
    def before_its_end(self) -> int:
        """How many of the actions come before it."""
        return sum(action in (CREATE, OPEN, LOCK, UNLOCK) for action in self.actions)


# --- strategies


def weighted(*branches: tuple[int, st.SearchStrategy[Any]]) -> st.SearchStrategy[Any]:
    """One of the strategies, each as often as its weight says. (`one_of` knows no weights.)"""
    return st.sampled_from([one for weight, one in branches for _ in range(weight)]).flatmap(
        lambda one: one
    )


# One draw each, of a list that has the likely values several times: histories are drawn fast.
OFFS = (0, 1, -1)
NEAR = [Moment(nth, off) for nth in (0, 0, 1, 2) for off in OFFS]
PAUSES = [*[*[0] * 24, *[1] * 16, *[2] * 8, 5, 20, 998, 1_000, *NEAR] * 4, Moment(LAST, 0)]
COMMAND_PAUSES = [0, 1, 2, 5, *NEAR, *[Moment(LAST, off) for off in OFFS]]
VOTED = [*[0] * 18, *[-1] * 6, *[1] * 3, *[-5] * 6, -20, 3, 4, 1_000, 1_001, *NEAR]
CHOICES = [
    *["raul", "iker", "unai"] * 10, *["raul iker", "iker unai", "raul raul"] * 3,
    "raul iker unai", "raul iker raul", "nobody", "raul nobody", "", "raul,raul", "raul iker,unai",
]  # fmt: skip
TRAITS = [
    *product([FREE, PAID, 0], ["es", "es", "es", "uk", "fr", ""], ["", "", "tv", "phone"]),
    (FREE, "e\ns", ""),
]
LACKS = [*[None] * 96, "poll_id", "voter_id", "vote_id", "voted_ms"]
ACTIONS = [*[None] * 36, CREATE, OPEN, LOCK, UNLOCK, CLOSE, TERMINATE, ARCHIVE, 0, 99]

votes = st.builds(
    Vote,
    poll=st.sampled_from([*POLLS * 10, "none"]),
    voter=st.sampled_from(VOTERS),
    id=st.sampled_from("123456"),
    choices=st.sampled_from(CHOICES),
    traits=st.sampled_from(TRAITS),
    voted=st.sampled_from(VOTED),
    lacks=st.sampled_from(LACKS),
)


def commands(polls: Sequence[str]) -> st.SearchStrategy[Command]:
    """Commands, four of five as they usually follow each other."""
    return st.builds(Command, st.sampled_from(polls), st.sampled_from(ACTIONS))


def plans(longest_h: int) -> st.SearchStrategy[Plan]:
    """Polls; one of some ten cannot be created."""
    fields = st.fixed_dictionaries(
        {
            "max_choices": st.sampled_from([*[2, 2, 1, 0, 3] * 3, 4]),
            "policy": st.sampled_from([LAST_VOTE_COUNTS, FIRST_VOTE_COUNTS, 0]),
            "grace_ms": st.sampled_from([0, 1, 5, 20, 20]),
            "regions": st.sampled_from([[], [], ["es", "uk"]]),
            "free_weight": st.integers(0, 2),
            "paid_weight": st.integers(0, 3),
            "match_id": st.sampled_from(["", "opta:1"]),
        }
    )
    ends = st.sampled_from([(CLOSE,), (CLOSE, TERMINATE), (TERMINATE,)])
    actions = st.builds(
        lambda locks, end: (CREATE, OPEN, *[LOCK, UNLOCK] * locks, *end, ARCHIVE),
        st.sampled_from([1, 0, 2, 5]),
        ends,
    )
    longest_ms = longest_h * HOUR_MS
    closes = st.sampled_from([*[None, None, None, 20, 1_200] * 8, 0, 1, longest_ms, longest_ms + 1])
    return st.builds(Plan, fields, st.sampled_from([None, None, None, -5, 0, 20]), closes, actions)


rules = st.builds(
    Rules,
    votes_per_source_s=st.sampled_from([1_000, 1_000, 1_000, 4, 2, 1]),
    future_ms=st.sampled_from([0, 3, 1_000]),
    longest_h=st.sampled_from([1, 168]),
)
"""Settings with limits that are low, or never met."""

STEPS = st.builds(
    Step,
    st.sampled_from(PAUSES),
    weighted(
        (50, votes),
        (4, commands(POLLS)),
        (4, st.builds(Again, st.integers(0, 5), st.just(True))),
        (1, st.builds(Again, st.integers(0, 5), st.just(False))),
        (1, st.builds(Garbage, st.sampled_from(VOTERS), st.binary(max_size=8), st.just(True))),
        (1, st.builds(Garbage, st.sampled_from(POLLS), st.binary(max_size=8), st.just(False))),
    ),
)
COMMAND_STEPS = st.builds(
    Step,
    st.sampled_from(COMMAND_PAUSES),
    weighted((8, commands(POLLS[:1])), (1, st.builds(Again, st.integers(0, 5), st.just(False)))),
)


@st.composite
def histories(draw: st.DrawFn, max_steps: int = 40) -> History:
    """Both topics, with up to that many records and a few commands to begin with."""
    return _history(draw, STEPS, POLLS, max_steps)


@st.composite
def command_histories(draw: st.DrawFn, max_steps: int = 25) -> History:
    """The commands to one poll; no votes."""
    return _history(draw, COMMAND_STEPS, POLLS[:1], max_steps)


def _history(
    draw: st.DrawFn, steps: st.SearchStrategy[Step], polls: Sequence[str], max_steps: int
) -> History:
    settings = draw(rules)
    drawn = {poll: draw(plans(settings.longest_h)) for poll in polls}
    writer = Writer(drawn, settings)
    for poll, plan in drawn.items():
        first = draw(st.sampled_from([2] * 8 + [1, 0, 12, 12]))
        for _ in range(min(first, plan.before_its_end)):
            writer.write(Step(1, Command(poll, None)))
    least = draw(st.integers(0, max_steps))  # or most would be short
    for step in draw(st.lists(steps, min_size=least, max_size=max_steps)):
        writer.write(step)
    return History(writer.commands.records, writer.votes.records, settings)


# --- from steps to records


class Writer:
    """Appends the records of steps. Time goes on with each step, over all partitions."""

    def __init__(self, plans: dict[str, Plan], settings: Rules) -> None:
        self.commands, self.votes = Topic(), Topic()
        self._plans = plans
        self._longest_ms = settings.longest_h * HOUR_MS
        self._now = START_MS
        self._moments = {START_MS}
        self._ids = 0

    def write(self, step: Step) -> None:
        self._now = self._after(step.pause)
        match step.what:
            case Vote() as vote:
                self._vote(vote)
            case Command() as command:
                self._command(command)
            case Garbage(key, value, is_vote):
                self._append(is_vote, key.encode(), value)
            case Again(back, is_vote):
                records = (self.votes if is_vote else self.commands).records
                if records:
                    record = records[-1 - back % len(records)]
                    self._append(is_vote, record.key, record.value)

    def _after(self, pause: int | Moment) -> int:
        if isinstance(pause, int):
            return self._now + pause
        due = sorted(moment for moment in self._moments if moment > self._now)
        if pause.nth != LAST:
            due = [moment for moment in due if moment < self._now + NEAR_MS]
        if not due:
            return self._now
        return max(self._now, due[pause.nth % len(due)] + pause.off)

    def _vote(self, vote: Vote) -> None:
        if isinstance(vote.voted, int):
            voted_ms = self._now + vote.voted
        else:
            past = sorted((moment for moment in self._moments if moment <= self._now), reverse=True)
            voted_ms = past[vote.voted.nth % len(past)] + vote.voted.off
        voter_class, region, source = vote.traits
        sent = PollVote(
            poll_id=vote.poll,
            voter_id=vote.voter,
            vote_id=vote.id,
            choices=vote.choices.split(),
            voted_ms=voted_ms,
            voter_class=voter_class,
            region=region,
            source=source,
        )
        key = sent.voter_id.encode()
        if vote.lacks:
            sent.ClearField(vote.lacks)
        self._append(True, key, sent.SerializeToString())

    def _command(self, command: Command) -> None:
        plan, action = self._plans[command.poll], command.action
        if action is None:
            action = plan.actions[0]
            if len(plan.actions) > 1:
                self._plans[command.poll] = replace(plan, actions=plan.actions[1:])
        self._ids += 1
        fields: dict[str, Any] = {"action": action, "command_id": str(self._ids)}
        if action == CREATE:
            fields |= self._definition(plan)
        sent = PollControl(poll_id=command.poll, **fields)
        due = {self._now, sent.opens_ms, sent.closes_ms} - {0}
        if action == OPEN:
            due.add(self._now + self._longest_ms)
        self._moments |= due | {moment + plan.fields["grace_ms"] for moment in due}
        self._append(False, command.poll.encode(), sent.SerializeToString())

    def _definition(self, plan: Plan) -> dict[str, Any]:
        now = self._now - START_MS
        opens = None if plan.opens is None else now + plan.opens
        closes = None if plan.closes is None else max(now, opens or now) + plan.closes
        return definition(("raul", "iker", "unai"), opens, closes) | plan.fields

    def _append(self, is_vote: bool, key: bytes, value: bytes) -> None:
        topic = self.votes if is_vote else self.commands
        partition = (POLLS + VOTERS).index(key.decode()) % PARTITIONS
        topic.append(key, value, self._now, partition)

"""A poll's life: what a command, or a scheduled moment, makes of it.

The rules are those of docs/polls.md, "A poll's life". Times are UTC epoch milliseconds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from schemas.generated.touchline.v1.poll_pb2 import (
    ARCHIVE,
    CLOSE,
    CREATE,
    FIRST_VOTE_COUNTS,
    LOCK,
    OPEN,
    TERMINATE,
    UNLOCK,
    PollAction,
    PollControl,
)
from udfs.limits import EARLIEST_MS, LATEST_MS

CREATED, ACTIVE, LOCKED = "CREATED", "ACTIVE", "LOCKED"
COMPLETED, TERMINATED, ARCHIVED = "COMPLETED", "TERMINATED", "ARCHIVED"

MAX_CHOICES = 100
MAX_TITLE = 500
MAX_REGIONS = 500
MAX_GRACE_MS = 10 * 60_000
MAX_WEIGHT = 1_000_000
MAX_ID = 200
"""Of a command, a match or an event: somebody else's, so that any characters may be in it."""

MAX_COMMANDS = 1_000
"""Of a poll, whose ids are remembered; then it can only be ended."""

HOUR_MS = 3_600_000

IDENTIFIER = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_.:-]{0,98}[A-Za-z0-9])?")
"""Of a poll, a choice or a region: also a part of keys, and of lists with commas."""

ALLOWED = {
    OPEN: (CREATED,),
    LOCK: (ACTIVE,),
    UNLOCK: (LOCKED,),
    CLOSE: (ACTIVE, LOCKED),
    TERMINATE: (CREATED, ACTIVE, LOCKED, COMPLETED),
    ARCHIVE: (COMPLETED, TERMINATED),
}
"""Command -> the statuses in which it may come."""


class CommandRefused(ValueError):  # noqa: N818 - a verdict
    """A command that is not valid, or not in the poll's status; the text says why."""


@dataclass(frozen=True)
class Span:
    """A time in which the poll was open: from `opened` until before `ended`, None if it still is.

    deadline: when the last vote that was cast in it may arrive.
    """

    opened: int
    ended: int | None = None
    deadline: int | None = None


@dataclass(frozen=True)
class Poll:
    """A poll at a moment of its life.

    choices: id -> title. opens_ms, closes_ms: scheduled, None if they are not.
    ended_ms: of CLOSE or TERMINATE. final_ms: when its result is final, None until it has ended.
    commands: the ids of those that were carried out.
    """

    id: str
    title: str
    choices: dict[str, str]
    max_choices: int
    first_counts: bool
    grace_ms: int
    created_ms: int
    opens_ms: int | None
    closes_ms: int | None
    match_id: str = ""
    event_id: str = ""
    regions: tuple[str, ...] = ()
    weights: tuple[int, int] = (1, 1)
    status: str = CREATED
    spans: tuple[Span, ...] = ()
    ended_ms: int | None = None
    final_ms: int | None = None
    commands: frozenset[str] = field(default=frozenset())

    @property
    def wakes_ms(self) -> int | None:
        """The next moment at which something is scheduled."""
        if self.status == CREATED and self.opens_ms is not None:
            return self.opens_ms
        return self.closes_ms if self.status in (CREATED, ACTIVE, LOCKED) else None


def create(command: PollControl, at_ms: int, longest_h: int) -> Poll:
    """The poll that a CREATE makes: open, if the time for that has passed.

    Raises:
        CommandRefused: the definition is not valid.
    """
    for problem in _problems(command, at_ms, longest_h):
        raise CommandRefused(f"poll {command.poll_id!r}: {problem}")
    poll = Poll(
        id=command.poll_id,
        title=command.title,
        choices={choice.id: choice.title or choice.id for choice in command.choices},
        max_choices=command.max_choices or 1,
        first_counts=command.policy == FIRST_VOTE_COUNTS,
        grace_ms=command.grace_ms,
        created_ms=at_ms,
        opens_ms=command.opens_ms or None,
        closes_ms=command.closes_ms or None,
        match_id=command.match_id,
        event_id=command.event_id,
        regions=tuple(command.regions),
        weights=(command.free_weight or 1, command.paid_weight or 1),
        commands=frozenset((command.command_id,)),
    )
    opens = poll.opens_ms is not None and poll.opens_ms <= at_ms
    return _act(poll, OPEN, at_ms, longest_h) if opens else poll


def carry_out(poll: Poll | None, command: PollControl, at_ms: int, longest_h: int) -> Poll | None:
    """The poll after a command that takes effect at `at_ms`; None if it is to be ignored.

    Raises:
        CommandRefused: it is not valid, or not allowed in the poll's status.
    """
    action = command.action
    name = PollAction.Name(action) if action in PollAction.values() else str(action)
    if not command.command_id:
        raise CommandRefused(f"{name} without a command_id")
    if len(command.command_id) > MAX_ID:
        raise CommandRefused(f"{name} with a command_id of more than {MAX_ID} characters")
    if poll is not None and command.command_id in poll.commands:
        return None
    if action == CREATE and poll is None:
        return create(command, at_ms, longest_h)
    if poll is None:
        raise CommandRefused(f"there is no poll {command.poll_id!r}: {name} wants one")
    if action == CREATE:
        raise CommandRefused(f"poll {poll.id!r} exists already, or did: take a new id")
    if action not in ALLOWED:
        raise CommandRefused(f"{name} is no command to a poll")
    if poll.status not in ALLOWED[action]:
        raise CommandRefused(
            f"poll {poll.id!r} is {poll.status}: {name} wants {' or '.join(ALLOWED[action])}"
        )
    if action in (LOCK, UNLOCK) and len(poll.commands) >= MAX_COMMANDS:
        raise CommandRefused(f"poll {poll.id!r} has had {MAX_COMMANDS} commands: it can be ended")
    is_final = poll.final_ms is not None and at_ms > poll.final_ms
    if action == ARCHIVE and not is_final:
        raise CommandRefused(f"poll {poll.id!r} has no final result yet: ARCHIVE comes after it")
    if action == TERMINATE and is_final:
        raise CommandRefused(f"poll {poll.id!r} has its final result: TERMINATE comes too late")
    changed = replace(poll, commands=poll.commands | {command.command_id})
    return _act(changed, action, at_ms, longest_h)


def scheduled(poll: Poll, until_ms: int, longest_h: int) -> Iterator[tuple[int, Poll]]:
    """What the schedule makes of the poll until then, inclusive: (when, the poll), in order."""
    while (wakes := poll.wakes_ms) is not None and wakes <= until_ms:
        opens = poll.status == CREATED and wakes == poll.opens_ms
        poll = _act(poll, OPEN if opens else CLOSE, wakes, longest_h)
        yield wakes, poll


def _act(poll: Poll, action: int, at_ms: int, longest_h: int) -> Poll:
    if action in (OPEN, UNLOCK):
        longest = at_ms + longest_h * HOUR_MS
        closes = poll.closes_ms if poll.spans else min(poll.closes_ms or longest, longest)
        spans = (*poll.spans, Span(at_ms))
        return replace(poll, status=ACTIVE, spans=spans, closes_ms=closes)
    if action == LOCK:
        return replace(poll, status=LOCKED, spans=_ended(poll, at_ms))
    if action == CLOSE:
        return replace(
            poll,
            status=COMPLETED,
            spans=_ended(poll, at_ms),
            ended_ms=at_ms,
            final_ms=at_ms + poll.grace_ms,
        )
    if action == TERMINATE:
        spans = tuple(replace(span, deadline=at_ms) for span in _ended(poll, at_ms))
        ended = at_ms if poll.ended_ms is None else poll.ended_ms
        return replace(poll, status=TERMINATED, spans=spans, ended_ms=ended, final_ms=at_ms)
    return replace(poll, status=ARCHIVED)


def _ended(poll: Poll, at_ms: int) -> tuple[Span, ...]:
    """The spans, the open one ended."""
    return tuple(
        span if span.ended is not None else Span(span.opened, at_ms, at_ms + poll.grace_ms)
        for span in poll.spans
    )


def _problems(command: PollControl, at_ms: int, longest_h: int) -> Iterator[str]:
    """What is wrong with a definition, the first first."""
    ids = [choice.id for choice in command.choices]
    if not IDENTIFIER.fullmatch(command.poll_id):
        yield "an id has up to 100 letters, digits and, between, -_.:"
    if max(len(command.match_id), len(command.event_id)) > MAX_ID:
        yield f"the id of a match or an event has more than {MAX_ID} characters"
    if not 2 <= len(ids) <= MAX_CHOICES:
        yield f"{len(ids)} choices; 2 to {MAX_CHOICES} are possible"
    for id_ in ids:
        if not IDENTIFIER.fullmatch(id_):
            yield f"the choice {id_!r} is not made of letters, digits and, between, -_.:"
    if len(set(ids)) < len(ids):
        yield "two choices have the same id"
    if not command.title or len(command.title) > MAX_TITLE:
        yield f"a title of 1 to {MAX_TITLE} characters is needed"
    if max(map(len, (choice.title for choice in command.choices)), default=0) > MAX_TITLE:
        yield f"a choice's title has more than {MAX_TITLE} characters"
    if not 0 <= command.max_choices <= len(ids):
        yield f"a vote cannot have {command.max_choices} of {len(ids)} choices"
    if not 0 <= command.grace_ms <= MAX_GRACE_MS:
        yield f"a grace of {command.grace_ms} ms; 0 to {MAX_GRACE_MS} are possible"
    for time_ms in (command.opens_ms, command.closes_ms):
        if not EARLIEST_MS <= time_ms <= LATEST_MS:
            yield f"a time of {time_ms} ms; 1970 to 2100 are possible"
    opens = max(command.opens_ms, at_ms)
    if command.closes_ms and command.closes_ms <= opens:
        yield "it would close before it opens, or has been created"
    if command.closes_ms - opens > longest_h * HOUR_MS:
        yield f"it would be open for longer than {longest_h} hours (polls.longest_h)"
    if len(command.regions) > MAX_REGIONS:
        yield f"more than {MAX_REGIONS} regions"
    for region in command.regions:
        if not IDENTIFIER.fullmatch(region):
            yield f"the region {region!r} is not made of letters, digits and, between, -_.:"
    for weight in (command.free_weight, command.paid_weight):
        if not 0 <= weight <= MAX_WEIGHT:
            yield f"a weight of {weight}; 1 to {MAX_WEIGHT} are possible"

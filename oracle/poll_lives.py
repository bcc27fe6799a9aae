"""What commands and the schedule make of polls: "A poll's life" of docs/polls.md, for the oracle.

It knows nothing of `udfs.polls`. A life is kept as a history, and what held at a moment is looked
up in it. Times are UTC epoch milliseconds.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple

from google.protobuf.message import DecodeError  # type: ignore[import-untyped]

from schemas.generated.touchline.v1.poll_pb2 import PollAction, PollControl

REMEMBERED_SPANS = 4
HOUR_MS = 3_600_000

WANTS = {
    "OPEN": {"CREATED"},
    "LOCK": {"ACTIVE"},
    "UNLOCK": {"LOCKED"},
    "CLOSE": {"ACTIVE", "LOCKED"},
    "TERMINATE": {"CREATED", "ACTIVE", "LOCKED", "COMPLETED"},
    "ARCHIVE": {"COMPLETED", "TERMINATED"},
}
"""Command -> the statuses that it wants."""

LETTERS = "[A-Za-z0-9]"
IDENTIFIER = re.compile(f"{LETTERS}([A-Za-z0-9_.:-]*{LETTERS})?")

MAX_IDENTIFIER, MAX_CHOICES, MAX_TITLE, MAX_REGIONS = 100, 100, 500, 500
MAX_COMMAND_BYTES, MAX_ID, MAX_COMMANDS = 524_288, 200, 1_000
MAX_GRACE_MS, MAX_WEIGHT, YEAR_2100_MS = 600_000, 1_000_000, 4_102_444_800_000


class Record(NamedTuple):
    """A record of a topic as it was read, with its Kafka timestamp."""

    key: bytes
    value: bytes
    partition: int
    offset: int
    arrived_ms: int

    @property
    def position(self) -> Position:
        """Where the record is."""
        return Position(self.partition, self.offset)


class Position(NamedTuple):
    """Where a record is in its topic."""

    partition: int
    offset: int


class Outcome(StrEnum):
    """What becomes of a command."""

    CARRIED_OUT = "carried out"
    IGNORED = "ignored"
    REFUSED = "refused"


class SpanAt(NamedTuple):
    """A span as it is at a moment; None: it has not ended by then."""

    opened: int
    ended: int | None
    deadline: int | None


@dataclass
class Life:
    """All that happened to one poll.

    steps: (when, the status from then on), in order. spans: (from, until before), None: still open.
    closes_ms: scheduled, None if nothing is.
    ended_ms: of the first of CLOSE and TERMINATE. final_ms: when the result is final.
    """

    definition: PollControl
    created_ms: int
    closes_ms: int | None
    steps: list[tuple[int, str]]
    spans: list[tuple[int, int | None]] = field(default_factory=list)
    ended_ms: int | None = None
    final_ms: int | None = None
    terminated_ms: int | None = None
    seen: set[str] = field(default_factory=set)

    @cached_property
    def choices(self) -> frozenset[str]:
        """The ids of the poll's choices."""
        return frozenset(choice.id for choice in self.definition.choices)

    @cached_property
    def regions(self) -> frozenset[str]:
        """Where votes may come from; none: anywhere."""
        return frozenset(self.definition.regions)

    @property
    def status(self) -> str:
        """As of the last step."""
        return self.steps[-1][1]

    @property
    def started_ms(self) -> int | None:
        """When it was opened for the first time; None: never."""
        return self.spans[0][0] if self.spans else None

    def status_at(self, at_ms: int) -> str | None:
        """When all that happened in that millisecond has; None: there was no such poll yet."""
        before = bisect_right(self.steps, at_ms, key=lambda step: step[0])
        return self.steps[before - 1][1] if before else None

    def spans_at(self, at_ms: int) -> list[SpanAt]:
        """Those remembered then, likewise."""
        begun = bisect_right(self.spans, at_ms, key=lambda span: span[0])
        remembered = self.spans[max(0, begun - REMEMBERED_SPANS) : begun]
        return [self._span_at(opened, ended, at_ms) for opened, ended in remembered]

    def _span_at(self, opened: int, ended: int | None, at_ms: int) -> SpanAt:
        if ended is None or ended > at_ms:
            return SpanAt(opened, None, None)
        if self.terminated_ms is not None and self.terminated_ms <= at_ms:
            return SpanAt(opened, ended, self.terminated_ms)
        return SpanAt(opened, ended, ended + self.definition.grace_ms)


def lives_of(
    commands: Iterable[Record], until_ms: int, longest_h: int
) -> tuple[dict[str, Life], dict[Position, Outcome]]:
    """Poll id -> its life until then, that millisecond included; and what became of each command.

    Commands that arrive later are left out.
    """
    lives: dict[str, Life] = {}
    outcomes: dict[Position, Outcome] = {}
    for record in sorted(commands, key=lambda record: record.position):
        if record.arrived_ms > until_ms:
            continue
        outcomes[record.position] = _command(lives, record, longest_h)
    for life in lives.values():
        _schedule(life, until_ms, longest_h)
    return lives, outcomes


def _command(lives: dict[str, Life], record: Record, longest_h: int) -> Outcome:
    at_ms = record.arrived_ms
    try:
        command = PollControl.FromString(record.value)
    except DecodeError:
        return Outcome.REFUSED
    if command.poll_id.encode() != record.key or not 1 <= len(command.command_id) <= MAX_ID:
        return Outcome.REFUSED
    if len(record.value) > MAX_COMMAND_BYTES:
        return Outcome.REFUSED
    known = command.action in PollAction.values()
    action = PollAction.Name(command.action) if known else "?"
    life = lives.get(command.poll_id)
    if life is None:
        if action != "CREATE" or not _valid(command, at_ms, longest_h):
            return Outcome.REFUSED
        life = Life(command, at_ms, command.closes_ms or None, [(at_ms, "CREATED")])
        lives[command.poll_id] = life
    else:
        _schedule(life, at_ms, longest_h)
        if command.command_id in life.seen:
            return Outcome.IGNORED
        if life.status not in WANTS.get(action, ()):
            return Outcome.REFUSED
        if action in ("LOCK", "UNLOCK") and len(life.seen) >= MAX_COMMANDS:
            return Outcome.REFUSED
        has_result = life.final_ms is not None and at_ms > life.final_ms
        if (action == "ARCHIVE" and not has_result) or (action == "TERMINATE" and has_result):
            return Outcome.REFUSED
        _act(life, action, at_ms, longest_h)
    life.seen.add(command.command_id)
    return Outcome.CARRIED_OUT


def _schedule(life: Life, until_ms: int, longest_h: int) -> None:
    """What is scheduled until then, that millisecond included, happens."""
    opens_ms = life.definition.opens_ms
    if life.status == "CREATED" and opens_ms and max(opens_ms, life.created_ms) <= until_ms:
        _act(life, "OPEN", max(opens_ms, life.created_ms), longest_h)
    ends = life.status in ("CREATED", "ACTIVE", "LOCKED")
    if ends and life.closes_ms is not None and life.closes_ms <= until_ms:
        _act(life, "CLOSE", life.closes_ms, longest_h)


def _act(life: Life, action: str, at_ms: int, longest_h: int) -> None:
    becomes = {
        "OPEN": "ACTIVE", "LOCK": "LOCKED", "UNLOCK": "ACTIVE", "CLOSE": "COMPLETED",
        "TERMINATE": "TERMINATED", "ARCHIVE": "ARCHIVED",
    }  # fmt: skip
    life.steps.append((at_ms, becomes[action]))
    if action in ("OPEN", "UNLOCK"):
        life.spans.append((at_ms, None))
    if action in ("LOCK", "CLOSE", "TERMINATE") and life.spans and life.spans[-1][1] is None:
        life.spans[-1] = (life.spans[-1][0], at_ms)
    if action == "OPEN":
        longest = at_ms + longest_h * HOUR_MS
        life.closes_ms = min(life.closes_ms or longest, longest)
    if action in ("CLOSE", "TERMINATE") and life.ended_ms is None:
        life.ended_ms = at_ms
    if action == "CLOSE":
        life.final_ms = at_ms + life.definition.grace_ms
    if action == "TERMINATE":
        life.final_ms = life.terminated_ms = at_ms


def _valid(definition: PollControl, at_ms: int, longest_h: int) -> bool:
    choices = [choice.id for choice in definition.choices]
    titles = [choice.title for choice in definition.choices]
    opens_ms = max(definition.opens_ms, at_ms)
    closes_ms = definition.closes_ms
    identifiers = [definition.poll_id, *choices, *definition.regions]
    return (
        all(IDENTIFIER.fullmatch(id_) and len(id_) <= MAX_IDENTIFIER for id_ in identifiers)
        and 2 <= len(choices) == len(set(choices)) <= MAX_CHOICES
        and 1 <= len(definition.title) <= MAX_TITLE
        and all(len(title) <= MAX_TITLE for title in titles)
        and len(definition.match_id) <= MAX_ID
        and len(definition.event_id) <= MAX_ID
        and 0 <= definition.max_choices <= len(choices)
        and 0 <= definition.grace_ms <= MAX_GRACE_MS
        and 0 <= definition.opens_ms <= YEAR_2100_MS
        and 0 <= closes_ms <= YEAR_2100_MS
        and (closes_ms == 0 or opens_ms < closes_ms <= opens_ms + longest_h * HOUR_MS)
        and len(definition.regions) <= MAX_REGIONS
        and 0 <= definition.free_weight <= MAX_WEIGHT
        and 0 <= definition.paid_weight <= MAX_WEIGHT
    )

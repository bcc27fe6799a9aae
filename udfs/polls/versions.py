"""Commands to polls -> versions of polls: what each poll is from a moment on."""

from __future__ import annotations

from typing import Any

import msgspec

from schemas.generated.touchline.v1.poll_pb2 import PollControl
from udfs.in_order import Rows
from udfs.polls.lifecycle import CommandRefused, Poll, carry_out, scheduled
from udfs.records import UnreadableError, parse

MAX_BYTES = 512 * 1024
"""Of a command: twice what the longest definition takes."""

REMEMBERED_SPANS = 4
"""A vote is judged by the last so many times in which the poll was open."""

Version = tuple[Any, ...]
"""In the order of `COLUMNS`."""

COLUMNS = (
    "poll_id", "status", "first_opened_ms", "opened", "ended", "deadlines", "choices",
    "max_choices", "first_counts", "regions", "final_ms", "poll",
    "refusal", "body", "partition", "offset",
)  # fmt: skip
"""A version; or, with a `refusal`, a command that was not carried out, with its bytes and place.

opened, ended, deadlines: of the remembered spans, the newest last, in UTC epoch ms; `FOREVER` where
    a span has not ended. final_ms likewise.
poll: all of it, as JSON.
"""

FOREVER = 1 << 60


class PollVersions:
    """The `Core` of control messages: rows of (partition, offset, bytes), by poll."""

    def __init__(self, longest_h: int) -> None:
        self._longest_h = longest_h

    def advance(
        self, state: Poll | None, key: str, at_ms: int, rows: Rows
    ) -> tuple[Poll | None, list[Version], list[int]]:
        """See `Core`. What is scheduled for the moment comes before its commands."""
        before, poll = state, state
        refused: list[Version] = []
        for partition, offset, body in [(None, None, None), *sorted(rows)]:
            if poll is not None:
                poll = [poll, *(then for _, then in scheduled(poll, at_ms, self._longest_h))][-1]
            if body is None:
                continue
            try:
                poll = self._carried_out(poll, key, bytes(body), at_ms)
            except CommandRefused as refusal:
                refused.append(_refused(key, str(refusal), bytes(body), partition, offset))
        versions = [version_of(poll)] if poll is not None and poll != before else []
        wakes = [poll.wakes_ms] if poll is not None and poll.wakes_ms is not None else []
        return poll, [*versions, *refused], wakes

    def _carried_out(self, poll: Poll | None, key: str, body: bytes, at_ms: int) -> Poll | None:
        command = PollControl()
        try:
            parse(command, body, MAX_BYTES, "command")
        except UnreadableError as error:
            raise CommandRefused(str(error)) from error
        if command.poll_id != key:
            raise CommandRefused(f"it is to poll {command.poll_id!r}, but its key is {key!r}")
        return carry_out(poll, command, at_ms, self._longest_h) or poll


def version_of(poll: Poll) -> Version:
    """The poll as a version that votes are judged by."""
    spans = poll.spans[-REMEMBERED_SPANS:]
    return (
        poll.id,
        poll.status,
        poll.spans[0].opened if poll.spans else FOREVER,
        [span.opened for span in spans],
        [FOREVER if span.ended is None else span.ended for span in spans],
        [FOREVER if span.deadline is None else span.deadline for span in spans],
        list(poll.choices),
        poll.max_choices,
        poll.first_counts,
        list(poll.regions),
        FOREVER if poll.final_ms is None else poll.final_ms,
        encode(poll),
        None,
        None,
        None,
        None,
    )


def _refused(
    poll_id: str, reason: str, body: bytes, partition: int | None, offset: int | None
) -> Version:
    nothing: list[Any] = []
    return (
        poll_id, "", FOREVER, nothing, nothing, nothing, nothing, 0, False, nothing, FOREVER, "",
        reason, body, partition, offset,
    )  # fmt: skip


def encode(poll: Poll) -> str:
    """A poll as JSON."""
    return msgspec.json.encode(poll).decode()


def decode(text: str) -> Poll:
    """A poll of its JSON."""
    return msgspec.json.decode(text, type=Poll)

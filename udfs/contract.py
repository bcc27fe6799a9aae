"""What a provider's adapter promises: bytes in, canonical events and rejections out.

An adapter is a pure function of one message. It keeps no state, so it can be run anywhere (a Flink
worker, the `touchline normalize` command, a test) and in any order. What needs a message's
predecessors happens outside: last-write-wins in the job's SQL, the difference between two snapshots
in `udfs/snapshots.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, Protocol

import msgspec

from udfs.model import MatchEvent

Given = ParamSpec("Given")


class Rejected(ValueError):  # noqa: N818 - a verdict, as its message is read by people
    """A message, or a part of one, that cannot become an event. The text says what is wrong and
    where, in words that its reader can act on; it ends in `dead-letters`.

    format: which of the provider's formats it was taken for, see `read_as`; empty if not known.
    """

    def __init__(self, reason: str, format_: str = "") -> None:
        super().__init__(reason)
        self.format = format_


class Message(msgspec.Struct, frozen=True):
    """One message of a feed, as received.

    value: the provider's bytes.
    key: the match the sender named (`--match`, the file's name), without the provider's prefix;
        None where it named none. An adapter uses it only where the message itself does not say.
    arrival: its position in the feed (the Kafka offset); grows with every message of a match.
    received_ms: UTC epoch milliseconds at which it was received, None if not known.
    """

    value: bytes
    key: str | None = None
    arrival: int = 0
    received_ms: int | None = None


class Rejection(msgspec.Struct, frozen=True):
    """A part of a message that was refused, while the rest was taken: an event of a document.

    format: as in `Rejected`.
    """

    reason: str
    part: bytes
    format: str = ""


class Parsed(msgspec.Struct):
    """What a message says.

    events: in the message's order. A heartbeat or another control message has none.
    rejections: the parts that could not be read; `len(events) + len(rejections)` is all it held.
    snapshot: True if the message is the whole list of a match's events at this moment, so that an
        event that the previous snapshot had and this one lacks was deleted.
    match_id: the snapshot's match, also when it has no events. Empty for all other messages.
    """

    events: list[MatchEvent] = []
    rejections: list[Rejection] = []
    snapshot: bool = False
    match_id: str = ""


class Adapter(Protocol):
    """One provider. Its name is the provider's, as in `feed.NAME` and `match_id = NAME:ID`."""

    name: str

    def parse(self, message: Message) -> Parsed:
        """Read one message.

        Raises:
            Rejected: the message as a whole is not one of this provider's, or is damaged.
        """
        ...


def read_as(
    format_: str,
    parse: Callable[Given, Parsed],
    *given: Given.args,
    **named: Given.kwargs,
) -> Parsed:
    """What a format's parser gives; what it refuses says that it was taken for this format. An
    adapter of more than one format reads its messages through this.

    Raises:
        Rejected: the parser does.
    """
    try:
        parsed = parse(*given, **named)
    except Rejected as error:
        error.format = format_
        raise
    if parsed.rejections:
        parsed.rejections = [Rejection(one.reason, one.part, format_) for one in parsed.rejections]
    return parsed

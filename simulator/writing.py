"""What the writers share: scripts, runs of them, and times as text.

A `Script` is a story written down once, in one provider's format, with holes for what differs
between the matches that are played by it: ids and times. Filling the holes is one `%` on bytes, so
a run of thousands of matches costs little more than that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Generic, Protocol, TypeVar
from zoneinfo import ZoneInfo

import msgspec

from simulator.disorder import Rates, Sent, Version
from simulator.match import Play, Story

LONDON = ZoneInfo("Europe/London")


class Run(msgspec.Struct, frozen=True, gc=False):
    """One match to be played by a script.

    number: its number among all matches of the simulation.
    match_id: the provider's id of it, without the provider's prefix.
    start_ms: UTC epoch milliseconds of kick-off.
    pace: how much faster than real all times advance; 1.0 is real time.
    """

    number: int
    match_id: str
    start_ms: int
    pace: float = 1.0

    def at(self, offset_ms: int) -> int:
        """UTC epoch milliseconds of a moment that is given as time since kick-off."""
        return self.start_ms + int(offset_ms / self.pace)


S = TypeVar("S")


class Script(msgspec.Struct, Generic[S], frozen=True):
    """A story, written down.

    steps: what the writer needs to send each message, in the order in which they are sent.
    versions: of each step, the versions that its reader learns by it.
    """

    story: Story
    steps: Sequence[S]
    versions: Sequence[tuple[Version, ...]]


class Writer(Protocol[S]):
    """One provider's format.

    provider: whose feed it is, as in `feed.NAME`.
    heartbeat: what the feed sends when nothing happens, and how often; None if nothing.
    polled: True for a feed that is fetched, so that its messages cannot overtake each other and a
        repeated one is the current one: the network's disorder passes it by.
    """

    provider: str
    heartbeat: Heartbeat | None
    polled: bool

    def match_id(self, number: int, seed: int) -> str:
        """The id of a match in this provider's manner, without the provider's prefix."""
        ...

    def script(self, seed: int, rates: Rates) -> Script[S]:
        """A whole match, corrections included, as this provider's messages with holes."""
        ...

    def messages(self, script: Script[S], run: Run) -> Iterator[Sent]:
        """All messages of a run, one for each step of the script, in order of time."""
        ...

    def events_of(self, play: Play) -> int:
        """How many of the provider's events report a play."""
        ...

    def file_name(self, run: Run) -> str:
        """The name of the file that keeps a match, with its id where readers look for it."""
        ...

    def file_head(self, message: bytes) -> bytes:
        """What a file starts with, given the last of its messages."""
        ...

    def file_part(self, message: bytes) -> bytes:
        """What a message adds to its file."""
        ...

    def file_tail(self) -> bytes:
        """What a file ends with."""
        ...


class LineFile:
    """A file with a message a line."""

    def file_head(self, message: bytes) -> bytes:
        """Nothing."""
        return b""

    def file_part(self, message: bytes) -> bytes:
        """The message and a line's end."""
        return message + b"\n"

    def file_tail(self) -> bytes:
        """Nothing."""
        return b""


class Heartbeat(msgspec.Struct, frozen=True):
    """A message that only says that the feed is alive."""

    interval_ms: int
    value: bytes


def template(text: str, holes: Mapping[str, str]) -> bytes:
    """Make a `%` template of a text: its own `%` are escaped, then each mark becomes its hole."""
    text = text.replace("%", "%%")
    for mark, hole in holes.items():
        text = text.replace(mark, hole)
    return text.encode()


@lru_cache(maxsize=1 << 16)
def london_text(second: int) -> bytes:
    """Europe/London local time of a UTC epoch second, without an offset, as in F24."""
    return datetime.fromtimestamp(second, LONDON).strftime("%Y-%m-%dT%H:%M:%S").encode()


@lru_cache(maxsize=1 << 16)
def utc_text(second: int) -> bytes:
    """UTC time of an epoch second, without an offset and without `Z`."""
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S").encode()


def clock_text(ms: int) -> str:
    """Minutes and seconds, as in `07:05`."""
    return f"{ms // 60_000:02d}:{ms // 1_000 % 60:02d}"

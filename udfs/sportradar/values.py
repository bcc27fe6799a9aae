"""Sportradar's ids, times and clocks; for the rest see `udfs.lenient`."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, TypeVar

import msgspec

from udfs import reading
from udfs.contract import Message, Rejected
from udfs.lenient import text
from udfs.sportradar.constants import PROVIDER

T = TypeVar("T")

MINUTE_MS = 60_000
PERIOD_STRIDE_MS = 10_000_000
"""`game_time_ms` is period * this + play time within the period: it sorts over a whole match, and
no period lasts 10,000 seconds."""


def part_of(raw: msgspec.Raw, decoder: msgspec.json.Decoder[T]) -> T:
    """Decode a part of a document whose size and depth have been checked.

    Raises:
        Rejected: not of the type, or not UTF-8.
    """
    try:
        return decoder.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Rejected(f"unexpected JSON: {error}") from error


@lru_cache(maxsize=65_536)
def moment(value: str) -> int:
    """UTC epoch milliseconds of a time in ISO 8601; a second's events share it, so it is cached.

    Raises:
        Rejected: not a time, or outside of 1970 to 2100.
    """
    return reading.epoch_ms(value)


def first_moment(*values: Any) -> int | None:
    """The first of the times that is there; None if none is.

    Raises:
        Rejected: it is not a time, or outside of 1970 to 2100.
    """
    for value in values:
        if value and isinstance(value, str):
            return moment(value)
    return None


@lru_cache(maxsize=4_096)
def bare_id(identifier: str) -> str:
    """An id without its kind: `sr:match:N`, `sr:sport_event:N` (REST), `sr:sport_event_id:N` (push)
    and `sd:match:UUID` name one match by N or UUID alone."""
    kind, _, rest = identifier.partition(":")
    return rest.rpartition(":")[2] if kind in ("sr", "sd") else identifier


def match_id(message: Message, *candidates: Any) -> str:
    """`sportradar:ID`, from the first candidate that names a match, else from the message's key.

    Raises:
        Rejected: nothing names the match, or what does is no id.
    """
    for candidate in (*candidates, message.key):
        found = _match_id(text(candidate))
        if found:
            return found
    raise Rejected("no match id: neither in the message nor given with it")


@lru_cache(maxsize=4_096)
def _match_id(identifier: str) -> str:
    found = bare_id(identifier)
    return f"{PROVIDER}:{reading.checked_match_id(found)}" if found else ""


@lru_cache(maxsize=16_384)
def clock_seconds(clock: str) -> float | None:
    """Seconds that "8:13", "00:10.40" or "120:05" show; None if it is not a clock."""
    minutes, colon, seconds = clock.partition(":")
    try:
        shown = int(minutes) * 60 + float(seconds) if colon else float(minutes)
    except ValueError:
        return None
    return shown if 0 <= shown < 100_000 else None


@lru_cache(maxsize=16_384)
def clock_text(seconds: int) -> str:
    """Whole seconds as "MM:SS"."""
    return f"{seconds // 60:02d}:{seconds % 60:02d}"


def percent(value: float, full: float) -> float:
    """`value` on a scale of 0 to `full`, as 0 to 100; what lies outside is set on the edge."""
    return round(min(max(value / full * 100, 0.0), 100.0), 2)

"""Opta's two notations of a time, to UTC epoch milliseconds.

A match has a hundred minutes and thousands of times: a minute is converted once and remembered
(that is where the zone's offset is), seconds and milliseconds are added to it.
"""

from __future__ import annotations

from datetime import UTC
from functools import lru_cache
from zoneinfo import ZoneInfo

from udfs.reading import epoch_ms

LONDON = ZoneInfo("Europe/London")
MINUTE = len("2018-08-20T21:00")
SECOND = len("2018-08-20T21:00:23")
MS_DIGITS = 3

_SECONDS_MS = {f":{second:02d}": second * 1_000 for second in range(60)}


def london_ms(text: str) -> int:
    """An F24 time: London's local time without an offset. Its fraction is a number of
    milliseconds without leading zeros: `.91` is 91 ms, not 910.

    Raises:
        Rejected: not a time, or out of range.
    """
    second_ms = _SECONDS_MS.get(text[MINUTE:SECOND])
    fraction = text[SECOND + 1 :]
    if second_ms is None or not _is_fraction(text[SECOND:]):
        return epoch_ms(text, LONDON)
    return _london_minute_ms(text[:MINUTE]) + second_ms + int(fraction[:MS_DIGITS] or "0")


def utc_ms(text: str) -> int:
    """An MA3 time, or F24's `timestamp_utc`: UTC, with an ordinary decimal fraction.

    Raises:
        Rejected: not a time, or out of range.
    """
    text = text.removesuffix("Z")
    second_ms = _SECONDS_MS.get(text[MINUTE:SECOND])
    fraction = text[SECOND + 1 :]
    if second_ms is None or not _is_fraction(text[SECOND:]):
        return epoch_ms(text, UTC)
    milliseconds = int(fraction[:MS_DIGITS].ljust(MS_DIGITS, "0"))
    return _utc_minute_ms(text[:MINUTE]) + second_ms + milliseconds


def _is_fraction(text: str) -> bool:
    """Whether a time's rest is nothing, or a point and digits."""
    return not text or (text[0] == "." and text[1:].isdigit() and text.isascii())


@lru_cache(maxsize=4_096)
def _london_minute_ms(minute: str) -> int:
    return epoch_ms(minute, LONDON)


@lru_cache(maxsize=4_096)
def _utc_minute_ms(minute: str) -> int:
    return epoch_ms(minute, UTC)

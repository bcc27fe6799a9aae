"""Opta's two notations of a time, to UTC epoch milliseconds.

Times of events that follow each other share their seconds: a second is converted once and
remembered, and milliseconds are added to it.
"""

from __future__ import annotations

from datetime import UTC
from functools import lru_cache
from zoneinfo import ZoneInfo

from udfs.reading import epoch_ms

LONDON = ZoneInfo("Europe/London")
MS_DIGITS = 3


def london_ms(text: str) -> int:
    """An F24 time: London's local time without an offset. Its fraction is a number of
    milliseconds without leading zeros: `.91` is 91 ms, not 910.

    Raises:
        Rejected: not a time, or out of range.
    """
    second, _, fraction = text.partition(".")
    if not fraction:
        return _london_second_ms(text)
    if not _is_number(fraction):
        return epoch_ms(text, LONDON)
    return _london_second_ms(second) + int(fraction[:MS_DIGITS])


def utc_ms(text: str) -> int:
    """An MA3 time, or F24's `timestamp_utc`: UTC, with an ordinary decimal fraction.

    Raises:
        Rejected: not a time, or out of range.
    """
    second, _, fraction = text.removesuffix("Z").partition(".")
    if not fraction:
        return _utc_second_ms(second)
    if not _is_number(fraction):
        return epoch_ms(text, UTC)
    return _utc_second_ms(second) + int(fraction[:MS_DIGITS].ljust(MS_DIGITS, "0"))


def _is_number(fraction: str) -> bool:
    return fraction.isdigit() and fraction.isascii()


@lru_cache(maxsize=16_384)
def _london_second_ms(second: str) -> int:
    return epoch_ms(second, LONDON)


@lru_cache(maxsize=16_384)
def _utc_second_ms(second: str) -> int:
    return epoch_ms(second, UTC)

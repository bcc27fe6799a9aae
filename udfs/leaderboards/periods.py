"""The periods of a board: which of its tables a moment belongs to.

A board that is never reset has one table, `all`. One with a cron has a table from each reset to the
next, named after its start in UTC: `2026-11-22`, or `2026-11-22T1230Z` if it is not midnight.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from cronsim import CronSim, CronSimError

ALL = "all"

FIELDS = 5
"""Of a cron: minute, hour, day of the month, month, day of the week."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND_MS = 1_000
_KEPT = 10_000
_PROBES = (1970, 2000, 2050, 2099)


class Period(NamedTuple):
    """One of a board's tables.

    start_ms, end_ms: UTC epoch; the end is not part of it. 0: it has none.
    """

    name: str
    start_ms: int
    end_ms: int


FOREVER = Period(ALL, 0, 0)


def period_of(reset: str, at_ms: int) -> Period:
    """The period of a moment (UTC epoch ms, 1970 to 2100).

    reset: a cron in UTC that `check` lets through; empty: never.
    """
    return _calendar(reset).period_of(at_ms) if reset else FOREVER


class _Calendar:
    """The periods of a cron. What was looked up is kept: a cron is slow to ask."""

    def __init__(self, reset: str) -> None:
        self._reset = reset
        self._known: list[Period] = []

    def period_of(self, at_ms: int) -> Period:
        """The period of a moment."""
        place = bisect_right(self._known, at_ms, key=_start_ms)
        if place and at_ms < self._known[place - 1].end_ms:
            return self._known[place - 1]
        if len(self._known) >= _KEPT:
            self._known.clear()
            place = 0
        found = self._ask(at_ms)
        self._known.insert(place, found)
        return found

    def _ask(self, at_ms: int) -> Period:
        moment = _EPOCH + timedelta(milliseconds=at_ms - at_ms % _SECOND_MS)
        start = next(CronSim(self._reset, moment + timedelta(seconds=1), reverse=True))
        end = next(CronSim(self._reset, moment))
        return Period(_name(start), _milliseconds(start), _milliseconds(end))


_calendar = lru_cache(maxsize=1_000)(_Calendar)


def _start_ms(period: Period) -> int:
    return period.start_ms


def check(reset: str) -> None:
    """Refuse what is not a cron of five fields that comes again and again.

    Raises:
        ValueError: it is none; the text says why.
    """
    if len(reset.split()) != FIELDS:
        raise ValueError(f"{reset!r}: a cron has five fields, as 0 0 * * 1")
    try:
        for year in _PROBES:
            period_of(reset, _milliseconds(datetime(year, 1, 1, tzinfo=UTC)))
    except CronSimError as error:
        raise ValueError(f"{reset!r} is not a cron: {error}") from error
    except StopIteration as error:
        raise ValueError(f"{reset!r} is a day that no year has") from error


def outlasts(reset: str, limit_ms: int) -> bool:
    """Whether a period, of the four hundred from 2024 on, is longer than the limit."""
    if not reset:
        return True
    last = datetime(2024, 1, 1, tzinfo=UTC)
    resets = CronSim(reset, last)
    limit = timedelta(milliseconds=limit_ms)
    last = next(resets)
    for _ in range(400):
        this = next(resets)
        if this - last > limit:
            return True
        last = this
    return False


def _name(start: datetime) -> str:
    midnight = start.hour == start.minute == 0
    return f"{start:%Y-%m-%d}" if midnight else f"{start:%Y-%m-%dT%H%MZ}"


def _milliseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(milliseconds=1)

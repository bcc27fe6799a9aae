"""What the LiveStats feeds and NBA live have in common: clocks, periods and kinds of actions."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from udfs.contract import Rejected
from udfs.genius.constants import (
    ACTIONS,
    ACTIONS_BY_SUBTYPE,
    OVERTIME,
    PERIOD_MS,
    RANK_AT_EQUAL_CLOCK,
    SHOTS,
)
from udfs.model import EventType

_LIVESTATS_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?:[:.](\d{1,3}))?", re.ASCII)
_NBA_CLOCK = re.compile(r"PT(\d{1,2})M(\d{1,2})(?:\.(\d{1,3}))?S", re.ASCII)
_MAX_COUNT = 99


class Clock(NamedTuple):
    """The time that remains in a period, as shown ("MM:SS") and exactly."""

    shown: str
    remaining_ms: int


class Kind(NamedTuple):
    """What an action is, and the points it is worth."""

    type: EventType
    points: int


NO_CLOCK = Clock("", 0)


@lru_cache(maxsize=8192)
def livestats_clock(value: str) -> Clock:
    """LiveStats' "MM:SS:cc" (hundredths of a second).

    Raises:
        Rejected: it is not of that form.
    """
    return _clock(_LIVESTATS_CLOCK.fullmatch(value), value)


@lru_cache(maxsize=8192)
def nba_clock(value: str) -> Clock:
    """NBA live's "PT11M58.00S".

    Raises:
        Rejected: it is not of that form.
    """
    return _clock(_NBA_CLOCK.fullmatch(value), value)


def _clock(found: re.Match[str] | None, value: str) -> Clock:
    if not value:
        return NO_CLOCK
    if found is None:
        raise Rejected(f"not a game clock: {value[:40]!r}")
    minutes, seconds, fraction = found.groups(default="")
    remaining_ms = (int(minutes) * 60 + int(seconds)) * 1000 + int(fraction.ljust(3, "0"))
    return Clock(f"{minutes:0>2}:{seconds:0>2}", remaining_ms)


def period_of(period: int | None, period_type: str, regular_periods: int) -> int:
    """LiveStats' period as one that only grows: OVERTIME starts again at 1, and follows the last
    regular one. (A number above those has been counted on already.)"""
    number = checked_period(period)
    starts_again = period_type.upper() == OVERTIME and 0 < number <= regular_periods
    return regular_periods + number if starts_again else number


def checked_period(period: int | None) -> int:
    """The period, 0 where there is none.

    Raises:
        Rejected: no match has that many.
    """
    return checked_count(period, "period", 0)


def checked_count(number: int | None, name: str, default: int) -> int:
    """A number of periods or minutes, `default` where there is none.

    Raises:
        Rejected: it is not of a match's size.
    """
    if number is None:
        return default
    if not 0 <= number <= _MAX_COUNT:
        raise Rejected(f"{name} is out of range: {number}")
    return number


def kind_of(action_type: str, sub_type: str, made: bool) -> Kind:
    """The canonical type of an action; `made` is whether a shot went in."""
    shot = SHOTS.get(action_type)
    if shot is not None:
        made_type, missed_type, points = shot
        return Kind(made_type, points) if made else Kind(missed_type, 0)
    by_sub_type = ACTIONS_BY_SUBTYPE.get((action_type, sub_type))
    if by_sub_type is not None:
        return Kind(by_sub_type, 0)
    return Kind(ACTIONS.get(action_type, EventType.OTHER), 0)


def game_time_ms(period: int, length_ms: int, clock: Clock, kind: EventType) -> int:
    """Where an event is in its match; without a clock, at the period's start. A clock above
    `length_ms` (a longer period than its league's) gives less than the period's start and still
    more than the period before; it is never negative."""
    elapsed_ms = length_ms - clock.remaining_ms if clock.shown else 0
    return max(period * PERIOD_MS + elapsed_ms + RANK_AT_EQUAL_CLOCK.get(kind, 0), 0)

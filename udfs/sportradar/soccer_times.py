"""When a soccer event was: period, clock, order, and its time in the world.

The match clock counts up. `match_time` is the minute under way (the first is 1), `match_clock` the
clock itself where the feed has one: match_time 36 and match_clock 35:01 are one moment.

Periods: 1 and 2, overtime 3 and 4, the shoot-out 5. Outside of play it is 0.

`time` is documented as the time at which the event was entered or last edited. Within play that is
seconds after it happened; what is added after the match is hours late. Where the timeline shows
that `time` is outside of the event's period, the time is estimated from the clock.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from udfs.contract import Rejected
from udfs.lenient import text, whole
from udfs.sportradar import constants as c
from udfs.sportradar.soccer_records import Event
from udfs.sportradar.values import (
    MINUTE_MS,
    PERIOD_STRIDE_MS,
    clock_seconds,
    clock_text,
    first_moment,
)

AFTER_MATCH_MS = 99 * PERIOD_STRIDE_MS
"""`game_time_ms` of the match's end: behind all periods."""

LATE_ENTRY_MS = 2 * MINUTE_MS
"""What an event may be entered before its period's start or after its end."""

MAX_PERIOD = 20
_BOUNDARIES = frozenset({"period_start", "break_start", "match_ended"})
_OVERTIME_AFTER = 2
_MATCH_ENDED = "match_ended"
_BREAK_START = "break_start"
_INTERRUPTED = "interrupted"


@dataclass(slots=True)
class Periods:
    """When the periods of a timeline started and ended, UTC epoch milliseconds."""

    starts: dict[int, int] = field(default_factory=dict)
    ends: dict[int, int] = field(default_factory=dict)

    def at(self, time_ms: int) -> int:
        """The last period that had started by then; 0 if none had."""
        begun = [start for start in self.starts.items() if start[1] <= time_ms]
        return max(begun, key=lambda start: start[1])[0] if begun else 0


def periods_of(events: Iterable[Event]) -> Periods:
    """What a timeline says of its periods. Its events are not sorted, by id or by time.

    An interruption ends no period, and neither does the start of the same one after it.
    """
    starts: dict[int, int] = {}
    boundaries: list[tuple[int, int]] = []  # the time, and the period that starts then, 0 if none
    for event in events:
        kind = text(event.type)
        if kind not in _BOUNDARIES or is_interruption(event):
            continue
        try:
            time_ms = first_moment(event.time)
        except Rejected:  # counted where the event itself is read
            continue
        if time_ms is None:
            continue
        started = period_of(event) if kind == "period_start" else 0
        boundaries.append((time_ms, started))
        if kind == "period_start":
            starts[started] = min(time_ms, starts.get(started, time_ms))
    ends: dict[int, int] = {}
    for period, start in starts.items():
        after = [at for at, started in boundaries if at > start and started != period]
        if after:
            ends[period] = min(after)
    return Periods(starts, ends)


def period_of(event: Event) -> int:
    """The event's period, 0 if it has none. Overtime may be counted on or from 1 again."""
    kind, period = text(event.period_type), whole(event.period)
    if kind == "penalties" or text(event.type) == c.SHOOTOUT:
        return c.SHOOTOUT_PERIOD
    if period is None or not 0 <= period <= MAX_PERIOD:
        return 0
    return period + _OVERTIME_AFTER if kind == "overtime" and period <= _OVERTIME_AFTER else period


def is_interruption(event: Event) -> bool:
    """A break within a period, which goes on after it. The event says neither period nor clock."""
    return text(event.type) == _BREAK_START and text(event.period_type) == _INTERRUPTED


def clock_by_time(time_ms: int, period: int, periods: Periods) -> int | None:
    """About what the match clock showed at a time in a period; None if the timeline does not say
    when that began."""
    start = periods.starts.get(period)
    if start is None:
        return None
    return c.PERIOD_MINUTES.get(period, 0) * 60 + max(time_ms - start, 0) // 1000


def clock_of(event: Event) -> int | None:
    """Seconds on the match clock, stoppage time included; None if the event has no clock."""
    running = clock_seconds(text(event.match_clock)) if event.match_clock is not None else None
    minute, stoppage = whole(event.match_time), whole(event.stoppage_time)
    extra = clock_seconds(text(event.stoppage_time_clock)) if event.stoppage_time_clock else None
    if stoppage is not None and minute is not None:
        # the period's regular end is a full minute, from which stoppage time counts as a clock does
        extra = extra if extra is not None else max(stoppage - 1, 0) * 60
        return minute * 60 + int(extra)
    if running is not None:
        return int(running)
    return None if minute is None else max(minute - 1, 0) * 60


def clock_shown(seconds: int | None) -> str:
    """The clock as "MM:SS", empty without one."""
    return "" if seconds is None else clock_text(seconds)


def game_time_ms(event: Event, period: int, clock_s: int | None, last_period: int) -> int:
    """What sorts the events of a match: period * 10,000,000 + play time elapsed in it. A break
    comes at the end of `last_period`, the one before it."""
    kind = text(event.type)
    if kind == _MATCH_ENDED:
        return AFTER_MATCH_MS
    if kind == _BREAK_START and not period:
        return (last_period + 1) * PERIOD_STRIDE_MS - 1
    return period * PERIOD_STRIDE_MS + elapsed_ms(period, clock_s)


def elapsed_ms(period: int, clock_s: int | None) -> int:
    """Play time since the period's start."""
    if clock_s is None:
        return 0
    return max(clock_s * 1000 - c.PERIOD_MINUTES.get(period, 0) * MINUTE_MS, 0)


def estimated_ms(time_ms: int, period: int, clock_s: int | None, periods: Periods) -> int | None:
    """When the event must have been, if `time_ms` cannot be: it is outside of the period. None if
    it can, or if the timeline does not tell."""
    start, end = periods.starts.get(period), periods.ends.get(period)
    if start is None or clock_s is None:
        return None
    too_early = time_ms < start - LATE_ENTRY_MS
    too_late = end is not None and time_ms > end + LATE_ENTRY_MS
    if not (too_early or too_late):
        return None
    expected = start + elapsed_ms(period, clock_s)
    return expected if end is None else min(expected, end)

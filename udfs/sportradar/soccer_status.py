"""What a soccer match's `sport_event_status` says: status, score, and how far the match is."""

from __future__ import annotations

from collections.abc import Iterable

from udfs.lenient import items_of, or_empty, text, whole
from udfs.model import MatchStatus
from udfs.sportradar import constants as c
from udfs.sportradar.soccer_records import Event, EventStatus, PeriodScore, StatusClock
from udfs.sportradar.soccer_times import period_of
from udfs.sportradar.standing import status_named
from udfs.sportradar.values import clock_seconds

Score = tuple[int | None, int | None]
"""Home and away; None where nothing is asserted."""


def status_of(status: EventStatus) -> MatchStatus:
    """The match's status; `match_status` is the more exact of the two."""
    begun = last_period_of(status) > 0
    found = status_named(text(status.match_status), begun)
    return status_named(text(status.status), begun) if found is MatchStatus.UNKNOWN else found


def clock_of(status: EventStatus) -> int | None:
    """Seconds on the match clock, stoppage time included; None where the status has no clock."""
    clock = or_empty(status.clock, StatusClock)
    played = clock_seconds(text(clock.played))
    if played is None:
        return None
    return int(played + (clock_seconds(text(clock.stoppage_time_played)) or 0))


def last_period_of(status: EventStatus) -> int:
    """The last period that has a score, 0 if none has."""
    return max((period for period, _ in _periods(status)), default=0)


def score_of(status: EventStatus) -> Score:
    """The score without the shoot-out, whose goals are counted apart.

    Whether `home_score` has them in it is not documented: the periods' scores tell. Where they do
    not, nothing is asserted.
    """
    periods = _periods(status)
    total = whole(status.home_score), whole(status.away_score)
    shoot_out = [score for period, score in periods if period == c.SHOOTOUT_PERIOD]
    if not shoot_out and text(status.match_status) not in c.SHOOTOUT_STATUSES:
        return total
    in_play = _sum(score for period, score in periods if period != c.SHOOTOUT_PERIOD)
    return in_play if total in (in_play, _sum([in_play, *shoot_out])) else (None, None)


def _sum(scores: Iterable[Score]) -> Score:
    home, away = zip((0, 0), *scores, strict=True)
    return _total(home), _total(away)


def _total(goals: Iterable[int | None]) -> int | None:
    known = list(goals)
    return None if None in known else sum(filter(None, known))


def _periods(status: EventStatus) -> list[tuple[int, Score]]:
    return [
        (
            period_of(Event(period=found.number, period_type=found.type)),
            (whole(found.home_score), whole(found.away_score)),
        )
        for found in items_of(status.period_scores, PeriodScore)
    ]

"""A basketball match, played out at random: four quarters and overtime until somebody leads."""

from __future__ import annotations

from random import Random

from simulator.match import MINUTE, NOBODY, SECOND, Play, other
from udfs.model import EventType, Side

QUARTERS = 4
OVERTIME_MS = 5 * MINUTE
BREAK_MS = 3 * MINUTE
HALF_TIME_MS = 15 * MINUTE
CLOSING_MS = 2 * MINUTE
"""From the last buzzer to the end of the coverage: corrections of the score arrive by then."""

STARTERS = 5
ROSTER = 12
TIMEOUTS = 6
_STOPPAGE = 1.6
"""Real time per play time: the clock stands still at fouls, baskets and time-outs."""

_SIDES = (Side.HOME, Side.AWAY)
_TURNOVER, _FOUL, _THREE = 0.13, 0.24, 0.52
"""Upper bounds of one draw that decides a possession; a two-point attempt beyond the last."""

_STOLEN, _ASSISTED, _BLOCKED = 0.55, 0.6, 0.1
_THREE_MADE, _TWO_MADE, _FREE_THROW_MADE = 0.36, 0.52, 0.77
_OFFENSIVE_REBOUND, _SHOOTING_FOUL = 0.26, 0.55
_SUBSTITUTION, _TIMEOUT = 0.05, 0.02


class _Match:
    """The state of a match under way; `plays` grows."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.plays: list[Play] = []
        self.period = 1
        self.tipped_off_ms = 0
        self.score = dict.fromkeys(_SIDES, 0)
        self.on_court = {side: list(range(STARTERS)) for side in _SIDES}
        self.bench = {side: list(range(STARTERS, ROSTER)) for side in _SIDES}
        self.timeouts = dict.fromkeys(_SIDES, TIMEOUTS)
        self.stopped_ms = 0

    def add(
        self,
        type_: EventType,
        side: Side,
        ms: int,
        player: int = NOBODY,
        *,
        helper: int = NOBODY,
        x: float = 50.0,
        y: float = 50.0,
        detail: str = "",
    ) -> None:
        # Several plays happen at one moment of the match's clock; each takes a while in the world.
        self.stopped_ms += 700
        at_ms = self.tipped_off_ms + int(ms * _STOPPAGE) + self.stopped_ms
        self.plays.append(
            Play(
                len(self.plays) + 1, type_, side, self.period, ms, at_ms, player, helper, True,
                x, y, detail,
            )
        )  # fmt: skip

    def anyone(self, side: Side) -> int:
        return self.on_court[side][int(self.random.random() * STARTERS)]

    def teammate(self, side: Side, player: int) -> int:
        five = self.on_court[side]
        return five[
            (five.index(player) + 1 + int(self.random.random() * (STARTERS - 1))) % STARTERS
        ]


def plays(random: Random, quarter_ms: int) -> tuple[Play, ...]:
    """Play one match; `quarter_ms` is 12 minutes in the NBA and 10 elsewhere."""
    match = _Match(random)
    match.add(EventType.MATCH_START, Side.UNKNOWN, 0)
    now = 0
    period = 0
    while period < QUARTERS or match.score[Side.HOME] == match.score[Side.AWAY]:
        period += 1
        if period > 1:
            now += HALF_TIME_MS if period == QUARTERS // 2 + 1 else BREAK_MS
        now = _period(match, period, now, quarter_ms if period <= QUARTERS else OVERTIME_MS)
    match.stopped_ms += CLOSING_MS
    match.add(EventType.MATCH_END, Side.UNKNOWN, match.plays[-1].period_ms)
    return tuple(match.plays)


def _period(match: _Match, period: int, start_ms: int, length_ms: int) -> int:
    """Play one period and return when it ended in the world."""
    random = match.random
    match.period, match.tipped_off_ms, match.stopped_ms = period, start_ms, 0
    match.add(EventType.PERIOD_START, Side.UNKNOWN, 0)
    side = random.choice(_SIDES)
    if period == 1 or period > QUARTERS:
        match.add(EventType.JUMP_BALL, side, 0, match.anyone(side))
    ms = 0
    while True:
        ms += random.randrange(40, 200) * SECOND // 10
        if ms >= length_ms:
            break
        side = _possession(match, side, ms)
        if random.random() < _SUBSTITUTION:
            _substitute(match, random.choice(_SIDES), ms)
        if random.random() < _TIMEOUT:
            _timeout(match, side, ms)
    match.add(EventType.PERIOD_END, Side.UNKNOWN, length_ms)
    return match.plays[-1].at_ms


def _possession(match: _Match, side: Side, ms: int) -> Side:
    """One possession of `side`; returns the side that has the ball next."""
    random = match.random
    draw = random.random()
    player = match.anyone(side)
    if draw < _TURNOVER:
        stolen = random.random() < _STOLEN
        helper = match.anyone(other(side)) if stolen else NOBODY
        match.add(EventType.TURNOVER, side, ms, player, helper=helper)
        return other(side)
    if draw < _FOUL:
        return _foul(match, side, player, ms)
    x, y = round(60 + random.random() * 40, 1), round(random.random() * 100, 1)
    if draw < _THREE:
        made = random.random() < _THREE_MADE
        type_ = EventType.THREE_POINT_MADE if made else EventType.THREE_POINT_MISSED
    else:
        made = random.random() < _TWO_MADE
        type_ = EventType.TWO_POINT_MADE if made else EventType.TWO_POINT_MISSED
    if made:
        assisted = random.random() < _ASSISTED
        helper = match.teammate(side, player) if assisted else NOBODY
        match.add(type_, side, ms, player, helper=helper, x=x, y=y)
        match.score[side] += 3 if type_ is EventType.THREE_POINT_MADE else 2
        return other(side)
    helper = match.anyone(other(side)) if random.random() < _BLOCKED else NOBODY
    match.add(type_, side, ms, player, helper=helper, x=x, y=y)
    return _rebound(match, side, ms)


def _foul(match: _Match, side: Side, drawn_by: int, ms: int) -> Side:
    """A foul on `side`, and its free throws if there are any."""
    random = match.random
    fouls = other(side)
    shooting = random.random() < _SHOOTING_FOUL
    match.add(
        EventType.FOUL, fouls, ms, match.anyone(fouls), helper=drawn_by,
        detail="shooting" if shooting else "personal",
    )  # fmt: skip
    if not shooting:
        return side
    for attempt in ("1 of 2", "2 of 2"):
        made = random.random() < _FREE_THROW_MADE
        match.score[side] += made
        type_ = EventType.FREE_THROW_MADE if made else EventType.FREE_THROW_MISSED
        match.add(type_, side, ms, drawn_by, detail=attempt)
    return other(side) if made else _rebound(match, side, ms)


def _rebound(match: _Match, side: Side, ms: int) -> Side:
    if match.random.random() < _OFFENSIVE_REBOUND:
        match.add(EventType.OFFENSIVE_REBOUND, side, ms, match.anyone(side))
        return side
    side = other(side)
    match.add(EventType.DEFENSIVE_REBOUND, side, ms, match.anyone(side))
    return side


def _substitute(match: _Match, side: Side, ms: int) -> None:
    player = match.anyone(side)
    helper = match.bench[side].pop(0)
    match.bench[side].append(player)
    five = match.on_court[side]
    five[five.index(player)] = helper
    match.add(EventType.SUBSTITUTION, side, ms, player, helper=helper)


def _timeout(match: _Match, side: Side, ms: int) -> None:
    if match.timeouts[side]:
        match.timeouts[side] -= 1
        match.add(EventType.TIMEOUT, side, ms)
        match.stopped_ms += MINUTE

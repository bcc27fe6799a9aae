"""A soccer match, played out at random.

Rates are those of a top league, roughly: 1,750 plays, 3 goals, 15 corners, 25 fouls, 5 cards.
"""

from __future__ import annotations

from random import Random

from simulator.match import MINUTE, NOBODY, SECOND, Play, other
from simulator.teams import SQUAD
from udfs.model import EventType, Side

HALF_MS = 45 * MINUTE
EXTRA_HALF_MS = 15 * MINUTE
BREAK_MS = 15 * MINUTE
SHORT_BREAK_MS = 3 * MINUTE
SHOOTOUT_PERIOD = 5
STARTERS = 11
MAX_SUBSTITUTIONS = 5

CLOSING_MS = 2 * MINUTE
"""From the last whistle to the end of the coverage: corrections of the score arrive by then."""

KNOCKOUT = 0.4
"""Share of matches that need a winner: drawn, they go to extra time and to a shoot-out."""

_MEAN_GAP_MS = 3_400
_SIDES = (Side.HOME, Side.AWAY)
_LOOSE_BALLS = ("tackle", "clearance", "recovery", "aerial", "take_on", "interception", "touch")

_PASS, _LOOSE, _FOUL, _SHOT, _CORNER = 0.78, 0.953, 0.968, 0.986, 0.994
"""Upper bounds of one draw that decides what the ball does next; an offside beyond the last."""

_OWN_GOAL, _GOAL, _SAVED, _OFF_TARGET = 0.01, 0.095, 0.38, 0.77
"""The same for a shot; blocked beyond the last."""

_YELLOW, _RED = 0.16, 0.166
_PASS_ARRIVES, _PENALTY_SCORED, _SUBSTITUTION = 0.8, 0.75, 0.011


class _Match:
    """The state of a match under way; `plays` grows."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.plays: list[Play] = []
        self.period = 1
        self.kicked_off_ms = 0
        self.goals = dict.fromkeys(_SIDES, 0)
        self.on_pitch = {side: list(range(STARTERS)) for side in _SIDES}
        self.bench = {side: list(range(STARTERS, SQUAD)) for side in _SIDES}
        self.booked: set[tuple[Side, int]] = set()

    def add(
        self,
        type_: EventType,
        side: Side,
        ms: int,
        player: int = NOBODY,
        *,
        helper: int = NOBODY,
        good: bool = True,
        x: float = 0.0,
        y: float = 0.0,
        detail: str = "",
    ) -> None:
        self.plays.append(
            Play(
                len(self.plays) + 1, type_, side, self.period, ms, self.kicked_off_ms + ms, player,
                helper, good, x, y, detail,
            )
        )  # fmt: skip

    def anyone(self, side: Side) -> int:
        players = self.on_pitch[side]
        return players[int(self.random.random() * len(players))]

    def drawn(self) -> bool:
        return self.goals[Side.HOME] == self.goals[Side.AWAY]


def plays(random: Random) -> tuple[Play, ...]:
    """Play one match: two halves, sometimes extra time, sometimes a shoot-out."""
    match = _Match(random)
    knockout = random.random() < KNOCKOUT
    match.add(EventType.MATCH_START, Side.HOME, 0)
    now = _half(match, 1, 0, HALF_MS)
    now = _half(match, 2, now + BREAK_MS, HALF_MS)
    if knockout and match.drawn():
        now = _half(match, 3, now + SHORT_BREAK_MS, EXTRA_HALF_MS)
        now = _half(match, 4, now + SHORT_BREAK_MS, EXTRA_HALF_MS)
        if match.drawn():
            _shootout(match, now + SHORT_BREAK_MS)
    match.kicked_off_ms += CLOSING_MS
    match.add(EventType.MATCH_END, Side.HOME, match.plays[-1].period_ms)
    return tuple(match.plays)


def _half(match: _Match, period: int, start_ms: int, length_ms: int) -> int:
    """Play one half and return when it ended, its added time included."""
    random = match.random
    match.period, match.kicked_off_ms = period, start_ms
    length = length_ms + random.randrange(30, 300) * SECOND
    match.add(EventType.PERIOD_START, Side.HOME, 0)
    side = _SIDES[period % 2]
    ms = 0
    while True:
        ms += 200 + int(random.expovariate(1.0) * (_MEAN_GAP_MS - 200))
        if ms >= length:
            break
        side = _next(match, side, ms)
        if period > 1 and random.random() < _SUBSTITUTION:
            _substitute(match, random.choice(_SIDES), ms)
    match.add(EventType.PERIOD_END, Side.HOME, length)
    return start_ms + length


def _next(match: _Match, side: Side, ms: int) -> Side:
    """One play of the side that has the ball; returns the side that has it next."""
    random = match.random
    draw = random.random()
    x, y = round(random.random() * 100, 1), round(random.random() * 100, 1)
    if draw < _PASS:
        good = random.random() < _PASS_ARRIVES
        match.add(EventType.PASS, side, ms, match.anyone(side), good=good, x=x, y=y)
        return side if good else other(side)
    if draw < _LOOSE:
        detail = random.choice(_LOOSE_BALLS)
        good = random.random() < 0.6
        match.add(EventType.OTHER, side, ms, match.anyone(side), good=good, x=x, y=y, detail=detail)
        return side if good else other(side)
    if draw < _FOUL:
        _foul(match, other(side), ms, x, y)
        return side
    if draw < _SHOT:
        return _shoot(match, side, ms, round(75 + x / 4, 1), round(30 + y * 0.4, 1))
    if draw < _CORNER:
        match.add(EventType.CORNER, side, ms, match.anyone(side), x=99.5, y=0.5 if y < 50 else 99.5)
        return side
    match.add(EventType.OFFSIDE, side, ms, match.anyone(side), x=round(70 + x / 4, 1), y=y)
    return other(side)


def _shoot(match: _Match, side: Side, ms: int, x: float, y: float) -> Side:
    random = match.random
    draw = random.random()
    if draw < _OWN_GOAL:
        unlucky = other(side)
        match.goals[side] += 1
        match.add(EventType.OWN_GOAL, unlucky, ms, match.anyone(unlucky), x=round(100 - x, 1), y=y)
    elif draw < _GOAL:
        match.goals[side] += 1
        player = match.anyone(side)
        helper = match.anyone(side)
        match.add(
            EventType.GOAL,
            side,
            ms,
            player,
            x=x,
            y=y,
            helper=NOBODY if helper == player else helper,
        )
    elif draw < _SAVED:
        match.add(EventType.SHOT_ON_TARGET, side, ms, match.anyone(side), x=x, y=y)
    elif draw < _OFF_TARGET:
        match.add(EventType.SHOT_OFF_TARGET, side, ms, match.anyone(side), x=x, y=y)
    else:
        match.add(EventType.SHOT_BLOCKED, side, ms, match.anyone(side), x=x, y=y)
    return other(side)


def _foul(match: _Match, side: Side, ms: int, x: float, y: float) -> None:
    random = match.random
    player = match.anyone(side)
    match.add(
        EventType.FOUL, side, ms, player, helper=match.anyone(other(side)), good=False, x=x, y=y
    )
    draw = random.random()
    if draw >= _RED:
        return
    if draw >= _YELLOW:
        card = EventType.RED_CARD
    elif (side, player) in match.booked:
        card = EventType.SECOND_YELLOW_CARD
    else:
        card = EventType.YELLOW_CARD
        match.booked.add((side, player))
    match.add(card, side, ms + 100, player)
    if card is not EventType.YELLOW_CARD:
        match.on_pitch[side].remove(player)


def _substitute(match: _Match, side: Side, ms: int) -> None:
    bench = match.bench[side]
    if len(bench) <= SQUAD - STARTERS - MAX_SUBSTITUTIONS:
        return
    player = match.anyone(side)
    helper = bench.pop(0)
    players = match.on_pitch[side]
    players[players.index(player)] = helper
    match.add(EventType.SUBSTITUTION, side, ms + 100, player, helper=helper)


def _shootout(match: _Match, start_ms: int) -> None:
    """Penalties, best of five and then sudden death."""
    match.period, match.kicked_off_ms = SHOOTOUT_PERIOD, start_ms
    match.add(EventType.PERIOD_START, Side.HOME, 0)
    scored = dict.fromkeys(_SIDES, 0)
    taken = 0
    while not _decided(scored, taken):
        side = _SIDES[taken % 2]
        goal = match.random.random() < _PENALTY_SCORED
        scored[side] += goal
        taken += 1
        match.add(
            EventType.SHOOTOUT_GOAL if goal else EventType.SHOOTOUT_MISS,
            side, taken * 30 * SECOND, match.anyone(side), x=88.5, y=50.0,
        )  # fmt: skip
    match.add(EventType.PERIOD_END, Side.HOME, (taken + 1) * 30 * SECOND)


def _decided(scored: dict[Side, int], taken: int) -> bool:
    lead = abs(scored[Side.HOME] - scored[Side.AWAY])
    if taken >= 10:
        return lead > 0 and taken % 2 == 0
    left_home, left_away = 5 - (taken + 1) // 2, 5 - taken // 2
    behind = left_away if scored[Side.HOME] > scored[Side.AWAY] else left_home
    return lead > behind

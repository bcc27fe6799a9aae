"""What goes wrong between a match and its reader: corrections, repeats, delays, wrong order.

`corrected` is the scout's part: plays become versions, some edited or taken back later. What
follows it is the network's part: streams of messages in, streams of the same messages in another
order or more than once out. Nothing is ever lost. All of it is a function of its input and its
random source, and holds at most a window of messages.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from heapq import heappop, heappush
from random import Random

import msgspec

from simulator.match import MINUTE, POINTS, SECOND, STRUCTURE, Play, score_of
from udfs.model import EventType

Sent = tuple[int, int, bytes]
"""A message on its way: UTC epoch milliseconds, the match's number in the run, the bytes."""


class Rates(msgspec.Struct, frozen=True):
    """How much goes wrong: shares of the plays (edits, deletes) and of the messages (the others).

    shuffle: messages that are held back at a time, of which any one may be sent next.
    """

    edits: float = 0.0
    deletes: float = 0.0
    duplicates: float = 0.0
    late: float = 0.0
    shuffle: int = 0


class Version(msgspec.Struct, frozen=True, gc=False):
    """One version of a play, as its scout sends it.

    revision: 0 for the first one, growing by one.
    at_ms: when it is sent, since kick-off.
    home, away: the match's score from this moment on, as far as known now.
    play_home, play_away: the score right after the play, as far as known now.
    """

    play: Play
    revision: int
    at_ms: int
    deleted: bool
    home: int
    away: int
    play_home: int
    play_away: int


FIRST_CORRECTION_MS = 2 * SECOND
"""No correction follows sooner: Sportradar's times have a resolution of a second."""

LAST_MARGIN_MS = 5 * SECOND
"""What changes the score is sent this long before the end, so that the last score stands."""

_PROMPT, _PROMPT_MEAN_MS, _SLOW_MEAN_MS = 0.9, 4 * SECOND, 5 * MINUTE
_SCOUT_MS = 400

_MISTAKEN_FOR = {
    EventType.TWO_POINT_MADE: EventType.THREE_POINT_MADE,
    EventType.THREE_POINT_MADE: EventType.TWO_POINT_MADE,
    EventType.TWO_POINT_MISSED: EventType.THREE_POINT_MISSED,
    EventType.THREE_POINT_MISSED: EventType.TWO_POINT_MISSED,
    EventType.FREE_THROW_MADE: EventType.FREE_THROW_MISSED,
    EventType.FREE_THROW_MISSED: EventType.FREE_THROW_MADE,
    EventType.OFFENSIVE_REBOUND: EventType.DEFENSIVE_REBOUND,
    EventType.DEFENSIVE_REBOUND: EventType.OFFENSIVE_REBOUND,
    EventType.SHOT_ON_TARGET: EventType.SHOT_BLOCKED,
    EventType.SHOT_OFF_TARGET: EventType.SHOT_ON_TARGET,
    EventType.GOAL: EventType.SHOT_OFF_TARGET,
    EventType.YELLOW_CARD: EventType.RED_CARD,
}
"""What an edit can turn a play into. The keys include all that count, but for own goals."""

_RETYPED = 0.5
"""Share of the edits of such plays that do so; the others change the player and the place."""


def corrected(plays: Iterable[Play], rates: Rates, random: Random) -> list[Version]:
    """All versions of the plays in the order in which they are sent.

    Per play, `rates.edits` and `rates.deletes` are the chances of an edit and of a delete; a play
    can have both, and then the delete is the later one.
    """
    plays = tuple(plays)
    end_ms = plays[-1].at_ms if plays else 0
    planned: list[tuple[int, int, int, Play, bool]] = []
    for play in plays:
        at_ms = play.at_ms + _SCOUT_MS
        planned.append((at_ms, play.number, 0, play, False))
        if play.type in STRUCTURE:
            continue
        revision = 0
        if random.random() < rates.edits:
            revision = 1
            edited = _edited(play, random)
            at_ms = _correction_ms(at_ms, end_ms, score_of(edited) != score_of(play), random)
            planned.append((at_ms, play.number, revision, edited, False))
            play = edited
        if random.random() < rates.deletes:
            at_ms = _correction_ms(at_ms, end_ms, play.type in POINTS, random)
            planned.append((at_ms, play.number, revision + 1, play, True))
    planned.sort(key=lambda version: version[:3])
    return list(_scored(planned))


def _correction_ms(at_ms: int, end_ms: int, changes_score: bool, random: Random) -> int:
    mean = _PROMPT_MEAN_MS if random.random() < _PROMPT else _SLOW_MEAN_MS
    when = at_ms + FIRST_CORRECTION_MS + int(random.expovariate(1 / mean))
    if changes_score:
        when = max(at_ms + FIRST_CORRECTION_MS, min(when, end_ms - LAST_MARGIN_MS))
    return when


def _edited(play: Play, random: Random) -> Play:
    if play.type in _MISTAKEN_FOR and random.random() < _RETYPED:
        return msgspec.structs.replace(play, type=_MISTAKEN_FOR[play.type])
    return msgspec.structs.replace(
        play,
        player=(play.player + 1) % 5 if play.player >= 0 else play.player,
        x=round(random.random() * 100, 1),
        y=round(random.random() * 100, 1),
    )


def _scored(planned: Iterable[tuple[int, int, int, Play, bool]]) -> Iterator[Version]:
    """Keep the score while the versions are sent."""
    home = away = 0
    worth: dict[int, tuple[int, int]] = {}
    before: dict[int, tuple[int, int]] = {}
    for at_ms, number, revision, play, deleted in planned:
        old_home, old_away = worth.get(number, (0, 0))
        new_home, new_away = (0, 0) if deleted else score_of(play)
        home, away = home + new_home - old_home, away + new_away - old_away
        worth[number] = new_home, new_away
        start = before.setdefault(number, (home - new_home, away - new_away))
        yield Version(
            play, revision, at_ms, deleted, home, away, start[0] + new_home, start[1] + new_away
        )


NONE: frozenset[int] = frozenset()


def duplicated(
    stream: Iterable[Sent], rate: float, random: Random, fixed: frozenset[int] = NONE
) -> Iterator[Sent]:
    """Send a share of the messages a second time, up to three seconds later.

    Here and below: `fixed` are the matches whose messages are passed on as they come.
    """
    return _held(stream, rate, random, fixed, 3 * SECOND, keep=True)


def delayed(
    stream: Iterable[Sent], rate: float, random: Random, fixed: frozenset[int] = NONE
) -> Iterator[Sent]:
    """Hold a share of the messages back for up to a minute."""
    return _held(stream, rate, random, fixed, MINUTE, keep=False)


def shuffled(
    stream: Iterable[Sent], window: int, random: Random, fixed: frozenset[int] = NONE
) -> Iterator[Sent]:
    """Hold `window` messages back and send any one of them next; the times stay in order."""
    held: list[Sent] = []
    now = 0
    draw = random.random
    for message in stream:
        now = message[0]
        if message[1] in fixed:
            yield message
            continue
        held.append(message)
        if len(held) > window:
            place = int(draw() * len(held))
            held[place], held[-1] = held[-1], held[place]
            _, number, value = held.pop()
            yield now, number, value
    random.shuffle(held)
    for _, number, value in held:
        yield now, number, value


def _held(
    stream: Iterable[Sent],
    rate: float,
    random: Random,
    fixed: frozenset[int],
    longest_ms: int,
    *,
    keep: bool,
) -> Iterator[Sent]:
    """Send some messages later; `keep` sends them now as well. The times stay in order."""
    held: list[tuple[int, int, Sent]] = []
    count = 0
    draw = random.random
    for message in stream:
        now = message[0]
        while held and held[0][0] <= now:
            due, _, (_, number, value) = heappop(held)
            yield due, number, value
        if draw() < rate and message[1] not in fixed:
            count += 1
            heappush(held, (now + 1 + int(draw() * longest_ms), count, message))
            if not keep:
                continue
        yield message
    while held:
        due, _, (_, number, value) = heappop(held)
        yield due, number, value

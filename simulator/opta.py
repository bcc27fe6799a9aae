"""Opta F24: live XML documents, each with the one or two `Event` rows of a play.

The shape is that of real F24 files: the attributes and their order, Europe/London times without an
offset and with unpadded fractions, `version` as epoch milliseconds, qualifiers with ids of their
own. A delete is the same id as type 43 at 0, 0, with the type that it was in qualifier 144.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import NamedTuple
from xml.sax.saxutils import quoteattr

from simulator import soccer
from simulator.disorder import Rates, Sent, Version, corrected
from simulator.match import MINUTE, NOBODY, STRUCTURE, Play, Sport, Story, other
from simulator.teams import CLUBS, Club
from simulator.writing import Heartbeat, Run, Script, london_text, template
from udfs.model import EventType, Side

FIRST_MATCH_ID = 2_300_001
FIRST_EVENT_ID = 2_400_000_000
EVENT_IDS_PER_MATCH = 8_192

DELETED = 43
PRE_MATCH, POST_MATCH = 16, 14
ORIGINAL_TYPE, GAME_END = 144, 209

TYPE_IDS = {
    EventType.MATCH_START: 34,
    EventType.MATCH_END: 30,
    EventType.PERIOD_START: 32,
    EventType.PERIOD_END: 30,
    EventType.PASS: 1,
    EventType.OFFSIDE: 2,
    EventType.FOUL: 4,
    EventType.CORNER: 6,
    EventType.SHOT_OFF_TARGET: 13,
    EventType.SHOT_ON_TARGET: 15,
    EventType.SHOT_BLOCKED: 15,
    EventType.GOAL: 16,
    EventType.OWN_GOAL: 16,
    EventType.SHOOTOUT_GOAL: 16,
    EventType.SHOOTOUT_MISS: 13,
    EventType.YELLOW_CARD: 17,
    EventType.SECOND_YELLOW_CARD: 17,
    EventType.RED_CARD: 17,
    EventType.SUBSTITUTION: 18,
}
PLAYER_ON = 19

OTHER_TYPE_IDS = {
    "take_on": 3,
    "tackle": 7,
    "interception": 8,
    "clearance": 12,
    "aerial": 44,
    "recovery": 49,
    "touch": 61,
}

MARKS: dict[EventType, tuple[tuple[int, str], ...]] = {
    EventType.MATCH_END: ((57, "1"), (GAME_END, "")),
    EventType.PERIOD_END: ((57, "0"),),
    EventType.SHOT_BLOCKED: ((82, ""),),
    EventType.OWN_GOAL: ((28, ""),),
    EventType.SHOOTOUT_GOAL: ((9, ""),),
    EventType.SHOOTOUT_MISS: ((9, ""),),
    EventType.YELLOW_CARD: ((31, ""),),
    EventType.SECOND_YELLOW_CARD: ((32, ""),),
    EventType.RED_CARD: ((33, ""),),
}
"""The qualifiers that tell plays of one type id apart."""

BOTH_TEAMS = frozenset(
    (
        EventType.MATCH_START,
        EventType.MATCH_END,
        EventType.PERIOD_START,
        EventType.PERIOD_END,
        EventType.FOUL,
        EventType.CORNER,
    )
)
"""Plays that F24 reports once for each team."""

PERIOD_STARTS_AT = {1: 0, 2: 45, 3: 90, 4: 105, 5: 120}
"""The minute of the match's clock at which a period starts."""

_ID, _HAPPENED, _MODIFIED, _VERSION = "@id", "@happened", "@modified", "@version"
_MATCH, _KICK_OFF = "@match", "@kickoff"
_HOLES = {
    _ID: "%d",
    _HAPPENED: "%b.%d",
    _MODIFIED: "%b",
    _VERSION: "%d",
    _MATCH: "%b",
    _KICK_OFF: "%b",
}
_TAIL = "  </Game>\n</Games>\n"
_FIRST_ROW = b"    <Event"


class Step(NamedTuple):
    """A document to send: when, what, and the ids of its rows counted from the match's first."""

    at_ms: int
    happened_ms: int
    revision: int
    rows: tuple[int, ...]
    template: bytes


class OptaWriter:
    """Writes soccer matches as F24."""

    provider = "opta"
    heartbeat: Heartbeat | None = None
    polled = False

    def match_id(self, number: int, seed: int) -> str:
        """A game id like Opta's."""
        return str(FIRST_MATCH_ID + number + seed % 1000 * 100_000)

    def script(self, seed: int, rates: Rates) -> Script[Step]:
        """A soccer match as F24 documents with holes."""
        random = Random(f"opta {seed}")
        home, away = random.sample(CLUBS, 2)
        story = Story(Sport.SOCCER, seed, home, away, soccer.plays(random))
        versions = corrected(story.plays, rates, random)
        scribe = _Scribe(story)
        steps = [scribe.step(version) for version in versions]
        return Script(story, steps, [(version,) for version in versions])

    def events_of(self, play: Play) -> int:
        """Plays of both teams, and both players of a substitution, have a row each."""
        return len(_sides(play))

    def messages(self, script: Script[Step], run: Run) -> Iterator[Sent]:
        """One document a version."""
        match_id = run.match_id.encode()
        kick_off = london_text(run.start_ms // 1000)
        first_id = FIRST_EVENT_ID + run.number * EVENT_IDS_PER_MATCH
        start, pace, number = run.start_ms, run.pace, run.number
        for at_ms, happened_ms, revision, rows, text in script.steps:
            at = start + int(at_ms / pace)
            # At a fast pace two versions can fall on one millisecond.
            version = at + revision
            second, fraction = divmod(start + int(happened_ms / pace), 1000)
            happened, modified = london_text(second), london_text(version // 1000)
            filling: tuple[bytes | int, ...] = (modified, match_id, kick_off, kick_off)
            for row in rows:
                filling += (first_id + row, happened, fraction, modified, version)
            yield at, number, text % filling

    def file_name(self, run: Run) -> str:
        """Named like Opta's own: feed, competition, season, game."""
        return f"f24-1-2026-{run.match_id}-eventdetails.xml"

    def file_head(self, message: bytes) -> bytes:
        """All before the rows: a file is one document."""
        return message[: message.index(_FIRST_ROW)]

    def file_part(self, message: bytes) -> bytes:
        """The rows."""
        return message[message.index(_FIRST_ROW) : -len(_TAIL)]

    def file_tail(self) -> bytes:
        """The document's end."""
        return _TAIL.encode()


class _Scribe:
    """Writes one story; keeps the counters that F24 has."""

    def __init__(self, story: Story) -> None:
        self.story = story
        self.rows_of: dict[int, tuple[int, ...]] = {}
        self.counters_of: dict[int, tuple[int, ...]] = {}
        self.rows = 0
        self.counters = {Side.HOME: 0, Side.AWAY: 0}
        self.last_period = story.plays[-1].period

    def step(self, version: Version) -> Step:
        play = version.play
        sides = _sides(play)
        if play.number not in self.rows_of:
            self.rows_of[play.number] = tuple(self.rows + n for n in range(len(sides)))
            self.rows += len(sides)
            self.counters_of[play.number] = tuple(self._count(side) for side in sides)
        counters = self.counters_of[play.number]
        rows = "".join(self._row(version, n, side, counters) for n, side in enumerate(sides))
        text = template(self._head(version) + rows + _TAIL, _HOLES)
        return Step(version.at_ms, play.at_ms, version.revision, self.rows_of[play.number], text)

    def _count(self, side: Side) -> int:
        self.counters[side] += 1
        return self.counters[side]

    def _head(self, version: Version) -> str:
        home, away = self.story.home, self.story.away
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f'<Games timestamp="{_MODIFIED}">\n'
            f'  <Game id="{_MATCH}" away_score="{version.away}" away_team_id="{away.id}"'
            f' away_team_name={quoteattr(away.name)} competition_id="1"'
            f' competition_name="Simulated League" game_date="{_KICK_OFF}"'
            f' home_score="{version.home}" home_team_id="{home.id}"'
            f' home_team_name={quoteattr(home.name)} matchday="1" period_1_start="{_KICK_OFF}"'
            ' season_id="2026" season_name="Season 2026/2027">\n'
        )

    def _row(self, version: Version, index: int, side: Side, counters: tuple[int, ...]) -> str:
        play, club = version.play, self.story.club(side)
        type_id = _type_id(play, index)
        qualifiers = _qualifiers(play, index, club, counters)
        x, y = _place(play, index)
        if play.type is EventType.PERIOD_END and play.period == self.last_period:
            qualifiers.append((GAME_END, ""))
        if version.deleted:
            qualifiers = [(ORIGINAL_TYPE, str(type_id)), *qualifiers]
            type_id, x, y = DELETED, 0.0, 0.0
        period, elapsed = _period(play)
        player = _player(play, index)
        player_id = f' player_id="{club.squad[player].id}"' if player != NOBODY else ""
        good = play.good if index == 0 or play.type in STRUCTURE else not play.good
        event = (
            f'    <Event id="{_ID}" event_id="{counters[index]}" type_id="{type_id}"'
            f' period_id="{period}" min="{elapsed // MINUTE}" sec="{elapsed // 1000 % 60}"'
            f'{player_id} team_id="{club.id}" outcome="{int(good or version.deleted)}"'
            f' x="{x:.1f}" y="{y:.1f}"'
            f' timestamp="{_HAPPENED}" last_modified="{_MODIFIED}" version="{_VERSION}"'
        )
        if not qualifiers:
            return event + " />\n"
        # Edited qualifiers get new ids, so the revision is part of them.
        first = 3_000_000_000 + (play.number * 4 + version.revision) * 100 + index * 50
        lines = (
            f'      <Q id="{first + n}" qualifier_id="{qualifier}"'
            + (f" value={quoteattr(value)} />\n" if value else " />\n")
            for n, (qualifier, value) in enumerate(qualifiers)
        )
        return event + ">\n" + "".join(lines) + "    </Event>\n"


def _sides(play: Play) -> tuple[Side, ...]:
    """The teams whose rows a play has, the acting one first."""
    if play.type in BOTH_TEAMS or play.detail == "aerial":
        return play.side, other(play.side)
    if play.type is EventType.SUBSTITUTION:
        return play.side, play.side
    return (play.side,)


def _type_id(play: Play, index: int) -> int:
    if play.type is EventType.OTHER:
        return OTHER_TYPE_IDS[play.detail]
    if play.type is EventType.SUBSTITUTION and index == 1:
        return PLAYER_ON
    return TYPE_IDS[play.type]


def _player(play: Play, index: int) -> int:
    if index == 0:
        return play.player
    return play.helper if play.type in (EventType.FOUL, EventType.SUBSTITUTION) else NOBODY


def _place(play: Play, index: int) -> tuple[float, float]:
    """Where it was, from the view of the row's team: both attack towards x = 100."""
    if index == 0 or play.type in STRUCTURE or play.type is EventType.SUBSTITUTION:
        return play.x, play.y
    return 100 - play.x, 100 - play.y


def _period(play: Play) -> tuple[int, int]:
    """The period id, and the match clock in milliseconds as F24 counts it."""
    if play.type is EventType.MATCH_START:
        return PRE_MATCH, 0
    if play.type is EventType.MATCH_END:
        return POST_MATCH, 0
    return play.period, PERIOD_STARTS_AT[play.period] * MINUTE + play.period_ms


def _qualifiers(
    play: Play, index: int, club: Club, counters: tuple[int, ...]
) -> list[tuple[int, str]]:
    """Qualifier ids and values of a row, those that say what it is first."""
    qualifiers = list(MARKS.get(play.type, ()))
    if play.type is EventType.MATCH_START:
        qualifiers.append((30, ", ".join(str(player.id) for player in club.squad)))
        qualifiers.append((59, ", ".join(str(player.number) for player in club.squad)))
    elif play.type is EventType.PERIOD_START:
        qualifiers.append((127, "Left to Right" if index == 0 else "Right to Left"))
    elif play.type is EventType.PASS:
        end_x, end_y = (play.x * 0.7 + play.y * 0.3), (play.y * 0.7 + play.x * 0.3)
        qualifiers += [(140, f"{end_x:.1f}"), (141, f"{end_y:.1f}"), (56, "Center")]
    elif play.type is EventType.SUBSTITUTION:
        qualifiers.append((55, str(counters[1 - index])))
    elif play.type is EventType.GOAL and play.helper != NOBODY:
        qualifiers += [(29, ""), (154, "")]
    elif play.type in (EventType.FOUL, EventType.CORNER):
        qualifiers.append((233, str(counters[1 - index])))
    return qualifiers

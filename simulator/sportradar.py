"""Sportradar NBA push: one JSON object an event, with heartbeats between them.

The shape is that of captured streams: `payload.game` with the current score, `payload.event` with
the score after the event, the players on the court, statistics, and `metadata.operation`. Times
have a resolution of a second. A delete carries no more than id, type, clock and points. The end of
a match is no event: the last `endperiod` is sent again, with the game's status `closed`.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import md5
from random import Random
from typing import Any, NamedTuple

import msgspec

from simulator import basketball
from simulator.disorder import Rates, Sent, Version, corrected
from simulator.match import MINUTE, NOBODY, Play, Sport, Story, other
from simulator.teams import CLUBS, Club, Player
from simulator.writing import Heartbeat, LineFile, Run, Script, template, utc_text
from udfs.model import EventType, Side

QUARTER_MS = 12 * MINUTE
COURT_X, COURT_Y = 94 * 12, 50 * 12
"""Inches, as `coord_x` and `coord_y` count: a court has 94 by 50 feet."""

EVENT_TYPES = {
    EventType.PERIOD_START: ("openinbound", "inbound"),
    EventType.PERIOD_END: ("endperiod", "period,stoppage"),
    EventType.JUMP_BALL: ("opentip", "jumpball"),
    EventType.SUBSTITUTION: ("lineupchange", "lineup"),
    EventType.TIMEOUT: ("teamtimeout", "timeout,stoppage"),
    EventType.TWO_POINT_MADE: ("twopointmade", "shot,field_goal"),
    EventType.TWO_POINT_MISSED: ("twopointmiss", "shot,field_goal"),
    EventType.THREE_POINT_MADE: ("threepointmade", "shot,field_goal"),
    EventType.THREE_POINT_MISSED: ("threepointmiss", "shot,field_goal"),
    EventType.FREE_THROW_MADE: ("freethrowmade", "shot,freethrow"),
    EventType.FREE_THROW_MISSED: ("freethrowmiss", "shot,freethrow"),
    EventType.OFFENSIVE_REBOUND: ("rebound", "rebound"),
    EventType.DEFENSIVE_REBOUND: ("rebound", "rebound"),
    EventType.TURNOVER: ("turnover", "turnover"),
}
"""`event_type` and `metadata.event_category`."""

FOULS = {"shooting": "shootingfoul", "personal": "personalfoul"}
MADE = {
    EventType.TWO_POINT_MADE: 2,
    EventType.THREE_POINT_MADE: 3,
    EventType.FREE_THROW_MADE: 1,
}
MISSED = frozenset(
    (EventType.TWO_POINT_MISSED, EventType.THREE_POINT_MISSED, EventType.FREE_THROW_MISSED)
)
HELPERS = {
    EventType.TWO_POINT_MADE: "assist",
    EventType.THREE_POINT_MADE: "assist",
    EventType.TWO_POINT_MISSED: "block",
    EventType.THREE_POINT_MISSED: "block",
    EventType.TURNOVER: "steal",
    EventType.FOUL: "fouldrawn",
}
"""The statistic that a play's helper gets."""

_MATCH, _KICK_OFF, _PREFIX = "@match", "@kickoff", "@prefix"
_SEQUENCE, _UPDATED, _WALL, _CREATED = '"@sequence"', "@updated", "@wall", "@created"
_HOLES = {
    _MATCH: "%b",
    _KICK_OFF: "%b",
    _PREFIX: "%b",
    _SEQUENCE: "%d",
    _UPDATED: "%bZ",
    _WALL: "%bZ",
    _CREATED: "%bZ",
}
_PREFIX_CHARACTERS = 23
"""Of a UUID, all but its last twelve digits: what a match's ids have in common."""

_PERIOD_ID = 0xF0_0000
_encode = msgspec.json.Encoder().encode


class Step(NamedTuple):
    """A message to send; a delete has fewer holes than the others."""

    at_ms: int
    first_ms: int
    happened_ms: int
    revision: int
    deleted: bool
    template: bytes


class SportradarWriter(LineFile):
    """Writes basketball matches as NBA push messages."""

    provider = "sportradar"
    heartbeat: Heartbeat | None = Heartbeat(5_000, b'{"heartbeat":{"interval":5000}}')
    polled = False

    def match_id(self, number: int, seed: int) -> str:
        """A version 4 UUID, like Sportradar's ids in American sports."""
        digits = md5(f"game {seed} {number}".encode(), usedforsecurity=False).hexdigest()
        return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"

    def script(self, seed: int, rates: Rates) -> Script[Step]:
        """A basketball match as push messages with holes."""
        random = Random(f"sportradar {seed}")
        home, away = random.sample(CLUBS, 2)
        plays = basketball.plays(random, QUARTER_MS)
        story = Story(Sport.BASKETBALL, seed, home, away, plays)
        versions = list(_told(corrected(plays, rates, random)))
        scribe = _Scribe(story)
        return Script(
            story,
            [scribe.step(version) for version in versions],
            [(version,) for version in versions],
        )

    def messages(self, script: Script[Step], run: Run) -> Iterator[Sent]:
        """One push message a version."""
        match_id = run.match_id.encode()
        prefix = match_id[:_PREFIX_CHARACTERS]
        kick_off = utc_text(run.start_ms // 1000)
        start, pace, number = run.start_ms, run.pace, run.number
        for at_ms, first_ms, happened_ms, revision, deleted, text in script.steps:
            at = start + int(at_ms / pace)
            created = (start + int(first_ms / pace)) // 1000
            # At a fast pace two versions can fall on one second, of which the later must win.
            updated = utc_text(max(at // 1000, created + revision))
            if deleted:
                yield at, number, text % (match_id, kick_off, prefix, updated, match_id)
                continue
            happened = start + int(happened_ms / pace)
            yield (
                at,
                number,
                text
                % (
                    match_id, kick_off, prefix, happened, updated, utc_text(happened // 1000),
                    utc_text(created), prefix, match_id,
                ),
            )  # fmt: skip

    def events_of(self, play: Play) -> int:
        """One, assists and the like included; the start of a match is not told."""
        return 1

    def file_name(self, run: Run) -> str:
        """The name of a match's capture."""
        return f"nba_push_{run.match_id}.txt"


def _told(versions: list[Version]) -> Iterator[Version]:
    """Without the start of the match, and its end told by the last period's."""
    last = next(v for v in reversed(versions) if v.play.type is EventType.PERIOD_END)
    for version in versions:
        if version.play.type is EventType.MATCH_END:
            yield msgspec.structs.replace(
                version,
                play=last.play,
                revision=last.revision + 1,
                play_home=version.home,
                play_away=version.away,
            )
        elif version.play.type is not EventType.MATCH_START:
            yield version


class _Scribe:
    """Writes one story; follows who is on the court."""

    def __init__(self, story: Story) -> None:
        self.story = story
        starters = list(range(basketball.STARTERS))
        self.on_court = {Side.HOME: list(starters), Side.AWAY: list(starters)}
        self.first_ms: dict[int, int] = {}
        self.timeouts = {Side.HOME: basketball.TIMEOUTS, Side.AWAY: basketball.TIMEOUTS}

    def step(self, version: Version) -> Step:
        play = version.play
        if version.revision == 0:
            self._follow(play)
        first_ms = self.first_ms.setdefault(play.number, version.at_ms)
        message = {
            "payload": {"game": self._game(version), "event": self._event(version)},
            "locale": "en",
            "metadata": self._metadata(version),
        }
        text = template(_encode(message).decode(), _HOLES)
        return Step(version.at_ms, first_ms, play.at_ms, version.revision, version.deleted, text)

    def _follow(self, play: Play) -> None:
        if play.type is EventType.SUBSTITUTION:
            five = self.on_court[play.side]
            five[five.index(play.player)] = play.helper
        elif play.type is EventType.TIMEOUT:
            self.timeouts[play.side] -= 1

    def _game(self, version: Version) -> dict[str, Any]:
        return {
            "id": _MATCH,
            "status": _status(version),
            "coverage": "full",
            "scheduled": f"{_KICK_OFF}+00:00",
            "home": self._team(Side.HOME, version.home),
            "away": self._team(Side.AWAY, version.away),
        }

    def _team(self, side: Side, points: int) -> dict[str, Any]:
        left = self.timeouts[side]
        return {
            **_team_name(self.story.club(side)),
            "points": points,
            "bonus": False,
            "remaining_timeouts": left,
        }

    def _event(self, version: Version) -> dict[str, Any]:
        play = version.play
        event_id = f"{_PREFIX}-{play.number:012x}"
        clock = _clock(play)
        points = {"home_points": version.play_home, "away_points": version.play_away}
        if version.deleted:
            kind = {"event_type": _event_type(play), "id": event_id, "clock": clock}
            return {**kind, "deleted": _UPDATED, **points}
        event: dict[str, Any] = {"id": event_id, "event_type": _event_type(play)}
        if play.type in (EventType.FREE_THROW_MADE, EventType.FREE_THROW_MISSED):
            event["attempt"] = play.detail
        elif play.type is EventType.TIMEOUT:
            event["duration"] = 60
        elif play.type is EventType.TURNOVER:
            event["turnover_type"] = "Bad Pass" if play.helper != NOBODY else "Turnover"
        event |= {
            "number": play.number,
            "sequence": _SEQUENCE.strip('"'),
            "clock": clock,
            "clock_decimal": clock,
            "updated": _UPDATED,
            "wall_clock": _WALL,
            "created": _CREATED,
            "description": self._description(play),
            **points,
        }
        if play.side is not Side.UNKNOWN:
            basket = _basket(play)
            club = self.story.club(play.side)
            event["attribution"] = {**_team_name(club), "team_basket": basket}
        if play.player != NOBODY:
            event["location"] = _location(play)
        overtime = play.period > basketball.QUARTERS
        event["period"] = {
            "id": f"{_PREFIX}-{_PERIOD_ID + play.period:012x}",
            "number": play.period - basketball.QUARTERS if overtime else play.period,
            "sequence": play.period,
            "type": "overtime" if overtime else "quarter",
        }
        event["on_court"] = {"home": self._five(Side.HOME), "away": self._five(Side.AWAY)}
        statistics = self._statistics(play)
        if statistics:
            event["statistics"] = statistics
        return event

    def _five(self, side: Side) -> dict[str, Any]:
        club = self.story.club(side)
        players = [_player_name(club.squad[n]) for n in self.on_court[side]]
        return {**_team_name(club), "players": players}

    def _statistics(self, play: Play) -> list[dict[str, Any]]:
        if play.player == NOBODY or play.type in (EventType.JUMP_BALL, EventType.SUBSTITUTION):
            return []
        statistics = [{**_statistic(play), **self._whose(play.side, play.player)}]
        helper = HELPERS.get(play.type)
        if helper and play.helper != NOBODY:
            side = play.side if helper == "assist" else other(play.side)
            statistics.append({"type": helper, **self._whose(side, play.helper)})
        return statistics

    def _whose(self, side: Side, player: int) -> dict[str, Any]:
        club = self.story.club(side)
        return {"team": _team_name(club), "player": _player_name(club.squad[player])}

    def _description(self, play: Play) -> str:
        if play.side is Side.UNKNOWN:
            return f"{_event_type(play)} {play.period}"
        club = self.story.club(play.side)
        who = club.squad[play.player].name if play.player != NOBODY else club.nickname
        return f"{who} {_event_type(play)}"

    def _metadata(self, version: Version) -> dict[str, Any]:
        play = version.play
        metadata: dict[str, Any] = {
            "league": "NBA",
            "match": f"sd:match:{_MATCH}",
            "status": _status(version),
        }
        if play.side is not Side.UNKNOWN:
            metadata["team"] = f"sd:team:{_club_id(self.story.club(play.side))}"
        return metadata | {
            "event_type": _event_type(play),
            "event_category": EVENT_TYPES[play.type][1] if play.type in EVENT_TYPES else "foul",
            "locale": "en",
            "operation": "delete" if version.deleted else "update",
            "version": "v7",
        }


def _status(version: Version) -> str:
    """The game's status after this message: the second telling of a period's end is the match's."""
    if version.play.type is not EventType.PERIOD_END:
        return "inprogress"
    if version.revision:
        return "closed"
    return "halftime" if version.play.period == basketball.QUARTERS // 2 else "inprogress"


def _event_type(play: Play) -> str:
    if play.type is EventType.FOUL:
        return FOULS[play.detail]
    return EVENT_TYPES[play.type][0]


def _clock(play: Play) -> str:
    """What remains of the period, with the minutes unpadded."""
    length = QUARTER_MS if play.period <= basketball.QUARTERS else basketball.OVERTIME_MS
    left = max(0, length - play.period_ms) // 1000
    return f"{left // 60}:{left % 60:02d}" if left else "00:00"


def _basket(play: Play) -> str:
    """The basket that a team attacks; they change ends at half-time."""
    second_half = play.period > basketball.QUARTERS // 2
    return "right" if (play.side is Side.HOME) is not second_half else "left"


def _location(play: Play) -> dict[str, Any]:
    x, y = play.x / 100, play.y / 100
    if _basket(play) == "left":
        x, y = 1 - x, 1 - y
    return {"coord_x": round(x * COURT_X), "coord_y": round(y * COURT_Y)}


def _statistic(play: Play) -> dict[str, Any]:
    """The first statistic of a play, that of its own player."""
    if play.type in (EventType.FREE_THROW_MADE, EventType.FREE_THROW_MISSED):
        statistic = {"type": "freethrow", "free_throw_type": "regular"}
        return statistic | _made(play)
    if play.type in MADE or play.type in MISSED:
        three = play.type in (EventType.THREE_POINT_MADE, EventType.THREE_POINT_MISSED)
        shot: dict[str, Any] = {"type": "fieldgoal", **_made(play), "shot_type": "jump shot"}
        return shot | {"three_point_shot": True} if three else shot
    if play.type is EventType.OFFENSIVE_REBOUND:
        return {"type": "rebound", "rebound_type": "offensive"}
    if play.type is EventType.DEFENSIVE_REBOUND:
        return {"type": "rebound", "rebound_type": "defensive"}
    return {"type": "turnover" if play.type is EventType.TURNOVER else "personalfoul"}


def _made(play: Play) -> dict[str, Any]:
    points = MADE.get(play.type)
    return {"made": False} if points is None else {"made": True, "points": points}


def _club_id(club: Club) -> str:
    return f"583e0000-fb46-11e1-82cb-{club.id:012x}"


def _team_name(club: Club) -> dict[str, Any]:
    return {
        "name": club.nickname,
        "market": club.place,
        "reference": str(1_610_000_000 + club.id),
        "id": _club_id(club),
    }


def _player_name(player: Player) -> dict[str, Any]:
    return {
        "full_name": player.name,
        "jersey_number": str(player.number),
        "reference": str(1_600_000 + player.id),
        "id": f"8f7c0000-426f-4bee-be51-{player.id:012x}",
    }

"""FIBA LiveStats `data.json`: the whole of a basketball match, fetched again and again.

As in real documents: the list is newest first, `actionNumber` has gaps, there is no version, no
wall clock and no match id, overtime counts its periods from 1, and what was taken back is missing.
The match is the message's key, or its file's name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from random import Random
from typing import Any, NamedTuple

import msgspec

from simulator import basketball
from simulator.disorder import Rates, Sent, Version, corrected
from simulator.match import MINUTE, NOBODY, Play, Sport, Story, other
from simulator.teams import CLUBS, Club
from simulator.writing import Heartbeat, LineFile, Run, Script, clock_text
from udfs.model import EventType, Side

FIRST_MATCH_ID = 2_600_001
QUARTER_MS = 10 * MINUTE
POLL_MS = MINUTE
"""How often the document is fetched; it is a message only if it has changed."""

NUMBERS_PER_PLAY = 3
"""`actionNumber` of a play's first action; its second one has the next."""

ACTIONS: dict[EventType, tuple[str, str, int]] = {
    EventType.MATCH_START: ("game", "start", 1),
    EventType.MATCH_END: ("game", "end", 1),
    EventType.PERIOD_START: ("period", "start", 1),
    EventType.PERIOD_END: ("period", "end", 1),
    EventType.JUMP_BALL: ("jumpball", "startperiod", 1),
    EventType.TWO_POINT_MADE: ("2pt", "jumpshot", 1),
    EventType.TWO_POINT_MISSED: ("2pt", "jumpshot", 0),
    EventType.THREE_POINT_MADE: ("3pt", "jumpshot", 1),
    EventType.THREE_POINT_MISSED: ("3pt", "jumpshot", 0),
    EventType.FREE_THROW_MADE: ("freethrow", "", 1),
    EventType.FREE_THROW_MISSED: ("freethrow", "", 0),
    EventType.OFFENSIVE_REBOUND: ("rebound", "offensive", 1),
    EventType.DEFENSIVE_REBOUND: ("rebound", "defensive", 1),
    EventType.TURNOVER: ("turnover", "badpass", 1),
    EventType.FOUL: ("foul", "personal", 1),
    EventType.TIMEOUT: ("timeout", "full", 1),
    EventType.SUBSTITUTION: ("substitution", "out", 1),
}
"""actionType, subType and success. `scoring` is 1 on missed shots too."""

SHOTS = frozenset(("2pt", "3pt", "freethrow"))

HELPERS: dict[EventType, tuple[str, str, bool]] = {
    EventType.TWO_POINT_MADE: ("assist", "", True),
    EventType.THREE_POINT_MADE: ("assist", "", True),
    EventType.TWO_POINT_MISSED: ("block", "", False),
    EventType.THREE_POINT_MISSED: ("block", "", False),
    EventType.TURNOVER: ("steal", "", False),
    EventType.FOUL: ("foulon", "", False),
    EventType.SUBSTITUTION: ("substitution", "in", True),
}
"""The action of a play's helper: type, sub type, and whether it is of the same team."""

_encode = msgspec.json.Encoder().encode


class Step(NamedTuple):
    """A document that differs from the one before."""

    at_ms: int
    head: bytes
    actions: tuple[bytes, ...]


class LiveStatsWriter(LineFile):
    """Writes basketball matches as snapshots."""

    provider = "genius"
    heartbeat: Heartbeat | None = None
    polled = True

    def match_id(self, number: int, seed: int) -> str:
        """A match id."""
        return str(FIRST_MATCH_ID + number + seed % 1000 * 100_000)

    def script(self, seed: int, rates: Rates) -> Script[Step]:
        """A basketball match as documents."""
        random = Random(f"livestats {seed}")
        home, away = random.sample(CLUBS, 2)
        plays = basketball.plays(random, QUARTER_MS)
        story = Story(Sport.BASKETBALL, seed, home, away, plays)
        steps: list[Step] = []
        learnt: list[tuple[Version, ...]] = []
        current: dict[int, bytes] = {}
        seen: set[int] = set()
        for at_ms, versions in _polls(corrected(plays, rates, random)):
            last = {version.play.number: version for version in versions}
            known = [v for v in last.values() if not v.deleted or v.play.number in seen]
            if not known:
                continue
            for version in known:
                _enter(current, story, version)
            seen |= last.keys() & current.keys()
            newest_first = tuple(current[number] for number in sorted(current, reverse=True))
            steps.append(Step(at_ms, _head(story, versions[-1]), newest_first))
            learnt.append(tuple(known))
        return Script(story, steps, learnt)

    def messages(self, script: Script[Step], run: Run) -> Iterator[Sent]:
        """One document a poll that finds something new."""
        for at_ms, head, actions in script.steps:
            value = head + b',"pbp":[' + b",".join(actions) + b"]}"
            yield run.at(at_ms), run.number, value

    def events_of(self, play: Play) -> int:
        """The play's action and its helper's."""
        return 2 if play.helper != NOBODY and play.type in HELPERS else 1

    def file_name(self, run: Run) -> str:
        """The name of a match's capture."""
        return f"fibalivestats_{run.match_id}.jsonl"


def _polls(versions: Iterable[Version]) -> Iterator[tuple[int, list[Version]]]:
    """What is new at each poll."""
    due, new = POLL_MS, list[Version]()
    for version in versions:
        if version.at_ms >= due:
            if new:
                yield due, new
                new = []
            due = (version.at_ms // POLL_MS + 1) * POLL_MS
        new.append(version)
    if new:
        yield due, new


def _enter(current: dict[int, bytes], story: Story, version: Version) -> None:
    number = version.play.number
    if version.deleted:
        current.pop(number, None)
        return
    # Within a play too the newest comes first.
    current[number] = b",".join(_encode(action) for action in reversed(_actions(story, version)))


def _head(story: Story, newest: Version) -> bytes:
    play = newest.play
    period, period_type = _period(play)
    head = {
        "clock": clock_text(_remaining_ms(play)),
        "period": period,
        "periodLength": 10 if period_type == "REGULAR" else 5,
        "periodType": period_type,
        "inOT": int(period_type != "REGULAR"),
        "tm": {
            "1": _team(story.home, newest.home),
            "2": _team(story.away, newest.away),
        },
        "periodsMax": basketball.QUARTERS,
        "periodLengthREGULAR": QUARTER_MS // MINUTE,
        "periodLengthOVERTIME": basketball.OVERTIME_MS // MINUTE,
    }
    return _encode(head)[:-1]


def _team(club: Club, points: int) -> dict[str, Any]:
    return {
        "name": club.name,
        "shortName": club.nickname,
        "code": club.place[:3].upper(),
        "score": points,
        "full_score": points,
        "pl": {},
        "shot": [],
    }


def _actions(story: Story, version: Version) -> list[dict[str, Any]]:
    play = version.play
    number = play.number * NUMBERS_PER_PLAY
    action_type, sub_type, success = ACTIONS[play.type]
    if action_type == "freethrow":
        sub_type = play.detail.replace(" ", "")
    first = _action(story, version, number, play.side, play.player)
    first |= {"actionType": action_type, "subType": sub_type, "success": success}
    first["scoring"] = int(action_type in SHOTS)
    if play.helper == NOBODY or play.type not in HELPERS:
        return [first]
    action_type, sub_type, same_team = HELPERS[play.type]
    side = play.side if same_team else other(play.side)
    second = _action(story, version, number + 1, side, play.helper)
    second |= {"actionType": action_type, "subType": sub_type, "previousAction": number}
    return [first, second]


def _action(story: Story, version: Version, number: int, side: Side, player: int) -> dict[str, Any]:
    play = version.play
    remaining = _remaining_ms(play)
    period, period_type = _period(play)
    action: dict[str, Any] = {
        "gt": clock_text(remaining),
        "clock": f"{clock_text(remaining)}:{remaining // 10 % 100:02d}",
        "s1": version.play_home,
        "s2": version.play_away,
        "lead": version.play_home - version.play_away,
        "tno": int(side),
        "period": period,
        "periodType": period_type,
        "pno": player + 1,
        "player": "",
        "success": 1,
        "actionType": "",
        "actionNumber": number,
        "previousAction": "",
        "qualifier": [],
        "subType": "",
        "scoring": 0,
        "shirtNumber": "",
    }
    if player != NOBODY:
        who = story.club(side).squad[player]
        action |= {
            "player": f"{who.first_name[0]}. {who.last_name}",
            "shirtNumber": str(who.number),
            "internationalFirstName": who.first_name,
            "internationalFamilyName": who.last_name,
        }
    return action


def _period(play: Play) -> tuple[int, str]:
    """The period as the document counts it."""
    if play.period > basketball.QUARTERS:
        return play.period - basketball.QUARTERS, "OVERTIME"
    return play.period, "REGULAR"


def _remaining_ms(play: Play) -> int:
    length = QUARTER_MS if play.period <= basketball.QUARTERS else basketball.OVERTIME_MS
    return max(0, length - play.period_ms)

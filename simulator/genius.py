"""Genius Sports Match Events V2: one camelCase envelope a version of an action of a soccer match.

As the public documentation has them: the action's name is in a .NET `$type`, the highest
`sequenceId` wins, `isCancelled` takes back, times have seven decimals. The team of an own goal is
the one that it counts for.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any, NamedTuple

import msgspec

from simulator import soccer
from simulator.disorder import Rates, Sent, Version, corrected
from simulator.match import NOBODY, Play, Sport, Story, other
from simulator.teams import CLUBS
from simulator.writing import Heartbeat, LineFile, Run, Script, template, utc_text
from udfs.model import EventType, Side

SPORT_ID = 10
SOURCE = "GeniusSportsInPlay"
FIRST_FIXTURE_ID = 10_500_001
CONTRACT = "Betgenius.Sports.Football.Contracts.MatchEvents"

PERIOD_CHANGED, STATUS_CHANGED = "PeriodChanged", "MatchStatusChanged"
ACTIONS = {
    EventType.MATCH_START: STATUS_CHANGED,
    EventType.MATCH_END: STATUS_CHANGED,
    EventType.PERIOD_START: PERIOD_CHANGED,
    EventType.PERIOD_END: PERIOD_CHANGED,
    EventType.PASS: "Pass",
    EventType.FOUL: "Foul",
    EventType.OFFSIDE: "Offside",
    EventType.CORNER: "Corner",
    EventType.SHOT_ON_TARGET: "ShotOnTarget",
    EventType.SHOT_OFF_TARGET: "ShotOffTarget",
    EventType.SHOT_BLOCKED: "ShotBlocked",
    EventType.GOAL: "Goal",
    EventType.OWN_GOAL: "Goal",
    EventType.SHOOTOUT_GOAL: "Goal",
    EventType.SHOOTOUT_MISS: "PenaltyMissed",
    EventType.YELLOW_CARD: "YellowCard",
    EventType.SECOND_YELLOW_CARD: "SecondYellowCard",
    EventType.RED_CARD: "RedCard",
    EventType.SUBSTITUTION: "Substitution",
}
"""The action's name; an OTHER is named by its detail."""

GOALS = {
    EventType.GOAL: "Regular",
    EventType.OWN_GOAL: "OwnGoal",
    EventType.SHOOTOUT_GOAL: "Penalty",
}
PROGRESS = {EventType.PERIOD_START: "InProgress", EventType.PERIOD_END: "Finished"}
MATCH_STATUS = {EventType.MATCH_START: "InProgress", EventType.MATCH_END: "Finished"}
PERIODS = {
    1: (1, "Regular", 0),
    2: (2, "Regular", 45),
    3: (1, "ExtraTime", 90),
    4: (2, "ExtraTime", 105),
    5: (1, "PenaltyShootout", 120),
}
"""Number, type and the minute of the match's clock at which it starts."""

_SIDES = {Side.HOME: "Home", Side.AWAY: "Away"}
_FIXTURE, _HAPPENED, _SENT = "@fixture", "@happened", "@sent"
_HOLES = {_FIXTURE: "%b", _HAPPENED: "%b.%03dZ", _SENT: "%b.%03d0000Z"}
_encode = msgspec.json.Encoder().encode


class Step(NamedTuple):
    """An envelope to send."""

    at_ms: int
    happened_ms: int
    template: bytes


class GeniusWriter(LineFile):
    """Writes soccer matches as Match Events."""

    provider = "genius"
    heartbeat: Heartbeat | None = None
    polled = False

    def match_id(self, number: int, seed: int) -> str:
        """A fixture id."""
        return str(FIRST_FIXTURE_ID + number + seed % 1000 * 100_000)

    def script(self, seed: int, rates: Rates) -> Script[Step]:
        """A soccer match as envelopes with holes."""
        random = Random(f"genius {seed}")
        home, away = random.sample(CLUBS, 2)
        story = Story(Sport.SOCCER, seed, home, away, soccer.plays(random))
        versions = corrected(story.plays, rates, random)
        doubtful = {version.play.number for version in versions if version.revision}
        steps = [
            _step(story, version, sequence_id, version.play.number in doubtful)
            for sequence_id, version in enumerate(versions, 1)
        ]
        return Script(story, steps, [(version,) for version in versions])

    def messages(self, script: Script[Step], run: Run) -> Iterator[Sent]:
        """One envelope a version."""
        fixture = run.match_id.encode()
        start, pace, number = run.start_ms, run.pace, run.number
        for at_ms, happened_ms, text in script.steps:
            at = start + int(at_ms / pace)
            happened, happened_fraction = divmod(start + int(happened_ms / pace), 1000)
            sent, fraction = divmod(at, 1000)
            times = (utc_text(happened), happened_fraction, utc_text(sent), fraction)
            yield at, number, text % (fixture, *times)

    def events_of(self, play: Play) -> int:
        """One action a play."""
        return 1

    def file_name(self, run: Run) -> str:
        """The name of a match's capture."""
        return f"match_events_{run.match_id}.jsonl"


def _step(story: Story, version: Version, sequence_id: int, doubtful: bool) -> Step:
    play = version.play
    envelope = {
        "sportId": SPORT_ID,
        "fixtureId": _FIXTURE,
        "source": SOURCE,
        "sequenceId": sequence_id,
        "actionId": play.number,
        "insertedBeforeActionId": None,
        "isCancelled": version.deleted,
        # What will be corrected was not sure at first.
        "isConfirmed": not doubtful or version.revision > 0,
        "isModified": version.revision > 0,
        "action": _action(story, play),
        "messageTimestampUtc": _SENT,
    }
    return Step(version.at_ms, play.at_ms, template(_encode(envelope).decode(), _HOLES))


def _action(story: Story, play: Play) -> dict[str, Any]:
    name = ACTIONS.get(play.type) or play.detail.title().replace("_", "")
    action: dict[str, Any] = {"$type": f"{CONTRACT}.{name}Dto, {CONTRACT}"}
    number, kind, start = PERIODS[play.period]
    period: dict[str, Any] = {"number": number, "type": kind}
    if name == STATUS_CHANGED:
        action["matchStatus"] = MATCH_STATUS[play.type]
    elif name == PERIOD_CHANGED:
        period["progressStatus"] = PROGRESS[play.type]
    else:
        action["team"] = _SIDES[other(play.side) if play.type is EventType.OWN_GOAL else play.side]
    seconds = start * 60 + play.period_ms // 1000
    action["gameTime"] = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    action["period"] = period
    if play.type in GOALS:
        action["type"] = GOALS[play.type]
    players = _players(story, play)
    if players:
        action["players"] = players
    return action | {"utcTimestamp": _HAPPENED}


def _players(story: Story, play: Play) -> list[dict[str, Any]]:
    if play.player == NOBODY:
        return []
    helper_side = other(play.side) if play.type is EventType.FOUL else play.side
    people = [(play.side, play.player), (helper_side, play.helper)]
    squads = ((story.club(side).squad, index) for side, index in people if index != NOBODY)
    return [{"id": str(squad[n].id), "name": squad[n].name} for squad, n in squads]

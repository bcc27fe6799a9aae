"""What Redis must hold of a match and of its players, from the versions of its events.

The live store's totals follow each version as it comes: a new one takes the place of the one
before. What is said of a match or a player as a text (a name, a team) is the greatest of all that
was ever said, and a window, period, team or player that once had an event stays, with zeros.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any, Literal

from jobs.measures import (
    ATTACK,
    MOMENTUM_STEP_MS,
    POSSESSION,
    TOTALS,
    momentum_ends,
)
from oracle.feeds import EventKey
from oracle.timelines import Document, described, happened_ms, in_order
from schemas.generated.touchline.v1.match_event_pb2 import (
    ACTIVE,
    AWAY,
    HOME,
    EventType,
    MatchEvent,
    Side,
)

SIDES = {HOME: "home", AWAY: "away"}
MINUTE_MS = 60_000
MEASURES: dict[int, list[str]] = {
    number: [measure for measure, types in TOTALS.items() if name in types]
    for name, number in EventType.items()
}
"""Type -> the totals that an event of it counts for."""

Sign = Literal[1, -1]


class Rounded(float):
    """A number that must be there rounded to three places."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, int | float) and abs(other - float(self)) <= 0.0005 + 1e-9

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = float.__hash__


class Greatest:
    """The greatest text that was said, by name."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}

    def say(self, **texts: str) -> None:
        """Any of these may be greater than what was said before."""
        for name, text in texts.items():
            self._texts[name] = max(self._texts.get(name, ""), text)

    def __getitem__(self, name: str) -> str:
        return self._texts.get(name, "")


class Totals:
    """What the events of a team, or of a player in a match, add up to."""

    def __init__(self) -> None:
        self.said = Greatest()
        self._counts: Counter[str] = Counter()

    def add(self, event: MatchEvent, sign: int, points: int) -> None:
        """An event comes (sign 1), or goes."""
        self._counts["points"] += sign * points
        for measure in MEASURES[event.type]:
            self._counts[measure] += sign

    def document(self) -> Document:
        """Points, and each total."""
        return {name: self._counts[name] for name in ("points", *TOTALS)}


class PlayerInMatch(Totals):
    """A player's part in one match."""

    def __init__(self) -> None:
        super().__init__()
        self._events = self._own_goals = 0

    def count(self, event: MatchEvent, sign: int) -> None:
        """An event of the player comes, or goes. An own goal's points are not the player's."""
        own_goal = event.type == EventType.OWN_GOAL
        self.add(event, sign, 0 if own_goal else event.points)
        self._events += sign
        self._own_goals += sign * own_goal
        self.said.say(name=event.player_name, side=Side.Name(event.side), team_id=event.team_id)

    def document(self) -> Document:
        """What the player's document has of this match."""
        return {
            "side": self.said["side"],
            "team_id": self.said["team_id"],
            "events": self._events,
            "own_goals": self._own_goals,
            **super().document(),
        }


class Match:
    """A match, version by version.

    current: the version of each event that counts.
    players: those whom its events name, by `PROVIDER:ID`.
    received_ms: when the newest of its messages came (UTC epoch ms).
    """

    def __init__(self, match_id: str) -> None:
        self.match_id = match_id
        self.current: dict[EventKey, MatchEvent] = {}
        self.players: dict[str, PlayerInMatch] = defaultdict(PlayerInMatch)
        self._said = Greatest()
        self._teams: dict[str, Totals] = defaultdict(Totals)
        self._sums: Counter[str] = Counter()
        self._possession: dict[str, list[float]] = {"home": [], "away": []}
        self._happened_ms: int | None = None
        self.received_ms = 0
        self._periods: dict[int, Counter[str]] = defaultdict(Counter)
        self._windows: dict[str, Counter[str]] = defaultdict(Counter)

    def take(self, event: MatchEvent) -> None:
        """A version that was accepted takes the place of the one before."""
        key = (event.provider, event.event_id)
        if (before := self.current.get(key)) is not None:
            self._change(before, -1)
        self.current[key] = event
        self._change(event, 1)

    def state(self) -> Document:
        """The match's document. A field of None is not there."""
        computed = {side: self._sums[f"{side}_points"] for side in SIDES.values()}
        shown = described(in_order(self.current.values()), computed)
        return {
            "match_id": self.match_id,
            **{name: self._said[name] for name in ("provider", "sport", "competition", "season")},
            "home_possession": self._share_of_possession(),
            "events": self._sums["events"],
            "deleted": self._sums["deleted"],
            "happened_ms": self._happened_ms,
            "received_ms": self.received_ms,
            **{name: shown[name] for name in ("status", "period", "clock")},
            "score": {
                **shown["score"],
                "computed": computed,
                "shootout": {side: self._sums[f"{side}_shootout"] for side in SIDES.values()},
            },
            **{side: self._team(side) for side in SIDES.values()},
            "quality": {**shown["quality"], "provisional": self._sums["provisional"]},
            "periods": {
                str(number): {name: period[name] for name in ("home", "away", "events")}
                for number, period in self._periods.items()
            }
            or None,
        }

    def windows(self) -> dict[str, Document]:
        """Minutes, and momentum by steps and by windows, by their field in Redis."""
        of_minute = [
            f"{side}_{what}" for what in ("points", "events", "attack") for side in SIDES.values()
        ]
        sides = list(SIDES.values())
        names = {"minute": [*of_minute, "events"], "attack": sides, "momentum": sides}
        return {
            field: {name: window[name] for name in names[field.partition(":")[0]]}
            for field, window in self._windows.items()
        }

    def _change(self, event: MatchEvent, sign: Sign) -> None:
        self._said.say(
            provider=event.provider,
            sport=event.sport,
            competition=event.competition,
            season=event.season,
            home_id=event.home_team_id,
            home_name=event.home_team,
            away_id=event.away_team_id,
            away_name=event.away_team,
        )
        self.received_ms = max(self.received_ms, event.received_ms)
        if event.status != ACTIVE:
            self._sums["deleted"] += sign
            return
        self._sums["events"] += sign
        self._sums["provisional"] += sign * (not event.confirmed)
        self._happened_ms = max(self._happened_ms or 0, happened_ms(event))
        if side := SIDES.get(event.side):
            self._change_side(side, event, sign)
        if event.player_id:
            self.players[f"{event.provider}:{event.player_id}"].count(event, sign)
        if event.period > 0:
            period = self._periods[event.period]
            period["events"] += sign
            period[side or ""] += sign * event.points
        self._change_windows(side or "", event, sign)

    def _change_side(self, side: str, event: MatchEvent, sign: Sign) -> None:
        name = EventType.Name(event.type)
        self._sums[f"{side}_points"] += sign * event.points
        self._sums[f"{side}_shootout"] += sign * (name == "SHOOTOUT_GOAL")
        self._possession[side].append(sign * POSSESSION.get(name, 0.0))
        self._teams[side].add(event, sign, event.points)

    def _change_windows(self, side: str, event: MatchEvent, sign: Sign) -> None:
        at_ms = happened_ms(event)
        attack = ATTACK.get(EventType.Name(event.type), 0)
        minute = self._windows[f"minute:{at_ms - at_ms % MINUTE_MS}"]
        minute["events"] += sign
        minute[f"{side}_events"] += sign
        minute[f"{side}_points"] += sign * event.points
        minute[f"{side}_attack"] += sign * attack
        if attack:
            step_ms = at_ms - at_ms % MOMENTUM_STEP_MS
            self._windows[f"attack:{step_ms}"][side] += sign * attack
            for end_ms in momentum_ends(step_ms):
                self._windows[f"momentum:{end_ms}"][side] += sign * attack

    def _team(self, side: str) -> Document:
        named = {"id": self._said[f"{side}_id"], "name": self._said[f"{side}_name"]}
        return named | (self._teams[side].document() if side in self._teams else {})

    def _share_of_possession(self) -> Rounded | None:
        home, away = (sum(self._possession[side]) for side in SIDES.values())
        return Rounded(home / (home + away)) if home + away > 1e-9 else None


def player_document(parts: dict[str, PlayerInMatch]) -> Document:
    """A player's document, of the matches in which the player was. Not the name: each match tells
    the one that it knows, and the last one to be written stays."""
    return {"matches": {match_id: part.document() for match_id, part in parts.items()}}


def names_of(parts: dict[str, PlayerInMatch]) -> set[Any]:
    """The names that a player may have."""
    return {part.said["name"] for part in parts.values()}

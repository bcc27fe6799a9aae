"""Soccer events to canonical ones.

version: `updated_time`, else `time`, which is documented as that of the last edit: push and REST
have the same, so that they can be mixed. An event with neither has its message's arrival.

Own goals: `team` / `competitor` of a `score_change` is the one whose score changes, so an own goal
counts for it, while its player is of the other team.

Coordinates: `x` counts from the home team's goal and `y` from the touchline on its left, for both
teams and in both halves (documented for v4); the away team's are mirrored here. (0, 0) of anything
but a corner means unknown. v3 locates a goal from the goal that it went into, whoever scored: there
a goal from one's own half is taken for such a one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from udfs.contract import Rejected
from udfs.lenient import items_of, number, text, whole
from udfs.model import (
    FINAL_VERSION,
    NO_ATTRIBUTES,
    NO_TEAMS,
    EventType,
    MatchEvent,
    MatchStatus,
    Side,
    Status,
    Teams,
)
from udfs.snapshots import ARRIVAL_VERSION
from udfs.sportradar import constants as c
from udfs.sportradar import soccer_times as times
from udfs.sportradar.soccer_records import Event, Player
from udfs.sportradar.values import first_moment, percent

ESTIMATED_TIME = ("event_time", "estimated")
FULL = 100.0

_SIDES = {"home": Side.HOME, "away": Side.AWAY}
_GOALS = frozenset({EventType.GOAL, EventType.OWN_GOAL})
_RELATED = {
    "assist": "assist_player_id",
    "primary_assist": "assist_player_id",
    "secondary_assist": "second_assist_player_id",
    "substituted_out": "player_out_id",
}
"""v4's part of a player who is not the event's main one -> the attribute that names them."""

_KEPT = (
    "method",
    "outcome",
    "status",
    "description",
    "decision",
    "card_description",
    "period_name",
    "stoppage_time",
    "injury_time_announced",
)
"""Fields that become attributes of the same name."""


@dataclass(slots=True)
class Setting:
    """What the events of one message have in common.

    status: what every event asserts; a timeline leaves it to its latest one.
    home_score, away_score: the same.
    own_scores: whether a goal's own score counts; not in push, where the status' is the newer one.
    last_period, clock_s: how far the match is, for an event that does not say it itself.
    """

    match_id: str
    sport: str = c.SOCCER
    teams: Teams = NO_TEAMS
    competition: str = ""
    season: str = ""
    arrival: int = 0
    status: MatchStatus = MatchStatus.UNKNOWN
    home_score: int | None = None
    away_score: int | None = None
    own_scores: bool = False
    last_period: int = 0
    clock_s: int | None = None
    periods: times.Periods = field(default_factory=times.Periods)


def to_event(event: Event, setting: Setting, deleted: bool = False) -> MatchEvent:
    """One event.

    Raises:
        Rejected: no id, or a time that is none.
    """
    event_id = text(event.id)
    if not event_id:
        raise Rejected("an event without an id")
    deleted = deleted or bool(event.deleted)
    attributes = _attributes(event)
    version = first_moment(event.deleted if deleted else None, event.updated_time, event.time)
    if version is None:
        version = FINAL_VERSION if deleted else setting.arrival
        if not deleted:
            attributes.update([ARRIVAL_VERSION])
    period, clock_s = times.period_of(event), times.clock_of(event)
    type_ = _type(event, period) if setting.sport == c.SOCCER else EventType.OTHER
    side = _SIDES.get(text(event.competitor) or text(event.team), Side.UNKNOWN)
    player, related = _players(event, attributes)
    x, y = _where(event, type_, side)
    home_score, away_score = _scores(event, type_, setting)
    time_ms = first_moment(event.time)
    last_period = setting.last_period
    if time_ms is not None:
        last_period = setting.periods.at(time_ms) or last_period
    if times.is_interruption(event):
        period = last_period
        clock_s = setting.clock_s if clock_s is None else clock_s
        if clock_s is None and time_ms is not None:
            clock_s = times.clock_by_time(time_ms, period, setting.periods)
    if time_ms is not None:
        estimated = times.estimated_ms(time_ms, period, clock_s, setting.periods)
        if estimated is not None:
            time_ms = estimated
            attributes.update([ESTIMATED_TIME])
    return MatchEvent(
        match_id=setting.match_id,
        event_id=event_id,
        provider=c.PROVIDER,
        sport=setting.sport,
        type=type_,
        provider_type=text(event.type),
        version=version,
        status=Status.DELETED if deleted else Status.ACTIVE,
        period=period,
        clock=times.clock_shown(clock_s),
        game_time_ms=times.game_time_ms(event, period, clock_s, last_period),
        event_time_ms=time_ms,
        side=side,
        team_id=_team_id(side, setting.teams),
        player_id=text(player.id) if player else "",
        player_name=text(player.name) if player else "",
        related_player_ids=related,
        points=1 if type_ in _GOALS and not deleted else 0,
        x=x,
        y=y,
        home_score=home_score,
        away_score=away_score,
        match_status=setting.status,
        teams=setting.teams,
        competition=setting.competition,
        season=setting.season,
        attributes=attributes or NO_ATTRIBUTES,
    )


@lru_cache(maxsize=4_096)
def teams_of(home_id: str, home: str, away_id: str, away: str) -> Teams:
    """The two teams, shared by all events of the match."""
    return Teams(home_id, home, away_id, away)


def _team_id(side: Side, teams: Teams) -> str:
    if side is Side.UNKNOWN:
        return ""
    return teams.home_id if side is Side.HOME else teams.away_id


def _type(event: Event, period: int) -> EventType:
    kind = text(event.type)
    if kind == c.SHOOTOUT:
        return c.SHOOTOUT_RESULTS.get(text(event.status), EventType.OTHER)
    if period == c.SHOOTOUT_PERIOD and kind == "score_change":
        return EventType.SHOOTOUT_GOAL
    if period == c.SHOOTOUT_PERIOD and kind == "penalty_missed":
        return EventType.SHOOTOUT_MISS
    if kind == "score_change" and _method(event) == c.OWN_GOAL:
        return EventType.OWN_GOAL
    if times.is_interruption(event):
        return EventType.OTHER
    return c.SOCCER_TYPES.get(kind, EventType.OTHER)


def _method(event: Event) -> str:
    """v4 says it of the event, v3 of its scorer."""
    scorer = event.goal_scorer
    return text(event.method) or (text(scorer.method) if isinstance(scorer, Player) else "")


def _scores(event: Event, type_: EventType, setting: Setting) -> tuple[int | None, int | None]:
    """A goal's own score, unless it was edited: then it can be the score of an earlier moment."""
    if setting.own_scores and type_ in _GOALS and not event.updated:
        return whole(event.home_score), whole(event.away_score)
    return setting.home_score, setting.away_score


def _players(event: Event, attributes: dict[str, str]) -> tuple[Player | None, tuple[str, ...]]:
    """The main player and the ids of the others, who are named in `attributes` too."""
    main: Player | None = None
    related: list[str] = []
    for player, part in _parts(event):
        name = _RELATED.get(part)
        if name is None:
            if part == "substituted_in":
                attributes["player_in_id"] = text(player.id)
            if main is None:
                main = player
                continue
        if found := text(player.id):
            related.append(found)
            if name:
                attributes[name] = found
    return main, tuple(related)


def _parts(event: Event) -> Iterator[tuple[Player, str]]:
    """The event's players and the part of each, in v4's words."""
    v3: tuple[tuple[Any, str], ...] = (
        (event.goal_scorer, "scorer"),
        (event.player, ""),
        (event.player_in, "substituted_in"),
        (event.player_out, "substituted_out"),
        (event.assist, "assist"),
    )
    for player, part in v3:
        if isinstance(player, Player):
            yield player, part
    for player in items_of(event.players, Player):
        yield player, text(player.type)


def _attributes(event: Event) -> dict[str, str]:
    found = {name: value for name in _KEPT if (value := text(getattr(event, name)))}
    if method := _method(event):
        found["method"] = method
    if minute := text(event.match_time):
        found["match_time"] = minute
    return found


def _where(event: Event, type_: EventType, side: Side) -> tuple[float | None, float | None]:
    x, y = number(event.x), number(event.y)
    if x is None or y is None or side is Side.UNKNOWN:
        return None, None
    if x == y == 0 and type_ is not EventType.CORNER:
        return None, None
    if side is Side.AWAY:
        x, y = FULL - x, FULL - y
    if type_ in _GOALS and event.team is not None and x < FULL / 2:
        x, y = FULL - x, FULL - y
    return percent(x, FULL), percent(y, FULL)

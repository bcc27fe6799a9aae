"""FIBA LiveStats `data.json`: a whole match, polled again and again.

The document names no match, has no versions, no wall clock and no global ids, so:

* the match is the message's key;
* `version` is the message's arrival and `event_time_ms` the time of receipt, both marked as such
  (`udfs/snapshots.py`);
* a team's id is its code ("TAS"), a player's the code and the shirt number ("TAS:35"): over a
  season that is one player, where `pno` is only a row of one match's list.

The list is newest first, and late inserts are at their place in the game; `actionNumber` is unique
but neither dense nor in game order.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

from udfs.contract import Message, Parsed, Rejected, Rejection
from udfs.genius.basketball import (
    Kind,
    checked_count,
    game_time_ms,
    kind_of,
    livestats_clock,
    period_of,
)
from udfs.genius.constants import (
    AWAY_TEAM,
    BASKETBALL,
    FIBA_OVERTIME_MINUTES,
    FIBA_PERIOD_MINUTES,
    HOME_TEAM,
    PROVIDER,
    REGULAR_PERIODS,
    STATUS_AFTER,
)
from udfs.genius.values import (
    Scalar,
    flag,
    items,
    joined,
    local_team_id,
    match_id_of,
    percent,
    required,
    score,
    side_of,
    whole,
)
from udfs.lenient import text
from udfs.model import MatchEvent, MatchStatus, Side, Teams
from udfs.reading import read_json
from udfs.snapshots import ARRIVAL_VERSION, RECEIVED_TIME

_MINUTE_MS = 60_000
_MIDDLE = 50.0


class Action(msgspec.Struct, rename="camel", gc=False):
    """One row of `pbp`."""

    action_number: Scalar = None
    action_type: Scalar = None
    sub_type: Scalar = None
    clock: Scalar = None
    period: Scalar = None
    period_type: Scalar = None
    tno: Scalar = None
    pno: Scalar = None
    player: Scalar = None
    international_first_name: Scalar = None
    international_family_name: Scalar = None
    shirt_number: Scalar = None
    success: Scalar = None
    s1: Scalar = None
    s2: Scalar = None
    previous_action: Scalar = None
    qualifier: list[Scalar] | Scalar = None


class Shot(msgspec.Struct, rename="camel", gc=False):
    """One row of a team's `shot`: where on the court an action of `pbp` was."""

    action_number: Scalar = None
    per: Scalar = None
    per_type: Scalar = None
    x: Scalar = None
    y: Scalar = None


class Team(msgspec.Struct, gc=False):
    """One of `tm`."""

    name: Scalar = None
    code: Scalar = None
    shot: msgspec.Raw = msgspec.Raw(b"")


class Document(msgspec.Struct, rename="camel"):
    """The parts of `data.json` that events are made of. PHP writes an empty object as `[]`."""

    pbp: msgspec.Raw = msgspec.Raw(b"")
    tm: dict[str, Team] | list[Any] | None = None
    periods_max: Scalar = None
    period_length_regular: Scalar = msgspec.field(name="periodLengthREGULAR", default=None)
    period_length_overtime: Scalar = msgspec.field(name="periodLengthOVERTIME", default=None)


class Match(NamedTuple):
    """What all events of a document share."""

    match_id: str
    teams: Teams
    team_ids: dict[Side, str]
    regular_periods: int
    period_ms: int
    overtime_ms: int
    places: dict[int, tuple[float, float]]
    version: int
    received_ms: int | None


_document = msgspec.json.Decoder(Document)
_actions = msgspec.json.Decoder(list[Action] | None)
_action = msgspec.json.Decoder(Action)
_shots = msgspec.json.Decoder(list[Shot] | None)
_shot = msgspec.json.Decoder(Shot)


def parse(value: bytes, message: Message) -> Parsed:
    """Read one `data.json`; the events are in game order.

    Raises:
        Rejected: it is damaged, or its match was not named.
    """
    document = read_json(value, _document)
    match_id = match_id_of(None, message.key)
    actions, rejections = items(document.pbp, _actions, _action)
    match = _match_of(document, match_id, message)
    events: list[MatchEvent] = []
    for action in reversed(actions):
        try:
            events.append(_event(action, match))
        except Rejected as error:
            rejections.append(Rejection(str(error), msgspec.json.encode(action)))
    events.sort(key=_game_time)
    return Parsed(events, rejections, snapshot=True, match_id=match_id)


def _game_time(event: MatchEvent) -> int:
    return event.game_time_ms


def _match_of(document: Document, match_id: str, message: Message) -> Match:
    teams_by_number = document.tm if isinstance(document.tm, dict) else {}
    home = teams_by_number.get(str(HOME_TEAM), Team())
    away = teams_by_number.get(str(AWAY_TEAM), Team())
    home_id, away_id = text(home.code), text(away.code)
    if not home_id or not away_id or home_id == away_id:
        home_id = local_team_id(match_id, HOME_TEAM)
        away_id = local_team_id(match_id, AWAY_TEAM)
    places: dict[int, tuple[float, float]] = {}
    for team in (home, away):
        places.update(_places(team))
    return Match(
        match_id=match_id,
        teams=Teams(home_id, text(home.name), away_id, text(away.name)),
        team_ids={Side.HOME: home_id, Side.AWAY: away_id, Side.UNKNOWN: ""},
        regular_periods=_count(document.periods_max, "periodsMax", REGULAR_PERIODS),
        period_ms=_MINUTE_MS
        * _count(document.period_length_regular, "periodLengthREGULAR", FIBA_PERIOD_MINUTES),
        overtime_ms=_MINUTE_MS
        * _count(document.period_length_overtime, "periodLengthOVERTIME", FIBA_OVERTIME_MINUTES),
        places=places,
        version=message.arrival,
        received_ms=message.received_ms,
    )


def _count(said: Scalar, name: str, default: int) -> int:
    return checked_count(whole(said, name), name, default)


def _places(team: Team) -> dict[int, tuple[float, float]]:
    """Where a team's shots were, by actionNumber, attacking towards x = 100.

    The document has court coordinates, and teams change baskets: in each period a team attacks the
    half that most of its shots are in. A shot without a readable place has none; its action stands.
    """
    shots, _ = items(team.shot, _shots, _shot)
    by_period: dict[tuple[str, str], list[tuple[int, float, float]]] = {}
    for shot in shots:
        place = _court_place(shot)
        if place is not None:
            period = (text(shot.per_type), text(shot.per))
            by_period.setdefault(period, []).append(place)
    places: dict[int, tuple[float, float]] = {}
    for found in by_period.values():
        left = 2 * sum(x < _MIDDLE for _, x, _ in found) > len(found)
        places.update((number, (100 - x, 100 - y) if left else (x, y)) for number, x, y in found)
    return places


def _court_place(shot: Shot) -> tuple[int, float, float] | None:
    try:
        number = whole(shot.action_number, "actionNumber")
        x, y = percent(shot.x, "x"), percent(shot.y, "y")
    except Rejected:
        return None
    return None if number is None or x is None or y is None else (number, x, y)


def _event(action: Action, match: Match) -> MatchEvent:
    number = required(action.action_number, "actionNumber")
    action_type, sub_type = text(action.action_type), text(action.sub_type)
    kind = kind_of(action_type, sub_type, flag(action.success))
    clock = livestats_clock(text(action.clock))
    period = period_of(
        whole(action.period, "period"), text(action.period_type), match.regular_periods
    )
    length_ms = match.period_ms if period <= match.regular_periods else match.overtime_ms
    side = side_of(whole(action.tno, "tno"))
    team_id = match.team_ids[side]
    x, y = match.places.get(number, (None, None))
    return MatchEvent(
        match_id=match.match_id,
        event_id=str(number),
        provider=PROVIDER,
        sport=BASKETBALL,
        type=kind.type,
        provider_type=action_type,
        version=match.version,
        period=period,
        clock=clock.shown,
        game_time_ms=game_time_ms(period, length_ms, clock, kind.type),
        event_time_ms=match.received_ms,
        side=side,
        team_id=team_id,
        player_id=_player_id(team_id, action),
        player_name=_player_name(action),
        points=_points(kind, side),
        x=x,
        y=y,
        home_score=score(action.s1, "s1"),
        away_score=score(action.s2, "s2"),
        match_status=STATUS_AFTER.get(kind.type, MatchStatus.UNKNOWN),
        teams=match.teams,
        attributes=_attributes(action, sub_type),
    )


def _points(kind: Kind, side: Side) -> int:
    """Points that no team made (`tno` 0) count for nobody."""
    return 0 if side is Side.UNKNOWN else kind.points


def _player_id(team_id: str, action: Action) -> str:
    if not team_id or not whole(action.pno, "pno"):
        return ""
    shirt = text(action.shirt_number)
    return f"{team_id}:{shirt}" if shirt else f"{team_id}:p{text(action.pno)}"


def _player_name(action: Action) -> str:
    first, family = text(action.international_first_name), text(action.international_family_name)
    return f"{first} {family}" if first and family else text(action.player)


def _attributes(action: Action, sub_type: str) -> dict[str, Any]:
    attributes = dict((RECEIVED_TIME, ARRIVAL_VERSION))
    if sub_type:
        attributes["subType"] = sub_type
    if action.qualifier:
        attributes["qualifiers"] = joined(action.qualifier)
    previous = text(action.previous_action)
    if previous:
        attributes["previousAction"] = previous
    return attributes

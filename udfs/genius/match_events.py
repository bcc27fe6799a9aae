"""Genius Sports Match Events: one envelope, pushed or pulled, is one version of one action.

V1 envelopes are PascalCase, V2 camelCase; nothing else differs that matters here. An action is
identified by (fixtureId, source, actionId), the highest `sequenceId` wins, `isCancelled` deletes,
and until `isConfirmed` it is provisional. What an action is says the last part of its .NET `$type`
("Betgenius.Sports.Football.Contracts.MatchEvents.KickOffDto, ..." is a KickOff).

Teams are "Home" and "Away" only: a team's id is the match's own ("9280712:1" is its home team).
Player ids are Genius Sports' own. The team of an own goal is the one that it counts for.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec

from udfs.contract import Message, Rejected
from udfs.genius.basketball import checked_period
from udfs.genius.constants import (
    ACTIONS_BY_SPORT,
    AWAY_TEAM,
    CARD_ACTIONS,
    CARDS,
    COUNTDOWN_SPORTS,
    EXTRA_PERIOD_TYPES,
    FIBA_PERIOD_MINUTES,
    HOME_TEAM,
    MATCH_STATUS,
    OWN_GOAL,
    PERIOD_CHANGES,
    PERIOD_MS,
    PERIOD_PROGRESS,
    POINTS,
    PROVIDER,
    RANK_AT_EQUAL_CLOCK,
    REGULAR_PERIODS_BY_SPORT,
    SHOOTOUT_MISSES,
    SHOOTOUT_PERIOD_TYPES,
    SOCCER_SHOOTOUT_PERIOD,
    SPORT_BY_ID,
    SPORT_BY_TYPE,
    STATUS_AFTER,
    STATUS_CHANGES,
    UNKNOWN_SPORT,
)
from udfs.genius.values import Scalar, flag, local_team_id, match_id_of, required, whole
from udfs.lenient import text
from udfs.model import EventType, MatchEvent, MatchStatus, Side, Status, Teams
from udfs.reading import epoch_ms, read_json

_GAME_TIME = re.compile(r"(?:(\d{1,2}):)?(\d{1,3}):(\d{2})(?:\.(\d{1,7}))?", re.ASCII)
_COUNTDOWN_MS = FIBA_PERIOD_MINUTES * 60_000
_SIDES = {"home": Side.HOME, "away": Side.AWAY}
_MAX_NESTING = 4
_SOCCER = "soccer"
_SHOTS_SCORED = frozenset({EventType.GOAL, EventType.OWN_GOAL})
_READ = frozenset(
    {"$type", "team", "gameTime", "period", "utcTimestamp", "player", "players", "isConfirmed"}
)
"""Keys of an action that have a field of their own in the canonical event."""


class Envelope(msgspec.Struct, rename="camel", gc=False):
    """One Match Event, as V2 writes it."""

    sport_id: Scalar = None
    fixture_id: Scalar = None
    source: Scalar = None
    sequence_id: Scalar = None
    action_id: Scalar = None
    inserted_before_action_id: Scalar = None
    is_cancelled: Scalar = None
    is_confirmed: Scalar = None
    is_modified: Scalar = None
    action: dict[str, Any] | None = None
    message_timestamp_utc: Scalar = None


class ActionName(NamedTuple):
    """What `$type` says: the action's name and its sport, each empty if it does not."""

    name: str
    sport: str


class GameTime(NamedTuple):
    """The game clock as shown ("MM:SS") and in milliseconds."""

    shown: str
    milliseconds: int


_v2 = msgspec.json.Decoder(Envelope)
_v1 = msgspec.json.Decoder(dict[str, Any])


def parse_v2(value: bytes, message: Message) -> MatchEvent:
    """Read one camelCase envelope.

    Raises:
        Rejected: it is damaged, or lacks its identity or version.
    """
    return _event(read_json(value, _v2), message)


def parse_v1(value: bytes, message: Message) -> MatchEvent:
    """Read one PascalCase envelope.

    Raises:
        Rejected: it is damaged, or lacks its identity or version.
    """
    camel = _camel_case(read_json(value, _v1), _MAX_NESTING)
    try:
        return _event(msgspec.convert(camel, Envelope), message)
    except msgspec.ValidationError as error:
        raise Rejected(f"unexpected JSON: {error}") from error


def _camel_case(value: Any, nesting: int) -> Any:
    """V1's keys as V2's. Deeper than any key that is read they stay as they are."""
    if nesting == 0:
        return value
    if isinstance(value, dict):
        return {
            key[:1].lower() + key[1:]: _camel_case(inner, nesting - 1)
            for key, inner in value.items()
        }
    if isinstance(value, list):
        return [_camel_case(inner, nesting - 1) for inner in value]
    return value


def _event(envelope: Envelope, message: Message) -> MatchEvent:
    match_id = match_id_of(envelope.fixture_id, message.key)
    action_id = required(envelope.action_id, "actionId")
    source = text(envelope.source)
    action = envelope.action or {}
    name, sport = _name_of(_string(action.get("$type")))
    sport = sport or SPORT_BY_ID.get(whole(envelope.sport_id, "sportId") or 0, UNKNOWN_SPORT)
    name = name or _string(action.get("type"))
    period = _period_of(action.get("period"), sport)
    kind = _kind_of(name.lower(), action, sport, period)
    clock = _game_time(_string(action.get("gameTime")))
    elapsed = clock.milliseconds
    if sport in COUNTDOWN_SPORTS and clock.shown:
        elapsed = _COUNTDOWN_MS - elapsed
    side = _SIDES.get(_string(action.get("team")).lower(), Side.UNKNOWN)
    player_id, player_name, related = _players_of(action)
    cancelled = flag(envelope.is_cancelled)
    happened = _string(action.get("utcTimestamp")) or text(envelope.message_timestamp_utc)
    return MatchEvent(
        match_id=match_id,
        event_id=f"{source}:{action_id}" if source else str(action_id),
        provider=PROVIDER,
        sport=sport,
        type=kind,
        provider_type=name,
        version=required(envelope.sequence_id, "sequenceId"),
        status=Status.DELETED if cancelled else Status.ACTIVE,
        period=period,
        clock=clock.shown,
        game_time_ms=max(period * PERIOD_MS + elapsed + RANK_AT_EQUAL_CLOCK.get(kind, 0), 0),
        event_time_ms=epoch_ms(happened) if happened else message.received_ms,
        side=side,
        team_id="" if side is Side.UNKNOWN else local_team_id(match_id, side),
        player_id=player_id,
        player_name=player_name,
        related_player_ids=related,
        points=0 if cancelled or side is Side.UNKNOWN else POINTS.get(kind, 0),
        confirmed=envelope.is_confirmed is None or flag(envelope.is_confirmed),
        match_status=_status_of(name.lower(), kind, action),
        teams=_teams_of(match_id),
        attributes=_attributes(envelope, action),
    )


@lru_cache(maxsize=1024)
def _name_of(dotnet_type: str) -> ActionName:
    parts = dotnet_type.partition(",")[0].split(".")
    sport = next((SPORT_BY_TYPE[part] for part in parts if part in SPORT_BY_TYPE), "")
    return ActionName(parts[-1].strip().removesuffix("Dto"), sport)


@lru_cache(maxsize=1024)
def _teams_of(match_id: str) -> Teams:
    return Teams(
        home_id=local_team_id(match_id, HOME_TEAM), away_id=local_team_id(match_id, AWAY_TEAM)
    )


@lru_cache(maxsize=8192)
def _game_time(value: str) -> GameTime:
    """ "01:32:10.5" as "92:10".

    Raises:
        Rejected: it is not of that form.
    """
    if not value:
        return GameTime("", 0)
    found = _GAME_TIME.fullmatch(value)
    if found is None:
        raise Rejected(f"not a game time: {value[:40]!r}")
    hours, minutes, seconds, fraction = found.groups(default="")
    total_minutes = int(hours or 0) * 60 + int(minutes)
    milliseconds = (total_minutes * 60 + int(seconds)) * 1000 + int(fraction[:3].ljust(3, "0"))
    return GameTime(f"{total_minutes:02}:{seconds}", milliseconds)


def _period_of(said: Any, sport: str) -> int:
    """The period as one that only grows: extra time follows the regular periods, and soccer's
    shoot-out is 5."""
    if not isinstance(said, dict):
        return 0
    number = checked_period(whole(_scalar(said.get("number")), "period"))
    kind = _string(said.get("type")).lower()
    regular = REGULAR_PERIODS_BY_SPORT.get(sport, 0)
    if kind in SHOOTOUT_PERIOD_TYPES and sport == _SOCCER:
        return SOCCER_SHOOTOUT_PERIOD
    if kind in EXTRA_PERIOD_TYPES and 0 < number <= regular:
        return regular + number
    return number


def _kind_of(name: str, action: dict[str, Any], sport: str, period: int) -> EventType:
    detail = _string(action.get("type")).lower()
    if name in PERIOD_CHANGES:
        said = action.get("period")
        progress = _string(said.get("progressStatus")).lower() if isinstance(said, dict) else ""
        return PERIOD_PROGRESS.get(progress, EventType.OTHER)
    if name in STATUS_CHANGES:
        ended = _new_status(action) is MatchStatus.ENDED
        return EventType.MATCH_END if ended else EventType.OTHER
    if name in CARD_ACTIONS:
        return CARDS.get(detail, EventType.OTHER)
    kind = ACTIONS_BY_SPORT.get(sport, {}).get(name, EventType.OTHER)
    if sport != _SOCCER:
        return kind
    if period == SOCCER_SHOOTOUT_PERIOD:
        if kind in _SHOTS_SCORED:
            return EventType.SHOOTOUT_GOAL
        return EventType.SHOOTOUT_MISS if name in SHOOTOUT_MISSES else kind
    own_goal = detail == OWN_GOAL or flag(_scalar(action.get("isOwnGoal")))
    return EventType.OWN_GOAL if kind is EventType.GOAL and own_goal else kind


def _status_of(name: str, kind: EventType, action: dict[str, Any]) -> MatchStatus:
    if name in STATUS_CHANGES:
        return _new_status(action)
    return STATUS_AFTER.get(kind, MatchStatus.UNKNOWN)


def _new_status(action: dict[str, Any]) -> MatchStatus:
    said = _string(action.get("matchStatus")) or _string(action.get("status"))
    return MATCH_STATUS.get(said.lower(), MatchStatus.UNKNOWN)


def _players_of(action: dict[str, Any]) -> tuple[str, str, tuple[str, ...]]:
    """The player's id and name, and the ids of the others that the action names."""
    listed = action.get("players")
    people = [action.get("player"), *(listed if isinstance(listed, list) else [])]
    people += [inner for key, inner in action.items() if key not in _READ]
    known = [
        (text(_scalar(person.get("id"))), text(_scalar(person.get("name"))))
        for person in people
        if isinstance(person, dict) and person.get("id")
    ]
    if not known:
        return "", "", ()
    (player_id, name), *others = known
    return player_id, name, tuple(other for other, _ in others)


def _attributes(envelope: Envelope, action: dict[str, Any]) -> dict[str, Any]:
    attributes: dict[str, Any] = {
        key: text(value)
        for key, value in action.items()
        if key not in _READ and value != "" and isinstance(value, str | int | float)
    }
    before = whole(envelope.inserted_before_action_id, "insertedBeforeActionId")
    if before is not None:
        attributes["insertedBeforeActionId"] = str(before)
    if flag(envelope.is_modified):
        attributes["isModified"] = "1"
    return attributes


def _scalar(value: Any) -> Scalar:
    return value if isinstance(value, bool | int | float | str) else None


def _string(value: Any) -> str:
    return value if isinstance(value, str) else ""

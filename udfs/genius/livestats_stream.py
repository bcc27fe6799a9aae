"""The LiveStats stream: JSON messages, one a line, each with a `type`.

An `action` message is one version of an action. `actionNumber` identifies it, and `messageId`,
which only grows and is another one for an update or a delete, is the version: a message that a
reconnect sends again changes nothing. `edited`, `inserted`, `deleted` and `origMessageId` say what
kind of correction it is; one without an `actionNumber` is rejected, as only a reader that remembers
the whole stream could tell what it corrects.

`teams`, `matchInformation` and `status` are not actions but say what the actions do not (names,
competition, an abandoned match), so each is one event that the next message of its type replaces.
All other types are control messages. An action does not name its match; the message's key does.
Ids are the match's own ("1976446:1" is its home team, "1976446:1:7" that team's `pno` 7): an action
has no others.
"""

from __future__ import annotations

from typing import Any

import msgspec

from udfs.contract import Message, Parsed, Rejected, Rejection
from udfs.genius.basketball import game_time_ms, kind_of, livestats_clock, period_of
from udfs.genius.constants import (
    ACTION,
    AWAY_TEAM,
    BASKETBALL,
    FIBA_OVERTIME_MINUTES,
    FIBA_PERIOD_MINUTES,
    HOME_TEAM,
    MATCH_INFORMATION,
    PLAY_BY_PLAY,
    PROVIDER,
    REGULAR_PERIODS,
    STATUS,
    STATUS_AFTER,
    STREAM_STATUS,
    TEAMS,
)
from udfs.genius.values import (
    Scalar,
    flag,
    items,
    joined,
    local_team_id,
    match_id_of,
    natural,
    required,
    score,
    side_of,
    whole,
)
from udfs.lenient import text
from udfs.model import EventType, MatchEvent, MatchStatus, Side, Status, Teams
from udfs.reading import epoch_ms, read_json

_PERIOD_MS = FIBA_PERIOD_MINUTES * 60_000
_OVERTIME_MS = FIBA_OVERTIME_MINUTES * 60_000


class Score(msgspec.Struct, rename="camel", gc=False):
    """One of `scores`."""

    team_number: Scalar = None
    score: Scalar = None


class PeriodState(msgspec.Struct, rename="camel", gc=False):
    """`period` of a status message."""

    current: Scalar = None
    period_type: Scalar = None


class Action(msgspec.Struct, rename="camel", gc=False):
    """An `action` message, or one of a `playbyplay` message's actions."""

    message_id: Scalar = None
    orig_message_id: Scalar = None
    match_id: Scalar = None
    action_number: Scalar = None
    action_type: Scalar = None
    sub_type: Scalar = None
    qualifiers: list[Scalar] | Scalar = None
    clock: Scalar = None
    period: Scalar = None
    period_type: Scalar = None
    time_actual: Scalar = None
    team_number: Scalar = None
    pno: Scalar = None
    scoreboard_name: Scalar = None
    success: Scalar = None
    score1: Scalar = None
    score2: Scalar = None
    scores: list[Score] | None = None
    value: Scalar = None
    previous_action: Scalar = None
    edited: Scalar = None
    inserted: Scalar = None
    deleted: Scalar = None


class PlayByPlay(msgspec.Struct, rename="camel"):
    """A `playbyplay` message: the actions until now, sent on connecting."""

    message_id: Scalar = None
    match_id: Scalar = None
    actions: msgspec.Raw = msgspec.Raw(b"")


class StatusMessage(msgspec.Struct, rename="camel"):
    """A `status` message."""

    message_id: Scalar = None
    match_id: Scalar = None
    status: Scalar = None
    clock: Scalar = None
    period: PeriodState | None = None
    scores: list[Score] | None = None


class TeamDetail(msgspec.Struct, rename="camel"):
    """`detail` of one of a teams message's teams."""

    team_name: Scalar = None


class Team(msgspec.Struct, rename="camel"):
    """One of a teams message's teams."""

    team_number: Scalar = None
    detail: TeamDetail | None = None


class TeamsMessage(msgspec.Struct, rename="camel"):
    """A `teams` message."""

    message_id: Scalar = None
    match_id: Scalar = None
    teams: list[Team] | None = None


class Competition(msgspec.Struct, rename="camel"):
    """`competition` of a matchInformation message."""

    competition_name: Scalar = None
    year: Scalar = None


class MatchInformation(msgspec.Struct, rename="camel"):
    """A `matchInformation` message."""

    message_id: Scalar = None
    match_id: Scalar = None
    competition: Competition | None = None


_action = msgspec.json.Decoder(Action)
_action_list = msgspec.json.Decoder(list[Action] | None)
_play_by_play = msgspec.json.Decoder(PlayByPlay)
_status = msgspec.json.Decoder(StatusMessage)
_teams = msgspec.json.Decoder(TeamsMessage)
_match_information = msgspec.json.Decoder(MatchInformation)


def parse(value: bytes, kind: str, message: Message) -> Parsed:
    """Read one JSON message of the stream, `kind` being its `type`.

    Raises:
        Rejected: it is damaged, or its match was not named.
    """
    if kind == ACTION:
        action = read_json(value, _action)
        return Parsed([_event(action, match_id_of(action.match_id, message.key), None, message)])
    if kind == PLAY_BY_PLAY:
        return _parse_play_by_play(value, message)
    if kind == STATUS:
        return Parsed([_status_event(read_json(value, _status), message)])
    if kind == TEAMS:
        return Parsed([_teams_event(read_json(value, _teams), message)])
    if kind == MATCH_INFORMATION:
        return Parsed([_information_event(read_json(value, _match_information), message)])
    return Parsed()


def _parse_play_by_play(value: bytes, message: Message) -> Parsed:
    document = read_json(value, _play_by_play)
    match_id = match_id_of(document.match_id, message.key)
    as_of = natural(document.message_id, "messageId")
    actions, rejections = items(document.actions, _action_list, _action)
    events: list[MatchEvent] = []
    for action in actions:
        try:
            events.append(_event(action, match_id, as_of, message))
        except Rejected as error:
            rejections.append(Rejection(str(error), msgspec.json.encode(action)))
    return Parsed(events, rejections)


def _event(action: Action, match_id: str, as_of: int | None, message: Message) -> MatchEvent:
    """One action; `as_of` is the message id that stands in for an own one."""
    number = required(action.action_number, "actionNumber")
    version = natural(action.message_id, "messageId")
    if version is None:
        version = as_of
    if version is None:
        raise Rejected("messageId is missing: there is no telling which version this is")
    action_type, sub_type = text(action.action_type), text(action.sub_type)
    kind = kind_of(action_type, sub_type, flag(action.success))
    clock = livestats_clock(text(action.clock))
    period = period_of(whole(action.period, "period"), text(action.period_type), REGULAR_PERIODS)
    side = side_of(whole(action.team_number, "teamNumber"))
    team_id = "" if side is Side.UNKNOWN else local_team_id(match_id, side)
    player = text(action.pno) if whole(action.pno, "pno") else ""
    happened = text(action.time_actual)
    scores = action.scores
    deleted = flag(action.deleted)
    return MatchEvent(
        match_id=match_id,
        event_id=str(number),
        provider=PROVIDER,
        sport=BASKETBALL,
        type=kind.type,
        provider_type=action_type,
        version=version,
        status=Status.DELETED if deleted else Status.ACTIVE,
        period=period,
        clock=clock.shown,
        game_time_ms=game_time_ms(period, _length_ms(period), clock, kind.type),
        event_time_ms=epoch_ms(happened) if happened else message.received_ms,
        side=side,
        team_id=team_id,
        player_id=f"{team_id}:{player}" if team_id and player else "",
        player_name=text(action.scoreboard_name),
        points=0 if deleted or side is Side.UNKNOWN else kind.points,
        home_score=score(action.score1, "score1") if scores is None else _score(scores, HOME_TEAM),
        away_score=score(action.score2, "score2") if scores is None else _score(scores, AWAY_TEAM),
        match_status=STATUS_AFTER.get(kind.type, MatchStatus.UNKNOWN),
        attributes=_attributes(action, sub_type),
    )


def _status_event(status: StatusMessage, message: Message) -> MatchEvent:
    said = text(status.status)
    period = status.period or PeriodState()
    number = period_of(whole(period.current, "period"), text(period.period_type), REGULAR_PERIODS)
    scores = status.scores or []
    event = _state_event(STATUS, status.match_id, status.message_id, message)
    clock = livestats_clock(text(status.clock))
    event.period = number
    event.clock = clock.shown
    event.game_time_ms = game_time_ms(number, _length_ms(number), clock, event.type)
    event.match_status = STREAM_STATUS.get(said.lower(), MatchStatus.UNKNOWN)
    event.home_score = _score(scores, HOME_TEAM)
    event.away_score = _score(scores, AWAY_TEAM)
    event.attributes = {"status": said} if said else {}
    return event


def _teams_event(teams: TeamsMessage, message: Message) -> MatchEvent:
    names = {
        whole(team.team_number, "teamNumber"): text((team.detail or TeamDetail()).team_name)
        for team in teams.teams or []
    }
    event = _state_event(TEAMS, teams.match_id, teams.message_id, message)
    event.teams = Teams(
        local_team_id(event.match_id, HOME_TEAM),
        names.get(HOME_TEAM, ""),
        local_team_id(event.match_id, AWAY_TEAM),
        names.get(AWAY_TEAM, ""),
    )
    return event


def _information_event(information: MatchInformation, message: Message) -> MatchEvent:
    competition = information.competition or Competition()
    event = _state_event(MATCH_INFORMATION, information.match_id, information.message_id, message)
    event.competition = text(competition.competition_name)
    event.season = text(competition.year)
    return event


def _state_event(kind: str, said_match: Scalar, message_id: Scalar, message: Message) -> MatchEvent:
    """An event that stands for the latest message of its type. Without a `messageId` ("most
    messages" have one) the arrival is the version."""
    version = natural(message_id, "messageId")
    return MatchEvent(
        match_id=match_id_of(said_match, message.key),
        event_id=kind,
        provider=PROVIDER,
        sport=BASKETBALL,
        type=EventType.OTHER,
        provider_type=kind,
        version=message.arrival if version is None else version,
        event_time_ms=message.received_ms,
    )


def _length_ms(period: int) -> int:
    return _PERIOD_MS if period <= REGULAR_PERIODS else _OVERTIME_MS


def _score(scores: list[Score], team_number: int) -> int | None:
    for entry in scores:
        if whole(entry.team_number, "teamNumber") == team_number:
            return score(entry.score, "score")
    return None


def _attributes(action: Action, sub_type: str) -> dict[str, Any]:
    attributes: dict[str, Any] = {}
    if sub_type:
        attributes["subType"] = sub_type
    if action.qualifiers:
        attributes["qualifiers"] = joined(action.qualifiers)
    for name, value in (
        ("value", action.value),
        ("previousAction", action.previous_action),
        ("origMessageId", action.orig_message_id),
    ):
        if value is not None and value != "":
            attributes[name] = text(value)
    for name, said in (("edited", action.edited), ("inserted", action.inserted)):
        if flag(said):
            attributes[name] = "1"
    return attributes

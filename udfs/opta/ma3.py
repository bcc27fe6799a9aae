"""Parsing Stats Perform MA3: F24's events as JSON, `{matchInfo, liveData: {event: [...]}}`.

There is no `version`; times end in `Z`. (Qualifier 374 is a time too, in London's local time; it is
kept as it is.)
"""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated

import msgspec

from udfs.contract import Rejected, Rejection
from udfs.limits import MAX_TEXT
from udfs.model import Teams
from udfs.opta import kinds, raw
from udfs.opta.raw import RawEvent, RawMatch
from udfs.opta.times import utc_ms
from udfs.reading import read_json, text_of

HOME, AWAY = "home", "away"

EventId = Annotated[int, msgspec.Meta(ge=0)] | raw.Id


class _Qualifier(msgspec.Struct, rename="camel", gc=False):
    qualifier_id: raw.Number
    value: str | int | float | None = None


class _Event(msgspec.Struct, rename="camel", gc=False):
    id: EventId
    type_id: raw.Number
    period_id: raw.Number
    time_min: raw.Minute
    time_sec: raw.Second
    event_id: int = 0
    contestant_id: raw.OptionalId = ""
    player_id: raw.OptionalId = ""
    player_name: str = ""
    outcome: int | None = None
    x: raw.Coordinate | None = None
    y: raw.Coordinate | None = None
    time_stamp: str = ""
    last_modified: str = ""
    key_pass: int = 0
    assist: int = 0
    qualifier: list[_Qualifier] = []


class _Contestant(msgspec.Struct, frozen=True, gc=False):
    id: raw.OptionalId = ""
    name: str = ""
    position: str = ""


class _Named(msgspec.Struct, frozen=True, gc=False):
    name: str = ""


class _MatchInfo(msgspec.Struct, rename="camel"):
    id: str = ""
    competition: _Named = _Named()
    tournament_calendar: _Named = _Named()
    contestant: list[_Contestant] = []


class _Score(msgspec.Struct, frozen=True, gc=False):
    home: raw.Number | None = None
    away: raw.Number | None = None


class _Scores(msgspec.Struct, frozen=True, gc=False):
    total: _Score = _Score()
    pen: _Score | None = None


class _MatchDetails(msgspec.Struct, frozen=True, gc=False):
    scores: _Scores = _Scores()


class _LiveData(msgspec.Struct, rename="camel"):
    """`event` is None in MA1, which is otherwise alike. Events are decoded one by one, so that a
    damaged one does not cost the others."""

    match_details: _MatchDetails = _MatchDetails()
    event: list[msgspec.Raw] | None = None


class _Document(msgspec.Struct, rename="camel"):
    match_info: _MatchInfo | None = None
    live_data: _LiveData | None = None


class _Identified(msgspec.Struct):
    """What a damaged event is called in a reason."""

    id: int | str = "without id"


_document = msgspec.json.Decoder(_Document | list[msgspec.Raw])
_event_decoder = msgspec.json.Decoder(_Event)
_identified = msgspec.json.Decoder(_Identified)


def parse_ma3(value: bytes, key: str | None) -> RawMatch:
    """The match of one document.

    Raises:
        Rejected: malformed, or not MA3.
    """
    document = read_json(value, _document)
    if isinstance(document, list):
        raise Rejected(f"unexpected JSON: {kinds.describe_json(value)}")
    if (
        document.match_info is None
        or document.live_data is None
        or document.live_data.event is None
    ):
        raise Rejected(f"not MA3, but {kinds.describe_json(value)}")
    raw.check_count(len(document.live_data.event))
    match = _match(document.match_info, document.live_data.match_details.scores, key)
    for row in document.live_data.event:
        try:
            match.events.append(_event(_decoded(row)))
        except Rejected as error:
            match.rejections.append(Rejection(f"event {_name(row)}: {error}", bytes(row)))
    return match


def _match(info: _MatchInfo, scores: _Scores, key: str | None) -> RawMatch:
    sides = {contestant.position: contestant for contestant in info.contestant}
    home, away = sides.get(HOME, _Contestant()), sides.get(AWAY, _Contestant())
    # Whether `total` has the shoot-out in it is not documented: then nothing is asserted.
    total = _Score() if scores.pen else scores.total
    return RawMatch(
        id=raw.match_id(info.id, key),
        teams=Teams(
            home_id=home.id,
            home=home.name[:MAX_TEXT],
            away_id=away.id,
            away=away.name[:MAX_TEXT],
        ),
        competition=info.competition.name[:MAX_TEXT],
        season=info.tournament_calendar.name[:MAX_TEXT],
        home_score=total.home,
        away_score=total.away,
    )


def _decoded(row: msgspec.Raw) -> _Event:
    try:
        return _event_decoder.decode(row)
    except msgspec.DecodeError as error:
        raise Rejected(str(error)) from error
    except UnicodeDecodeError as error:
        raise Rejected(f"not UTF-8: {error.reason}") from error


def _event(event: _Event) -> RawEvent:
    outcome = "" if event.outcome is None else str(event.outcome)
    kept = {"event_id": str(event.event_id), "outcome": outcome}
    if event.key_pass:
        kept["keypass"] = str(event.key_pass)
    if event.assist:
        kept["assist"] = str(event.assist)
    for qualifier in event.qualifier:
        kept[_text(qualifier.qualifier_id)] = text_of(qualifier.value)
    last_modified_ms = utc_ms(event.last_modified) if event.last_modified else None
    return RawEvent(
        str(event.id),
        event.type_id,
        event.period_id,
        event.time_min,
        event.time_sec,
        event.contestant_id,
        event.player_id,
        event.player_name[:MAX_TEXT],
        outcome,
        event.x,
        event.y,
        utc_ms(event.time_stamp) if event.time_stamp else None,
        raw.checked_version(None, last_modified_ms),
        kept,
    )


_text = lru_cache(maxsize=2_048)(str)
"""A qualifier's id as text: a few hundred different ones, thousands of times a document."""


def _name(row: msgspec.Raw) -> str:
    try:
        return str(_identified.decode(row).id)[:64]
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return "without a readable id"

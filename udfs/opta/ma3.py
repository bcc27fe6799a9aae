"""Parsing Stats Perform MA3: F24's events as JSON, `{matchInfo, liveData: {event: [...]}}`.

There is no `version`; times end in `Z`. (Qualifier 374 is a time too, in London's local time; it is
kept as it is.) Numbers may be texts, as they are in F24, and of what an event can do without any
value is taken.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated, Any, TypeVar, cast

import msgspec

from udfs.contract import Rejected, Rejection
from udfs.lenient import Odd, OddList, items_of, or_empty, text, whole
from udfs.model import Teams
from udfs.opta import kinds, raw
from udfs.opta.raw import RawEvent, RawMatch
from udfs.opta.times import utc_ms
from udfs.reading import read_json

HOME, AWAY = "home", "away"

T = TypeVar("T")

EventId = Annotated[int, msgspec.Meta(ge=0)] | raw.Id


class _Qualifier(msgspec.Struct, rename="camel", gc=False):
    qualifier_id: raw.Number | raw.OptionalId
    value: Any = None


class _Event(msgspec.Struct, rename="camel", gc=False):
    id: EventId
    type_id: raw.Number | raw.Id
    period_id: raw.Number | raw.Id
    time_min: raw.Minute | raw.Id
    time_sec: raw.Second | raw.Id
    event_id: Any = None
    contestant_id: raw.OptionalId | int | None = ""
    player_id: raw.OptionalId | int | None = ""
    player_name: Any = None
    outcome: Any = None
    x: raw.Coordinate | raw.OptionalId | None = None
    y: raw.Coordinate | raw.OptionalId | None = None
    time_stamp: str | None = ""
    last_modified: str | None = ""
    key_pass: Any = None
    assist: Any = None
    qualifier: list[_Qualifier] | OddList = None


class _Contestant(msgspec.Struct, frozen=True, gc=False):
    id: raw.OptionalId | int | None = ""
    name: Any = ""
    position: Any = ""


class _Named(msgspec.Struct, frozen=True, gc=False):
    name: Any = ""


class _MatchInfo(msgspec.Struct, rename="camel"):
    id: raw.OptionalId | int | None = ""
    competition: _Named | Odd = None
    tournament_calendar: _Named | Odd = None
    contestant: list[_Contestant] | OddList = None


class _Score(msgspec.Struct, frozen=True, gc=False):
    home: Any = None
    away: Any = None


class _Scores(msgspec.Struct, frozen=True, gc=False):
    total: _Score | Odd = None
    pen: _Score | Odd = None


class _MatchDetails(msgspec.Struct, frozen=True, gc=False):
    scores: _Scores | Odd = None


class _LiveData(msgspec.Struct, rename="camel"):
    """`event` is None in MA1, which is otherwise alike. Events are decoded one by one, so that a
    damaged one does not cost the others."""

    match_details: _MatchDetails | Odd = None
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
    match = _match(document.match_info, _score(document.live_data.match_details), key)
    for row in document.live_data.event:
        try:
            match.events.append(_event(_decoded(row)))
        except Rejected as error:
            match.rejections.append(Rejection(f"event {_name(row)}: {error}", bytes(row)))
    return match


def _match(info: _MatchInfo, score: _Score, key: str | None) -> RawMatch:
    contestants = items_of(info.contestant, _Contestant)
    sides = {text(contestant.position): contestant for contestant in contestants}
    home, away = sides.get(HOME, _Contestant()), sides.get(AWAY, _Contestant())
    return RawMatch(
        id=raw.match_id(text(info.id), key),
        teams=Teams(
            home_id=text(home.id), home=text(home.name), away_id=text(away.id), away=text(away.name)
        ),
        competition=text(or_empty(info.competition, _Named).name),
        season=text(or_empty(info.tournament_calendar, _Named).name),
        home_score=whole(score.home),
        away_score=whole(score.away),
    )


def _score(details: _MatchDetails | Odd) -> _Score:
    scores = or_empty(or_empty(details, _MatchDetails).scores, _Scores)
    # Whether `total` has the shoot-out in it is not documented: then nothing is asserted.
    return _Score() if scores.pen else or_empty(scores.total, _Score)


def _decoded(row: msgspec.Raw) -> _Event:
    try:
        return _event_decoder.decode(row)
    except msgspec.DecodeError as error:
        raise Rejected(str(error)) from error
    except UnicodeDecodeError as error:
        raise Rejected(f"not UTF-8: {error.reason}") from error


def _event(event: _Event) -> RawEvent:
    outcome = text(event.outcome)
    kept = {"event_id": text(event.event_id), "outcome": outcome}
    if event.key_pass:
        kept["keypass"] = text(event.key_pass)
    if event.assist:
        kept["assist"] = text(event.assist)
    for qualifier in items_of(event.qualifier, _Qualifier):
        kept[_text(qualifier.qualifier_id)] = text(qualifier.value)
    last_modified_ms = utc_ms(event.last_modified) if event.last_modified else None
    return RawEvent(
        str(event.id),
        _number("typeId", event.type_id, raw.Number),
        _number("periodId", event.period_id, raw.Number),
        _number("timeMin", event.time_min, raw.Minute),
        _number("timeSec", event.time_sec, raw.Second),
        text(event.contestant_id),
        text(event.player_id),
        text(event.player_name),
        outcome,
        _coordinate("x", event.x),
        _coordinate("y", event.y),
        utc_ms(event.time_stamp) if event.time_stamp else None,
        raw.checked_version(None, last_modified_ms),
        kept,
    )


def _number(name: str, value: Any, kind: type[T]) -> T:
    """A number that may be a text; of one that is none the decoder has checked the range."""
    if not isinstance(value, str):
        return cast(T, value)
    try:
        return raw.converted(raw.unpadded(value), kind)
    except Rejected as error:
        raise Rejected(f"{name}: {error}") from error


def _coordinate(name: str, value: float | str | None) -> float | None:
    return None if value in ("", None) else _number(name, value, raw.Coordinate)


_text = lru_cache(maxsize=2_048)(str)
"""A qualifier's id as text: a few hundred different ones, thousands of times a document."""


def _name(row: msgspec.Raw) -> str:
    try:
        return str(_identified.decode(row).id)[:64]
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return "without a readable id"

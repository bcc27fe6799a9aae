"""Parsing Opta F24: `<Games><Game><Event><Q/></Event></Game></Games>`.

A live message is the same document with one `Event`; F73 has the same shape. Trimmed files leave
out the attributes of `Game`: then the message's key says which match it is.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple, TypeVar
from xml.sax.saxutils import quoteattr

import msgspec

from udfs.contract import Rejected, Rejection
from udfs.limits import MAX_TEXT
from udfs.model import Teams
from udfs.opta import kinds, raw
from udfs.opta.raw import RawEvent, RawMatch
from udfs.opta.times import london_ms, utc_ms
from udfs.scanning import Skeleton, scan_xml, skeleton_of

ROOT, GAME, EVENT, QUALIFIER = "Games", "Game", "Event", "Q"
GAME_DEPTH, EVENT_DEPTH, QUALIFIER_DEPTH = 1, 2, 3

_WHOLE = frozenset({"type_id", "period_id", "min", "sec", "version", "home_score", "away_score"})
"""Attributes that are whole numbers, which may be padded."""

V = TypeVar("V")

Attributes = dict[str, str]
Row = tuple[dict[str, V], list[dict[str, V]]]
"""The attributes of an `Event`, and those of its qualifiers."""
Game = tuple[dict[str, V], list[Row[V]]]
"""The attributes of a `Game`, and its events."""


class _Event(msgspec.Struct, gc=False):
    """The attributes of `Event`."""

    id: raw.Id
    type_id: raw.Number
    period_id: raw.Number
    min: raw.Minute
    sec: raw.Second
    event_id: raw.OptionalId = ""
    team_id: raw.OptionalId = ""
    player_id: raw.OptionalId = ""
    outcome: raw.OptionalId = ""
    x: raw.Coordinate | None = None
    y: raw.Coordinate | None = None
    timestamp: str = ""
    timestamp_utc: str = ""
    last_modified: str = ""
    version: int | None = None
    keypass: raw.OptionalId = ""
    assist: raw.OptionalId = ""


class _Game(msgspec.Struct, gc=False):
    """The attributes of `Game`."""

    id: str = ""
    home_team_id: raw.OptionalId = ""
    home_team_name: str = ""
    away_team_id: raw.OptionalId = ""
    away_team_name: str = ""
    competition_name: str = ""
    season_name: str = ""
    home_score: raw.Number | None = None
    away_score: raw.Number | None = None


def parse_f24(value: bytes, key: str | None) -> list[RawMatch]:
    """The matches of one document (one, in all documents seen so far).

    Raises:
        Rejected: malformed, or not F24.
    """
    return _parse_live(value, key) or _parse_any(value, key)


def _parse_any(value: bytes, key: str | None) -> list[RawMatch]:
    elements = scan_xml(value)
    if elements[0][1] != ROOT:
        raise Rejected(f"not F24, but {kinds.describe_xml(elements)}")
    games = _games(elements)
    if not games:
        raise Rejected("an F24 document without a Game")
    raw.check_count(sum(len(rows) for _, rows in games))
    return [_match(attributes, rows, key) for attributes, rows in games]


def _match(attributes: Attributes, rows: list[Row[str]], key: str | None) -> RawMatch:
    match = RawMatch(*_heading(tuple(_said(attributes).items()), key))
    for event, qualifiers in rows:
        try:
            match.events.append(_event(_said(event), _pairs(qualifiers)))
        except Rejected as error:
            reason = f"event {event.get('id', '')[:64] or 'without id'}: {error}"
            match.rejections.append(Rejection(reason, _serialized(event, qualifiers)))
    return match


def _said(attributes: Attributes) -> Attributes:
    """Without those that are there and empty, as a score before the match; numbers unpadded."""
    return {
        name: raw.unpadded(text) if name in _WHOLE else text
        for name, text in attributes.items()
        if text
    }


def _pairs(qualifiers: list[Attributes]) -> list[tuple[str, str]]:
    try:
        return [(qualifier["qualifier_id"], qualifier.get("value", "")) for qualifier in qualifiers]
    except KeyError as error:
        raise Rejected("a qualifier has no qualifier_id") from error


def _games(elements: list[tuple[int, str, dict[str, V]]]) -> list[Game[V]]:
    """The games with their rows; other elements are passed over."""
    games: list[Game[V]] = []
    qualifiers: list[dict[str, V]] = []
    for depth, tag, attributes in elements:
        if depth == QUALIFIER_DEPTH and tag == QUALIFIER:
            qualifiers.append(attributes)
        elif depth == EVENT_DEPTH and tag == EVENT and games:
            qualifiers = []
            games[-1][1].append((attributes, qualifiers))
        elif depth == GAME_DEPTH and tag == GAME:
            games.append((attributes, []))
    return games


class _Form(NamedTuple):
    """A live message without its values: their places, in the list of all of them.

    game: of the game's attributes, by name.
    rows: of each event's attributes, by name, and of its qualifiers' ids and values.
    """

    game: dict[str, int]
    rows: list[tuple[dict[str, int], list[tuple[int, int]]]]


_NO_VALUE = -1
"""The place of a flag's value: an empty text, put behind all other values."""


def _parse_live(value: bytes, key: str | None) -> list[RawMatch] | None:
    """A short document by its skeleton; None if anything in it is out of the ordinary."""
    found = skeleton_of(value)
    if found is None or (form := _form(found.skeleton)) is None:
        return None
    values = found.values
    heading = tuple([(name, values[place]) for name, place in form.game.items()])
    values.append("")
    try:
        match = RawMatch(*_heading(heading, key))
        for event, qualifiers in form.rows:
            attributes = {name: values[place] for name, place in event.items()}
            pairs = [(values[id_], values[text]) for id_, text in qualifiers]
            match.events.append(_event(attributes, pairs))
    except Rejected:
        return None
    return [match]


@lru_cache(maxsize=4_096)
def _form(skeleton: Skeleton) -> _Form | None:
    """None if the document is not F24, or not of one match, or lacks a qualifier's id."""
    games = _games(skeleton.elements)
    if skeleton.elements[0][1] != ROOT or len(games) != 1:
        return None
    [(game, rows)] = games
    try:
        places = [
            (event, [(q["qualifier_id"], q.get("value", _NO_VALUE)) for q in qualifiers])
            for event, qualifiers in rows
        ]
    except KeyError:
        return None
    return _Form(game, places)


Heading = tuple[str, Teams, str, str, int | None, int | None]
"""The beginning of a `RawMatch`: all but its events."""


@lru_cache(maxsize=4_096)
def _heading(attributes: tuple[tuple[str, str], ...], key: str | None) -> Heading:
    game = raw.converted(dict(attributes), _Game)
    teams = Teams(
        home_id=game.home_team_id,
        home=game.home_team_name[:MAX_TEXT],
        away_id=game.away_team_id,
        away=game.away_team_name[:MAX_TEXT],
    )
    return (
        raw.match_id(game.id, key),
        teams,
        game.competition_name[:MAX_TEXT],
        game.season_name[:MAX_TEXT],
        game.home_score,
        game.away_score,
    )


def _event(attributes: Attributes, qualifiers: list[tuple[str, str]]) -> RawEvent:
    event = raw.converted(attributes, _Event)
    kept = {"event_id": event.event_id, "outcome": event.outcome}
    if event.keypass:
        kept["keypass"] = event.keypass
    if event.assist:
        kept["assist"] = event.assist
    for qualifier_id, text in qualifiers:
        kept[qualifier_id] = text[:MAX_TEXT]
    last_modified_ms = london_ms(event.last_modified) if event.last_modified else None
    return RawEvent(
        event.id,
        event.type_id,
        event.period_id,
        event.min,
        event.sec,
        event.team_id,
        event.player_id,
        "",
        event.outcome,
        event.x,
        event.y,
        _event_time_ms(event),
        raw.checked_version(event.version, last_modified_ms),
        kept,
    )


def _event_time_ms(event: _Event) -> int | None:
    if event.timestamp_utc:
        return utc_ms(event.timestamp_utc)
    return london_ms(event.timestamp) if event.timestamp else None


def _serialized(attributes: Attributes, qualifiers: list[Attributes]) -> bytes:
    """The event as XML again, for the dead letter."""
    inner = "".join(f"<{QUALIFIER}{_written(qualifier)}/>" for qualifier in qualifiers)
    return f"<{EVENT}{_written(attributes)}>{inner}</{EVENT}>".encode()


def _written(attributes: Attributes) -> str:
    return "".join(f" {name}={quoteattr(text)}" for name, text in attributes.items())

"""Parsing Opta F24: `<Games><Game><Event><Q/></Event></Game></Games>`.

A live message is the same document with one `Event`; F73 has the same shape. Trimmed files leave
out the attributes of `Game`: then the message's key says which match it is.
"""

from __future__ import annotations

from xml.sax.saxutils import quoteattr

import msgspec

from udfs.contract import Rejected, Rejection
from udfs.limits import MAX_TEXT
from udfs.model import Teams
from udfs.opta import kinds, raw
from udfs.opta.raw import RawEvent, RawMatch
from udfs.opta.times import london_ms, utc_ms
from udfs.reading import scan_xml

ROOT, GAME, EVENT, QUALIFIER = "Games", "Game", "Event", "Q"
GAME_DEPTH, EVENT_DEPTH, QUALIFIER_DEPTH = 1, 2, 3

Attributes = dict[str, str]


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
    elements = scan_xml(value)
    if elements[0][1] != ROOT:
        raise Rejected(f"not F24, but {kinds.describe_xml(elements)}")
    matches: list[RawMatch] = []
    rows: list[tuple[RawMatch, Attributes, list[Attributes]]] = []
    qualifiers: list[Attributes] = []
    for depth, tag, attributes in elements:
        if depth == QUALIFIER_DEPTH and tag == QUALIFIER:
            qualifiers.append(attributes)
        elif depth == EVENT_DEPTH and tag == EVENT and matches:
            qualifiers = []
            rows.append((matches[-1], attributes, qualifiers))
        elif depth == GAME_DEPTH and tag == GAME:
            matches.append(_match(attributes, key))
    if not matches:
        raise Rejected("an F24 document without a Game")
    raw.check_count(len(rows))
    for match, attributes, qualifiers in rows:
        try:
            match.events.append(_event(attributes, qualifiers))
        except Rejected as error:
            reason = f"event {attributes.get('id', '')[:64] or 'without id'}: {error}"
            match.rejections.append(Rejection(reason, _serialized(attributes, qualifiers)))
    return matches


def _match(attributes: Attributes, key: str | None) -> RawMatch:
    game = raw.converted(attributes, _Game)
    return RawMatch(
        id=raw.match_id(game.id, key),
        teams=Teams(
            home_id=game.home_team_id,
            home=game.home_team_name[:MAX_TEXT],
            away_id=game.away_team_id,
            away=game.away_team_name[:MAX_TEXT],
        ),
        competition=game.competition_name[:MAX_TEXT],
        season=game.season_name[:MAX_TEXT],
        home_score=game.home_score,
        away_score=game.away_score,
    )


def _event(attributes: Attributes, qualifiers: list[Attributes]) -> RawEvent:
    event = raw.converted(attributes, _Event)
    kept = {"event_id": event.event_id, "outcome": event.outcome}
    if event.keypass:
        kept["keypass"] = event.keypass
    if event.assist:
        kept["assist"] = event.assist
    try:
        for qualifier in qualifiers:
            kept[qualifier["qualifier_id"]] = qualifier.get("value", "")[:MAX_TEXT]
    except KeyError as error:
        raise Rejected("a qualifier has no qualifier_id") from error
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

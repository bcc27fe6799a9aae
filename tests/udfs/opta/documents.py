"""Small F24 and MA3 documents for tests, written here: home team 1, away team 2."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import quoteattr

from udfs.contract import Message
from udfs.model import MatchEvent
from udfs.opta.adapter import OptaAdapter

HOME, AWAY = "1", "2"
GAME = {
    "id": "77",
    "home_team_id": HOME,
    "home_team_name": "Haus",
    "away_team_id": AWAY,
    "away_team_name": "Gäste",
    "competition_name": "Pokal",
    "season_name": "2024",
}
EVENT = {
    "id": "9001",
    "event_id": "5",
    "type_id": "1",
    "period_id": "1",
    "min": "12",
    "sec": "7",
    "team_id": HOME,
    "player_id": "11",
    "outcome": "1",
    "x": "40.5",
    "y": "60.0",
    "timestamp": "2024-07-01T20:00:00.91",
    "last_modified": "2024-07-01T20:00:02",
    "version": "1719860402123",
}
VERSION = int(EVENT["version"])

Qualifiers = Mapping[str, str | None]


def row(qualifiers: Qualifiers | None = None, **changes: str | None) -> str:
    """An `Event` element: EVENT with `changes` (None: without that attribute)."""
    inner = "".join(
        f'<Q id="1" qualifier_id={quoteattr(name)}'
        + (f" value={quoteattr(value)}/>" if value is not None else "/>")
        for name, value in (qualifiers or {}).items()
    )
    return f"<Event{_attributes(EVENT | changes)}>{inner}</Event>"


def f24(*rows: str, **game: str | None) -> bytes:
    """A document of `rows`: GAME with the changes `game`."""
    return f"<Games><Game{_attributes(GAME | game)}>{''.join(rows)}</Game></Games>".encode()


def _attributes(values: dict[str, Any]) -> str:
    return "".join(
        f" {name}={quoteattr(text)}" for name, text in values.items() if text is not None
    )


def event_of(qualifiers: Qualifiers | None = None, **changes: str | None) -> MatchEvent:
    """The canonical event of an F24 document with one row."""
    return one(f24(row(qualifiers, **changes)))


MA3_EVENT: dict[str, Any] = {
    "id": 9001,
    "eventId": 5,
    "typeId": 1,
    "periodId": 1,
    "timeMin": 12,
    "timeSec": 7,
    "contestantId": "h",
    "playerId": "p11",
    "playerName": "Ä. Müller",
    "outcome": 1,
    "x": 40.5,
    "y": 60,
    "timeStamp": "2024-07-01T19:00:00.091Z",
    "lastModified": "2024-07-01T19:00:02Z",
    "qualifier": [],
}
MA3_INFO: dict[str, Any] = {
    "id": "abc77",
    "competition": {"name": "Pokal"},
    "tournamentCalendar": {"name": "2024"},
    "contestant": [
        {"id": "h", "name": "Haus", "position": "home"},
        {"id": "a", "name": "Gäste", "position": "away"},
    ],
}


def ma3(*events: dict[str, Any], scores: dict[str, Any] | None = None) -> bytes:
    """A document of `events`, each MA3_EVENT with its changes."""
    live: dict[str, Any] = {"event": [MA3_EVENT | event for event in events]}
    if scores is not None:
        live["matchDetails"] = {"scores": scores}
    return json.dumps({"matchInfo": MA3_INFO, "liveData": live}, ensure_ascii=False).encode()


def all_of(document: bytes, key: str | None = None) -> list[MatchEvent]:
    """All events of a document without damaged ones."""
    parsed = OptaAdapter().parse(Message(document, key=key))
    assert not parsed.rejections
    return parsed.events


def one(document: bytes, key: str | None = None) -> MatchEvent:
    """The only event of a document."""
    [event] = all_of(document, key)
    return event

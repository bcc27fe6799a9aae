"""Turns a finished match's document into the live feed that it could have been.

A whole F24 or MA3 document becomes single-event documents in the order in which they were last
modified; a list of plays (LiveStats `data.json`, NBA live) becomes growing snapshots. What asserts
the final score before its time is left out. For demonstrations: the bytes are no longer those that
the provider sent, their events are.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from xml.sax.saxutils import quoteattr
from zoneinfo import ZoneInfo

import msgspec
from lxml import etree

from udfs.contract import Rejected
from udfs.reading import epoch_ms, read_json, read_xml

Piece = tuple[int, bytes]
"""A message, and when it comes: milliseconds, of which only differences count."""

SNAPSHOT_EVERY_MS = 10_000
"""Game time between two snapshots, as of a client that polls every ten seconds."""

OPTA_ZONE = ZoneInfo("Europe/London")
SCORE_ATTRIBUTES = frozenset({"home_score", "away_score"})
"""The final ones, in a finished document."""

TEAM_FIELDS = frozenset(
    {"name", "nameInternational", "shortName", "shortNameInternational", "code"}
    | {"codeInternational", "coach"}
)
PLAYER_FIELDS = frozenset(
    {"name", "firstName", "familyName", "internationalFirstName", "internationalFamilyName"}
    | {"scoreboardName", "playingPosition", "shirtNumber", "starter", "active", "captain"}
)
"""What a team and a player are called; all else in `tm` are final statistics."""


def split(provider: str, value: bytes) -> list[Piece]:
    """A document's pieces in the order of their times.

    Raises:
        Rejected: there is no such document of this provider, or it is damaged.
    """
    splitter = _SPLITTERS.get(provider)
    if splitter is None:
        raise Rejected(f"{provider} documents cannot be split, those of {_KNOWN} can")
    pieces = splitter(value)
    if not pieces:
        raise Rejected("the document has no events to split")
    return pieces


class _LiveData(msgspec.Struct):
    event: list[msgspec.Raw]


class _Ma3(msgspec.Struct, rename="camel"):
    match_info: msgspec.Raw
    live_data: _LiveData


class _Ma3Event(msgspec.Struct, rename="camel"):
    last_modified: str


class _Play(msgspec.Struct, rename="camel"):
    """A play of `data.json`."""

    action_number: int
    period: int
    period_type: str
    gt: str
    s1: int | str = 0
    s2: int | str = 0


class _DataJson(msgspec.Struct):
    pbp: list[msgspec.Raw]
    tm: dict[str, dict[str, Any]] = {}
    periodLengthREGULAR: int = 10  # noqa: N815 - the provider's names
    periodLengthOVERTIME: int = 5  # noqa: N815
    periodsMax: int = 4  # noqa: N815


class _NbaGame(msgspec.Struct, rename="camel"):
    game_id: str
    actions: list[msgspec.Raw]


class _Nba(msgspec.Struct):
    game: _NbaGame


class _NbaAction(msgspec.Struct):
    edited: str


_ma3 = msgspec.json.Decoder(_Ma3)
_ma3_event = msgspec.json.Decoder(_Ma3Event)
_genius = msgspec.json.Decoder(dict[str, msgspec.Raw])
_data_json = msgspec.json.Decoder(_DataJson)
_play = msgspec.json.Decoder(_Play)
_nba = msgspec.json.Decoder(_Nba)
_nba_action = msgspec.json.Decoder(_NbaAction)


def _split_opta(value: bytes) -> list[Piece]:
    return _split_ma3(value) if value.lstrip().startswith(b"{") else _split_f24(value)


def _split_f24(value: bytes) -> list[Piece]:
    root = read_xml(value)
    pieces: list[Piece] = []
    for game in root.iter("Game"):
        before = f"<Games{_attributes(root)}><Game{_attributes(game)}>".encode()
        for event in game.iter("Event"):
            at = epoch_ms(event.get("last_modified", ""), OPTA_ZONE)
            xml = etree.tostring(event, encoding="UTF-8", with_tail=False, xml_declaration=False)
            pieces.append((at, before + xml + b"</Game></Games>"))
    return sorted(pieces, key=lambda piece: piece[0])


def _attributes(element: etree._Element) -> str:
    return "".join(
        f" {name}={quoteattr(str(text))}"
        for name, text in element.attrib.items()
        if name not in SCORE_ATTRIBUTES
    )


def _split_ma3(value: bytes) -> list[Piece]:
    document = read_json(value, _ma3)
    before = b'{"matchInfo":' + bytes(document.match_info) + b',"liveData":{"event":['
    events = [bytes(event) for event in document.live_data.event]
    times = [epoch_ms(read_json(event, _ma3_event).last_modified) for event in events]
    pieces = zip(times, (before + event + b"]}}" for event in events), strict=True)
    return sorted(pieces, key=lambda piece: piece[0])


def _split_genius(value: bytes) -> list[Piece]:
    names = read_json(value, _genius)
    if "pbp" in names:
        return _split_data_json(value)
    if "game" in names:
        return _split_nba(value)
    raise Rejected("neither a data.json (pbp) nor an NBA live document (game)")


def _split_nba(value: bytes) -> list[Piece]:
    """Snapshots in the order of `edited`; each keeps the document's order of its actions."""
    game = read_json(value, _nba).game
    times = [epoch_ms(read_json(bytes(action), _nba_action).edited) for action in game.actions]
    game_id = msgspec.json.encode(game.game_id)
    return [
        (
            until,
            b'{"game":{"gameId":%b,"actions":[%b]}}'
            % (game_id, b",".join(_up_to(until, times, game.actions))),
        )
        for until in _snapshot_times(sorted(times))
    ]


def _split_data_json(value: bytes) -> list[Piece]:
    """Snapshots that grow by `actionNumber`, the order in which the scorer typed them in, so that
    a late insert comes late; each keeps the document's order of its plays (newest first)."""
    document = read_json(value, _data_json)
    plays = [read_json(bytes(raw), _play) for raw in document.pbp]
    game_ms = {play.action_number: _game_ms(play, document) for play in plays}
    at, entered = 0, {}
    for number in sorted(game_ms):
        at = max(at, game_ms[number])
        entered[number] = at
    times = [entered[play.action_number] for play in plays]
    return [
        (until, _data_json_until(until, times, plays, document))
        for until in _snapshot_times(sorted(times))
    ]


def _data_json_until(
    until: int, times: list[int], plays: list[_Play], document: _DataJson
) -> bytes:
    newest = next(play for play, at in zip(plays, times, strict=True) if at <= until)
    head = {
        "clock": newest.gt,
        "period": newest.period,
        "periodType": newest.period_type,
        "periodLengthREGULAR": document.periodLengthREGULAR,
        "periodLengthOVERTIME": document.periodLengthOVERTIME,
        "tm": {
            number: _team(team, score)
            for (number, team), score in zip(
                sorted(document.tm.items()), (newest.s1, newest.s2), strict=False
            )
        },
    }
    plays_until = b",".join(_up_to(until, times, document.pbp))
    return msgspec.json.encode(head)[:-1] + b',"pbp":[' + plays_until + b"]}"


def _team(team: dict[str, Any], score: int | str) -> dict[str, Any]:
    players = {
        number: {name: player[name] for name in PLAYER_FIELDS & player.keys()}
        for number, player in team.get("pl", {}).items()
    }
    names = {name: team[name] for name in TEAM_FIELDS & team.keys()}
    return {**names, "score": score, "full_score": score, "pl": players}


def _game_ms(play: _Play, document: _DataJson) -> int:
    """Play time since the start; overtime counts its periods from 1 again."""
    regular_s, overtime_s = document.periodLengthREGULAR * 60, document.periodLengthOVERTIME * 60
    minutes, _, seconds = play.gt.partition(":")
    try:
        left_s = int(minutes) * 60 + int(seconds)
    except ValueError as error:
        raise Rejected(f"not a clock: {play.gt!r}") from error
    if play.period_type == "OVERTIME":
        before_s = document.periodsMax * regular_s + (play.period - 1) * overtime_s
        return (before_s + overtime_s - left_s) * 1000
    return (play.period * regular_s - left_s) * 1000


def _snapshot_times(times: list[int]) -> list[int]:
    """The moments at which a poll sees something new, of ascending `times`."""
    moments: list[int] = []
    for at in times:
        if moments and at < moments[-1] - moments[-1] % SNAPSHOT_EVERY_MS + SNAPSHOT_EVERY_MS:
            moments[-1] = at
        else:
            moments.append(at)
    return moments


def _up_to(until: int, times: list[int], raws: list[msgspec.Raw]) -> list[bytes]:
    return [bytes(raw) for raw, at in zip(raws, times, strict=True) if at <= until]


_SPLITTERS: dict[str, Callable[[bytes], list[Piece]]] = {
    "opta": _split_opta,
    "genius": _split_genius,
}
_KNOWN = " and ".join(_SPLITTERS)

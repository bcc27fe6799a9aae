"""Which of Genius Sports' feeds a message is of, and whose it is if it is of none."""

from __future__ import annotations

from enum import Enum

import msgspec

from udfs.contract import Rejected
from udfs.genius.constants import STREAM_TYPES
from udfs.reading import read_json

_ABSENT = msgspec.Raw(b"")


class Feed(Enum):
    """One of the provider's feeds."""

    MATCH_EVENT_V1 = "Match Event V1"
    MATCH_EVENT_V2 = "Match Event V2"
    STREAM = "LiveStats stream"
    SNAPSHOT = "LiveStats data.json"
    NBA_LIVE = "NBA live"


class TopLevel(msgspec.Struct):
    """The keys that tell the feeds apart. Their values are skipped, not decoded."""

    fixtureId: msgspec.Raw = _ABSENT  # noqa: N815
    actionId: msgspec.Raw = _ABSENT  # noqa: N815
    FixtureId: msgspec.Raw = _ABSENT
    ActionId: msgspec.Raw = _ABSENT
    type: msgspec.Raw = _ABSENT
    messageId: msgspec.Raw = _ABSENT  # noqa: N815
    pbp: msgspec.Raw = _ABSENT
    game: msgspec.Raw = _ABSENT


FOREIGN_XML: tuple[tuple[bytes, str], ...] = (
    (b"<Games", "an Opta F24 file"),
    (b"<SoccerFeed", "an Opta F7 or F9 file"),
    (b"<SoccerDocument", "an Opta F7 or F9 file"),
    (b"<matchEvents", "a Stats Perform file"),
)
FOREIGN_KEYS: tuple[tuple[str, str], ...] = (
    ("matchInfo", "a Stats Perform (Opta) file"),
    ("liveData", "a Stats Perform (Opta) file"),
    ("payload", "a Sportradar push message"),
    ("heartbeat", "a Sportradar push heartbeat"),
    ("sport_event", "a Sportradar file"),
    ("sport_event_status", "a Sportradar file"),
    ("periods", "a Sportradar play-by-play file"),
    ("subscription", "a Twitch message"),
    ("data", "a Twitch message"),
)
"""A top-level key -> whose message has it."""

_XML_HEAD_BYTES = 4_096
_STATS_MARK = b'"actionId"'
_MARK_BYTES = 2_048
"""Within the first action: NBA live's have an `actionNumber` only."""

_top_level = msgspec.json.Decoder(TopLevel)
_text = msgspec.json.Decoder(str)
_keys = msgspec.json.Decoder(dict[str, msgspec.Raw])


def feed_of(value: bytes) -> tuple[Feed, str]:
    """The feed of one JSON message, and its `type` if it is of the stream.

    Raises:
        Rejected: it is damaged or of none of the feeds; the reason says what it looks like.
    """
    head = value[:_XML_HEAD_BYTES].lstrip()
    if head.startswith(b"<"):
        raise Rejected(f"not a Genius Sports message: this is XML and looks like {_xml(head)}")
    found = read_json(value, _top_level)
    if _there(found.fixtureId) or _there(found.actionId):
        return Feed.MATCH_EVENT_V2, ""
    if _there(found.FixtureId) or _there(found.ActionId):
        return Feed.MATCH_EVENT_V1, ""
    if _there(found.pbp):
        return Feed.SNAPSHOT, ""
    if _there(found.game) and bytes(found.game)[:1] == b"{":
        return _feed_of_game(value, found.game)
    return Feed.STREAM, _stream_type(value, found)


def _there(raw: msgspec.Raw) -> bool:
    return len(bytes(raw)) > 0


def _xml(head: bytes) -> str:
    return next((name for mark, name in FOREIGN_XML if mark in head), "another provider's file")


def _feed_of_game(value: bytes, game: msgspec.Raw) -> tuple[Feed, str]:
    actions = read_json(bytes(game), _keys).get("actions")
    if actions is not None:
        if _STATS_MARK in bytes(actions)[:_MARK_BYTES]:
            raise Rejected(
                "stats.nba.com's playbyplayv3, whose words are others: send NBA live's "
                "playbyplay_GAME.json"
            )
        return Feed.NBA_LIVE, ""
    raise Rejected(_unknown(value))


def _stream_type(value: bytes, found: TopLevel) -> str:
    raw = bytes(found.type)
    if not raw.startswith(b'"'):
        raise Rejected(_unknown(value))
    kind = read_json(raw, _text)
    if kind in STREAM_TYPES or _there(found.messageId):
        return kind
    raise Rejected(_unknown(value))


def _unknown(value: bytes) -> str:
    keys = tuple(read_json(value, _keys).keys())
    looks_like = next((name for key, name in FOREIGN_KEYS if key in keys), "")
    if looks_like:
        return f"not a Genius Sports message: looks like {looks_like}"
    shown = ", ".join(keys[:6]) or "none"
    return f"not a Genius Sports message: its keys are {shown[:200]}"

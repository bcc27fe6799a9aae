"""Sportradar's adapter: which feed a message is of. The feeds' own modules read it."""

from __future__ import annotations

from codecs import BOM_UTF8
from contextlib import suppress

import msgspec

from udfs import reading
from udfs.contract import Message, Parsed, Rejected, read_as
from udfs.sportradar import nba_play_by_play, nba_push, soccer_push, soccer_timeline
from udfs.sportradar.constants import PROVIDER
from udfs.sportradar.foreign import looks_like
from udfs.sportradar.us_records import ABSENT
from udfs.sportradar.values import part_of

JSON_OBJECT = b"{"

US_PUSH = b'"game"'
US_PUSH_BYTES = 64
"""A message with this near its start is almost certainly a push event of a US league. The busiest
feed is read at once, without an outline first."""


class Outline(msgspec.Struct):
    """A message's outermost names, which tell the feed. Their values are skipped unread."""

    heartbeat: msgspec.Raw = ABSENT
    payload: msgspec.Raw = ABSENT
    metadata: msgspec.Raw = ABSENT
    sport_event: msgspec.Raw = ABSENT
    sport_event_status: msgspec.Raw = ABSENT
    timeline: msgspec.Raw = ABSENT
    sport_event_timelines: msgspec.Raw = ABSENT
    periods: msgspec.Raw = ABSENT
    home: msgspec.Raw = ABSENT
    away: msgspec.Raw = ABSENT
    status: msgspec.Raw = ABSENT
    summary: msgspec.Raw = ABSENT


class PayloadOutline(msgspec.Struct):
    """What a push message holds."""

    event: msgspec.Raw = ABSENT
    game: msgspec.Raw = ABSENT
    sport_event_status: msgspec.Raw = ABSENT


_outline = msgspec.json.Decoder(Outline)
_payload = msgspec.json.Decoder(PayloadOutline)


class SportradarAdapter:
    """Push events and play-by-play of basketball (and of what has its shape, as ice hockey: OTHER),
    push events and timelines of soccer."""

    name = PROVIDER

    def parse(self, message: Message) -> Parsed:
        """Read one message. A heartbeat has no events.

        Raises:
            Rejected: none of these feeds, damaged, or without an event or an id.
        """
        value = message.value
        if US_PUSH in value[:US_PUSH_BYTES]:
            with suppress(Rejected):  # below it is told what it is, or why it is refused
                return nba_push.parse_push(message)
        reading.check_size(value)
        if not value.removeprefix(BOM_UTF8).lstrip().startswith(JSON_OBJECT):
            raise Rejected(f"not a Sportradar message: {looks_like(value)}")
        outline = reading.read_json(value, _outline)
        if _has(outline.payload):
            return read_as("push", _push, message, outline.payload)
        if _has(outline.sport_event) and _tells_of_soccer(outline):
            return read_as("timeline", soccer_timeline.parse_timeline, message)
        if _has(outline.home) and _tells_of_a_game(outline):
            return read_as("play-by-play", nba_play_by_play.parse_play_by_play, message)
        if _has(outline.heartbeat):
            return Parsed()
        if _has(outline.sport_event) or _has(outline.sport_event_status):
            raise Rejected("a Sportradar document without a timeline (a summary?): no events")
        if _has(outline.home) and _has(outline.away) and _has(outline.status):
            raise Rejected("a Sportradar document of a game without its periods: no events")
        if _has(outline.sport_event_timelines):
            raise Rejected("Sportradar's Live Timelines: send each match's timeline by itself")
        if _has(outline.periods) and _has(outline.summary):
            raise Rejected("a Sportradar play-by-play of American football, which is not read")
        raise Rejected(f"not a Sportradar message: {looks_like(value)}")


def _push(message: Message, payload: msgspec.Raw) -> Parsed:
    parts = part_of(payload, _payload)
    if not _has(parts.event):
        raise Rejected("a Sportradar push message without an event (statistics?)")
    if _has(parts.game):
        return nba_push.parse_push(message)
    return soccer_push.parse_push(message)


def _tells_of_soccer(outline: Outline) -> bool:
    """By its events; or by its status, when there are none to come as yet."""
    if _has(outline.timeline) or not _has(outline.sport_event_status):
        return _has(outline.timeline)
    return soccer_timeline.is_yet_to_begin(outline.sport_event_status)


def _tells_of_a_game(outline: Outline) -> bool:
    if _has(outline.periods) or not (_has(outline.away) and _has(outline.status)):
        return _has(outline.periods)
    return nba_play_by_play.is_yet_to_begin(outline.status)


def _has(part: msgspec.Raw) -> bool:
    return part is not ABSENT

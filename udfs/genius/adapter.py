"""The adapter of Genius Sports: finds out which of its feeds a message is of, and reads it.

A message is one JSON document, a list of Match Events, or several lines of JSON.
"""

from __future__ import annotations

from contextlib import suppress

import msgspec

from udfs import limits
from udfs.contract import Message, Parsed, Rejected, Rejection, read_as
from udfs.genius import livestats_snapshot, livestats_stream, match_events, nba_live
from udfs.genius.constants import PROVIDER
from udfs.genius.sniffing import Feed, feed_of
from udfs.reading import check_size, read_json

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_FIXTURE = b'"fixtureId"'
_FIXTURE_BYTES = 64
"""A message with this near its start is almost certainly a Match Event. The busiest feed is read at
once, without a look at its keys first."""

_list = msgspec.json.Decoder(list[msgspec.Raw])


class GeniusAdapter:
    """Reads Match Events, the LiveStats stream, LiveStats `data.json` and NBA live."""

    name = PROVIDER

    def parse(self, message: Message) -> Parsed:
        """Read one message.

        Raises:
            Rejected: it is damaged, of none of the feeds, or does not say which match it is of.
        """
        if _FIXTURE in message.value[:_FIXTURE_BYTES]:
            with suppress(Rejected):  # below it is told what it is, or why it is refused
                return Parsed([match_events.parse_v2(message.value, message)])
        check_size(message.value)
        value = message.value.removeprefix(_BYTE_ORDER_MARK).strip()
        if value.startswith(b"["):
            return _parse_parts([bytes(part) for part in read_json(value, _list)], message)
        if _has_several_lines(value):
            return _parse_parts([line for line in value.split(b"\n") if line.strip()], message)
        return _parse_one(value, message)


def _has_several_lines(value: bytes) -> bool:
    """Whether it is a JSON object a line, and not one object over several lines."""
    first, newline, _ = value.partition(b"\n")
    return bool(newline) and first.rstrip().endswith(b"}")


def _parse_one(value: bytes, message: Message, alone: bool = True) -> Parsed:
    """Read one JSON document; unless it is `alone` in its message it cannot be a snapshot."""
    feed, kind = feed_of(value)
    return read_as(feed.value, _parse_of, feed, kind, value, message, alone)


def _parse_of(feed: Feed, kind: str, value: bytes, message: Message, alone: bool) -> Parsed:
    if feed is Feed.MATCH_EVENT_V2:
        return Parsed([match_events.parse_v2(value, message)])
    if feed is Feed.MATCH_EVENT_V1:
        return Parsed([match_events.parse_v1(value, message)])
    if feed is Feed.STREAM:
        return livestats_stream.parse(value, kind, message)
    if not alone:
        raise Rejected(f"a {feed.value} document must be a message of its own")
    if feed is Feed.SNAPSHOT:
        return livestats_snapshot.parse(value, message)
    return nba_live.parse(value, message)


def _parse_parts(parts: list[bytes], message: Message) -> Parsed:
    """Read several messages in one. Those that cannot be read are rejected one by one, and as one
    if there are no others."""
    if len(parts) > limits.MAX_EVENTS:
        raise Rejected(f"more than {limits.MAX_EVENTS:,} events in one message")
    parsed = Parsed()
    accepted = 0
    for value in parts:
        try:
            found = _parse_one(value, message, alone=False)
        except Rejected as error:
            parsed.rejections.append(Rejection(str(error), value, error.format))
            continue
        accepted += 1
        parsed.events += found.events
        parsed.rejections += found.rejections
    if parsed.rejections and not accepted:
        first = parsed.rejections[0]
        raise Rejected(first.reason, first.format)
    return parsed

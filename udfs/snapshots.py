"""Snapshot feeds: what a polled document changed since the poll before it.

A snapshot lists all events of a match at one moment. An edit shows as other content, a deletion
only as an event that is missing. So that each poll becomes the few events that it changed, the job
keeps a small manifest of the last snapshot (not its events) and compares the next one with it.

Two marks in an event's attributes say what its feed does not know and the poll filled in. They
keep what differs between any two polls out of the comparison:

* `RECEIVED_TIME`: `event_time_ms` is the time of receipt. An unchanged event is not sent again, so
  it keeps the time at which it was first seen.
* `ARRIVAL_VERSION`: `version` is the message's arrival.
"""

from __future__ import annotations

from hashlib import blake2b

import msgspec

from udfs.contract import Parsed
from udfs.model import EventType, MatchEvent, Status

RECEIVED_TIME = ("event_time", "received")
ARRIVAL_VERSION = ("version", "arrival")

_FINGERPRINT_BYTES = 8


class Entry(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """What the manifest keeps of an event.

    version: the provider's version, None where the feed has none (`ARRIVAL_VERSION`).
    fingerprint: of the event's content, without what only the poll knows.
    type: so that a tombstone can say what kind of event it takes back.
    """

    version: int | None
    fingerprint: int
    type: int


class Manifest(msgspec.Struct, array_like=True, frozen=True):
    """A snapshot in short. Provider and sport are for tombstones: an empty snapshot has neither."""

    provider: str
    sport: str
    entries: dict[str, Entry]


_encoder = msgspec.msgpack.Encoder()
_content_encoder = msgspec.msgpack.Encoder(order="deterministic")
_decoder = msgspec.msgpack.Decoder(Manifest)


def manifest_of(parsed: Parsed) -> bytes:
    """The manifest of a snapshot, to be given to `changes` with the next one."""
    first = parsed.events[0] if parsed.events else None
    return _encoder.encode(
        Manifest(
            provider=first.provider if first else parsed.match_id.partition(":")[0],
            sport=first.sport if first else "",
            entries={event_id: _entry(event) for event_id, event in _current(parsed).items()},
        )
    )


def changes(previous: bytes | None, parsed: Parsed, arrival: int) -> list[MatchEvent]:
    """The events of a snapshot that are new or differ from the previous one, and its deletions.

    previous: what `manifest_of` gave for the snapshot before; None for the first one.
    arrival: of the message that `parsed` was read from.

    An event that is missing becomes a tombstone. Its version is the event's own, which the later
    arrival wins; without a version of its own it is `arrival`. An event that could not be read is
    missing too: the state is always that of the last snapshot's readable events.

    Raises:
        msgspec.DecodeError: `previous` is not a manifest.
    """
    events = _current(parsed)
    if previous is None:
        return list(events.values())
    before = _decoder.decode(previous)
    changed = [
        event for event_id, event in events.items() if before.entries.get(event_id) != _entry(event)
    ]
    deleted = [
        _tombstone(before, entry, parsed.match_id, event_id, arrival)
        for event_id, entry in before.entries.items()
        if event_id not in events
    ]
    return changed + deleted


def _current(parsed: Parsed) -> dict[str, MatchEvent]:
    """A snapshot's events by id; of two with one id the higher version, then the later one."""
    current: dict[str, MatchEvent] = {}
    for event in parsed.events:
        other = current.get(event.event_id)
        if other is None or event.version >= other.version:
            current[event.event_id] = event
    return current


def _entry(event: MatchEvent) -> Entry:
    name, mark = RECEIVED_TIME
    event_time_ms = None if event.attributes.get(name) == mark else event.event_time_ms
    name, mark = ARRIVAL_VERSION
    version = None if event.attributes.get(name) == mark else event.version
    content = msgspec.structs.replace(event, version=0, event_time_ms=event_time_ms)
    digest = blake2b(_content_encoder.encode(content), digest_size=_FINGERPRINT_BYTES).digest()
    return Entry(version, int.from_bytes(digest, "big"), event.type)


def _tombstone(
    before: Manifest, entry: Entry, match_id: str, event_id: str, arrival: int
) -> MatchEvent:
    return MatchEvent(
        match_id=match_id,
        event_id=event_id,
        provider=before.provider,
        sport=before.sport,
        type=EventType(entry.type),
        provider_type="",
        version=arrival if entry.version is None else entry.version,
        status=Status.DELETED,
    )

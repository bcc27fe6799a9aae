"""From a feed message in Kafka to canonical events on the wire: what `normalize` runs per message.

Pure Python; `udfs/functions.py` wraps it for Flink.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from udfs import snapshots
from udfs.codec import Identity, Lineage, encode, encode_lineage
from udfs.contract import Adapter, Message, Parsed, Rejected
from udfs.model import MatchEvent

LATE_MS = 60_000
"""Live operators are faster. What is later is a correction, or comes of a feed that was cut off, or
of a match that is long over."""


@dataclass(slots=True)
class FeedItems:
    """All that one feed message held, as parallel lists for SQL's UNNEST.

    match_ids, event_ids, versions, fingerprints, payloads, replaced: one entry an event version.
    replaced: the message says something else of the same version further down.
    reasons, parts, adapters: one entry a rejection; the part is the whole message where all of it
        failed, the adapter is the provider's and says what format it took it for: `opta F24`.
    manifest: the list of a snapshot's events, None for a message that is not a snapshot.
    snapshot_match_id: the snapshot's match.
    late: how many of the events came more than `LATE_MS` after they happened.
    """

    match_ids: list[str] = field(default_factory=list)
    event_ids: list[str] = field(default_factory=list)
    versions: list[int] = field(default_factory=list)
    fingerprints: list[int] = field(default_factory=list)
    payloads: list[bytes] = field(default_factory=list)
    replaced: list[bool] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    parts: list[bytes] = field(default_factory=list)
    adapters: list[str] = field(default_factory=list)
    manifest: bytes | None = None
    snapshot_match_id: str = ""
    late: int = 0


class FeedReader:
    """Reads the messages of any number of feeds. Holds no state between messages.

    adapters: the providers by name.
    aliases: source match id -> the match it counts for.
    """

    def __init__(self, adapters: Mapping[str, Adapter], aliases: Mapping[str, Identity]) -> None:
        self._adapters = adapters
        self._aliases = aliases

    def read(self, provider: str, key: bytes | None, value: bytes, lineage: Lineage) -> FeedItems:
        """A message's events; of a snapshot only its manifest, see `read_snapshot`."""
        try:
            parsed = self._parse(provider, key, value, lineage)
        except Rejected as error:
            adapter = _adapter(provider, error.format)
            return FeedItems(reasons=[str(error)], parts=[value], adapters=[adapter])
        if not parsed.snapshot:
            return self._items(provider, parsed, lineage)
        return FeedItems(manifest=snapshots.manifest_of(parsed), snapshot_match_id=parsed.match_id)

    def read_snapshot(
        self,
        provider: str,
        key: bytes | None,
        value: bytes,
        lineage: Lineage,
        previous: bytes | None,
    ) -> FeedItems:
        """What a snapshot changed since the manifest `previous`, deletions included."""
        parsed = self._parse(provider, key, value, lineage)
        parsed.events = snapshots.changes(previous, parsed, lineage.offset)
        return self._items(provider, parsed, lineage)

    def _parse(self, provider: str, key: bytes | None, value: bytes, lineage: Lineage) -> Parsed:
        adapter = self._adapters.get(provider)
        if adapter is None:
            raise Rejected(f"no adapter for the provider {provider!r}")
        if b"\\u001f" in value or b"\\u001F" in value or b"\x1f" in (key or b""):
            # XML does not allow it. It separates the fields of a write to Redis.
            raise Rejected("a text with the control character U+001F")
        match_key = key.decode("utf-8", "replace") if key else None
        return adapter.parse(Message(value, match_key, lineage.offset, lineage.received_ms))

    def _items(self, provider: str, parsed: Parsed, lineage: Lineage) -> FeedItems:
        events = parsed.events
        in_time_ms = lineage.received_ms - LATE_MS
        origin = encode_lineage(lineage) if events else b""
        owners = [self._identity(event.match_id) for event in events]
        encoded = [
            encode(event, owner, origin) for event, owner in zip(events, owners, strict=True)
        ]
        fingerprints = [fingerprint for _, fingerprint in encoded]
        return FeedItems(
            match_ids=[owner.match_id for owner in owners],
            event_ids=[event.event_id for event in events],
            versions=[event.version for event in events],
            fingerprints=fingerprints,
            payloads=[payload for payload, _ in encoded],
            replaced=_replaced(events, fingerprints),
            reasons=[rejection.reason for rejection in parsed.rejections],
            parts=[rejection.part for rejection in parsed.rejections],
            adapters=[_adapter(provider, rejection.format) for rejection in parsed.rejections],
            late=sum(0 < (event.event_time_ms or 0) < in_time_ms for event in events),
        )

    def _identity(self, match_id: str) -> Identity:
        return self._aliases.get(match_id) or Identity(match_id, True)


def _adapter(provider: str, format_: str) -> str:
    return f"{provider} {format_}" if format_ else provider


def _replaced(events: list[MatchEvent], fingerprints: list[int]) -> list[bool]:
    """Of a document that lists an event more than once in one version, the last one stands."""
    if len(events) == 1:
        return [False]
    names = [(event.match_id, event.event_id, event.version) for event in events]
    last = dict(zip(names, fingerprints, strict=True))
    if len(last) == len(names):
        return [False] * len(names)
    return [
        last[name] != fingerprint for name, fingerprint in zip(names, fingerprints, strict=True)
    ]

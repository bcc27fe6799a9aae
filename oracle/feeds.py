"""Feeds, message by message: the versions that they hold, and what becomes of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from schemas.generated.touchline.v1.match_event_pb2 import MatchEvent
from udfs.codec import Lineage, identities
from udfs.feed import FeedItems, FeedReader
from udfs.registry import ADAPTERS

EventKey = tuple[str, str]
"""Provider and event id: which event of a match."""


class Arrival(NamedTuple):
    """A record of a feed's topic, with its Kafka timestamp (UTC epoch milliseconds)."""

    provider: str
    topic: str
    partition: int
    offset: int
    received_ms: int
    key: bytes | None
    value: bytes


@dataclass(frozen=True)
class Version:
    """A version of an event that is not a duplicate.

    superseded: a higher version was there when it came, or the same message says something else of
        the same version further down.
    """

    payload: bytes
    superseded: bool

    def event(self) -> MatchEvent:
        """The canonical event."""
        return MatchEvent.FromString(self.payload)


class Feeds:
    """Judges what comes, in the order of the feeds' partitions.

    aliases: match id -> the source matches of it, the primary one first (`matches.aliases`).
    counts: topic -> how many messages it had, and of their items how many were received, accepted,
        superseded, duplicate and rejected.
    """

    def __init__(self, aliases: Mapping[str, list[str]]) -> None:
        self.counts: dict[str, Counter[str]] = {}
        self._reader = FeedReader(ADAPTERS, identities(aliases))
        self._manifests: dict[tuple[str, str], bytes] = {}
        self._last: dict[tuple[str, str, str], tuple[int, int]] = {}
        self._highest: dict[tuple[str, str, str], int] = {}

    def take(self, arrival: Arrival) -> list[tuple[str, Version]]:
        """The versions that a message holds, each with its match."""
        counts = self.counts.setdefault(arrival.topic, Counter())
        items = self._items(arrival)
        counts["messages"] += 1
        counts["received"] += len(items.event_ids) + len(items.reasons)
        counts["rejected"] += len(items.reasons)
        found: list[tuple[str, Version]] = []
        for match_id, event_id, version, fingerprint, payload, replaced in zip(
            items.match_ids,
            items.event_ids,
            items.versions,
            items.fingerprints,
            items.payloads,
            items.replaced,
            strict=True,
        ):
            event = (arrival.topic, match_id, event_id)
            repeated = self._last.get(event) == (version, fingerprint)
            highest = max(version, self._highest.get(event, version))
            self._last[event], self._highest[event] = (version, fingerprint), highest
            superseded = version < highest or replaced
            if superseded:
                counts["superseded"] += 1
            elif repeated:
                counts["duplicate"] += 1
                continue
            else:
                counts["accepted"] += 1
            found.append((match_id, Version(payload, superseded)))
        return found

    def _items(self, arrival: Arrival) -> FeedItems:
        provider, key, value = arrival.provider, arrival.key, arrival.value
        lineage = Lineage(arrival.topic, arrival.partition, arrival.offset, arrival.received_ms)
        items = self._reader.read(provider, key, value, lineage)
        if items.manifest is None:
            return items
        snapshots = (arrival.topic, items.snapshot_match_id)
        earlier = self._manifests.get(snapshots)
        self._manifests[snapshots] = items.manifest
        return self._reader.read_snapshot(provider, key, value, lineage, earlier)

"""The work that every engine is given: the real adapter and codec, and the last-write-wins rule.

Only what runs around these functions differs, so that engines are compared, and not parsers.
"""

from __future__ import annotations

from typing import NamedTuple

from udfs.codec import Lineage
from udfs.feed import FeedReader

PROVIDER = "opta"

Known = tuple[int, int]
"""What is remembered of an event: the version and the fingerprint of its current content."""


class Event(NamedTuple):
    """One version of one event, encoded for the topic of canonical events."""

    match_id: str
    event_id: str
    version: int
    fingerprint: int
    payload: bytes


def new_reader() -> FeedReader:
    """A reader of all providers' messages. (Adapters hold decoders, which cannot be pickled.)"""
    from udfs.registry import ADAPTERS

    return FeedReader(ADAPTERS, {})


def read(
    reader: FeedReader, key: bytes | None, value: bytes, origin: tuple[str, int, int, int]
) -> list[Event]:
    """The events of one message; `origin` is its topic, partition, offset and time in ms.

    Raises:
        ValueError: the message, or a part of it, cannot be read: none of the load is like that.
    """
    items = reader.read(PROVIDER, key, value, Lineage(*origin))
    if items.reasons:
        raise ValueError(items.reasons[0])
    return [
        Event(*fields)
        for fields in zip(
            items.match_ids,
            items.event_ids,
            items.versions,
            items.fingerprints,
            items.payloads,
            strict=True,
        )
    ]


def wins(known: Known | None, version: int, fingerprint: int) -> bool:
    """Whether a version replaces what is known: it is not older, and not the same once more."""
    return known is None or (version >= known[0] and (version, fingerprint) != tuple(known))

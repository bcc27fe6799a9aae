"""The canonical event's bytes on Kafka: `touchline.v1.MatchEvent`.

Protobuf merges concatenated messages, so an event is written in parts, and a part that is the same
for a whole match, or for all events of a feed message, is encoded once:

    of the match  |  of the event  |  of the feed message (lineage)  |  fingerprint
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from schemas.generated.touchline.v1 import match_event_pb2 as wire
from udfs.model import MatchEvent, Teams


_SFIXED64 = struct.Struct("<q")
_FINGERPRINT_TAG = wire.MatchEvent(fingerprint=1).SerializeToString()[: -_SFIXED64.size]


@dataclass(frozen=True, slots=True)
class Lineage:
    """Where a feed message is in Kafka, when it came there (UTC epoch milliseconds), and the
    generation of the run that reads it."""

    topic: str
    partition: int
    offset: int
    received_ms: int
    generation: int = 0


class Encoded(NamedTuple):
    """An event's bytes, and the fingerprint of its content (a signed 64-bit number)."""

    payload: bytes
    fingerprint: int


class Identity(NamedTuple):
    """The match that an event counts for, and whether its provider is the one that counts."""

    match_id: str
    primary: bool


def identities(aliases: Mapping[str, list[str]]) -> dict[str, Identity]:
    """Source match id -> identity, of `matches.aliases` (the first of a list is primary)."""
    return {
        source: Identity(match_id, source == sources[0])
        for match_id, sources in aliases.items()
        for source in sources
    }


def encode_lineage(lineage: Lineage) -> bytes:
    """The part that all events of one feed message share."""
    return wire.MatchEvent(
        arrival=lineage.offset,
        received_ms=lineage.received_ms,
        source_topic=lineage.topic,
        source_partition=lineage.partition,
        generation=lineage.generation,
    ).SerializeToString()


def encode(event: MatchEvent, identity: Identity, lineage: bytes) -> Encoded:
    """One event for the topic `match-events`; `lineage` is what `encode_lineage` gave."""
    content = (
        _encode_match(
            identity, event.match_id, event.provider, event.sport, event.teams,
            event.competition, event.season,
        )
        + _encode_event(event)
    )  # fmt: skip
    digest = hashlib.blake2b(content, digest_size=8).digest()
    return Encoded(content + lineage + _FINGERPRINT_TAG + digest, _SFIXED64.unpack(digest)[0])


@lru_cache(maxsize=4_096)
def _encode_match(
    identity: Identity,
    source_match_id: str,
    provider: str,
    sport: str,
    teams: Teams,
    competition: str,
    season: str,
) -> bytes:
    part: bytes = wire.MatchEvent(
        match_id=identity.match_id,
        primary=identity.primary,
        source_match_id=source_match_id,
        provider=provider,
        sport=sport,
        home_team_id=teams.home_id,
        home_team=teams.home,
        away_team_id=teams.away_id,
        away_team=teams.away,
        competition=competition,
        season=season,
    ).SerializeToString()
    return part


def _encode_event(event: MatchEvent) -> bytes:
    message = wire.MatchEvent(
        event_id=event.event_id,
        version=event.version,
        status=int(event.status),
        type=int(event.type),
        provider_type=event.provider_type,
        side=int(event.side),
        team_id=event.team_id,
        player_id=event.player_id,
        player_name=event.player_name,
        points=event.points,
        confirmed=event.confirmed,
        period=event.period,
        clock=event.clock,
        game_time_ms=event.game_time_ms,
        event_time_ms=event.event_time_ms,
        x=event.x,
        y=event.y,
        located=event.x is not None and event.y is not None,
        home_score=event.home_score,
        away_score=event.away_score,
        score_asserted=event.home_score is not None and event.away_score is not None,
        match_status=int(event.match_status),
    )
    if event.related_player_ids:
        message.related_player_ids.extend(event.related_player_ids)
    if event.attributes:
        message.attributes.update(event.attributes)
    part: bytes = message.SerializeToString(deterministic=True)
    return part

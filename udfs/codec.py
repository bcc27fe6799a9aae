"""The canonical event's bytes on Kafka: `touchline.v1.MatchEvent`.

Protobuf merges concatenated messages, so an event is written in parts, and what comes again and
again (the match, the kind of event, a player, the message that a feed's events came in) is encoded
once and remembered:

    content, part by part  |  lineage of the feed message  |  fingerprint of the content
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple

from schemas.generated.touchline.v1 import match_event_pb2 as wire
from udfs.model import MatchEvent, Teams

_SFIXED64 = struct.Struct("<q")
_FINGERPRINT_TAG = wire.MatchEvent(fingerprint=1).SerializeToString()[: -_SFIXED64.size]


class Lineage(NamedTuple):
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
    source = _of_source(lineage.topic, lineage.partition, lineage.generation)
    return source + _bytes(arrival=lineage.offset, received_ms=lineage.received_ms)


def encode(event: MatchEvent, identity: Identity, lineage: bytes) -> Encoded:
    """One event for the topic `match-events`; `lineage` is what `encode_lineage` gave."""
    content = b"".join(
        (
            _of_match(
                identity, event.match_id, event.provider, event.sport, event.teams,
                event.competition, event.season,
            ),
            _of_kind(
                int(event.type), event.provider_type, int(event.status), int(event.side),
                event.team_id, event.points, event.confirmed, int(event.match_status),
            ),
            _of_moment(event.period, event.clock, event.game_time_ms),
            _of_players(event.player_id, event.player_name, event.related_player_ids),
            _of_score(event.home_score, event.away_score),
            _bytes(
                event_id=event.event_id, version=event.version,
                event_time_ms=event.event_time_ms, x=event.x, y=event.y,
                located=event.x is not None and event.y is not None,
            ),
            *sorted(map(_attribute, event.attributes, event.attributes.values())),
        )
    )  # fmt: skip
    digest = blake2b(content, digest_size=_SFIXED64.size).digest()
    [fingerprint] = _SFIXED64.unpack(digest)
    return Encoded(b"".join((content, lineage, _FINGERPRINT_TAG, digest)), fingerprint)


def _bytes(**fields: object) -> bytes:
    """A part of an event. (Of one field of the map at most: its order in bytes is not defined.)"""
    part: bytes = wire.MatchEvent(**fields).SerializeToString()
    return part


@lru_cache(maxsize=1_024)
def _of_source(topic: str, partition: int, generation: int) -> bytes:
    return _bytes(source_topic=topic, source_partition=partition, generation=generation)


@lru_cache(maxsize=4_096)
def _of_match(
    identity: Identity,
    source_match_id: str,
    provider: str,
    sport: str,
    teams: Teams,
    competition: str,
    season: str,
) -> bytes:
    return _bytes(
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
    )


@lru_cache(maxsize=16_384)
def _of_kind(
    type_: int,
    provider_type: str,
    status: int,
    side: int,
    team_id: str,
    points: int,
    confirmed: bool,
    match_status: int,
) -> bytes:
    return _bytes(
        type=type_,
        provider_type=provider_type,
        status=status,
        side=side,
        team_id=team_id,
        points=points,
        confirmed=confirmed,
        match_status=match_status,
    )


@lru_cache(maxsize=65_536)
def _of_moment(period: int, clock: str, game_time_ms: int) -> bytes:
    return _bytes(period=period, clock=clock, game_time_ms=game_time_ms)


@lru_cache(maxsize=16_384)
def _of_players(player_id: str, name: str, related: tuple[str, ...]) -> bytes:
    return _bytes(player_id=player_id, player_name=name, related_player_ids=related)


@lru_cache(maxsize=16_384)
def _of_score(home: int | None, away: int | None) -> bytes:
    asserted = home is not None and away is not None
    return _bytes(home_score=home, away_score=away, score_asserted=asserted)


@lru_cache(maxsize=65_536)
def _attribute(name: str, text: str) -> bytes:
    return _bytes(attributes={name: text})

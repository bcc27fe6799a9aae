"""Push events of the US leagues: one event a message, in an envelope with its game.

`{"payload": {"game": {...}, "event": {...}}, "metadata": {"league", "match", "operation", ...}}`

`operation` is update or delete in the NBA and create or update in MLB. A create can be missing, so
create and update are one: the event as it is now.
"""

from __future__ import annotations

from typing import Any

import msgspec

from udfs.contract import Message, Parsed
from udfs.lenient import or_empty, text
from udfs.reading import read_json
from udfs.sportradar import constants as c
from udfs.sportradar.standing import status_named
from udfs.sportradar.us_mapping import setting_of, sport_of_periods, to_event
from udfs.sportradar.us_records import Event, Game, Period
from udfs.sportradar.values import match_id

DELETE = "delete"


class Payload(msgspec.Struct):
    """The event and its game."""

    game: Game
    event: Event


class Metadata(msgspec.Struct):
    """What one may filter a stream by."""

    league: Any = None
    match: Any = None
    status: Any = None
    event_type: Any = None
    operation: Any = None


class PushMessage(msgspec.Struct):
    """One message."""

    payload: Payload
    metadata: Metadata = msgspec.field(default_factory=Metadata)


_decoder = msgspec.json.Decoder(PushMessage)


def parse_push(message: Message) -> Parsed:
    """The message's event.

    Raises:
        Rejected: damaged, no event or game in it, no id, or a time that is none.
    """
    push = read_json(message.value, _decoder)
    game, metadata = push.payload.game, push.metadata
    league = text(metadata.league).upper()
    period = or_empty(push.payload.event.period, Period)
    setting = setting_of(
        game,
        match_id(message, game.id, metadata.match),
        c.SPORT_OF_LEAGUE.get(league) or sport_of_periods([text(period.type)]),
        league,
        message,
    )
    # `metadata.status` knows of half-time, where `game.status` stays "inprogress"
    said = text(metadata.status) or text(game.status)
    setting.status = status_named(said, begun=bool(period.number or period.sequence))
    event = to_event(
        push.payload.event,
        setting,
        deleted=metadata.operation == DELETE,
        provider_type=text(metadata.event_type),
    )
    if event.home_score is None and event.away_score is None:
        event.home_score, event.away_score = setting.home_score, setting.away_score
    return Parsed(events=[event])

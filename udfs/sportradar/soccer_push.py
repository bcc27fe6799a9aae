"""Push events of soccer: one event a message, with the match's status at that moment.

`{"payload": {"sport_event_status": {...}, "event": {...}}, "metadata": {"sport_event_id", ...}}`

The teams are not named: an event's side is known, its team's id is not. Competition and season are
known by their ids only.
"""

from __future__ import annotations

from typing import Any

import msgspec

from udfs.contract import Message, Parsed
from udfs.lenient import text
from udfs.reading import read_json
from udfs.sportradar import constants as c
from udfs.sportradar.soccer_mapping import Setting, to_event
from udfs.sportradar.soccer_records import Event, EventStatus
from udfs.sportradar.soccer_status import clock_of, last_period_of, score_of, status_of
from udfs.sportradar.values import match_id

DELETE = "delete"


class Payload(msgspec.Struct):
    """The event and the match's status."""

    event: Event
    sport_event_status: EventStatus = msgspec.field(default_factory=EventStatus)


class Metadata(msgspec.Struct):
    """What one may filter a stream by; `event_id` is the event's type."""

    sport_event_id: Any = None
    competition_id: Any = None
    season_id: Any = None
    sport_id: Any = None
    operation: Any = None


class PushMessage(msgspec.Struct):
    """One message."""

    payload: Payload
    metadata: Metadata


_decoder = msgspec.json.Decoder(PushMessage)


def parse_push(message: Message) -> Parsed:
    """The message's event. The score is always the status': an edited goal's can be an old one.

    Raises:
        Rejected: damaged, no event in it, no id, or a time that is none.
    """
    push = read_json(message.value, _decoder)
    status, metadata = push.payload.sport_event_status, push.metadata
    home_score, away_score = score_of(status)
    sport = text(metadata.sport_id)
    setting = Setting(
        match_id=match_id(message, metadata.sport_event_id),
        sport=c.SPORT_OF_ID.get(sport, c.UNKNOWN_SPORT) if sport else c.SOCCER,
        competition=text(metadata.competition_id),
        season=text(metadata.season_id),
        arrival=message.arrival,
        status=status_of(status),
        home_score=home_score,
        away_score=away_score,
        last_period=last_period_of(status),
        clock_s=clock_of(status),
    )
    return Parsed(events=[to_event(push.payload.event, setting, metadata.operation == DELETE)])

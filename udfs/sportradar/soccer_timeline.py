"""REST timeline of a soccer match, v3 and v4: all its events at one moment. A snapshot."""

from __future__ import annotations

import msgspec

from udfs import limits
from udfs.contract import Message, Parsed, Rejected, Rejection
from udfs.lenient import items_of, or_empty, text
from udfs.model import MatchEvent
from udfs.reading import read_json
from udfs.sportradar import constants as c
from udfs.sportradar.soccer_mapping import (
    Setting,
    teams_of,
    to_event,
)
from udfs.sportradar.soccer_records import (
    Competitor,
    Context,
    Event,
    EventStatus,
    Named,
    SportEvent,
    Tournament,
)
from udfs.sportradar.soccer_status import last_period_of, score_of, status_of
from udfs.sportradar.soccer_times import periods_of
from udfs.sportradar.standing import standing, yet_to_begin
from udfs.sportradar.values import match_id, part_of


class Timeline(msgspec.Struct):
    """The document."""

    sport_event: SportEvent
    timeline: list[msgspec.Raw] = msgspec.field(default_factory=list)
    sport_event_status: EventStatus = msgspec.field(default_factory=EventStatus)


_decoder = msgspec.json.Decoder(Timeline)
_event = msgspec.json.Decoder(Event)
_status = msgspec.json.Decoder(EventStatus)


def parse_timeline(message: Message) -> Parsed:
    """The document's events.

    `sport_event_status` is that of the moment: only the latest event asserts it, so that a poll
    does not change all the others. Without events the match has one, its `standing`.

    Raises:
        Rejected: damaged as a whole, no match id, or too many events.
    """
    document = read_json(message.value, _decoder)
    if len(document.timeline) > limits.MAX_EVENTS:
        raise Rejected(f"more than {limits.MAX_EVENTS:,} events in one document")
    setting = _setting(document, message)
    parsed = Parsed(snapshot=True, match_id=setting.match_id)
    events: list[tuple[Event, msgspec.Raw]] = []
    for raw in document.timeline:
        try:
            events.append((part_of(raw, _event), raw))
        except Rejected as error:
            parsed.rejections.append(Rejection(str(error), bytes(raw)))
    setting.periods = periods_of(event for event, _ in events)
    for event, raw in events:
        try:
            parsed.events.append(to_event(event, setting))
        except Rejected as error:
            parsed.rejections.append(Rejection(str(error), bytes(raw)))
    if not document.timeline:
        status = document.sport_event_status
        parsed.events.append(
            standing(
                *(setting.match_id, setting.sport, status_of(status), setting.arrival),
                *(setting.teams, setting.competition, setting.season),
                *score_of(status),
            )
        )
    else:
        _assert_current(parsed.events, document.sport_event_status)
    return parsed


def is_yet_to_begin(sport_event_status: msgspec.Raw) -> bool:
    """Whether a document's status is of a match of which no events are to be expected.

    Raises:
        Rejected: it is no status.
    """
    return yet_to_begin(status_of(part_of(sport_event_status, _status)))


def _setting(document: Timeline, message: Message) -> Setting:
    match = document.sport_event
    context = or_empty(match.sport_event_context, Context)
    tournament = or_empty(match.tournament, Tournament)
    sport = or_empty(context.sport, Named).id or or_empty(tournament.sport, Named).id
    sides: dict[str, tuple[str, str]] = {}
    for team in items_of(match.competitors, Competitor):
        sides[text(team.qualifier)] = (text(team.id), text(team.name))
    return Setting(
        match_id=match_id(message, match.id),
        sport=c.SPORT_OF_ID.get(text(sport), c.UNKNOWN_SPORT) if sport else c.SOCCER,
        teams=teams_of(*sides.get("home", ("", "")), *sides.get("away", ("", ""))),
        competition=text(or_empty(context.competition, Named).name or tournament.name),
        season=text(or_empty(context.season, Named).name or or_empty(match.season, Named).name),
        arrival=message.arrival,
        own_scores=True,
        last_period=last_period_of(document.sport_event_status),
    )


def _assert_current(events: list[MatchEvent], status: EventStatus) -> None:
    if events:
        latest = max(reversed(events), key=lambda event: event.game_time_ms)
        latest.match_status = status_of(status)
        latest.home_score, latest.away_score = score_of(status)

"""REST play-by-play of the US leagues: all events of a game, by period. A snapshot.

v7 has v3's shape with more in it: `sequence`, `wall_clock` and the score of every event, and
`deleted_events`. A v3 document has one score, the current one, and no time but `updated`.
"""

from __future__ import annotations

import msgspec

from udfs import limits
from udfs.contract import Message, Parsed, Rejected, Rejection
from udfs.lenient import OddList, text
from udfs.model import MatchEvent, MatchStatus
from udfs.reading import read_json
from udfs.sportradar import constants as c
from udfs.sportradar.standing import standing, status_named, yet_to_begin
from udfs.sportradar.us_mapping import (
    UPDATE_TIME,
    Setting,
    setting_of,
    sport_of_periods,
    to_event,
)
from udfs.sportradar.us_records import ABSENT, Event, Game, League, Period
from udfs.sportradar.values import match_id, part_of

ESTIMATED_TIME = ("event_time", "estimated")


class PeriodEvents(Period):
    """A period with its events, in the order of the game."""

    events: list[msgspec.Raw] | OddList = None


class PlayByPlay(Game):
    """The document: a game with its periods."""

    periods: list[PeriodEvents] = msgspec.field(default_factory=list)
    deleted_events: msgspec.Raw = ABSENT


_decoder = msgspec.json.Decoder(PlayByPlay)
_event = msgspec.json.Decoder(Event)
_deleted = msgspec.json.Decoder(list[msgspec.Raw])
_any = msgspec.json.Decoder()


def parse_play_by_play(message: Message) -> Parsed:
    """The document's events, and the deleted ones where it lists them.

    Its status and its score are those of the moment: only the latest event asserts them, so that a
    poll does not change all the others. Without periods the game has one event, its `standing`.

    Raises:
        Rejected: damaged as a whole, no game id, or too many events.
    """
    document = read_json(message.value, _decoder)
    identifier = match_id(message, document.id)
    setting = setting_of(document, identifier, _sport(document), _league(document), message)
    parsed = Parsed(snapshot=True, match_id=identifier)
    for period in document.periods:
        for raw in period.events if isinstance(period.events, list) else []:
            _read(parsed, raw, setting, period)
    _estimate_times(parsed.events)
    _assert_current(parsed.events, setting, document)
    if not document.periods:
        # The greatest sport that was ever said stands, which "other" is.
        sport = "" if setting.sport == c.UNKNOWN_SPORT else setting.sport
        parsed.events.append(
            standing(
                *(identifier, sport, _status(document, begun=False), setting.arrival),
                *(setting.teams, setting.league, ""),
                *(setting.home_score, setting.away_score),
            )
        )
    for raw in _deleted_events(document):
        _read(parsed, raw, setting, None)
    return parsed


def _read(parsed: Parsed, raw: msgspec.Raw, setting: Setting, period: Period | None) -> None:
    """Add one event, or why it is none. One without a period was deleted."""
    if len(parsed.events) + len(parsed.rejections) >= limits.MAX_EVENTS:
        raise Rejected(f"more than {limits.MAX_EVENTS:,} events in one document")
    try:
        event = part_of(raw, _event)
        if period is not None and not isinstance(event.period, Period):
            event.period = period
        parsed.events.append(to_event(event, setting, deleted=period is None))
    except Rejected as error:
        parsed.rejections.append(Rejection(str(error), bytes(raw)))


def _deleted_events(document: PlayByPlay) -> list[msgspec.Raw]:
    raw = document.deleted_events
    return part_of(raw, _deleted) if bytes(raw).startswith(b"[") else []


def _sport(document: PlayByPlay) -> str:
    league = _league(document)
    if league in c.SPORT_OF_LEAGUE:
        return c.SPORT_OF_LEAGUE[league]
    return sport_of_periods(text(period.type) for period in document.periods)


def _league(document: PlayByPlay) -> str:
    league = document.league
    return text(league.alias).upper() if isinstance(league, League) else ""


def _estimate_times(events: list[MatchEvent]) -> None:
    """v3: an edit's time is at or after the event's, and events come in the order of the game. So
    an event did not happen after any later one's edit, which tells the time of one edited late."""
    until: int | None = None
    for event in reversed(events):
        if event.event_time_ms is None or event.attributes.get(UPDATE_TIME[0]) != UPDATE_TIME[1]:
            continue
        if until is not None and event.event_time_ms > until:
            event.event_time_ms = until
            event.attributes.update([ESTIMATED_TIME])
        until = event.event_time_ms


def _assert_current(events: list[MatchEvent], setting: Setting, document: PlayByPlay) -> None:
    if events:
        latest = max(reversed(events), key=lambda event: event.game_time_ms)
        latest.match_status = _status(document, begun=True)
        latest.home_score, latest.away_score = setting.home_score, setting.away_score


def _status(document: Game, begun: bool) -> MatchStatus:
    return status_named(text(document.status), begun)


def is_yet_to_begin(status: msgspec.Raw) -> bool:
    """Whether a document's status is of a game of which no periods are to be expected."""
    return yet_to_begin(_status(Game(status=part_of(status, _any)), begun=False))

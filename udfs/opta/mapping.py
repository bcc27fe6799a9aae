"""From Opta's records to canonical events. Total: whatever was parsed can be mapped.

Order within a match (`game_time_ms`): period * 10,000,000 + the match clock in milliseconds. The
clock of a later period starts below where stoppage time ended (47:10 of the first half comes before
45:00 of the second), so the period leads; no clock reaches 10,000 seconds. Before the match is 0,
a break sorts at the end of the period before it, and all after the match at POST_MATCH_ORDER.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from udfs.model import EventType, MatchEvent, MatchStatus, Side, Status, Teams
from udfs.opta.constants import (
    NAMES_A_PLAYER,
    OUTCOME_CONCEDED,
    OUTCOME_WON,
    PeriodId,
    QualifierId,
    TypeId,
)
from udfs.opta.raw import RawEvent, RawMatch

PROVIDER = "opta"
SPORT = "soccer"

PERIOD_STRIDE_MS = 10_000_000
PRE_MATCH_ORDER = 0
POST_MATCH_ORDER = (PeriodId.SHOOT_OUT + 1) * PERIOD_STRIDE_MS

_ORDER_OUTSIDE_PLAY = {
    PeriodId.PRE_MATCH: PRE_MATCH_ORDER,
    PeriodId.PRE_MATCH_LINE_UP: PRE_MATCH_ORDER,
    PeriodId.HALF_TIME: 2 * PERIOD_STRIDE_MS - 1,
    PeriodId.BEFORE_EXTRA_TIME: 3 * PERIOD_STRIDE_MS - 1,
    PeriodId.EXTRA_HALF_TIME: 4 * PERIOD_STRIDE_MS - 1,
    PeriodId.BEFORE_SHOOT_OUT: 5 * PERIOD_STRIDE_MS - 1,
    PeriodId.POST_MATCH: POST_MATCH_ORDER,
}

_IN_PLAY = range(PeriodId.FIRST_HALF, PeriodId.SHOOT_OUT + 1)

_OTHER = EventType.OTHER
_SAME_FOR_ALL = {
    TypeId.PASS: EventType.PASS,
    TypeId.OFFSIDE_PASS: EventType.OFFSIDE,
    TypeId.PLAYER_ON: EventType.SUBSTITUTION,
}
"""Types that need no more than a look at their number; `_RULES` has the others."""

_CARDS = {
    QualifierId.RED_CARD: EventType.RED_CARD,
    QualifierId.SECOND_YELLOW_CARD: EventType.SECOND_YELLOW_CARD,
    QualifierId.YELLOW_CARD: EventType.YELLOW_CARD,
}


def to_events(match: RawMatch) -> list[MatchEvent]:
    """The canonical events of a match, in the document's order.

    `match` is used up: its events' attributes become those of the canonical ones.
    """
    match_id = f"{PROVIDER}:{match.id}"
    return [_to_event(raw, match, match_id) for raw in match.events]


def _to_event(raw: RawEvent, match: RawMatch, match_id: str) -> MatchEvent:
    type_id, period, attributes = raw.type_id, raw.period_id, raw.attributes
    event = MatchEvent(
        match_id=match_id,
        event_id=raw.id,
        provider=PROVIDER,
        sport=SPORT,
        type=_SAME_FOR_ALL.get(type_id, _OTHER),
        provider_type=_text(type_id),
        version=raw.version,
        event_time_ms=raw.event_time_ms,
        side=match.teams.side_of(raw.team_id),
        team_id=raw.team_id,
        player_id=raw.player_id,
        player_name=raw.player_name,
        teams=match.teams,
        competition=match.competition,
        season=match.season,
        attributes=attributes,
    )
    if period in _IN_PLAY:
        clock_s = raw.minute * 60 + raw.second
        event.period = period
        event.clock = _clock(clock_s)
        event.game_time_ms = period * PERIOD_STRIDE_MS + clock_s * 1_000
    else:
        event.game_time_ms = _ORDER_OUTSIDE_PLAY.get(period, POST_MATCH_ORDER)
        attributes["period_id"] = str(period)
    if raw.x or raw.y:  # what has no place (a card, a substitution, a delete) is sent with 0, 0
        event.x, event.y = _on_pitch(raw.x), _on_pitch(raw.y)
    if not attributes.keys().isdisjoint(NAMES_A_PLAYER):
        event.related_player_ids = tuple(
            attributes[name] for name in NAMES_A_PLAYER if attributes.get(name)
        )
    rule = _RULES.get(type_id)
    if rule is not None:
        rule(event, raw, match)
    return event


Rule = Callable[[MatchEvent, RawEvent, RawMatch], None]
"""Completes an event of one type: what is already in it is right for all types."""


def _foul(event: MatchEvent, raw: RawEvent, _: RawMatch) -> None:
    """Both teams have a row of each foul: it counts for the one that committed it."""
    # A deleted foul no longer tells which of the two it was.
    if raw.outcome == OUTCOME_CONCEDED or raw.type_id in _DELETES:
        event.type = EventType.FOUL


def _corner(event: MatchEvent, raw: RawEvent, _: RawMatch) -> None:
    """Both teams have a row of each corner: it counts for the one that takes it."""
    if raw.outcome == OUTCOME_WON:
        event.type = EventType.CORNER


def _miss(event: MatchEvent, raw: RawEvent, _: RawMatch) -> None:
    in_shoot_out = raw.period_id == PeriodId.SHOOT_OUT
    event.type = EventType.SHOOTOUT_MISS if in_shoot_out else EventType.SHOT_OFF_TARGET


def _save(event: MatchEvent, raw: RawEvent, _: RawMatch) -> None:
    """The shooter's row; saved by anybody: with qualifier 82 by an outfield player, a block."""
    if raw.period_id == PeriodId.SHOOT_OUT:
        event.type = EventType.SHOOTOUT_MISS
    elif QualifierId.BLOCKED in raw.attributes:
        event.type = EventType.SHOT_BLOCKED
    else:
        event.type = EventType.SHOT_ON_TARGET


def _goal(event: MatchEvent, raw: RawEvent, match: RawMatch) -> None:
    """A shoot-out's goals do not count for the score."""
    if raw.period_id == PeriodId.SHOOT_OUT:
        event.type = EventType.SHOOTOUT_GOAL
        return
    event.points = 1
    if QualifierId.OWN_GOAL in raw.attributes:
        _own_goal(event, raw, match.teams)
    else:
        event.type = EventType.GOAL


def _own_goal(event: MatchEvent, raw: RawEvent, teams: Teams) -> None:
    """Sent as the conceding team's; it counts for the other one, and is on that one's pitch: each
    team's rows attack towards 100."""
    event.type = EventType.OWN_GOAL
    event.attributes["own_goal_team_id"] = raw.team_id
    event.team_id = {Side.HOME: teams.away_id, Side.AWAY: teams.home_id}.get(event.side, "")
    event.side = teams.side_of(event.team_id)
    if event.x is not None and event.y is not None:
        event.x, event.y = 100 - event.x, 100 - event.y


def _card(event: MatchEvent, raw: RawEvent, _: RawMatch) -> None:
    """One that was rescinded is none: it stays in the timeline, and counts nowhere."""
    if QualifierId.RESCINDED_CARD in raw.attributes:
        return
    for qualifier, kind in _CARDS.items():
        if qualifier in raw.attributes:
            event.type = kind
            return


def _start(event: MatchEvent, _: RawEvent, __: RawMatch) -> None:
    if event.period:
        event.type = EventType.PERIOD_START
        event.match_status = MatchStatus.LIVE


def _end(event: MatchEvent, raw: RawEvent, match: RawMatch) -> None:
    """A period's end; one in the period after the match ends the match. The document's score is
    the final one, so only then it is asserted."""
    if event.period:
        event.type = EventType.PERIOD_END
        last = event.period == PeriodId.SHOOT_OUT or QualifierId.GAME_END in raw.attributes
        event.match_status = MatchStatus.ENDED if last else MatchStatus.BREAK
    elif raw.period_id == PeriodId.POST_MATCH:
        event.type = EventType.MATCH_END
        event.match_status = MatchStatus.ENDED
        event.home_score, event.away_score = match.home_score, match.away_score


def _delete(event: MatchEvent, raw: RawEvent, match: RawMatch) -> None:
    """The event's last version: of the type that it had (qualifier 144), but nothing of it counts.
    Its place is sent as 0, 0."""
    original = raw.attributes.get(QualifierId.ORIGINAL_TYPE, "")
    type_id = int(original) if original.isascii() and original.isdigit() else raw.type_id
    event.type = _SAME_FOR_ALL.get(type_id, _OTHER)
    rule = _RULES.get(type_id)
    if rule is not None and type_id not in _DELETES:
        rule(event, raw, match)
    event.status = Status.DELETED
    event.points = 0
    event.match_status = MatchStatus.UNKNOWN
    event.home_score = event.away_score = None


_DELETES = {TypeId.DELETED_EVENT, TypeId.DELETED_AFTER_REVIEW}

_RULES: dict[int, Rule] = {
    TypeId.FOUL: _foul,
    TypeId.CORNER_AWARDED: _corner,
    TypeId.MISS: _miss,
    TypeId.POST: _miss,
    TypeId.ATTEMPT_SAVED: _save,
    TypeId.GOAL: _goal,
    TypeId.CARD: _card,
    TypeId.START: _start,
    TypeId.END: _end,
    TypeId.DELETED_EVENT: _delete,
    TypeId.DELETED_AFTER_REVIEW: _delete,
}


def _on_pitch(coordinate: float | None) -> float | None:
    """The ball can be up to 2 beyond a line: that is on the line."""
    if coordinate is None or 0 <= coordinate <= 100:
        return coordinate
    return 0.0 if coordinate < 0 else 100.0


@lru_cache(maxsize=16_384)
def _clock(seconds: int) -> str:
    return f"{seconds // 60:02d}:{seconds % 60:02d}"


_text = lru_cache(maxsize=1_024)(str)

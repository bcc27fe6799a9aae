"""US leagues' events to canonical ones; of basketball all, of other sports what all have in common.

version: `updated` (whole seconds). Several versions of an event share a second, so that ties go to
the later arrival. A delete has no `updated`: its `deleted` is its version.

event time: `wall_clock`, documented as the time of the occurrence. (In simulations it is that of
the original game, years before `updated`.) v3 has none: then `updated`, marked in the attributes.

Order within a match (`game_time_ms`): period * 10,000,000 + play time elapsed in it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import msgspec

from udfs.contract import Message, Rejected
from udfs.lenient import items_of, number, or_empty, text, whole
from udfs.model import (
    FINAL_VERSION,
    NO_ATTRIBUTES,
    EventType,
    MatchEvent,
    MatchStatus,
    Side,
    Status,
    Teams,
)
from udfs.snapshots import ARRIVAL_VERSION
from udfs.sportradar import constants as c
from udfs.sportradar.us_records import (
    Attribution,
    Event,
    Game,
    Lineup,
    Location,
    OnCourt,
    Period,
    Player,
    Statistic,
    Team,
)
from udfs.sportradar.values import (
    PERIOD_STRIDE_MS,
    clock_seconds,
    clock_text,
    first_moment,
    part_of,
    percent,
)

UPDATE_TIME = ("event_time", "updated")
"""Marks an event time that is the time of the last edit, at or after that of the event."""

MAX_PERIOD = 99

_KEPT = ("description", "sequence", "attempt", "turnover_type", "rescinded")
"""Fields that become attributes of the same name."""

_NO_PERIOD = Period()
_on_court = msgspec.json.Decoder(OnCourt)


@dataclass(slots=True)
class Setting:
    """What the events of one message have in common."""

    match_id: str
    sport: str
    league: str
    teams: Teams
    arrival: int
    status: MatchStatus = MatchStatus.UNKNOWN
    home_score: int | None = None
    away_score: int | None = None


def setting_of(game: Game, match_id: str, sport: str, league: str, message: Message) -> Setting:
    """The setting of a game's events: its teams and their current scores."""
    home, away = or_empty(game.home, Team), or_empty(game.away, Team)
    return Setting(
        match_id=match_id,
        sport=sport,
        league=league,
        teams=_teams(text(home.id), text(home.name), text(away.id), text(away.name)),
        arrival=message.arrival,
        home_score=_score(home),
        away_score=_score(away),
    )


def sport_of_periods(kinds: Iterable[str]) -> str:
    """The sport by the types of its periods."""
    known = (c.SPORT_OF_PERIOD[kind] for kind in kinds if kind in c.SPORT_OF_PERIOD)
    return next(known, c.UNKNOWN_SPORT)


def to_event(
    event: Event, setting: Setting, deleted: bool = False, provider_type: str = ""
) -> MatchEvent:
    """One event. `provider_type` is for one that does not say it itself.

    Raises:
        Rejected: no id, or a time that is none.
    """
    event_id = text(event.id)
    if not event_id:
        raise Rejected("an event without an id")
    if deleted or event.deleted:
        return _tombstone(event, event_id, setting, provider_type)
    provider_type = text(event.event_type) or text(event.type) or provider_type
    basketball = setting.sport == c.BASKETBALL
    statistics = _statistics(event)
    attributes = _attributes(event, statistics)
    # A technical foul that was taken back stays in the timeline, and counts nowhere.
    counts = basketball and text(event.rescinded) != "true"
    type_ = _type(provider_type, statistics, setting.league) if counts else EventType.OTHER
    version = first_moment(event.updated, event.updated_at, event.created, event.created_at)
    if version is None:
        attributes.update([ARRIVAL_VERSION])
    event_time_ms = first_moment(event.wall_clock, event.created, event.created_at)
    if event_time_ms is None and version is not None:
        event_time_ms = version
        attributes.update([UPDATE_TIME])
    attribution = event.attribution if isinstance(event.attribution, Attribution) else None
    team_id = text(attribution.id) if attribution else ""
    side = setting.teams.side_of(team_id)
    player_id, player_name, related = _players(event, type_, side, statistics, attributes)
    period, clock, game_time_ms = _when(event, setting.league)
    x, y = _where(event, attribution) if basketball else (None, None)
    return MatchEvent(
        match_id=setting.match_id,
        event_id=event_id,
        provider=c.PROVIDER,
        sport=setting.sport,
        type=type_,
        provider_type=provider_type,
        version=setting.arrival if version is None else version,
        period=period,
        clock=clock,
        game_time_ms=game_time_ms,
        event_time_ms=event_time_ms,
        side=side,
        team_id=team_id,
        player_id=player_id,
        player_name=player_name,
        related_player_ids=related,
        points=_points(provider_type, statistics) if basketball else 0,
        x=x,
        y=y,
        home_score=whole(event.home_points),
        away_score=whole(event.away_points),
        match_status=setting.status,
        teams=setting.teams,
        competition=setting.league,
        attributes=attributes or NO_ATTRIBUTES,
    )


def _points(provider_type: str, statistics: list[Statistic]) -> int:
    usual = c.POINTS.get(provider_type, 0)
    if not usual:
        return 0
    said = (whole(one.points) for one in statistics if text(one.type) in c.SHOTS)
    return next((points for points in said if points and 0 < points <= c.MAX_POINTS), usual)


def _tombstone(event: Event, event_id: str, setting: Setting, provider_type: str) -> MatchEvent:
    """A deleted event: what it was is known from its earlier versions, not from this one."""
    provider_type = text(event.event_type) or text(event.type) or provider_type
    version = first_moment(event.deleted, event.updated, event.updated_at)
    basketball = setting.sport == c.BASKETBALL
    return MatchEvent(
        match_id=setting.match_id,
        event_id=event_id,
        provider=c.PROVIDER,
        sport=setting.sport,
        type=_type(provider_type, [], setting.league) if basketball else EventType.OTHER,
        provider_type=provider_type,
        version=FINAL_VERSION if version is None else version,
        status=Status.DELETED,
        clock=_when(event, setting.league)[1],
        home_score=whole(event.home_points),
        away_score=whole(event.away_points),
        match_status=setting.status,
        teams=setting.teams,
        competition=setting.league,
    )


@lru_cache(maxsize=4_096)
def _teams(home_id: str, home: str, away_id: str, away: str) -> Teams:
    return Teams(home_id, home, away_id, away)


def _score(team: Team) -> int | None:
    points = whole(team.points)
    return whole(team.runs) if points is None else points


def _type(provider_type: str, statistics: list[Statistic], league: str) -> EventType:
    if provider_type == c.HEAVE and league == c.COUNTS_HEAVES:
        return EventType.THREE_POINT_MISSED
    if provider_type == c.REBOUND:
        kinds = (text(statistic.rebound_type) for statistic in statistics)
        return next((c.REBOUNDS[kind] for kind in kinds if kind in c.REBOUNDS), EventType.OTHER)
    return c.BASKETBALL_TYPES.get(provider_type, EventType.OTHER)


def _statistics(event: Event) -> list[Statistic]:
    return items_of(event.statistics, Statistic)


def _players(
    event: Event,
    type_: EventType,
    side: Side,
    statistics: list[Statistic],
    attributes: dict[str, str],
) -> tuple[str, str, tuple[str, ...]]:
    """The player, their name and the related players; who did what goes into `attributes`."""
    if type_ is EventType.SUBSTITUTION:
        return "", "", _five(event, side)
    player_id = player_name = ""
    related: list[str] = []
    for statistic in statistics:
        player = statistic.player
        if not isinstance(player, Player):
            continue
        found = text(player.id)
        part = c.SECONDARY_STATISTICS.get(text(statistic.type))
        if part is None:
            player_id = player_id or found
            player_name = player_name or text(player.full_name)
        elif found:
            attributes[part] = found
            related.append(found)
    return player_id, player_name, tuple(related)


def _five(event: Event, side: Side) -> tuple[str, ...]:
    """The team's players on the court from now on; one without an id is left out."""
    if side is Side.UNKNOWN or not bytes(event.on_court):
        return ()
    try:
        on_court = part_of(event.on_court, _on_court)
    except Rejected:  # it drifted or is damaged; the event itself stands
        return ()
    lineup = on_court.home if side is Side.HOME else on_court.away
    ids = (text(player.id) for player in items_of(or_empty(lineup, Lineup).players, Player))
    return tuple(player_id for player_id in ids if player_id)


def _attributes(event: Event, statistics: list[Statistic]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in _KEPT:
        value = getattr(event, name)
        if value is not None and (shown := text(value)):
            found[name] = shown
    if event.qualifiers and (qualifiers := _qualifiers(event)):
        found["qualifiers"] = qualifiers
    for statistic in statistics:
        if statistic.shot_type:
            found["shot_type"] = text(statistic.shot_type)
            found["shot_distance_ft"] = text(statistic.shot_distance)
        elif statistic.free_throw_type:
            found["free_throw_type"] = text(statistic.free_throw_type)
    return found


def _qualifiers(event: Event) -> str:
    names = (text(q.get("qualifier")) for q in items_of(event.qualifiers, dict))
    return ",".join(name for name in names if name)


def _when(event: Event, league: str) -> tuple[int, str, int]:
    """Period, clock, and the play time elapsed that sorts events."""
    period = event.period if isinstance(event.period, Period) else _NO_PERIOD
    return _place(
        whole(period.sequence),
        whole(period.number),
        text(period.type),
        text(event.clock),
        text(event.clock_decimal),
        league,
    )


@lru_cache(maxsize=16_384)
def _place(
    sequence: int | None, number_: int | None, kind: str, clock: str, decimal: str, league: str
) -> tuple[int, str, int]:
    period = period_number(sequence, number_, kind)
    shown, left = clock_seconds(clock), clock_seconds(decimal or clock)
    length = period_seconds(kind, league)
    elapsed_ms = 0
    if left is not None and length is not None:
        elapsed_ms = round(max(length - left, 0.0) * 1000)
    text_ = "" if shown is None else clock_text(int(shown))
    return period, text_, period * PERIOD_STRIDE_MS + elapsed_ms


def period_number(sequence: int | None, number_: int | None, kind: str) -> int:
    """1 to 4, overtime 5 and on (with halves: 1, 2, 3 and on). `number` starts again with
    overtime, `sequence` does not."""
    if sequence is None and number_ is not None and kind == "overtime":
        return number_ + c.QUARTERS
    found = number_ if sequence is None else sequence
    return found if found is not None and 0 <= found <= MAX_PERIOD else 0


def period_seconds(kind: str, league: str) -> int | None:
    """How long a period of this kind is; None where it is not known."""
    if kind == "quarter":
        return c.LEAGUE_QUARTER_SECONDS.get(league, c.PERIOD_SECONDS[kind])
    return c.PERIOD_SECONDS.get(kind)


def _where(event: Event, attribution: Attribution | None) -> tuple[float | None, float | None]:
    """On one pitch, attacking towards x = 100. (0, 0) is how the feed says that it does not know;
    without the team's basket there is no direction."""
    basket = attribution.team_basket if attribution else None
    if not isinstance(event.location, Location) or basket not in ("left", "right"):
        return None, None
    x, y = number(event.location.coord_x), number(event.location.coord_y)
    if x is None or y is None or x == y == 0:
        return None, None
    return _on_pitch(x, y, basket)


@lru_cache(maxsize=65_536)
def _on_pitch(x: float, y: float, basket: str) -> tuple[float, float]:
    if basket == "left":
        x, y = c.COURT_LENGTH - x, c.COURT_WIDTH - y
    return percent(x, c.COURT_LENGTH), percent(y, c.COURT_WIDTH)

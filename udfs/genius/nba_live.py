"""NBA live play-by-play (`playbyplay_{gameId}.json`): LiveStats-like, a whole game, polled.

`actionNumber` identifies, `orderNumber` orders, `edited` is the version. Overtimes go on counting
(period 5, 6, ...). Scores are texts. The document does not say who plays at home: it is the team
that an action is of when `scoreHome` grows. An assist is no action of its own but a part of the
shot's: it is in `related_player_ids` and in the attribute `assistPersonId`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import msgspec

from udfs.contract import Message, Parsed, Rejected, Rejection
from udfs.genius.basketball import checked_period, game_time_ms, kind_of, nba_clock
from udfs.genius.constants import (
    BASKETBALL,
    G_LEAGUE_GAMES,
    MAX_FREE_THROW_POINTS,
    NBA_OVERTIME_MINUTES,
    NBA_PERIOD_MINUTES,
    PROVIDER,
    REGULAR_PERIODS,
    STATUS_AFTER,
    WNBA_GAMES,
    WNBA_PERIOD_MINUTES,
)
from udfs.genius.values import (
    Scalar,
    items,
    joined,
    match_id_of,
    percent,
    required,
    score,
    whole,
)
from udfs.lenient import text
from udfs.model import NO_TEAMS, EventType, MatchEvent, MatchStatus, Teams
from udfs.reading import epoch_ms, read_json
from udfs.snapshots import ARRIVAL_VERSION, RECEIVED_TIME

_OVERTIME_MS = NBA_OVERTIME_MINUTES * 60_000
_MADE = "made"
_LEFT = "left"
_NOBODY = "0"


class Action(msgspec.Struct, rename="camel", gc=False):
    """One of `game.actions`."""

    action_number: Scalar = None
    order_number: Scalar = None
    action_type: Scalar = None
    sub_type: Scalar = None
    descriptor: Scalar = None
    qualifiers: list[Scalar] | Scalar = None
    clock: Scalar = None
    period: Scalar = None
    time_actual: Scalar = None
    edited: Scalar = None
    team_id: Scalar = None
    team_tricode: Scalar = None
    person_id: Scalar = None
    player_name: Scalar = None
    player_name_i: Scalar = None
    shot_result: Scalar = None
    score_home: Scalar = None
    score_away: Scalar = None
    x: Scalar = None
    y: Scalar = None
    side: Scalar = None
    description: Scalar = None
    possession: Scalar = None
    shot_action_number: Scalar = None
    shot_distance: Scalar = None
    assist_person_id: Scalar = None
    foul_drawn_person_id: Scalar = None
    steal_person_id: Scalar = None
    block_person_id: Scalar = None


class Game(msgspec.Struct, rename="camel"):
    """The document's `game`."""

    game_id: Scalar = None
    actions: msgspec.Raw = msgspec.Raw(b"")


class Document(msgspec.Struct):
    """The whole document."""

    game: Game


class Scored(NamedTuple):
    """An action, and the score after it.

    one_free_throw: what a free throw is worth, if it went in.
    """

    action: Action
    order: int
    home: int | None
    away: int | None
    one_free_throw: int = 1


_ATTRIBUTES = (
    "sub_type",
    "descriptor",
    "description",
    "possession",
    "shot_action_number",
    "shot_distance",
    "assist_person_id",
    "foul_drawn_person_id",
    "steal_person_id",
    "block_person_id",
    "order_number",
)
_ATTRIBUTE_NAMES = tuple(
    (field.name, field.encode_name)
    for field in msgspec.structs.fields(Action)
    if field.name in _ATTRIBUTES
)

_document = msgspec.json.Decoder(Document)
_actions = msgspec.json.Decoder(list[Action] | None)
_action = msgspec.json.Decoder(Action)


def parse(value: bytes, message: Message) -> Parsed:
    """Read one document; the events are in game order.

    Raises:
        Rejected: it is damaged, or neither it nor its sender names the game.
    """
    game = read_json(value, _document).game
    match_id = match_id_of(game.game_id, message.key)
    actions, rejections = items(game.actions, _actions, _action)
    scored: list[Scored] = []
    for action in actions:
        try:
            scored.append(_scored(action))
        except Rejected as error:
            rejections.append(Rejection(str(error), msgspec.json.encode(action)))
    scored.sort(key=_order)
    if text(game.game_id).startswith(G_LEAGUE_GAMES):
        scored = _with_free_throws(scored)
    teams = _teams_of(scored)
    period_ms = _period_ms(text(game.game_id))
    events: list[MatchEvent] = []
    for row in scored:
        try:
            events.append(_event(row, match_id, teams, period_ms, message))
        except Rejected as error:
            rejections.append(Rejection(str(error), msgspec.json.encode(row.action)))
    return Parsed(events, rejections, snapshot=True, match_id=match_id)


def _scored(action: Action) -> Scored:
    number = required(action.action_number, "actionNumber")
    order = whole(action.order_number, "orderNumber")
    return Scored(
        action,
        number if order is None else order,
        score(action.score_home, "scoreHome"),
        score(action.score_away, "scoreAway"),
    )


def _order(row: Scored) -> int:
    return row.order


def _with_free_throws(rows: list[Scored]) -> list[Scored]:
    """Each row with what a free throw is worth there: what the score has grown by."""
    found, before = [], 0
    for row in rows:
        after = before if row.home is None or row.away is None else row.home + row.away
        grown = after - before
        known = 1 <= grown <= MAX_FREE_THROW_POINTS
        found.append(row._replace(one_free_throw=grown) if known else row)
        before = after
    return found


def _teams_of(rows: Iterable[Scored]) -> Teams:
    """Who plays at home, from the first score that only one side's points explain. Until then
    (`NO_TEAMS`) events have a team but no side."""
    names: dict[str, str] = {}
    home_id = away_id = ""
    home_before = away_before = 0
    for action, _, home, away, _ in rows:
        team_id = _known(action.team_id)
        if team_id:
            names.setdefault(team_id, text(action.team_tricode))
        if home is None or away is None:
            continue
        if team_id and not (home_id or away_id):
            if home > home_before and away == away_before:
                home_id = team_id
            elif away > away_before and home == home_before:
                away_id = team_id
        home_before, away_before = home, away
    if not (home_id or away_id):
        return NO_TEAMS
    other = next((team_id for team_id in names if team_id not in (home_id, away_id)), "")
    home_id, away_id = home_id or other, away_id or other
    return Teams(home_id, names.get(home_id, ""), away_id, names.get(away_id, ""))


def _period_ms(game_id: str) -> int:
    """How long a period is, by the league: a game's id begins with its number."""
    women = game_id.startswith(WNBA_GAMES)
    return (WNBA_PERIOD_MINUTES if women else NBA_PERIOD_MINUTES) * 60_000


def _event(
    row: Scored, match_id: str, teams: Teams, period_ms: int, message: Message
) -> MatchEvent:
    action = row.action
    action_type, sub_type = text(action.action_type), text(action.sub_type)
    kind = kind_of(
        action_type, _sub_type(action, sub_type), text(action.shot_result).lower() == _MADE
    )
    clock = nba_clock(text(action.clock))
    period = checked_period(whole(action.period, "period"))
    length_ms = period_ms if period <= REGULAR_PERIODS else _OVERTIME_MS
    attributes = _attributes(action)
    team_id = _known(action.team_id)
    x, y = _place(action)
    return MatchEvent(
        match_id=match_id,
        event_id=text(action.action_number),
        provider=PROVIDER,
        sport=BASKETBALL,
        type=kind.type,
        provider_type=action_type,
        version=_version(action, attributes, message),
        period=period,
        clock=clock.shown,
        game_time_ms=game_time_ms(period, length_ms, clock, kind.type),
        event_time_ms=_event_time(action, attributes, message),
        side=teams.side_of(team_id),
        team_id=team_id,
        player_id=_known(action.person_id),
        player_name=text(action.player_name_i) or text(action.player_name),
        related_player_ids=_related(action),
        points=row.one_free_throw if kind.type is EventType.FREE_THROW_MADE else kind.points,
        x=x,
        y=y,
        home_score=row.home,
        away_score=row.away,
        match_status=STATUS_AFTER.get(kind.type, MatchStatus.UNKNOWN),
        teams=teams,
        attributes=attributes,
    )


def _known(id_: Scalar) -> str:
    """The id of a team or a person, empty where it is that of nobody."""
    found = text(id_)
    return "" if found == _NOBODY else found


def _sub_type(action: Action, sub_type: str) -> str:
    """A team's dead-ball rebound is no rebound in a box score."""
    qualifiers = action.qualifiers
    dead = isinstance(qualifiers, list) and "deadball" in qualifiers
    return f"{sub_type}deadball" if dead else sub_type


def _version(action: Action, attributes: dict[str, Any], message: Message) -> int:
    """When it was edited, else when it happened; the poll's arrival if it says neither."""
    changed = text(action.edited) or text(action.time_actual)
    if changed:
        return epoch_ms(changed)
    attributes.update((ARRIVAL_VERSION,))
    return message.arrival


def _event_time(action: Action, attributes: dict[str, Any], message: Message) -> int | None:
    happened = text(action.time_actual)
    if happened:
        return epoch_ms(happened)
    attributes.update((RECEIVED_TIME,))
    return message.received_ms


def _place(action: Action) -> tuple[float | None, float | None]:
    """The place, attacking towards x = 100: `side` is the basket that is attacked."""
    x, y = percent(action.x, "x"), percent(action.y, "y")
    if x is None or y is None:
        return None, None
    return (100 - x, 100 - y) if text(action.side) == _LEFT else (x, y)


def _related(action: Action) -> tuple[str, ...]:
    people = (
        action.assist_person_id,
        action.foul_drawn_person_id,
        action.steal_person_id,
        action.block_person_id,
    )
    return tuple(found for person in people if (found := _known(person)))


def _attributes(action: Action) -> dict[str, Any]:
    attributes = {
        encoded: value
        for name, encoded in _ATTRIBUTE_NAMES
        if (value := text(getattr(action, name)))
    }
    if action.qualifiers:
        attributes["qualifiers"] = joined(action.qualifiers)
    return attributes

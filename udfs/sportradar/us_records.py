"""The records of the US leagues' feeds, as they are: push and play-by-play share them.

Only what is mapped is declared; all else is skipped unread. A field that may be anything is `Any`,
an object that may be missing or have become something else is `... | Odd`.
"""

from __future__ import annotations

from typing import Any

import msgspec

from udfs.lenient import Odd, OddList

ABSENT = msgspec.Raw(b"")


class Player(msgspec.Struct, gc=False):
    """A player; the id of a new one can be missing (`sd:player:,` in the metadata)."""

    id: Any = None
    full_name: Any = None


class Statistic(msgspec.Struct):
    """One player's or team's part in an event: a field goal, the assist to it, the block of it."""

    type: Any = None
    player: Player | Odd = None
    rebound_type: Any = None
    shot_type: Any = None
    shot_distance: Any = None
    free_throw_type: Any = None
    points: Any = None


class Attribution(msgspec.Struct, gc=False):
    """The team whose event it is. `team_basket` is the one that it shoots at."""

    id: Any = None
    team_basket: Any = None


class Location(msgspec.Struct, gc=False):
    """Where on the court, in inches."""

    coord_x: Any = None
    coord_y: Any = None


class Period(msgspec.Struct, gc=False):
    """`number` starts again with overtime, `sequence` does not."""

    number: Any = None
    sequence: Any = None
    type: Any = None


class Lineup(msgspec.Struct):
    """A team's players on the court."""

    id: Any = None
    players: list[Player | Odd] | OddList = None


class OnCourt(msgspec.Struct):
    """Both teams' players on the court."""

    home: Lineup | Odd = None
    away: Lineup | Odd = None


class Event(msgspec.Struct):
    """An event. A deleted one has an id, its type, clock, score and `deleted` only."""

    id: Any = None
    event_type: Any = None
    type: Any = None
    clock: Any = None
    clock_decimal: Any = None
    updated: Any = None
    updated_at: Any = None
    created: Any = None
    created_at: Any = None
    wall_clock: Any = None
    deleted: Any = None
    rescinded: Any = None
    number: Any = None
    sequence: Any = None
    description: Any = None
    home_points: Any = None
    away_points: Any = None
    attempt: Any = None
    turnover_type: Any = None
    qualifiers: Any = None
    attribution: Attribution | Odd = None
    location: Location | Odd = None
    period: Period | Odd = None
    statistics: list[Statistic | Odd] | OddList = None
    on_court: msgspec.Raw = ABSENT


class Team(msgspec.Struct, gc=False):
    """A side of the game, with its current score."""

    id: Any = None
    name: Any = None
    points: Any = None
    runs: Any = None


class League(msgspec.Struct, gc=False):
    """What v7 documents name; v3 does not."""

    alias: Any = None


class Game(msgspec.Struct):
    """The game an event is of."""

    id: Any = None
    status: Any = None
    home: Team | Odd = None
    away: Team | Odd = None
    league: League | Odd = None

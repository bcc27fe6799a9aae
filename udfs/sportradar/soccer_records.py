"""The records of the soccer feeds, as they are: v3 and v4, timeline and push.

v3 says `team`, `goal_scorer`, `assist`, `player`, `player_in` and `player_out`; v4 says
`competitor` and `players` with a type each. Fields come and go (`decision`, of video reviews, did),
so only what is mapped is declared, and all else is skipped unread.
"""

from __future__ import annotations

from typing import Any

import msgspec

from udfs.lenient import Odd, OddList


class Player(msgspec.Struct, gc=False):
    """A player; `method` is v3's, of a goal scorer; `type` is v4's part in the event."""

    id: Any = None
    name: Any = None
    type: Any = None
    method: Any = None


class Event(msgspec.Struct):
    """An event of a timeline."""

    id: Any = None
    type: Any = None
    time: Any = None
    updated: Any = None
    updated_time: Any = None
    deleted: Any = None
    match_time: Any = None
    match_clock: Any = None
    stoppage_time: Any = None
    stoppage_time_clock: Any = None
    period: Any = None
    period_type: Any = None
    period_name: Any = None
    team: Any = None
    competitor: Any = None
    x: Any = None
    y: Any = None
    home_score: Any = None
    away_score: Any = None
    method: Any = None
    outcome: Any = None
    status: Any = None
    description: Any = None
    decision: Any = None
    card_description: Any = None
    injury_time_announced: Any = None
    goal_scorer: Player | Odd = None
    assist: Player | Odd = None
    player: Player | Odd = None
    player_in: Player | Odd = None
    player_out: Player | Odd = None
    players: list[Player | Odd] | OddList = None


class PeriodScore(msgspec.Struct, gc=False):
    """The score of one period."""

    number: Any = None
    type: Any = None
    home_score: Any = None
    away_score: Any = None


class StatusClock(msgspec.Struct, gc=False):
    """v4: what has been played, "90:00" and of stoppage time "4:23"."""

    played: Any = None
    stoppage_time_played: Any = None


class EventStatus(msgspec.Struct):
    """`sport_event_status`: the match at the moment of the message."""

    status: Any = None
    match_status: Any = None
    home_score: Any = None
    away_score: Any = None
    period_scores: list[PeriodScore | Odd] | OddList = None
    clock: StatusClock | Odd = None


class Competitor(msgspec.Struct, gc=False):
    """A team."""

    id: Any = None
    name: Any = None
    qualifier: Any = None


class Named(msgspec.Struct, gc=False):
    """A sport, a season or a competition."""

    id: Any = None
    name: Any = None


class Tournament(Named):
    """v3's competition."""

    sport: Named | Odd = None


class Context(msgspec.Struct):
    """v4's `sport_event_context`."""

    sport: Named | Odd = None
    season: Named | Odd = None
    competition: Named | Odd = None


class SportEvent(msgspec.Struct):
    """The match: v3 says tournament and season itself, v4 in its context."""

    id: Any = None
    competitors: list[Competitor | Odd] | OddList = None
    tournament: Tournament | Odd = None
    season: Named | Odd = None
    sport_event_context: Context | Odd = None

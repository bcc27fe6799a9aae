"""What Genius Sports' words and numbers mean, as look-up tables.

Sources: the public pages "Match Events" (geniussports.atlassian.net, spaces/BID) and "Match Action
Types", "LiveStats TV feed" and "Livestream read" (developer.geniussports.com). Where they name no
words (soccer's and basketball's actions of Match Events, the states of a match) the tables hold
plausible ones; any other passes through as OTHER with its own name.
"""

from __future__ import annotations

from udfs.model import EventType, MatchStatus

PROVIDER = "genius"

HOME_TEAM = 1
AWAY_TEAM = 2
"""`tno` and `teamNumber`; 0 is neither."""

# ------------------------------------------------------------------------------------ basketball

BASKETBALL = "basketball"
REGULAR_PERIODS = 4
FIBA_PERIOD_MINUTES = 10
FIBA_OVERTIME_MINUTES = 5
NBA_PERIOD_MINUTES = 12
NBA_OVERTIME_MINUTES = 5
WNBA_PERIOD_MINUTES = 10
WNBA_GAMES = "10"
G_LEAGUE_GAMES = "20"
"""How their games' ids begin. (The NBA's begin with 00.)"""
MAX_FREE_THROW_POINTS = 3
"""In the G League one free throw stands for all that a foul has earned."""

OVERTIME = "OVERTIME"

SHOTS: dict[str, tuple[EventType, EventType, int]] = {
    "1pt": (EventType.OTHER, EventType.OTHER, 1),  # from within the arc, in 3x3
    "2pt": (EventType.TWO_POINT_MADE, EventType.TWO_POINT_MISSED, 2),
    "3pt": (EventType.THREE_POINT_MADE, EventType.THREE_POINT_MISSED, 3),
    "heave": (EventType.THREE_POINT_MADE, EventType.THREE_POINT_MISSED, 3),
    "freethrow": (EventType.FREE_THROW_MADE, EventType.FREE_THROW_MISSED, 1),
}
"""actionType -> type if it went in, type if not, points if it went in."""

ACTIONS: dict[str, EventType] = {
    "assist": EventType.ASSIST,
    "block": EventType.BLOCK,
    "foul": EventType.FOUL,
    "jumpball": EventType.JUMP_BALL,
    "steal": EventType.STEAL,
    "substitution": EventType.SUBSTITUTION,
    "timeout": EventType.TIMEOUT,
    "turnover": EventType.TURNOVER,
}
"""actionType -> type. `foulon` is left out: it is the same foul, told of the fouled player."""

ACTIONS_BY_SUBTYPE: dict[tuple[str, str], EventType] = {
    ("game", "start"): EventType.MATCH_START,
    ("game", "end"): EventType.MATCH_END,
    ("period", "start"): EventType.PERIOD_START,
    ("period", "end"): EventType.PERIOD_END,
    ("rebound", "offensive"): EventType.OFFENSIVE_REBOUND,
    ("rebound", "defensive"): EventType.DEFENSIVE_REBOUND,
    ("jumpball", "won"): EventType.OTHER,
    ("jumpball", "lost"): EventType.OTHER,
}
"""(actionType, subType) -> type; comes before `ACTIONS`.

Dead-ball rebounds (`offensivedeadball`, `defensivedeadball`) are no rebounds in a box score, and
`won` and `lost` tell the outcome of a jump ball that has its own action."""

STATUS_AFTER: dict[EventType, MatchStatus] = {
    EventType.MATCH_START: MatchStatus.LIVE,
    EventType.PERIOD_START: MatchStatus.LIVE,
    EventType.PERIOD_END: MatchStatus.BREAK,
    EventType.MATCH_END: MatchStatus.ENDED,
}

PERIOD_MS = 10_000_000
"""`game_time_ms` of a period's start is its number times this: no period is that long."""

RANK_AT_EQUAL_CLOCK: dict[EventType, int] = {EventType.PERIOD_END: 1, EventType.MATCH_END: 2}
"""Milliseconds that put the end of a period after what happened with it, and the match's last."""

# ------------------------------------------------------------------------------ LiveStats stream

ACTION = "action"
PLAY_BY_PLAY = "playbyplay"
STATUS = "status"
TEAMS = "teams"
MATCH_INFORMATION = "matchInformation"
"""`type` of the stream's messages that hold events."""
STREAM_TYPES = frozenset(
    {ACTION, PLAY_BY_PLAY, STATUS, TEAMS, MATCH_INFORMATION}
    | {"setup", "officials", "boxscore", "summary", "scoreboard", "playersOnCourt"}
    | {"connection", "parameters", "ping", "heartbeat", "error"}
)
"""All known types. A new one is known by its `messageId`, and ignored."""

STREAM_STATUS: dict[str, MatchStatus] = {
    "scheduled": MatchStatus.SCHEDULED,
    "ready": MatchStatus.SCHEDULED,
    "delayed": MatchStatus.SCHEDULED,
    "rescheduled": MatchStatus.SCHEDULED,
    "inprogress": MatchStatus.LIVE,
    "periodbreak": MatchStatus.BREAK,
    "interrupted": MatchStatus.BREAK,
    "finished": MatchStatus.ENDED,
    "protested": MatchStatus.ENDED,
    "complete": MatchStatus.ENDED,
    "cancelled": MatchStatus.ABANDONED,
}

# ---------------------------------------------------------------------------------- Match Events

SPORT_BY_ID: dict[int, str] = {10: "soccer", 17: "american_football", 91189: "volleyball"}
SPORT_BY_TYPE: dict[str, str] = {
    "Football": "soccer",
    "AmericanFootball": "american_football",
    "Basketball": BASKETBALL,
    "IceHockey": "ice_hockey",
    "Volleyball": "volleyball",
    "Tennis": "tennis",
    "Baseball": "baseball",
}
"""The sport's part of a .NET `$type`; it decides where there is one."""
UNKNOWN_SPORT = "unknown"
COUNTDOWN_SPORTS = frozenset({BASKETBALL, "american_football", "ice_hockey"})
"""Sports whose `gameTime` is the time that remains in the period."""

SOCCER_ACTIONS: dict[str, EventType] = {
    "goal": EventType.GOAL,
    "owngoal": EventType.OWN_GOAL,
    "shotontarget": EventType.SHOT_ON_TARGET,
    "shotofftarget": EventType.SHOT_OFF_TARGET,
    "shotonwoodwork": EventType.SHOT_OFF_TARGET,
    "shotwoodwork": EventType.SHOT_OFF_TARGET,
    "shotoffwoodwork": EventType.SHOT_OFF_TARGET,
    "shotblocked": EventType.SHOT_BLOCKED,
    "blockedshot": EventType.SHOT_BLOCKED,
    "corner": EventType.CORNER,
    "cornerkick": EventType.CORNER,
    "pass": EventType.PASS,
    "foul": EventType.FOUL,
    "offside": EventType.OFFSIDE,
    "substitution": EventType.SUBSTITUTION,
    "yellowcard": EventType.YELLOW_CARD,
    "secondyellowcard": EventType.SECOND_YELLOW_CARD,
    "redcard": EventType.RED_CARD,
    "straightredcard": EventType.RED_CARD,
}
CARD_ACTIONS = frozenset({"card", "booking", "bookingadded"})
CARDS: dict[str, EventType] = {
    "yellow": EventType.YELLOW_CARD,
    "secondyellow": EventType.SECOND_YELLOW_CARD,
    "yellowred": EventType.SECOND_YELLOW_CARD,
    "red": EventType.RED_CARD,
    "straightred": EventType.RED_CARD,
}
"""`action.type` of a card."""
OWN_GOAL = "owngoal"
SHOOTOUT_MISSES = frozenset({"penaltymissed", "missedpenalty", "penaltysaved", "shotsaved"})

BASKETBALL_ACTIONS: dict[str, EventType] = {
    "twopointsscored": EventType.TWO_POINT_MADE,
    "twopointsmissed": EventType.TWO_POINT_MISSED,
    "threepointsscored": EventType.THREE_POINT_MADE,
    "threepointsmissed": EventType.THREE_POINT_MISSED,
    "freethrowscored": EventType.FREE_THROW_MADE,
    "freethrowmissed": EventType.FREE_THROW_MISSED,
    "offensiverebound": EventType.OFFENSIVE_REBOUND,
    "defensiverebound": EventType.DEFENSIVE_REBOUND,
    "assist": EventType.ASSIST,
    "steal": EventType.STEAL,
    "block": EventType.BLOCK,
    "turnover": EventType.TURNOVER,
    "foul": EventType.FOUL,
    "timeout": EventType.TIMEOUT,
    "substitution": EventType.SUBSTITUTION,
    "jumpball": EventType.JUMP_BALL,
    "tipoff": EventType.JUMP_BALL,
}

ACTIONS_BY_SPORT: dict[str, dict[str, EventType]] = {
    "soccer": SOCCER_ACTIONS,
    BASKETBALL: BASKETBALL_ACTIONS,
}
"""sport -> action name in lower case -> type. All actions of other sports are OTHER."""

POINTS: dict[EventType, int] = {
    EventType.GOAL: 1,
    EventType.OWN_GOAL: 1,
    EventType.TWO_POINT_MADE: 2,
    EventType.THREE_POINT_MADE: 3,
    EventType.FREE_THROW_MADE: 1,
}

PERIOD_CHANGES = frozenset({"periodchanged", "phasechanged", "periodchange", "phasechange"})
PERIOD_PROGRESS: dict[str, EventType] = {
    "inprogress": EventType.PERIOD_START,
    "finished": EventType.PERIOD_END,
    "completed": EventType.PERIOD_END,
}
STATUS_CHANGES = frozenset({"matchstatuschanged", "matchstatuschange"})
MATCH_STATUS: dict[str, MatchStatus] = {
    "prematch": MatchStatus.SCHEDULED,
    "notstarted": MatchStatus.SCHEDULED,
    "inprogress": MatchStatus.LIVE,
    "break": MatchStatus.BREAK,
    "halftime": MatchStatus.BREAK,
    "interrupted": MatchStatus.BREAK,
    "suspended": MatchStatus.BREAK,
    "finished": MatchStatus.ENDED,
    "completed": MatchStatus.ENDED,
    "postmatch": MatchStatus.ENDED,
    "abandoned": MatchStatus.ABANDONED,
    "cancelled": MatchStatus.ABANDONED,
}

SOCCER_SHOOTOUT_PERIOD = 5
REGULAR_PERIODS_BY_SPORT: dict[str, int] = {"soccer": 2, BASKETBALL: REGULAR_PERIODS}
EXTRA_PERIOD_TYPES = frozenset({"extratime", "overtime", "extra"})
SHOOTOUT_PERIOD_TYPES = frozenset({"penaltyshootout", "penalties", "shootout", "penaltyshoot-out"})

"""What Sportradar's names mean here."""

from __future__ import annotations

from typing import Final

from udfs.model import EventType, MatchStatus

PROVIDER: Final = "sportradar"

BASKETBALL: Final = "basketball"
SOCCER: Final = "soccer"
UNKNOWN_SPORT: Final = "other"

SPORT_OF_LEAGUE: Final = {
    "NBA": BASKETBALL,
    "WNBA": BASKETBALL,
    "GLEAGUE": BASKETBALL,
    "NBAGL": BASKETBALL,
    "NBDL": BASKETBALL,
    "NCAAMB": BASKETBALL,
    "NCAAM": BASKETBALL,
    "NCAAWB": BASKETBALL,
    "NCAAW": BASKETBALL,
    "MLB": "baseball",
    "NHL": "ice_hockey",
    "NFL": "american_football",
    "NCAAFB": "american_football",
}
"""`metadata.league` of a push message, `league.alias` of a play-by-play."""

SPORT_OF_PERIOD: Final = {"quarter": BASKETBALL, "half": BASKETBALL, "period": "ice_hockey"}
"""Where the league is not named or not known (a v3 play-by-play names none), the type of a period
tells the sport; where that does not either, the match is kept, as `UNKNOWN_SPORT`."""

SPORT_OF_ID: Final = {
    "sr:sport:1": SOCCER,
    "sr:sport:2": BASKETBALL,
    "sr:sport:3": "baseball",
    "sr:sport:4": "ice_hockey",
    "sr:sport:5": "tennis",
    "sr:sport:6": "handball",
    "sr:sport:12": "rugby",
    "sr:sport:16": "american_football",
    "sr:sport:23": "volleyball",
}

DELAYED: Final = "delayed"
"""Documented as of a match whose start is delayed, and of one that was under way."""

MATCH_STATUSES: Final = {
    "scheduled": MatchStatus.SCHEDULED,
    "created": MatchStatus.SCHEDULED,
    "time-tbd": MatchStatus.SCHEDULED,
    "if-necessary": MatchStatus.SCHEDULED,
    "not_started": MatchStatus.SCHEDULED,
    "match_about_to_start": MatchStatus.SCHEDULED,
    "start_delayed": MatchStatus.SCHEDULED,
    DELAYED: MatchStatus.SCHEDULED,
    "postponed": MatchStatus.SCHEDULED,
    "inprogress": MatchStatus.LIVE,
    "live": MatchStatus.LIVE,
    "started": MatchStatus.LIVE,
    "1st_half": MatchStatus.LIVE,
    "2nd_half": MatchStatus.LIVE,
    "overtime": MatchStatus.LIVE,
    "1st_extra": MatchStatus.LIVE,
    "2nd_extra": MatchStatus.LIVE,
    "penalties": MatchStatus.LIVE,
    "halftime": MatchStatus.BREAK,
    "pause": MatchStatus.BREAK,
    "awaiting_extra": MatchStatus.BREAK,
    "awaiting_extra_time": MatchStatus.BREAK,
    "extra_time_halftime": MatchStatus.BREAK,
    "awaiting_penalties": MatchStatus.BREAK,
    "interrupted": MatchStatus.BREAK,
    "suspended": MatchStatus.BREAK,
    "complete": MatchStatus.ENDED,
    "closed": MatchStatus.ENDED,
    "ended": MatchStatus.ENDED,
    "aet": MatchStatus.ENDED,
    "ap": MatchStatus.ENDED,
    "abandoned": MatchStatus.ABANDONED,
    "cancelled": MatchStatus.ABANDONED,
    "unnecessary": MatchStatus.ABANDONED,
}

BASKETBALL_TYPES: Final = {
    "twopointmade": EventType.TWO_POINT_MADE,
    "twopointmiss": EventType.TWO_POINT_MISSED,
    "threepointmade": EventType.THREE_POINT_MADE,
    "threepointmiss": EventType.THREE_POINT_MISSED,
    "freethrowmade": EventType.FREE_THROW_MADE,
    "freethrowmiss": EventType.FREE_THROW_MISSED,
    "personalfoul": EventType.FOUL,
    "shootingfoul": EventType.FOUL,
    "offensivefoul": EventType.FOUL,
    "technicalfoul": EventType.FOUL,
    "technicalfoulnonunsportsmanlike": EventType.FOUL,
    "clearpathfoul": EventType.FOUL,
    "flagrantone": EventType.FOUL,
    "flagranttwo": EventType.FOUL,
    "turnover": EventType.TURNOVER,
    "teamtimeout": EventType.TIMEOUT,
    "tvtimeout": EventType.TIMEOUT,
    "officialtimeout": EventType.TIMEOUT,
    "challengetimeout": EventType.TIMEOUT,
    "opentip": EventType.JUMP_BALL,
    "jumpball": EventType.JUMP_BALL,
    "lineupchange": EventType.SUBSTITUTION,
    "startperiod": EventType.PERIOD_START,
    "endperiod": EventType.PERIOD_END,
}
"""A `rebound` is told by its statistics. A `lineupchange` is one team's five from then on, the only
form in which these feeds give substitutions."""

HEAVE: Final = "heave"
COUNTS_HEAVES: Final = "NBA"
"""A shot from afar at the end of a quarter, missed (one that goes in is an ordinary shot): in the
NBA it counts for the team, in the G League for nobody (the feeds' change logs)."""

REBOUND: Final = "rebound"
REBOUNDS: Final = {
    "offensive": EventType.OFFENSIVE_REBOUND,
    "defensive": EventType.DEFENSIVE_REBOUND,
}

POINTS: Final = {"twopointmade": 2, "threepointmade": 3, "freethrowmade": 1}
"""What a shot is worth whose statistics do not say it."""

MAX_POINTS: Final = 4

SHOTS: Final = frozenset({"fieldgoal", "freethrow"})
"""The shooter's statistics. `points` in them is what the shot was worth: in the G League one free
throw stands for up to three."""

SECONDARY_STATISTICS: Final = {
    "assist": "assist_player_id",
    "steal": "steal_player_id",
    "block": "block_player_id",
    "fouldrawn": "foul_drawn_player_id",
}
"""Others' part in an event, and the attribute that names the player. `attemptblocked` is the
shooter's own, as `fieldgoal` is."""

COURT_LENGTH: Final = 94 * 12
COURT_WIDTH: Final = 50 * 12
"""`coord_x` and `coord_y` are inches: a free throw is at x = 232 or 896, 19 feet off a baseline."""

PERIOD_SECONDS: Final = {"quarter": 12 * 60, "half": 20 * 60, "overtime": 5 * 60}
LEAGUE_QUARTER_SECONDS: Final = {"WNBA": 10 * 60, "NCAAWB": 10 * 60, "NCAAW": 10 * 60}
QUARTERS: Final = 4

SOCCER_TYPES: Final = {
    "match_started": EventType.MATCH_START,
    "match_ended": EventType.MATCH_END,
    "period_start": EventType.PERIOD_START,
    "break_start": EventType.PERIOD_END,
    "score_change": EventType.GOAL,
    "shot_on_target": EventType.SHOT_ON_TARGET,
    "shot_off_target": EventType.SHOT_OFF_TARGET,
    "shot_blocked": EventType.SHOT_BLOCKED,
    "corner_kick": EventType.CORNER,
    "pass": EventType.PASS,
    "foul": EventType.FOUL,
    "yellow_card": EventType.YELLOW_CARD,
    "yellow_red_card": EventType.SECOND_YELLOW_CARD,
    "red_card": EventType.RED_CARD,
    "offside": EventType.OFFSIDE,
    "substitution": EventType.SUBSTITUTION,
}
"""`shot_saved` is the goalkeeper's side of a `shot_on_target`, which comes apart: it stays OTHER,
so that no shot counts twice. So do `free_kick` and `penalty_awarded`, which name who was fouled."""

OWN_GOAL: Final = "own_goal"
SHOOTOUT: Final = "penalty_shootout"
SHOOTOUT_RESULTS: Final = {
    "scored": EventType.SHOOTOUT_GOAL,
    "missed": EventType.SHOOTOUT_MISS,
    "saved": EventType.SHOOTOUT_MISS,
}
"""`status` of a `penalty_shootout` event; `not_taken_yet` is neither."""

SHOOTOUT_PERIOD: Final = 5
SHOOTOUT_STATUSES: Final = frozenset({"penalties", "ap"})
"""`match_status` while it is on, and after a match that it has decided."""

PERIOD_MINUTES: Final = {1: 0, 2: 45, 3: 90, 4: 105, SHOOTOUT_PERIOD: 120}
"""The match clock at which a soccer period starts."""

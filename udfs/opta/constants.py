"""Opta's numbers by name: event types, qualifiers and periods.

The numbers are those of the F24 appendices; MA3 uses the same. Only those that a rule here needs
have a name; every other one passes through as it is.
"""

from __future__ import annotations


class TypeId:
    """`type_id` (F24), `typeId` (MA3)."""

    PASS = 1
    OFFSIDE_PASS = 2  # the attacking side's row; OFFSIDE_PROVOKED (55) is the defending side's
    FOUL = 4  # one row a team
    CORNER_AWARDED = 6  # one row a team
    MISS = 13
    POST = 14
    ATTEMPT_SAVED = 15
    GOAL = 16
    CARD = 17
    PLAYER_ON = 19  # PLAYER_OFF (18) is the other half of the same substitution
    END = 30  # one row a team
    START = 32  # one row a team
    DELETED_EVENT = 43
    DELETED_AFTER_REVIEW = 84


class QualifierId:
    """`qualifier_id` (F24), `qualifierId` (MA3); as text, the keys of `attributes`."""

    PLAYER_CAUGHT_OFFSIDE = "7"
    OWN_GOAL = "28"
    YELLOW_CARD = "31"
    SECOND_YELLOW_CARD = "32"
    RED_CARD = "33"
    INJURED_PLAYER = "53"
    BLOCKED = "82"
    RESCINDED_CARD = "171"
    ORIGINAL_TYPE = "144"  # of a deleted event
    GAME_END = "209"
    FANTASY_ASSIST_PLAYER = "281"


class PeriodId:
    """`period_id` (F24), `periodId` (MA3). 1 to 5 are play, 5 is the shoot-out."""

    FIRST_HALF = 1
    SHOOT_OUT = 5
    HALF_TIME = 10
    BEFORE_EXTRA_TIME = 11
    EXTRA_HALF_TIME = 12
    BEFORE_SHOOT_OUT = 13
    POST_MATCH = 14
    PRE_MATCH = 15
    PRE_MATCH_LINE_UP = 16


OUTCOME_CONCEDED = "0"
"""Of a foul: this row's player committed it."""

OUTCOME_WON = "1"
"""Of a corner: this row's team takes it."""

NAMES_A_PLAYER = (
    QualifierId.PLAYER_CAUGHT_OFFSIDE,
    QualifierId.INJURED_PLAYER,
    QualifierId.FANTASY_ASSIST_PLAYER,
)
"""Qualifiers whose value is the id of a second player."""

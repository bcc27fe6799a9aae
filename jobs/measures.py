"""What events count for: the definitions behind every total and every window.

ClickHouse has them too, for its own views: `schemas/clickhouse/0002_measured_events.sql`. A test
holds the two together.
"""

from __future__ import annotations

from collections.abc import Mapping

_FIELD_GOALS_MADE = ("TWO_POINT_MADE", "THREE_POINT_MADE")

TOTALS: dict[str, tuple[str, ...]] = {
    "goals": ("GOAL",),
    "shots": ("GOAL", "SHOT_ON_TARGET", "SHOT_OFF_TARGET", "SHOT_BLOCKED"),
    "shots_on_target": ("GOAL", "SHOT_ON_TARGET"),
    "corners": ("CORNER",),
    "fouls": ("FOUL",),
    "yellow_cards": ("YELLOW_CARD",),
    "red_cards": ("RED_CARD", "SECOND_YELLOW_CARD"),
    "offsides": ("OFFSIDE",),
    "passes": ("PASS",),
    "field_goals_made": _FIELD_GOALS_MADE,
    "field_goals_attempted": (*_FIELD_GOALS_MADE, "TWO_POINT_MISSED", "THREE_POINT_MISSED"),
    "three_pointers_made": ("THREE_POINT_MADE",),
    "three_pointers_attempted": ("THREE_POINT_MADE", "THREE_POINT_MISSED"),
    "free_throws_made": ("FREE_THROW_MADE",),
    "free_throws_attempted": ("FREE_THROW_MADE", "FREE_THROW_MISSED"),
    "offensive_rebounds": ("OFFENSIVE_REBOUND",),
    "defensive_rebounds": ("DEFENSIVE_REBOUND",),
    "assists": ("ASSIST",),
    "steals": ("STEAL",),
    "blocks": ("BLOCK",),
    "turnovers": ("TURNOVER",),
}
"""What is counted for a team and for a player: name -> types of events."""

ATTACK = {
    "GOAL": 6,
    "OWN_GOAL": 6,
    "SHOT_ON_TARGET": 3,
    "SHOT_OFF_TARGET": 2,
    "SHOT_BLOCKED": 1,
    "CORNER": 1,
    "TWO_POINT_MADE": 2,
    "THREE_POINT_MADE": 3,
    "FREE_THROW_MADE": 1,
    "STEAL": 1,
    "OFFENSIVE_REBOUND": 1,
}
"""How much an event presses, for momentum: type -> weight."""

POSSESSION = {
    "PASS": 1.0,
    "TWO_POINT_MADE": 1.0,
    "TWO_POINT_MISSED": 1.0,
    "THREE_POINT_MADE": 1.0,
    "THREE_POINT_MISSED": 1.0,
    "TURNOVER": 1.0,
    "OFFENSIVE_REBOUND": -1.0,
    "FREE_THROW_MADE": 0.44,
    "FREE_THROW_MISSED": 0.44,
}
"""Type -> weight. Possession in soccer is the share of passes, as Opta counts it; in basketball the
share of possessions, estimated from the box score as Dean Oliver does (attempts + 0.44 free throws
+ turnovers - offensive rebounds)."""

MOMENTUM_STEP_MS, MOMENTUM_WINDOW_MS = 10_000, 300_000
"""A window of five minutes ends every ten seconds."""


def momentum_ends(step_ms: int) -> range:
    """When the windows end that the step from `step_ms` on is in (UTC epoch ms)."""
    return range(step_ms + MOMENTUM_STEP_MS, step_ms + MOMENTUM_WINDOW_MS + 1, MOMENTUM_STEP_MS)


def is_one_of(types: tuple[str, ...]) -> str:
    """The SQL condition that an event is of one of the types."""
    listed = ", ".join(f"'{name}'" for name in types)
    return f"type IN ({listed})"


def weight(weights: Mapping[str, float]) -> str:
    """The SQL of an event's weight, 0 without one."""
    cases = " ".join(f"WHEN '{name}' THEN {value}" for name, value in weights.items())
    zero = "0.0" if any(isinstance(value, float) for value in weights.values()) else "0"
    return f"CASE type {cases} ELSE {zero} END"

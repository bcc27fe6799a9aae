"""From canonical events to match state.

    match_events ─► versions ─┬► current_events ─► changes ─┬► match_sums ─► match_state
                              │                             ├► teams, players, periods, minutes
                              │                             └► attacks
                              └► sayings ─► names

`current_events` is the last-write-wins state of the events. A correction comes out of it as two
changes: the old version leaves (sign -1), the new one enters (+1). Sums over `sign` follow any
correction, however late, into the window it belongs to, and also out of the one it belonged to
before.

What every event says of its match, as the teams' names, is the same but for the first: `sayings`
lets only new ones through, so that it is in no state and no write of each event.

There is no MAX over what can be taken back: Flink would keep every value of a match for it, and
with a state TTL copy them all at each event (over half of this job's time, when it was measured).
What depends on the order of the game, as the clock does, is looked up where that order is kept: in
Redis by `schemas/redis/apply.lua`. The windows of momentum overlap, and are added up there as well:
one event would be thirty rows here.

Revisions. Every row of an aggregate says how far it has come: (major, minor), strictly growing with
each change that it contains, whatever order changes of different events come in:

* where rows can leave a group (all but `match_sums`), `major` is the highest position in the
  canonical topic that the group has seen, `minor` counts its changes;
* `match_sums` keeps deleted events as rows, so that `SUM(sign * log_offset)` grows with each
  correction, but for the moment between its two halves, when it is smaller: a sink that takes a
  strictly greater revision only never shows that moment;
* `names` are as new as there are `sayings` in them: whoever has read only a part of the log, as a
  replay, has not more of them, wherever the part is.

Windows are plain groups by time, not Flink's window operators: those drop what comes after the
watermark, but a correction can come months later, and one topic holds live matches and replayed
ones from other years.
"""

from __future__ import annotations

from jobs.changelog import SIGNED, changelog
from jobs.measures import (
    ATTACK,
    MOMENTUM_STEP_MS,
    POSSESSION,
    TOTALS,
    is_one_of,
    weight,
)
from jobs.ordered_text import digits


def _count(condition: str, name: str) -> str:
    return f"SUM(CASE WHEN {condition} THEN sign ELSE 0 END) AS {name}"


_TOTALS = ",\n            ".join(_count(is_one_of(types), name) for name, types in TOTALS.items())

_REVISION = "MAX(log_offset) AS major, COUNT(*) AS minor, MAX(received_ms) AS received_ms"


def _both(name: str, expression: str) -> str:
    return ", ".join(
        f"SUM(CASE WHEN active AND side = '{side.upper()}' THEN sign * {expression} ELSE 0 END) "
        f"AS {side}_{name}"
        for side in ("home", "away")
    )


_NAMES = (
    *("provider", "sport", "competition", "season"),
    *("home_team_id", "home_team", "away_team_id", "away_team"),
)
"""What events say of their match. The greatest that was ever said stands."""

NEWER = "UNRECOGNIZED"
"""What Flink's Protobuf format has for an enum's value that its classes do not know yet."""

VIEWS = {
    "versions": f"""
        SELECT match_id, provider, event_id, log_offset, received_ms,
            CONCAT({digits("version", 19)}, {digits("generation", 5)},
                {digits("arrival", 19)}) AS write_order,
            status = 'ACTIVE' AS active, sport, type, provider_type, side, team_id, player_id,
            player_name, points, confirmed, `period`, clock, game_time_ms,
            CASE WHEN match_status NOT IN ('MATCH_STATUS_UNKNOWN', '{NEWER}')
                THEN match_status END AS match_status,
            CASE WHEN located THEN x END AS x, CASE WHEN located THEN y END AS y,
            CASE WHEN score_asserted THEN home_score END AS home_score,
            CASE WHEN score_asserted THEN away_score END AS away_score,
            home_team_id, home_team, away_team_id, away_team, competition, season,
            event_time_ms,
            CASE WHEN event_time_ms > 0 THEN event_time_ms ELSE received_ms END AS happened_ms
        FROM match_events
        WHERE `primary`""",
    # By one column: of a rank by several, Flink 2.3's planner thinks that it never updates a row.
    "current_events": """
        SELECT match_id, provider, event_id, log_offset, received_ms, active, type, provider_type,
            side, team_id, player_id, player_name, points, confirmed, `period`, clock,
            game_time_ms, match_status, x, y, home_score, away_score, event_time_ms, happened_ms
        FROM (
            SELECT *, ROW_NUMBER() OVER (
                PARTITION BY match_id, provider, event_id ORDER BY write_order DESC) AS nth
            FROM versions)
        WHERE nth = 1""",
    "changes": f"""
        SELECT CASE WHEN op = '+' THEN 1 ELSE -1 END AS sign, c.*
        FROM {changelog("current_events", SIGNED, uid="changes")} AS c""",
    "match_sums": f"""
        SELECT match_id,
            {_both("points", "points")},
            {_both("shootout", "CASE WHEN type = 'SHOOTOUT_GOAL' THEN 1 ELSE 0 END")},
            {_both("possession", weight(POSSESSION))},
            SUM(CASE WHEN active THEN sign ELSE 0 END) AS events,
            SUM(CASE WHEN active THEN 0 ELSE sign END) AS deleted,
            SUM(CASE WHEN active AND NOT confirmed THEN sign ELSE 0 END) AS provisional,
            MAX(CASE WHEN active THEN happened_ms END) AS happened_ms,
            MAX(log_offset) AS major, SUM(sign * log_offset) AS minor,
            MAX(received_ms) AS received_ms
        FROM changes
        GROUP BY match_id""",
    "match_state": """
        SELECT match_id,
            CAST(home_points AS INT) AS computed_home, CAST(away_points AS INT) AS computed_away,
            CAST(home_shootout AS INT) AS home_shootout,
            CAST(away_shootout AS INT) AS away_shootout,
            CASE WHEN home_possession + away_possession > 0 THEN CAST(ROUND(
                home_possession / (home_possession + away_possession), 3) AS DOUBLE) END
                AS home_possession,
            events, deleted, provisional, happened_ms, major, minor, received_ms
        FROM match_sums""",
    "sayings": f"""
        SELECT match_id, {", ".join(_NAMES)}, received_ms
        FROM (
            SELECT *, ROW_NUMBER() OVER (
                PARTITION BY match_id, {", ".join(_NAMES)} ORDER BY proctime ASC) AS nth
            FROM (SELECT *, PROCTIME() AS proctime FROM versions))
        WHERE nth = 1""",
    "names": f"""
        SELECT match_id, {", ".join(f"MAX({name}) AS {name}" for name in _NAMES)},
            COUNT(*) AS sayings, MAX(received_ms) AS received_ms
        FROM sayings
        GROUP BY match_id""",
    "teams": f"""
        SELECT match_id, side, SUM(sign * points) AS points,
            {_TOTALS},
            {_REVISION}
        FROM changes
        WHERE active AND side IN ('HOME', 'AWAY')
        GROUP BY match_id, side""",
    "players": f"""
        SELECT match_id, provider, player_id, MAX(player_name) AS player_name,
            MAX(side) AS side, MAX(team_id) AS team_id,
            SUM(sign) AS events,
            SUM(CASE WHEN type = 'OWN_GOAL' THEN 0 ELSE sign * points END) AS points,
            {_count("type = 'OWN_GOAL'", "own_goals")},
            {_TOTALS},
            {_REVISION}
        FROM changes
        WHERE active AND player_id <> ''
        GROUP BY match_id, provider, player_id""",
    "periods": f"""
        SELECT match_id, `period`,
            SUM(CASE WHEN side = 'HOME' THEN sign * points ELSE 0 END) AS home_points,
            SUM(CASE WHEN side = 'AWAY' THEN sign * points ELSE 0 END) AS away_points,
            SUM(sign) AS events,
            {_REVISION}
        FROM changes
        WHERE active AND `period` > 0
        GROUP BY match_id, `period`""",
    "minutes": f"""
        SELECT match_id, minute_ms,
            SUM(CASE WHEN side = 'HOME' THEN sign * points ELSE 0 END) AS home_points,
            SUM(CASE WHEN side = 'AWAY' THEN sign * points ELSE 0 END) AS away_points,
            {_count("side = 'HOME'", "home_events")},
            {_count("side = 'AWAY'", "away_events")},
            SUM(CASE WHEN side = 'HOME' THEN sign * attack ELSE 0 END) AS home_attack,
            SUM(CASE WHEN side = 'AWAY' THEN sign * attack ELSE 0 END) AS away_attack,
            SUM(sign) AS events,
            {_REVISION}
        FROM (
            SELECT *, happened_ms - MOD(happened_ms, 60000) AS minute_ms, {weight(ATTACK)} AS attack
            FROM changes
            WHERE active)
        GROUP BY match_id, minute_ms""",
    # Momentum, step by step: an event is in one step, and in thirty of the windows that the store
    # adds up of them.
    "attacks": f"""
        SELECT match_id, step_ms,
            SUM(CASE WHEN side = 'HOME' THEN sign * attack ELSE 0 END) AS home,
            SUM(CASE WHEN side = 'AWAY' THEN sign * attack ELSE 0 END) AS away,
            {_REVISION}
        FROM (
            SELECT *, happened_ms - MOD(happened_ms, {MOMENTUM_STEP_MS}) AS step_ms,
                {weight(ATTACK)} AS attack
            FROM changes
            WHERE active)
        WHERE attack > 0
        GROUP BY match_id, step_ms""",
}

"""From canonical events to match state: the views that the live job and the history job share.

    match_events ─► versions ─► current_events ─► changes ─┬► match_sums ─► match_state
                                                           ├► teams, players, periods, minutes
                                                           └► momentum

`current_events` is the last-write-wins state of the events. A correction comes out of it as two
changes: the old version leaves (sign -1), the new one enters (+1). Sums over `sign` follow any
correction, however late, into the window it belongs to, and also out of the one it belonged to
before.

There is no MAX over what can be taken back: Flink would keep every value of a match for it, and
with a state TTL copy them all at each event (over half of this job's time, when it was measured).
What depends on the order of the game, as the clock does, is looked up where that order is kept: in
Redis by `schemas/redis/apply.lua`. `match_state` has it as it was known, for the history.

Revisions. Every row of an aggregate says how far it has come: (major, minor), strictly growing with
each change that it contains, whatever order changes of different events come in:

* where rows can leave a group (all but `match_sums`), `major` is the highest position in the
  canonical topic that the group has seen, `minor` counts its changes;
* `match_sums` keeps deleted events as rows, so that `SUM(sign * log_offset)` grows with each
  correction, but for the moment between its two halves, when it is smaller: a sink that takes a
  strictly greater revision only never shows that moment.

Windows are plain groups by time, not Flink's window operators: those drop what comes after the
watermark, but a correction can come months later, and one topic holds live matches and replayed
ones from other years.
"""

from __future__ import annotations


def _count(condition: str, name: str) -> str:
    return f"SUM(CASE WHEN {condition} THEN sign ELSE 0 END) AS {name}"


def _types(*names: str) -> str:
    listed = ", ".join(f"'{name}'" for name in names)
    return f"type IN ({listed})"


TOTALS: dict[str, str] = {
    "goals": _types("GOAL"),
    "shots": _types("GOAL", "SHOT_ON_TARGET", "SHOT_OFF_TARGET", "SHOT_BLOCKED"),
    "shots_on_target": _types("GOAL", "SHOT_ON_TARGET"),
    "corners": _types("CORNER"),
    "fouls": _types("FOUL"),
    "yellow_cards": _types("YELLOW_CARD"),
    "red_cards": _types("RED_CARD", "SECOND_YELLOW_CARD"),
    "offsides": _types("OFFSIDE"),
    "passes": _types("PASS"),
    "field_goals_made": _types("TWO_POINT_MADE", "THREE_POINT_MADE"),
    "field_goals_attempted": _types(
        "TWO_POINT_MADE", "TWO_POINT_MISSED", "THREE_POINT_MADE", "THREE_POINT_MISSED"
    ),
    "three_pointers_made": _types("THREE_POINT_MADE"),
    "three_pointers_attempted": _types("THREE_POINT_MADE", "THREE_POINT_MISSED"),
    "free_throws_made": _types("FREE_THROW_MADE"),
    "free_throws_attempted": _types("FREE_THROW_MADE", "FREE_THROW_MISSED"),
    "offensive_rebounds": _types("OFFENSIVE_REBOUND"),
    "defensive_rebounds": _types("DEFENSIVE_REBOUND"),
    "assists": _types("ASSIST"),
    "steals": _types("STEAL"),
    "blocks": _types("BLOCK"),
    "turnovers": _types("TURNOVER"),
}
"""What is counted for a team and for a player: name -> which events."""

_TOTALS = ",\n            ".join(_count(where, name) for name, where in TOTALS.items())

_REVISION = "MAX(log_offset) AS major, COUNT(*) AS minor, MAX(received_ms) AS received_ms"

_ATTACK = """CASE type
                WHEN 'GOAL' THEN 6 WHEN 'OWN_GOAL' THEN 6
                WHEN 'SHOT_ON_TARGET' THEN 3 WHEN 'SHOT_OFF_TARGET' THEN 2
                WHEN 'SHOT_BLOCKED' THEN 1 WHEN 'CORNER' THEN 1
                WHEN 'TWO_POINT_MADE' THEN 2 WHEN 'THREE_POINT_MADE' THEN 3
                WHEN 'FREE_THROW_MADE' THEN 1 WHEN 'STEAL' THEN 1 WHEN 'OFFENSIVE_REBOUND' THEN 1
                ELSE 0 END"""
"""How much an event presses, for momentum."""

_POSSESSION = """CASE type
                WHEN 'PASS' THEN 1.0
                WHEN 'TWO_POINT_MADE' THEN 1.0 WHEN 'TWO_POINT_MISSED' THEN 1.0
                WHEN 'THREE_POINT_MADE' THEN 1.0 WHEN 'THREE_POINT_MISSED' THEN 1.0
                WHEN 'TURNOVER' THEN 1.0 WHEN 'OFFENSIVE_REBOUND' THEN -1.0
                WHEN 'FREE_THROW_MADE' THEN 0.44 WHEN 'FREE_THROW_MISSED' THEN 0.44
                ELSE 0.0 END"""
"""Possession in soccer is the share of passes, as Opta counts it; in basketball the share of
possessions, estimated from the box score as Dean Oliver does (attempts + 0.44 free throws +
turnovers - offensive rebounds)."""


def _both(name: str, expression: str) -> str:
    return ", ".join(
        f"SUM(CASE WHEN active AND side = '{side.upper()}' THEN sign * {expression} ELSE 0 END) "
        f"AS {side}_{name}"
        for side in ("home", "away")
    )


def _furthest(*columns: str, where: str) -> str:
    """The columns of the event that is furthest in the match, as one text. Of a correction the new
    half counts; a version that was taken back is followed by a text with nothing in it."""
    position = (
        "LPAD(CAST(game_time_ms AS STRING), 12, '0'), LPAD(CAST(happened_ms AS STRING), 14, '0'), "
        "write_order, CASE WHEN sign > 0 THEN '0' ELSE '1' END"
    )
    texts = ", ".join(f"CASE WHEN sign > 0 THEN CAST({name} AS STRING) END" for name in columns)
    return f"MAX(CASE WHEN active AND {where} THEN CONCAT_WS('|', {position}, {texts}) END)"


MOMENTUM_STEP_MS, MOMENTUM_WINDOW_MS = 10_000, 300_000
_WINDOW_ENDS = ", ".join(
    f"happened_ms - MOD(happened_ms, {MOMENTUM_STEP_MS}) + {end}"
    for end in range(MOMENTUM_STEP_MS, MOMENTUM_WINDOW_MS + 1, MOMENTUM_STEP_MS)
)
"""Ends of the windows that an event is in."""

VIEWS = {
    "versions": """
        SELECT match_id, provider, event_id, log_offset, received_ms,
            CONCAT(LPAD(CAST(version AS STRING), 19, '0'), LPAD(CAST(generation AS STRING), 5, '0'),
                LPAD(CAST(arrival AS STRING), 19, '0')) AS write_order,
            status = 'ACTIVE' AS active, sport, type, provider_type, side, team_id, player_id,
            player_name, points, confirmed, `period`, clock, game_time_ms,
            NULLIF(match_status, 'MATCH_STATUS_UNKNOWN') AS match_status,
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
        SELECT * FROM (
            SELECT *, ROW_NUMBER() OVER (
                PARTITION BY match_id, provider, event_id ORDER BY write_order DESC) AS nth
            FROM versions)
        WHERE nth = 1""",
    "changes": """
        SELECT CASE WHEN op = '+' THEN 1 ELSE -1 END AS sign, c.*
        FROM TO_CHANGELOG(input => TABLE current_events, op_mapping => MAP[
            'INSERT, UPDATE_AFTER', '+', 'UPDATE_BEFORE, DELETE', '-']) AS c""",
    "match_sums": f"""
        SELECT match_id, MAX(provider) AS provider, MAX(sport) AS sport,
            {_both("points", "points")},
            {_both("shootout", "CASE WHEN type = 'SHOOTOUT_GOAL' THEN 1 ELSE 0 END")},
            {_both("possession", _POSSESSION)},
            {_furthest("home_score", "away_score", where="home_score IS NOT NULL")} AS asserted,
            {_furthest("`period`", "clock", where="`period` > 0")} AS moment,
            MAX(CASE WHEN active AND match_status IN ('ENDED', 'ABANDONED') THEN match_status END)
                AS ended,
            {_furthest("match_status", where="match_status IS NOT NULL")} AS lifecycle,
            MAX(home_team_id) AS home_team_id, MAX(home_team) AS home_team,
            MAX(away_team_id) AS away_team_id, MAX(away_team) AS away_team,
            MAX(competition) AS competition, MAX(season) AS season,
            SUM(CASE WHEN active THEN sign ELSE 0 END) AS events,
            SUM(CASE WHEN active THEN 0 ELSE sign END) AS deleted,
            SUM(CASE WHEN active AND NOT confirmed THEN sign ELSE 0 END) AS provisional,
            MAX(CASE WHEN active THEN happened_ms END) AS happened_ms,
            MAX(log_offset) AS major, SUM(sign * log_offset) AS minor,
            MAX(received_ms) AS received_ms
        FROM changes
        GROUP BY match_id""",
    "match_state": """
        SELECT match_id, provider, sport, competition, season,
            home_team_id, home_team, away_team_id, away_team,
            COALESCE(ended, SPLIT_INDEX(lifecycle, '|', 4), 'LIVE') AS status,
            COALESCE(CAST(SPLIT_INDEX(moment, '|', 4) AS INT), 0) AS `period`,
            COALESCE(SPLIT_INDEX(moment, '|', 5), '') AS clock,
            CAST(home_points AS INT) AS computed_home, CAST(away_points AS INT) AS computed_away,
            CAST(SPLIT_INDEX(asserted, '|', 4) AS INT) AS asserted_home,
            CAST(SPLIT_INDEX(asserted, '|', 5) AS INT) AS asserted_away,
            -- What the provider asserts is the score: a stream that was joined in mid-match has
            -- only a part of the events that add up to it.
            COALESCE(CAST(SPLIT_INDEX(asserted, '|', 4) AS INT), CAST(home_points AS INT))
                AS home_score,
            COALESCE(CAST(SPLIT_INDEX(asserted, '|', 5) AS INT), CAST(away_points AS INT))
                AS away_score,
            COALESCE(CAST(SPLIT_INDEX(asserted, '|', 4) AS INT) <> home_points
                OR CAST(SPLIT_INDEX(asserted, '|', 5) AS INT) <> away_points, FALSE)
                AS score_disagrees,
            CAST(home_shootout AS INT) AS home_shootout,
            CAST(away_shootout AS INT) AS away_shootout,
            CASE WHEN home_possession + away_possession > 0 THEN CAST(ROUND(
                home_possession / (home_possession + away_possession), 3) AS DOUBLE) END
                AS home_possession,
            events, deleted, provisional, happened_ms, major, minor, received_ms
        FROM match_sums""",
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
            {_count(_types("OWN_GOAL"), "own_goals")},
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
            SELECT *, happened_ms - MOD(happened_ms, 60000) AS minute_ms, {_ATTACK} AS attack
            FROM changes
            WHERE active)
        GROUP BY match_id, minute_ms""",
    # An event is in the thirty windows of five minutes, one every ten seconds, that contain it.
    "momentum": f"""
        SELECT match_id, window_end_ms,
            SUM(CASE WHEN side = 'HOME' THEN sign * attack ELSE 0 END) AS home,
            SUM(CASE WHEN side = 'AWAY' THEN sign * attack ELSE 0 END) AS away,
            {_REVISION}
        FROM (SELECT *, {_ATTACK} AS attack, ARRAY[{_WINDOW_ENDS}] AS ends FROM changes
            WHERE active) AS a
        CROSS JOIN UNNEST(a.ends) AS w (window_end_ms)
        WHERE attack > 0
        GROUP BY match_id, window_end_ms""",
}


def upserts(view: str) -> str:
    """A view's changelog as rows: what a row became. The halves of a correction are left out."""
    return (
        f"TO_CHANGELOG(input => TABLE {view}, "
        "op_mapping => MAP['INSERT, UPDATE_AFTER', 'U', 'DELETE', 'D'])"
    )

-- A document can list an event twice in one version. What it says last stands, and what it said
-- before is superseded: of equal versions of one message, the one that is not.
CREATE OR REPLACE VIEW match_events_latest AS
SELECT
    match_id, provider, event_id, versions,
    e.1 AS status, e.2 AS sport, e.3 AS type, e.4 AS provider_type, e.5 AS side, e.6 AS team_id,
    e.7 AS player_id, e.8 AS player_name, e.9 AS points, e.10 AS confirmed, e.11 AS primary,
    e.12 AS period, e.13 AS clock, e.14 AS game_time_ms, e.15 AS event_time, e.16 AS happened_at,
    e.17 AS received_at, e.18 AS x, e.19 AS y, e.20 AS home_score, e.21 AS away_score,
    e.22 AS match_status, e.23 AS home_team_id, e.24 AS home_team, e.25 AS away_team_id,
    e.26 AS away_team, e.27 AS competition, e.28 AS season, e.29 AS attributes
FROM
(
    SELECT
        match_id, provider, event_id,
        uniqExact(version, fingerprint) AS versions,
        argMax(
            tuple(status, sport, type, provider_type, side, team_id, player_id, player_name, points,
                  confirmed, primary, period, clock, game_time_ms, event_time, happened_at,
                  received_at, x, y, home_score, away_score, match_status, home_team_id, home_team,
                  away_team_id, away_team, competition, season, attributes),
            tuple(version, generation, arrival, NOT superseded)) AS e
    FROM match_events
    GROUP BY match_id, provider, event_id
);

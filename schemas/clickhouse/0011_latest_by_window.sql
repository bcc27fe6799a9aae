-- The last-write-wins state, tombstones included, as before. By a window and not by argMax of a
-- tuple of all columns: only the columns that a query asks for are read, and the rows come in the
-- order of the table's key. (A condition on match_id still reaches that key.)
CREATE OR REPLACE VIEW match_events_latest AS
SELECT
    match_id, provider, event_id, versions,
    status, sport, type, provider_type, side, team_id, player_id, player_name, points, confirmed,
    primary, period, clock, game_time_ms, event_time, happened_at, received_at, x, y, home_score,
    away_score, match_status, home_team_id, home_team, away_team_id, away_team, competition, season,
    attributes
FROM
(
    SELECT
        *,
        uniqExact(version, fingerprint) OVER (PARTITION BY match_id, provider, event_id) AS versions,
        row_number() OVER (PARTITION BY match_id, provider, event_id
            ORDER BY version DESC, generation DESC, arrival DESC) AS nth
    FROM match_events
)
WHERE nth = 1;

-- Every version of every event, once, and whether it is the one that stands.
CREATE VIEW IF NOT EXISTS match_event_versions AS
SELECT
    * EXCEPT (revision, nth),
    (nth = 1 AND status = 'ACTIVE')::Bool AS current
FROM
(
    SELECT
        *,
        row_number() OVER (PARTITION BY match_id, provider, event_id
            ORDER BY version DESC, generation DESC, arrival DESC) AS nth
    FROM match_events FINAL
);

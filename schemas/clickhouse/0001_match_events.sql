-- Every distinct version of every event, superseded ones too. What is sent twice (a duplicate, a
-- recovery, a replay) has the same key and is replaced by itself.
-- Ordered for "all of a match", partitioned by the month of the match for "a season".
CREATE TABLE IF NOT EXISTS match_events
(
    match_id           String,
    provider           LowCardinality(String),
    event_id           String,
    version            Int64,
    fingerprint        Int64                   COMMENT 'of the content: tells equal versions apart',
    generation         UInt16                  COMMENT 'of the replay that wrote it, 0 when live',
    arrival            UInt64                  COMMENT 'offset in the feed',
    source_topic       LowCardinality(String),
    source_partition   UInt16,
    source_match_id    String,
    primary            Bool                    COMMENT 'its provider counts for the match''s state',
    superseded         Bool                    COMMENT 'a newer version was there when it came',
    status             LowCardinality(String)  COMMENT 'ACTIVE or DELETED',
    sport              LowCardinality(String),
    type               LowCardinality(String),
    provider_type      LowCardinality(String),
    side               LowCardinality(String),
    team_id            String,
    player_id          String,
    player_name        String,
    related_player_ids Array(String),
    points             Int16,
    confirmed          Bool,
    period             UInt8,
    clock              String,
    game_time_ms       UInt64,
    event_time         Nullable(DateTime64(3, 'UTC')),
    received_at        DateTime64(3, 'UTC'),
    happened_at        DateTime64(3, 'UTC')    COMMENT 'event_time, or received_at without one',
    x                  Nullable(Float64),
    y                  Nullable(Float64),
    home_score         Nullable(Int32),
    away_score         Nullable(Int32),
    match_status       LowCardinality(String),
    home_team_id       String,
    home_team          LowCardinality(String),
    away_team_id       String,
    away_team          LowCardinality(String),
    competition        LowCardinality(String),
    season             LowCardinality(String),
    attributes         String                  COMMENT 'JSON: the provider''s qualifiers',
    revision           UInt64 DEFAULT bitOr(bitShiftLeft(toUInt64(generation), 48), arrival)
)
ENGINE = ReplacingMergeTree(revision)
PARTITION BY toYYYYMM(happened_at)
ORDER BY (match_id, provider, event_id, version, fingerprint);

-- The last-write-wins state, tombstones included. A GROUP BY and not a LIMIT BY: a condition on
-- match_id reaches the table's key through it.
CREATE VIEW IF NOT EXISTS match_events_latest AS
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
            tuple(version, generation, arrival)) AS e
    FROM match_events
    GROUP BY match_id, provider, event_id
);

-- What stands: not deleted.
CREATE VIEW IF NOT EXISTS match_events_current AS
SELECT * EXCEPT (status) FROM match_events_latest WHERE status = 'ACTIVE';

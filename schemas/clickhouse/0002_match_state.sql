-- What was known of a match, after each change of it. A history that is read by its latest row:
-- `ORDER BY major DESC, generation DESC, minor DESC LIMIT 1 BY match_id`, as `matches` does.
CREATE TABLE IF NOT EXISTS match_state_history
(
    match_id        String,
    major           UInt64                  COMMENT 'revision: position in the canonical topic',
    minor           UInt64                  COMMENT 'revision: grows with each change within major',
    generation      UInt16,
    provider        LowCardinality(String),
    sport           LowCardinality(String),
    competition     LowCardinality(String),
    season          LowCardinality(String),
    home_team_id    String,
    home_team       LowCardinality(String),
    away_team_id    String,
    away_team       LowCardinality(String),
    status          LowCardinality(String),
    period          UInt8,
    clock           String,
    home_score      Int32,
    away_score      Int32,
    computed_home   Int32                   COMMENT 'what the events add up to',
    computed_away   Int32,
    asserted_home   Nullable(Int32)         COMMENT 'what the provider says',
    asserted_away   Nullable(Int32),
    score_disagrees Bool,
    home_shootout   Int32,
    away_shootout   Int32,
    home_possession Nullable(Float64),
    events          UInt32,
    deleted         UInt32,
    provisional     UInt32,
    happened_at     DateTime64(3, 'UTC')    COMMENT 'of the latest event',
    received_at     DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(generation)
PARTITION BY toYYYYMM(happened_at)
ORDER BY (match_id, major, minor);

CREATE VIEW IF NOT EXISTS matches AS
SELECT * FROM match_state_history
ORDER BY major DESC, generation DESC, minor DESC
LIMIT 1 BY match_id;

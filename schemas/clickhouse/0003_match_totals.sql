-- Windows and totals, each row as it stands now. `revision` is (major, generation, minor) in one
-- number; the highest wins, whatever order rows are written in. Read with FINAL.
CREATE TABLE IF NOT EXISTS match_minutes
(
    match_id    String,
    minute      DateTime('UTC')  COMMENT 'start of the minute, by the time of the events',
    home_points Int32,
    away_points Int32,
    home_events UInt32,
    away_events UInt32,
    home_attack UInt32           COMMENT 'weighted shots, goals, corners, baskets, steals',
    away_attack UInt32,
    events      UInt32,
    revision    UInt64
)
ENGINE = ReplacingMergeTree(revision)
PARTITION BY toYYYYMM(minute)
ORDER BY (match_id, minute);

CREATE TABLE IF NOT EXISTS match_momentum
(
    match_id   String,
    window_end DateTime('UTC')  COMMENT 'end of a window of five minutes; one every ten seconds',
    home       UInt32,
    away       UInt32,
    revision   UInt64
)
ENGINE = ReplacingMergeTree(revision)
PARTITION BY toYYYYMM(window_end)
ORDER BY (match_id, window_end);

CREATE TABLE IF NOT EXISTS match_periods
(
    match_id    String,
    period      UInt8,
    home_points Int32,
    away_points Int32,
    events      UInt32,
    revision    UInt64
)
ENGINE = ReplacingMergeTree(revision)
ORDER BY (match_id, period);

CREATE TABLE IF NOT EXISTS team_stats
(
    match_id                 String,
    side                     LowCardinality(String),
    points                   Int32,
    goals                    UInt32,
    shots                    UInt32,
    shots_on_target          UInt32,
    corners                  UInt32,
    fouls                    UInt32,
    yellow_cards             UInt32,
    red_cards                UInt32,
    offsides                 UInt32,
    passes                   UInt32,
    field_goals_made         UInt32,
    field_goals_attempted    UInt32,
    three_pointers_made      UInt32,
    three_pointers_attempted UInt32,
    free_throws_made         UInt32,
    free_throws_attempted    UInt32,
    offensive_rebounds       UInt32,
    defensive_rebounds       UInt32,
    assists                  UInt32,
    steals                   UInt32,
    blocks                   UInt32,
    turnovers                UInt32,
    revision                 UInt64
)
ENGINE = ReplacingMergeTree(revision)
ORDER BY (match_id, side);

CREATE TABLE IF NOT EXISTS player_stats
(
    match_id                 String,
    provider                 LowCardinality(String),
    player_id                String,
    player_name              String,
    side                     LowCardinality(String),
    team_id                  String,
    events                   UInt32,
    points                   Int32,
    own_goals                UInt32,
    goals                    UInt32,
    shots                    UInt32,
    shots_on_target          UInt32,
    corners                  UInt32,
    fouls                    UInt32,
    yellow_cards             UInt32,
    red_cards                UInt32,
    offsides                 UInt32,
    passes                   UInt32,
    field_goals_made         UInt32,
    field_goals_attempted    UInt32,
    three_pointers_made      UInt32,
    three_pointers_attempted UInt32,
    free_throws_made         UInt32,
    free_throws_attempted    UInt32,
    offensive_rebounds       UInt32,
    defensive_rebounds       UInt32,
    assists                  UInt32,
    steals                   UInt32,
    blocks                   UInt32,
    turnovers                UInt32,
    revision                 UInt64
)
ENGINE = ReplacingMergeTree(revision)
ORDER BY (match_id, provider, player_id);

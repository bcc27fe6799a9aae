-- Every standing of a member in a table of a board: one after each change. What is written twice (a
-- recovery, a replay) has the same revision and is replaced by itself; a replay of a higher
-- generation replaces it.
CREATE TABLE IF NOT EXISTS leaderboard_standings
(
    board       LowCardinality(String),
    period      LowCardinality(String)           COMMENT 'all, the start of the period, a match, a season',
    segment     LowCardinality(String)           COMMENT 'global, or region:es',
    member      String,
    name        String,
    value       Int64,
    since       DateTime64(3, 'UTC')             COMMENT 'when the value was reached: decides ties',
    scores      UInt64                           COMMENT 'how many make the value; 0: has left the table',
    descending  Bool                             COMMENT 'the greatest value is first',
    ends_at     Nullable(DateTime64(3, 'UTC'))   COMMENT 'the end of the period, if it has one',
    major       UInt64                           COMMENT 'with minor: the revision, which grows',
    minor       UInt64,
    generation  UInt16                           COMMENT 'of the replay that wrote it, 0 when live',
    received_at DateTime64(3, 'UTC')             COMMENT 'when the newest of the scores reached Kafka'
)
ENGINE = ReplacingMergeTree(generation)
PARTITION BY toYYYYMM(received_at)
ORDER BY (board, period, segment, member, major, minor);

-- Every table as it stands, closed ones as they ended. A descending board has the greatest value
-- first; of equal values, who reached it first; of the same moment, by member as Redis has them.
CREATE VIEW IF NOT EXISTS leaderboard_tables AS
SELECT
    board, period, segment,
    row_number() OVER (
        PARTITION BY board, period, segment
        ORDER BY if(descending, -value, value), since,
            if(descending, '', member), if(descending, member, '') DESC) AS rank,
    member, name, value, since, scores, ends_at,
    ifNull(ends_at <= now64(3), false)::Bool AS closed
FROM
(
    SELECT board, period, segment, member, s.1 AS name, s.2 AS value, s.3 AS since, s.4 AS scores,
        s.5 AS descending, s.6 AS ends_at
    FROM
    (
        SELECT
            board, period, segment, member,
            argMax(tuple(name, value, since, scores, descending, ends_at),
                tuple(major, generation, minor)) AS s
        FROM leaderboard_standings
        GROUP BY board, period, segment, member
    )
)
WHERE scores > 0
ORDER BY board, period, segment, rank;

-- A member's value over time: a row each time that it changed.
CREATE VIEW IF NOT EXISTS leaderboard_progress AS
SELECT
    board, period, segment, member, name, received_at AS changed_at, value,
    value - lagInFrame(value, 1, 0) OVER member_so_far AS change, since, scores, major, minor
FROM leaderboard_standings FINAL
WINDOW member_so_far AS (PARTITION BY board, period, segment, member ORDER BY major, minor
    ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
ORDER BY board, period, segment, member, major, minor;

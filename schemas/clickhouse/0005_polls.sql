-- Every vote that could be read and what became of it. What is written twice (a recovery, a replay)
-- has the same place in Kafka and is replaced by itself.
CREATE TABLE IF NOT EXISTS poll_votes
(
    poll_id          String,
    voter_id         String,
    vote_id          String,
    choices          LowCardinality(String)  COMMENT 'ids, sorted, with commas between',
    verdict          LowCardinality(String)  COMMENT 'counted, changed, or why it was not',
    previous         LowCardinality(String)  COMMENT 'changed: the choices that it replaced',
    previous_class   LowCardinality(String),
    previous_region  LowCardinality(String),
    voter_class      LowCardinality(String)  COMMENT 'free or paid',
    region           LowCardinality(String),
    source           String,
    voted_at         DateTime64(3, 'UTC')    COMMENT 'when the server had it',
    arrived_at       DateTime64(3, 'UTC')    COMMENT 'when Kafka had it',
    source_partition UInt16,
    source_offset    UInt64
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(arrived_at)
ORDER BY (poll_id, arrived_at, source_partition, source_offset);

-- Every result of every poll. `event`: update, final (exactly one of a poll that has ended), or
-- archived.
CREATE TABLE IF NOT EXISTS poll_results
(
    poll_id       String,
    revision      UInt64                  COMMENT 'UTC epoch ms up to which all is counted',
    counted_until DateTime64(3, 'UTC')    COMMENT 'the same as a time',
    event         LowCardinality(String),
    result        String                  COMMENT 'JSON, see docs/polls.md'
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(counted_until)
ORDER BY (poll_id, revision);

-- The final result of each poll, a row a choice, the winner first.
CREATE VIEW IF NOT EXISTS poll_finals AS
SELECT
    poll_id,
    JSONExtractString(result, 'title') AS title,
    JSONExtractString(result, 'status') AS status,
    JSONExtractUInt(result, 'voters') AS voters,
    JSONExtractString(choice, 'id') AS choice_id,
    JSONExtractString(choice, 'title') AS choice,
    JSONExtractUInt(choice, 'votes') AS votes,
    JSONExtractUInt(choice, 'weight') AS weight,
    round(votes / greatest(JSONExtractUInt(result, 'votes'), 1), 4) AS share,
    JSONExtractUInt(result, 'late_rejected') AS late_rejected,
    counted_until AS final_at
FROM
(
    SELECT poll_id, argMax(result, revision) AS result, max(counted_until) AS counted_until
    FROM poll_results
    WHERE event = 'final'
    GROUP BY poll_id
)
ARRAY JOIN JSONExtractArrayRaw(result, 'choices') AS choice
ORDER BY poll_id, votes DESC;

-- What each vote that counts adds, a row a choice: +1 for those it has, -1 for those it replaced.
CREATE VIEW IF NOT EXISTS poll_changes AS
SELECT
    poll_id, voter_id, arrived_at, verdict, change.1 AS choice, change.2 AS n,
    change.3 AS voter_class, change.4 AS region
FROM
(
    SELECT poll_id, voter_id, arrived_at, verdict,
        arrayConcat(
            arrayMap(c -> (c, 1, toString(voter_class), toString(region)),
                splitByChar(',', toString(choices))),
            if(verdict = 'changed',
                arrayMap(c -> (c, -1, toString(previous_class), toString(previous_region)),
                    splitByChar(',', toString(previous))),
                [])) AS changes
    FROM
    (
        SELECT DISTINCT poll_id, voter_id, arrived_at, verdict, choices, voter_class, region,
            previous, previous_class, previous_region, source_partition, source_offset
        FROM poll_votes
        WHERE verdict IN ('counted', 'changed')
    )
)
ARRAY JOIN changes AS change;

-- The curve: by second, choice and region, how many votes entered, and what stood at its end.
CREATE VIEW IF NOT EXISTS poll_curve AS
SELECT
    poll_id, second, region, choice, entered,
    sum(net) OVER (PARTITION BY poll_id, region, choice ORDER BY second) AS standing
FROM
(
    SELECT poll_id, toStartOfSecond(arrived_at) AS second, region, choice,
        countIf(n > 0) AS entered, sum(n) AS net
    FROM poll_changes
    GROUP BY poll_id, second, region, choice
)
ORDER BY poll_id, second, region, choice;

-- The same by minute, all regions together.
CREATE VIEW IF NOT EXISTS poll_minutes AS
SELECT
    poll_id, minute, choice, entered,
    sum(net) OVER (PARTITION BY poll_id, choice ORDER BY minute) AS standing
FROM
(
    SELECT poll_id, toStartOfMinute(arrived_at) AS minute, choice,
        countIf(n > 0) AS entered, sum(n) AS net
    FROM poll_changes
    GROUP BY poll_id, minute, choice
)
ORDER BY poll_id, minute, choice;

-- What stands by region and choice.
CREATE VIEW IF NOT EXISTS poll_regions AS
SELECT poll_id, region, choice, sum(n) AS votes, sumIf(n, voter_class = 'paid') AS paid_votes
FROM poll_changes
GROUP BY poll_id, region, choice
HAVING votes > 0
ORDER BY poll_id, region, votes DESC;

-- Who changed their mind: from what to what, how many, and when most of them did.
CREATE VIEW IF NOT EXISTS poll_switchers AS
SELECT
    poll_id, previous AS from_choices, choices AS to_choices,
    uniqExact(voter_id) AS voters,
    uniqExact(source_partition, source_offset) AS switches,
    toStartOfMinute(quantileExact(arrived_at)) AS around
FROM poll_votes
WHERE verdict = 'changed' AND previous != choices
GROUP BY poll_id, from_choices, to_choices
ORDER BY poll_id, switches DESC;

-- What became of all votes of a poll.
CREATE VIEW IF NOT EXISTS poll_verdicts AS
SELECT poll_id, verdict, uniqExact(source_partition, source_offset) AS votes
FROM poll_votes
GROUP BY poll_id, verdict
ORDER BY poll_id, votes DESC;

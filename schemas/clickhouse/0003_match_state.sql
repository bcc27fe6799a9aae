-- A match as it stands. In the order of the game, the last event that says something of the clock,
-- the score or the status has it; what ends a match is not taken back by what comes later.
-- (`schemas/redis/apply.lua` does the same for Redis.)
CREATE VIEW IF NOT EXISTS matches AS
WITH
    tuple(e.game_time_ms, intDiv(toUnixTimestamp64Milli(e.happened_at), 100)) AS place,
    e.active AND e.match_status NOT IN ('', 'MATCH_STATUS_UNKNOWN') AS has_status
SELECT
    match_id,
    any(e.provider) AS provider,
    max(e.sport) AS sport,
    max(e.competition) AS competition,
    max(e.season) AS season,
    max(e.home_team_id) AS home_team_id,
    max(e.home_team) AS home_team,
    max(e.away_team_id) AS away_team_id,
    max(e.away_team) AS away_team,
    if(countIf(has_status) = 0, 'LIVE', argMaxIf(toString(e.match_status),
        tuple(e.match_status IN ('ENDED', 'ABANDONED'), place, event_id), has_status)) AS status,
    argMaxIf(e.period, tuple(place, event_id), active AND e.period > 0) AS period,
    argMaxIf(e.clock, tuple(place, event_id), active AND e.period > 0) AS clock,
    -- What the provider asserts is the score: a stream that was joined in mid-match has only a part
    -- of the events that add up to it.
    ifNull(asserted_home, computed_home) AS home_score,
    ifNull(asserted_away, computed_away) AS away_score,
    sumIf(points, home) AS computed_home,
    sumIf(points, away) AS computed_away,
    argMaxIf(e.home_score, tuple(place, e.home_score + e.away_score), active) AS asserted_home,
    argMaxIf(e.away_score, tuple(place, e.home_score + e.away_score), active) AS asserted_away,
    (home_score != computed_home OR away_score != computed_away)::Bool AS score_disagrees,
    sumIf(shootout_goals, home) AS home_shootout,
    sumIf(shootout_goals, away) AS away_shootout,
    round(sumIf(possession, home) / nullIf(sumIf(possession, home OR away), 0), 3)
        AS home_possession,
    sum(active) AS events,
    sum(NOT active) AS deleted,
    sum(active AND NOT confirmed) AS provisional,
    maxIf(e.happened_at, active) AS happened_at,
    max(e.received_at) AS received_at
FROM measured_events AS e
GROUP BY match_id;

-- What was known of a match, after each version that came to stand: in the order in which they came,
-- each event in the best version so far.
CREATE VIEW IF NOT EXISTS match_state_history AS
SELECT
    match_id, c.provider AS provider, c.generation AS generation, c.arrival AS arrival,
    c.received_at AS received_at, c.event_id AS event_id, c.type AS type,
    max(c.happened_at) OVER so_far AS happened_at,
    argMax(c.period, place) OVER so_far AS period,
    argMax(c.clock, place) OVER so_far AS clock,
    ifNull(asserted_home, computed_home) AS home_score,
    ifNull(asserted_away, computed_away) AS away_score,
    sum(change.1) OVER so_far AS computed_home,
    sum(change.2) OVER so_far AS computed_away,
    argMax(c.home_score, tuple(place, c.home_score + c.away_score)) OVER so_far AS asserted_home,
    argMax(c.away_score, tuple(place, c.home_score + c.away_score)) OVER so_far AS asserted_away,
    sum(change.3) OVER so_far AS events
FROM
(
    SELECT
        *,
        tuple(if(period > 0, game_time_ms, 0), happened_at, arrival) AS place,
        counted - lagInFrame(counted) OVER known AS change
    FROM
    (
        SELECT
            * EXCEPT (own),
            argMax(own, tuple(version, generation, arrival)) OVER known AS counted
        FROM
        (
            SELECT
                *,
                if(status = 'ACTIVE', 1, 0) AS active,
                tuple(points * (active AND side = 'HOME'), points * (active AND side = 'AWAY'),
                    toInt8(active)) AS own
            FROM match_events FINAL
            WHERE primary AND NOT superseded
        )
        WINDOW known AS (PARTITION BY match_id, provider, event_id ORDER BY generation, arrival
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
    )
    WINDOW known AS (PARTITION BY match_id, provider, event_id ORDER BY generation, arrival
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
) AS c
WINDOW so_far AS (PARTITION BY match_id ORDER BY generation, arrival, event_id
    ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW);

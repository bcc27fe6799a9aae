-- Windows of a match by the time of its events, and the totals of its teams and players.
CREATE VIEW IF NOT EXISTS match_minutes AS
SELECT
    match_id,
    toStartOfMinute(happened_at) AS minute,
    sumIf(points, home) AS home_points,
    sumIf(points, away) AS away_points,
    sum(home) AS home_events,
    sum(away) AS away_events,
    sumIf(attack, home) AS home_attack,
    sumIf(attack, away) AS away_attack,
    sum(active) AS events
FROM measured_events
GROUP BY match_id, minute
HAVING events > 0;

-- Attack in the five minutes before `window_end`; a window every ten seconds in which there is any.
CREATE VIEW IF NOT EXISTS match_momentum AS
SELECT
    match_id,
    toStartOfInterval(happened_at, INTERVAL 10 SECOND)
        + toIntervalSecond(arrayJoin(range(10, 301, 10))) AS window_end,
    sumIf(attack, home) AS home,
    sumIf(attack, away) AS away
FROM measured_events
WHERE attack > 0
GROUP BY match_id, window_end;

CREATE VIEW IF NOT EXISTS match_periods AS
SELECT
    match_id,
    period,
    sumIf(points, home) AS home_points,
    sumIf(points, away) AS away_points,
    sum(active) AS events
FROM measured_events
WHERE period > 0
GROUP BY match_id, period
HAVING events > 0;

CREATE VIEW IF NOT EXISTS team_stats AS
SELECT
    match_id, side,
    sum(e.points) AS points,
    sum(e.goals) AS goals,
    sum(e.shots) AS shots,
    sum(e.shots_on_target) AS shots_on_target,
    sum(e.corners) AS corners,
    sum(e.fouls) AS fouls,
    sum(e.yellow_cards) AS yellow_cards,
    sum(e.red_cards) AS red_cards,
    sum(e.offsides) AS offsides,
    sum(e.passes) AS passes,
    sum(e.field_goals_made) AS field_goals_made,
    sum(e.field_goals_attempted) AS field_goals_attempted,
    sum(e.three_pointers_made) AS three_pointers_made,
    sum(e.three_pointers_attempted) AS three_pointers_attempted,
    sum(e.free_throws_made) AS free_throws_made,
    sum(e.free_throws_attempted) AS free_throws_attempted,
    sum(e.offensive_rebounds) AS offensive_rebounds,
    sum(e.defensive_rebounds) AS defensive_rebounds,
    sum(e.assists) AS assists,
    sum(e.steals) AS steals,
    sum(e.blocks) AS blocks,
    sum(e.turnovers) AS turnovers
FROM measured_events AS e
WHERE active AND side IN ('HOME', 'AWAY')
GROUP BY match_id, side;

-- `points` without own goals, which are counted apart.
CREATE VIEW IF NOT EXISTS player_stats AS
SELECT
    match_id, provider, player_id,
    max(e.player_name) AS player_name,
    max(e.side) AS side,
    max(e.team_id) AS team_id,
    sum(e.active) AS events,
    sumIf(e.points, type != 'OWN_GOAL') AS points,
    countIf(type = 'OWN_GOAL') AS own_goals,
    sum(e.goals) AS goals,
    sum(e.shots) AS shots,
    sum(e.shots_on_target) AS shots_on_target,
    sum(e.corners) AS corners,
    sum(e.fouls) AS fouls,
    sum(e.yellow_cards) AS yellow_cards,
    sum(e.red_cards) AS red_cards,
    sum(e.offsides) AS offsides,
    sum(e.passes) AS passes,
    sum(e.field_goals_made) AS field_goals_made,
    sum(e.field_goals_attempted) AS field_goals_attempted,
    sum(e.three_pointers_made) AS three_pointers_made,
    sum(e.three_pointers_attempted) AS three_pointers_attempted,
    sum(e.free_throws_made) AS free_throws_made,
    sum(e.free_throws_attempted) AS free_throws_attempted,
    sum(e.offensive_rebounds) AS offensive_rebounds,
    sum(e.defensive_rebounds) AS defensive_rebounds,
    sum(e.assists) AS assists,
    sum(e.steals) AS steals,
    sum(e.blocks) AS blocks,
    sum(e.turnovers) AS turnovers
FROM measured_events AS e
WHERE active AND player_id != ''
GROUP BY match_id, provider, player_id;

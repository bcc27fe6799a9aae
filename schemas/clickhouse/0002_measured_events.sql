-- Of the provider that counts, each event in its last version with what it counts for; a deleted one
-- counts for nothing. Windows, totals and states are sums of these columns, computed when they are
-- asked for: exact after any correction, however late, and after any replay.
-- The measures are those of the live windows: tests/schemas/test_measures.py compares them with
-- jobs/measures.py.
CREATE VIEW IF NOT EXISTS measured_events AS
SELECT
    *,
    status = 'ACTIVE' AS active,
    active AND side = 'HOME' AS home,
    active AND side = 'AWAY' AS away,
    active AND type IN ('GOAL') AS goals,
    active AND type IN ('GOAL', 'SHOT_ON_TARGET', 'SHOT_OFF_TARGET', 'SHOT_BLOCKED') AS shots,
    active AND type IN ('GOAL', 'SHOT_ON_TARGET') AS shots_on_target,
    active AND type IN ('CORNER') AS corners,
    active AND type IN ('FOUL') AS fouls,
    active AND type IN ('YELLOW_CARD') AS yellow_cards,
    active AND type IN ('RED_CARD', 'SECOND_YELLOW_CARD') AS red_cards,
    active AND type IN ('OFFSIDE') AS offsides,
    active AND type IN ('PASS') AS passes,
    active AND type IN ('TWO_POINT_MADE', 'THREE_POINT_MADE') AS field_goals_made,
    active AND type IN ('TWO_POINT_MADE', 'TWO_POINT_MISSED', 'THREE_POINT_MADE', 'THREE_POINT_MISSED') AS field_goals_attempted,
    active AND type IN ('THREE_POINT_MADE') AS three_pointers_made,
    active AND type IN ('THREE_POINT_MADE', 'THREE_POINT_MISSED') AS three_pointers_attempted,
    active AND type IN ('FREE_THROW_MADE') AS free_throws_made,
    active AND type IN ('FREE_THROW_MADE', 'FREE_THROW_MISSED') AS free_throws_attempted,
    active AND type IN ('OFFENSIVE_REBOUND') AS offensive_rebounds,
    active AND type IN ('DEFENSIVE_REBOUND') AS defensive_rebounds,
    active AND type IN ('ASSIST') AS assists,
    active AND type IN ('STEAL') AS steals,
    active AND type IN ('BLOCK') AS blocks,
    active AND type IN ('TURNOVER') AS turnovers,
    active AND type IN ('SHOOTOUT_GOAL') AS shootout_goals,
    active * transform(toString(type),
        ['GOAL', 'OWN_GOAL', 'SHOT_ON_TARGET', 'SHOT_OFF_TARGET', 'SHOT_BLOCKED', 'CORNER', 'TWO_POINT_MADE', 'THREE_POINT_MADE', 'FREE_THROW_MADE', 'STEAL', 'OFFENSIVE_REBOUND'],
        [6, 6, 3, 2, 1, 1, 2, 3, 1, 1, 1], 0) AS attack,
    active * transform(toString(type),
        ['PASS', 'TWO_POINT_MADE', 'TWO_POINT_MISSED', 'THREE_POINT_MADE', 'THREE_POINT_MISSED', 'TURNOVER', 'OFFENSIVE_REBOUND', 'FREE_THROW_MADE', 'FREE_THROW_MISSED'],
        [1., 1., 1., 1., 1., 1., -1., 0.44, 0.44], 0.) AS possession
FROM match_events_latest
WHERE primary;

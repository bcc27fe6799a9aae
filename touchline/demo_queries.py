"""What the demo asks ClickHouse."""

from __future__ import annotations

STANDINGS = "SELECT match_id, home_score, away_score, events FROM matches"

QUERIES = (
    (
        "Final scores, from ClickHouse",
        """\
SELECT match_id, home_team, home_score, away_score, away_team, status, events, deleted
FROM matches
ORDER BY match_id""",
    ),
    (
        "Top scorers",
        """\
SELECT if(player_name = '', player_id, player_name) AS player, match_id, points, assists, events
FROM player_stats
ORDER BY points DESC, assists DESC, player
LIMIT 8""",
    ),
    (
        "Corrections by provider",
        """\
SELECT provider, uniqExact(match_id, event_id) AS events, count() AS versions,
    versions - events AS corrections, countIf(status = 'DELETED') AS deletes
FROM match_events FINAL
GROUP BY provider
ORDER BY provider""",
    ),
    (
        "What became of the poll's votes",
        """\
SELECT verdict, votes
FROM poll_verdicts
WHERE poll_id = 'next-goal'""",
    ),
)
"""Title and SQL."""

FINALS = "SELECT DISTINCT poll_id, voters FROM poll_finals"
"""What each poll that is final came to."""

TRY_NEXT = "SELECT * FROM match_minutes LIMIT 20"

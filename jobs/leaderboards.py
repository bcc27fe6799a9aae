"""Scores and canonical events -> leaderboards, live in Redis, and every standing for the history.

The views of `jobs/leaderboard_views.py` between Kafka's topics and what follows from them: a
member's new standing goes to Redis, into the table it belongs to, and to `leaderboard-standings`,
for the `history` job. The rules are those of docs/leaderboards.md.
"""

from __future__ import annotations

from connectors.kafka_tables import dead_letters_sink
from connectors.leaderboard_tables import scores_source, standings_sink
from connectors.sink_functions import live_writer
from jobs.changelog import APPENDED, changelog
from jobs.dead_letters import dead_letter
from jobs.leaderboard_views import leaderboard_views
from jobs.match_boards import crons
from jobs.match_state import match_events
from jobs.pipeline import Job, Options, run
from jobs.score_boards import schedules
from touchline.settings import Settings
from udfs.leaderboards.functions import period_at, score_reader


def outputs(settings: Settings, options: Options) -> list[tuple[str, str]]:
    """Standings, twice, and dead letters."""
    written = [("dead_letters", dead_letter("score_dead_letters", f"'{settings.kafka.scores}'"))]
    if not settings.leaderboards:
        return written
    return [
        # Without TO_CHANGELOG the function would be planned once for each part of the UNION.
        ("written", f"SELECT WRITE_LIVE(`write`) FROM {changelog('writes', APPENDED)}"),
        (
            "leaderboard_standings",
            f"""
            SELECT board, `period`, segment, `member`, name, `value`, since_ms, scores,
                descending, ends_ms, major, minor, CAST({options.generation} AS BIGINT),
                received_ms
            FROM standings""",
        ),
        *written,
    ]


def sources(settings: Settings, options: Options) -> list[str]:
    """The topics of scores and of canonical events, and of them what the options ask for."""
    none = "WHERE `partition` < 0" if options.match else ""  # a score is of no match
    return [
        scores_source(settings, options.group(JOB.name), options.span),
        f"CREATE TEMPORARY VIEW scores_log AS SELECT * FROM scores_topic {none}",
        *match_events(settings, options, JOB.name),
    ]


JOB: Job = Job(
    name="leaderboards",
    views=lambda settings: leaderboard_views(settings.leaderboards, settings.jobs.state_ttl_ms),
    outputs=outputs,
    sources=sources,
    sinks=lambda settings: [standings_sink(settings), dead_letters_sink(settings)],
    functions=lambda settings, options: {
        "READ_SCORE": score_reader(schedules(settings.leaderboards, settings.jobs.state_ttl_ms)),
        "WRITE_LIVE": live_writer(settings, options.generation),
        **({"PERIOD_AT": period_at()} if crons(settings.leaderboards) else {}),
    },
)

if __name__ == "__main__":
    run(JOB)

"""Canonical events -> live match state in Redis.

The views of `jobs/match_views.py`, and each as writes to Redis: all go through one function, so
that a batch reaches Redis in one round trip. `schemas/redis/keys.py` says where a write lands.
"""

from __future__ import annotations

from connectors.kafka_tables import match_events_source
from connectors.redis_sink import PLACE_UNIT
from connectors.sink_functions import live_writer
from jobs.match_views import TOTALS, VIEWS, upserts
from jobs.pipeline import Job, Options, run
from touchline.settings import Settings


def _pairs(*columns: str) -> str:
    """Columns as a JSON object's members. (A key that is not a literal needs CONCAT.)"""
    return ", ".join(f"KEY '{column}' VALUE `{column}`" for column in columns)


# kind, owner, member, body, place, major, minor, received_ms: see `LiveWrite`.
WRITES = {
    "state_writes": f"""
        SELECT 'state', match_id, 'match', JSON_OBJECT(
                {
        _pairs(
            "provider",
            "sport",
            "competition",
            "season",
            "home_possession",
            "events",
            "deleted",
            "happened_ms",
            "received_ms",
        )
    },
                KEY 'match_id' VALUE match_id,
                KEY 'score' VALUE JSON_OBJECT(
                    KEY 'computed' VALUE JSON_OBJECT(
                        KEY 'home' VALUE computed_home, KEY 'away' VALUE computed_away),
                    KEY 'shootout' VALUE JSON_OBJECT(
                        KEY 'home' VALUE home_shootout, KEY 'away' VALUE away_shootout)),
                KEY 'home' VALUE JSON_OBJECT(
                    KEY 'id' VALUE home_team_id, KEY 'name' VALUE home_team),
                KEY 'away' VALUE JSON_OBJECT(
                    KEY 'id' VALUE away_team_id, KEY 'name' VALUE away_team),
                KEY 'quality' VALUE JSON_OBJECT({_pairs("provisional")})),
            CAST(0 AS BIGINT),
            major, minor, received_ms
        FROM {upserts("match_state")}""",
    "team_writes": f"""
        SELECT 'state', match_id, side, CONCAT('{{"', LOWER(side), '":',
                JSON_OBJECT({_pairs("points", *TOTALS)}), '}}'),
            CAST(0 AS BIGINT), major, minor, received_ms
        FROM {upserts("teams")}""",
    "period_writes": f"""
        SELECT 'state', match_id, CONCAT('period:', CAST(`period` AS STRING)), CONCAT(
                '{{"periods":{{"', CAST(`period` AS STRING), '":', JSON_OBJECT(
                    KEY 'home' VALUE home_points, KEY 'away' VALUE away_points,
                    KEY 'events' VALUE events), '}}}}'),
            CAST(0 AS BIGINT), major, minor, received_ms
        FROM {upserts("periods")}""",
    "minute_writes": f"""
        SELECT 'window', match_id, CONCAT('minute:', CAST(minute_ms AS STRING)), JSON_OBJECT(
                {
        _pairs(
            "home_points",
            "away_points",
            "home_events",
            "away_events",
            "home_attack",
            "away_attack",
            "events",
        )
    }),
            CAST(0 AS BIGINT), major, minor, received_ms
        FROM {upserts("minutes")}""",
    "momentum_writes": f"""
        SELECT 'window', match_id, CONCAT('momentum:', CAST(window_end_ms AS STRING)),
            JSON_OBJECT({_pairs("home", "away")}),
            CAST(0 AS BIGINT), major, minor, received_ms
        FROM {upserts("momentum")}""",
    "timeline_writes": f"""
        SELECT CASE WHEN active THEN 'event' ELSE 'drop' END, match_id,
            CONCAT(provider, ':', event_id), JSON_OBJECT(
                {
        _pairs(
            "event_id",
            "type",
            "provider_type",
            "side",
            "team_id",
            "player_id",
            "player_name",
            "points",
            "period",
            "clock",
            "home_score",
            "away_score",
            "x",
            "y",
            "confirmed",
            "event_time_ms",
            "match_status",
        )
    }),
            game_time_ms * {PLACE_UNIT} + MOD(happened_ms / 100, {PLACE_UNIT}),
            log_offset, CAST(0 AS BIGINT), received_ms
        FROM {upserts("current_events")}""",
    "player_writes": f"""
        SELECT 'player', CONCAT(provider, ':', player_id), match_id, CONCAT(
                '{{"name":', JSON_QUOTE(player_name), ',"matches":{{', JSON_QUOTE(match_id), ':',
                JSON_OBJECT({_pairs("side", "team_id", "events", "points", "own_goals", *TOTALS)}),
                '}}}}'),
            CAST(0 AS BIGINT), major, minor, received_ms
        FROM {upserts("players")}""",
}

_COLUMNS = "kind, owner, `member`, body, place, major, minor, received_ms"

_AGGREGATES = [view for view in WRITES if view != "timeline_writes"]

JOB: Job = Job(
    name="match_state",
    views=VIEWS
    | WRITES
    | {
        "aggregate_writes": " UNION ALL ".join(
            f"SELECT * FROM {view} AS w ({_COLUMNS})" for view in _AGGREGATES
        )
    },
    outputs=lambda settings, options: [
        ("written", f"SELECT WRITE_LIVE({_COLUMNS}) FROM timeline_writes AS w ({_COLUMNS})"),
        # Without TO_CHANGELOG the planner would move the function below the UNION: one Python
        # step, and one round trip to Redis, for each of the views.
        ("written", f"SELECT WRITE_LIVE({_COLUMNS}) FROM TO_CHANGELOG(TABLE aggregate_writes)"),
    ],
    sources=lambda settings, options: match_events(settings, options, JOB.name),
    sinks=lambda settings: [],
    functions=lambda settings, options: {"WRITE_LIVE": live_writer(settings, options.generation)},
)


def match_events(settings: Settings, options: Options, job: str) -> list[str]:
    """Kafka's canonical topic, and of it what the options ask for, as `match_events`."""
    only = f"WHERE match_id = '{options.match}'" if options.match else ""
    topic = settings.kafka.match_events
    return [
        match_events_source(settings, [topic], options.group(job), options.span),
        f"CREATE TEMPORARY VIEW match_events AS SELECT * FROM match_events_log {only}",
    ]


if __name__ == "__main__":
    run(JOB)

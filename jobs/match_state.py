"""Canonical events -> live match state in Redis.

The views of `jobs/match_views.py`, and each as writes to Redis: all go through one function, so
that a batch reaches Redis in one round trip. `schemas/redis/keys.py` says where a write lands.
With them go what `normalize` has counted of the feeds: one job writes all of it, and the others
need no Redis.
"""

from __future__ import annotations

from connectors.kafka_tables import Span, feed_counts_source, match_events_source
from connectors.live_write import ACCOUNTING, PLACE_UNIT
from connectors.sink_functions import live_writer
from jobs.changelog import APPENDED, UPSERTED, changelog
from jobs.json_text import flag, json_object, nested, number, text, word
from jobs.live_write import live_write
from jobs.match_views import VIEWS
from jobs.measures import TOTALS
from jobs.pipeline import Job, Options, run
from touchline.settings import Settings

_TOTALS = [number(name) for name in ("points", *TOTALS)]

_STATE = json_object(
    text("match_id"),
    *map(number, ("home_possession", "events", "deleted", "happened_ms", "received_ms")),
    nested(
        "score",
        nested("computed", number("home", "computed_home"), number("away", "computed_away")),
        nested("shootout", number("home", "home_shootout"), number("away", "away_shootout")),
    ),
    nested("quality", number("provisional")),
)
_NAMES = json_object(
    *map(word, ("provider", "sport")),
    *map(text, ("competition", "season")),
    nested("home", text("id", "home_team_id"), text("name", "home_team")),
    nested("away", text("id", "away_team_id"), text("name", "away_team")),
)
_TEAM = f"""CONCAT('{{"', LOWER(side), '":', {json_object(*_TOTALS)}, '}}')"""
_PERIOD = f"""CONCAT('{{"periods":{{"', CAST(`period` AS STRING), '":', {
    json_object(number("home", "home_points"), number("away", "away_points"), number("events"))
}, '}}}}')"""
_MINUTE = json_object(
    *map(number, ("home_points", "away_points", "home_events", "away_events")),
    *map(number, ("home_attack", "away_attack", "events")),
)
_ATTACK = json_object(number("home"), number("away"))
_PLAYER = f"""CONCAT('{{', {text("name", "player_name")}, ',"matches":{{',
    JSON_STRING(match_id), ':',
    {json_object(word("side"), text("team_id"), number("events"), number("own_goals"), *_TOTALS)},
    '}}}}')"""
_EVENT = json_object(
    *map(text, ("event_id", "provider_type", "team_id", "player_id", "player_name", "clock")),
    *map(word, ("type", "side", "match_status")),
    *map(number, ("points", "period", "home_score", "away_score", "x", "y", "event_time_ms")),
    flag("confirmed"),
)
_PLACE = f"game_time_ms * {PLACE_UNIT} + MOD(happened_ms / 100, {PLACE_UNIT})"

WRITES = {
    name: f"SELECT {write} AS `write` FROM {rows}"
    for name, rows, write in (
        (
            "state_writes",
            changelog("match_state", UPSERTED),
            live_write("'state'", "match_id", "'match'", _STATE),
        ),
        (
            "name_writes",
            changelog("names", UPSERTED),
            live_write("'state'", "match_id", "'names'", _NAMES, major="0", minor="sayings"),
        ),
        (
            "team_writes",
            changelog("teams", UPSERTED),
            live_write("'state'", "match_id", "side", _TEAM),
        ),
        (
            "period_writes",
            changelog("periods", UPSERTED),
            live_write(
                "'state'", "match_id", "CONCAT('period:', CAST(`period` AS STRING))", _PERIOD
            ),
        ),
        (
            "minute_writes",
            changelog("minutes", UPSERTED),
            live_write(
                "'window'", "match_id", "CONCAT('minute:', CAST(minute_ms AS STRING))", _MINUTE
            ),
        ),
        (
            "attack_writes",
            changelog("attacks", UPSERTED),
            live_write(
                "'attack'", "match_id", "CONCAT('attack:', CAST(step_ms AS STRING))", _ATTACK
            ),
        ),
        (
            "player_writes",
            changelog("players", UPSERTED),
            live_write("'player'", "CONCAT(provider, ':', player_id)", "match_id", _PLAYER),
        ),
        (
            "timeline_writes",
            "(SELECT *, log_offset AS major, 0 AS minor"
            f" FROM {changelog('current_events', UPSERTED)})",
            live_write(
                "CASE WHEN active THEN 'event' ELSE 'drop' END",
                "match_id",
                "CONCAT(provider, ':', event_id)",
                _EVENT,
                place=_PLACE,
            ),
        ),
        (
            "count_writes",
            "feed_counts",
            live_write(
                f"'{ACCOUNTING}'",
                "topic",
                "what",
                "CAST(total AS STRING)",
                major="total",
                minor="0",
                received_ms="0",
            ),
        ),
    )
}
"""View of writes -> query: what each view of the match, or of the feeds, is in Redis."""

JOB: Job = Job(
    name="match_state",
    views=lambda settings: (
        VIEWS | WRITES | {"writes": " UNION ALL ".join(f"SELECT * FROM {view}" for view in WRITES)}
    ),
    outputs=lambda settings, options: [
        # Without TO_CHANGELOG the planner would move the function below the UNION: one Python
        # step, and one round trip to Redis, for each of the views.
        ("written", f"SELECT WRITE_LIVE(`write`) FROM {changelog('writes', APPENDED)}"),
    ],
    sources=lambda settings, options: [
        *match_events(settings, options, JOB.name),
        *feed_counts(settings, options, JOB.name),
    ],
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


def feed_counts(settings: Settings, options: Options, job: str) -> list[str]:
    """The counts of the feeds, as `feed_counts`: none if the options ask for one match.

    Whatever part of the events is read, all counts are: the highest of each is what stands.
    """
    counts = "total IS NOT NULL" if not options.match else "FALSE"
    span = Span("earliest", "latest" if options.span.end else "")
    return [
        feed_counts_source(settings, options.group(job), span),
        f"""
        CREATE TEMPORARY VIEW feed_counts AS
        SELECT SPLIT_INDEX(count_key, ':', 0) AS topic, SPLIT_INDEX(count_key, ':', 1) AS what,
            CAST(total AS BIGINT) AS total
        FROM feed_counts_log
        WHERE {counts}""",
    ]


if __name__ == "__main__":
    run(JOB)

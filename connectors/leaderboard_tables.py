"""The Kafka topics of leaderboards as Flink tables. One function a table; each gives its DDL."""

from __future__ import annotations

from connectors.kafka_tables import (
    RAW_KEY,
    Span,
    patient,
    sink_options,
    source_options,
    with_options,
)
from touchline.settings import Settings

STANDING_CLASS = "io.touchline.v1.Standing"


def scores_source(settings: Settings, group: str, span: Span) -> str:
    """Scores as received: `scores_topic`."""
    options = source_options(settings.kafka, settings.kafka.scores, group, span) | RAW_KEY
    return f"""
        CREATE TEMPORARY TABLE scores_topic (
            score_key BYTES,
            body BYTES,
            `partition` INT METADATA VIRTUAL,
            `offset` BIGINT METADATA VIRTUAL,
            arrived_at TIMESTAMP_LTZ(3) METADATA FROM 'timestamp' VIRTUAL,
            proctime AS PROCTIME()
        ) {with_options(options | {"key.fields": "score_key", "value.format": "raw"})}"""


STANDING = """
            board STRING,
            `period` STRING,
            segment STRING,
            `member` STRING,
            name STRING,
            `value` BIGINT,
            since_ms BIGINT,
            scores BIGINT,
            descending BOOLEAN,
            ends_ms BIGINT,
            major BIGINT,
            minor BIGINT,
            generation BIGINT,
            received_ms BIGINT"""


def standings_sink(settings: Settings) -> str:
    """Members' standings after each change, keyed by member."""
    options = sink_options(settings.kafka, settings.kafka.leaderboard_standings)
    options |= {"key.fields": "member", "key.format": "raw", "value.fields-include": "ALL"}
    options |= {"value.format": "protobuf", "value.protobuf.message-class-name": STANDING_CLASS}
    return f"""
        CREATE TEMPORARY TABLE leaderboard_standings ({STANDING}
        ) {with_options(options)}"""


def standings_source(settings: Settings, group: str, span: Span) -> str:
    """The same, to be read: when there are many, or some time has passed."""
    kafka = settings.kafka
    options = source_options(kafka, kafka.leaderboard_standings, group, span)
    options |= patient(settings.jobs.history_bundle_ms // 2)
    options |= {"format": "protobuf", "protobuf.message-class-name": STANDING_CLASS}
    return f"""
        CREATE TEMPORARY TABLE leaderboard_standings_log ({STANDING}
        ) {with_options(options)}"""

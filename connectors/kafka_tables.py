"""The Kafka topics as Flink tables. One function a table; each gives its DDL."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from connectors import access
from touchline.settings import Kafka, Settings

MESSAGE_CLASS = "io.touchline.v1.MatchEvent"


CLOCKS_DIFFER_MS = 1_000
"""How far the broker's clock may be behind that of the one who submits a job."""


@dataclass(frozen=True)
class Span:
    """The part of a topic that a source reads.

    start, end: `earliest`, `latest`, `timestamp:EPOCH_MS` or `offsets:PARTITION=OFFSET,…`; an
    empty `end` reads on for ever. A job that is restored from a savepoint ignores `start`.
    """

    start: str = "earliest"
    end: str = ""

    def until_ms(self, submitted_ms: int) -> int | None:
        """The moment before which nothing is missing of what it reads; None if it reads on for
        ever, or ends at offsets. Both are UTC epoch milliseconds."""
        if self.end == "latest":
            return submitted_ms - CLOCKS_DIFFER_MS
        kind, _, value = self.end.partition(":")
        return int(value) if kind == "timestamp" else None

    def options(self) -> dict[str, str]:
        """Options of Flink's Kafka connector.

        Raises:
            ValueError: a position of another form.
        """
        options = _position("startup", self.start)
        return options | _position("bounded", self.end) if self.end else options


def feed_source(settings: Settings, providers: Iterable[str], group: str, span: Span) -> str:
    """The providers' bytes as received: `feed_log`."""
    topics = ";".join(settings.kafka.feed(provider) for provider in providers)
    return f"""
        CREATE TEMPORARY TABLE feed_log (
            match_key BYTES,
            body BYTES,
            topic STRING METADATA VIRTUAL,
            `partition` INT METADATA VIRTUAL,
            `offset` BIGINT METADATA VIRTUAL,
            received_at TIMESTAMP_LTZ(3) METADATA FROM 'timestamp' VIRTUAL,
            proctime AS PROCTIME()
        ) {
        with_options(
            source_options(settings.kafka, topics, group, span)
            | RAW_KEY
            | {"key.fields": "match_key", "value.format": "raw"}
        )
    }"""


def match_events_source(
    settings: Settings, topics: Iterable[str], group: str, span: Span, patience_ms: int = 0
) -> str:
    """The canonical events: `match_events_log`, read as they come or, to spare the broker, when
    there are many or `patience_ms` are over. Its columns are the Protobuf message's fields, and

    log_offset: the position in the canonical topic, which totally orders a match's events, also
        those of several providers.
    """
    return f"""
        CREATE TEMPORARY TABLE match_events_log (
            match_id STRING,
            event_id STRING,
            provider STRING,
            source_match_id STRING,
            version BIGINT,
            arrival BIGINT,
            generation BIGINT,
            status STRING,
            sport STRING,
            type STRING,
            provider_type STRING,
            side STRING,
            team_id STRING,
            player_id STRING,
            player_name STRING,
            related_player_ids ARRAY<STRING>,
            points INT,
            confirmed BOOLEAN,
            `primary` BOOLEAN,
            `period` INT,
            clock STRING,
            game_time_ms BIGINT,
            event_time_ms BIGINT,
            received_ms BIGINT,
            x DOUBLE,
            y DOUBLE,
            located BOOLEAN,
            home_score INT,
            away_score INT,
            score_asserted BOOLEAN,
            match_status STRING,
            home_team_id STRING,
            home_team STRING,
            away_team_id STRING,
            away_team STRING,
            competition STRING,
            season STRING,
            attributes MAP<STRING, STRING>,
            source_topic STRING,
            source_partition INT,
            fingerprint BIGINT,
            log_topic STRING METADATA FROM 'topic' VIRTUAL,
            log_offset BIGINT METADATA FROM 'offset' VIRTUAL
        ) {
        with_options(
            source_options(settings.kafka, ";".join(topics), group, span)
            | (patient(patience_ms) if patience_ms else {})
            | {
                "format": "protobuf",
                "protobuf.message-class-name": MESSAGE_CLASS,
                "protobuf.ignore-parse-errors": "false",
            }
        )
    }"""


def keyed_bytes_sink(settings: Settings, table: str, topic: str) -> str:
    """Records that are encoded already, or empty, with their key: canonical events by match."""
    return f"""
        CREATE TEMPORARY TABLE {table} (
            record_key STRING,
            payload BYTES
        ) {
        with_options(
            sink_options(settings.kafka, topic)
            | RAW_KEY
            | {"key.fields": "record_key", "value.format": "raw"}
        )
    }"""


def feed_counts_source(settings: Settings, group: str, span: Span) -> str:
    """What became of the feeds' messages, as `normalize` counts it: `feed_counts_log`.

    count_key: `FEED:WHAT`, `feed.opta:accepted`. total: a number as text; null takes a count back.
    """
    options = source_options(settings.kafka, settings.kafka.feed_counts, group, span) | RAW_KEY
    return f"""
        CREATE TEMPORARY TABLE feed_counts_log (
            count_key STRING,
            total STRING
        ) {with_options(options | {"key.fields": "count_key", "value.format": "raw"})}"""


def dead_letters_sink(settings: Settings) -> str:
    """What could not be read: the bytes as received, and why and whence in the headers."""
    return f"""
        CREATE TEMPORARY TABLE dead_letters (
            match_key BYTES,
            part BYTES,
            headers MAP<STRING, BYTES> METADATA
        ) {
        with_options(
            sink_options(settings.kafka, settings.kafka.dead_letters)
            | RAW_KEY
            | {"key.fields": "match_key", "value.format": "raw"}
        )
    }"""


FETCH_BYTES = 8 * 1024 * 1024
"""Of a backlog, at a time. (A longer message comes alone.) Kafka's default of 50 MB is taken from
the JVM's direct memory for each source: three jobs in one TaskManager run out of it."""

RAW_KEY = {"key.format": "raw", "value.fields-include": "EXCEPT_KEY"}


def source_options(kafka: Kafka, topics: str, group: str, span: Span) -> dict[str, str]:
    """Options of a table that is read from topics (`;` between), but for its format."""
    return {
        "connector": "kafka",
        "topic": topics,
        **access.kafka_tables(kafka),
        "properties.group.id": group,
        "properties.fetch.max.bytes": str(FETCH_BYTES),
        **span.options(),
    }


def patient(wait_ms: int) -> dict[str, str]:
    """Further options of a source that spares the broker: it waits for more, for so long."""
    return {
        "properties.fetch.min.bytes": str(FETCH_BYTES // 8),
        "properties.fetch.max.wait.ms": str(wait_ms),
    }


def sink_options(kafka: Kafka, topic: str) -> dict[str, str]:
    """Options of a table that is written to a topic, but for its format."""
    return {
        "connector": "kafka",
        "topic": topic,
        **access.kafka_tables(kafka),
        "properties.max.request.size": str(kafka.max_message_bytes),
        # What a Python step hands on at once goes to the broker at once.
        "properties.linger.ms": "2",
        "properties.compression.type": "lz4",  # a third of the bytes for a tenth of gzip's time
        # Effects are exactly once (every write downstream is versioned), so that a transaction,
        # which would hold the live path back by a checkpoint interval, is not needed.
        "sink.delivery-guarantee": "at-least-once",
    }


def _position(what: str, position: str) -> dict[str, str]:
    kind, _, value = position.partition(":")
    mode = f"scan.{what}.mode"
    if kind in ("earliest", "latest") and not value:
        return {mode: f"{kind}-offset"}
    if kind == "timestamp" and value.isdigit():
        return {mode: "timestamp", f"scan.{what}.timestamp-millis": value}
    if kind == "offsets" and value:
        pairs = [pair.partition("=") for pair in value.split(",")]
        if all(part.isdigit() and offset.isdigit() for part, _, offset in pairs):
            return {
                mode: "specific-offsets",
                f"scan.{what}.specific-offsets": ";".join(
                    f"partition:{part},offset:{offset}" for part, _, offset in pairs
                ),
            }
    raise ValueError(
        f"{position!r} is not earliest, latest, timestamp:EPOCH_MS or offsets:PARTITION=OFFSET,…"
    )


def with_options(options: Mapping[str, str]) -> str:
    """The WITH clause of a table."""
    lines = ",\n".join(f"    '{name}' = '{_quoted(value)}'" for name, value in options.items())
    return f"WITH (\n{lines})"


def _quoted(value: str) -> str:
    return value.replace("'", "''")

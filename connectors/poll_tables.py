"""The Kafka topics of polls as Flink tables. One function a table; each gives its DDL."""

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

GATHERED_MS = 20
"""How much may come together for a fetch of votes or commands."""

BALLOT_CLASS = "io.touchline.v1.Ballot"

EVENT_TIME = """
            arrived_at TIMESTAMP_LTZ(3) METADATA FROM 'timestamp' VIRTUAL,
            WATERMARK FOR arrived_at AS arrived_at - INTERVAL '0.001' SECOND"""
"""The broker's clock, which never goes back within a partition: nothing is late. Partitions do not
become idle, since each has its ticks: a watermark that stands still is a partition that is not
read, and no result may be final before it is."""


def poll_records_source(
    settings: Settings, table: str, topic: str, group: str, span: Span, key: str
) -> str:
    """Control messages or votes, as received, and the ticks among them, which have no value."""
    options = source_options(settings.kafka, topic, group, span) | RAW_KEY
    # There are ticks all the time: each would be a fetch of its own.
    options |= patient(GATHERED_MS)
    # A partition that is added has no ticks until the job is submitted again.
    options |= {"scan.topic-partition-discovery.interval": "0"}
    if span.end:  # what is scheduled between its last records comes before its end
        options |= {"scan.watermark.emit.strategy": "on-event"}
    return f"""
        CREATE TEMPORARY TABLE {table} (
            {key} BYTES,
            body BYTES,
            `partition` INT METADATA VIRTUAL,
            `offset` BIGINT METADATA VIRTUAL,{EVENT_TIME}
        ) {with_options(options | {"key.fields": key, "value.format": "raw"})}"""


def clock_source() -> str:
    """A row every second, with the `proctime` of it. (More a second would come all at once.)"""
    return f"""
        CREATE TEMPORARY TABLE clock (beat BIGINT, proctime AS PROCTIME()) {
        with_options({"connector": "datagen", "rows-per-second": "1"})
    }"""


_BALLOT = """
            poll_id STRING,
            voter_id STRING,
            vote_id STRING,
            choices STRING,
            verdict STRING,
            previous STRING,
            previous_class STRING,
            previous_region STRING,
            voter_class STRING,
            region STRING,
            source STRING,
            voted_ms BIGINT,
            arrived_ms BIGINT,
            source_partition INT,
            source_offset BIGINT"""
_PROTOBUF = {"format": "protobuf", "protobuf.message-class-name": BALLOT_CLASS}


def ballots_sink(settings: Settings) -> str:
    """Votes and what became of them."""
    options = sink_options(settings.kafka, settings.kafka.poll_ballots)
    return f"""
        CREATE TEMPORARY TABLE poll_ballots ({_BALLOT}
        ) {with_options(options | _PROTOBUF)}"""


def ballots_source(settings: Settings, group: str, span: Span) -> str:
    """The same, to be read: when there are many, or some time has passed."""
    options = source_options(settings.kafka, settings.kafka.poll_ballots, group, span)
    options |= patient(settings.jobs.history_bundle_ms // 2)
    return f"""
        CREATE TEMPORARY TABLE poll_ballots_log ({_BALLOT}
        ) {with_options(options | _PROTOBUF)}"""


def results_sink(settings: Settings) -> str:
    """Results as JSON, keyed by poll; why there is one is in the header `event`."""
    options = sink_options(settings.kafka, settings.kafka.poll_results) | RAW_KEY
    return f"""
        CREATE TEMPORARY TABLE poll_results (
            poll_id STRING,
            document STRING,
            headers MAP<STRING, BYTES> METADATA
        ) {with_options(options | {"key.fields": "poll_id", "value.format": "raw"})}"""


def results_source(settings: Settings, group: str, span: Span) -> str:
    """The same, to be read."""
    options = source_options(settings.kafka, settings.kafka.poll_results, group, span) | RAW_KEY
    return f"""
        CREATE TEMPORARY TABLE poll_results_log (
            poll_id STRING,
            document STRING,
            headers MAP<STRING, BYTES> METADATA VIRTUAL
        ) {with_options(options | {"key.fields": "poll_id", "value.format": "raw"})}"""

"""A contender: the same job as a row-at-a-time PyFlink DataStream job, in process mode.

    flink run -d -py bench/row_at_a_time.py BOOTSTRAP SOURCE_TOPIC TARGET_TOPIC

KafkaSource -> the adapter and the codec -> keyed by match, a MapState of what is current ->
KafkaSink, as PyFlink's documentation teaches it, with Flink's defaults. PyFlink's KafkaSource gives
values only, so that lineage is left empty; a match's messages come in the order of their arrival,
which is what ties are decided by.

What a main module defines is sent to the workers by value. They import the rest of this package by
the PYTHONPATH that the cluster was started with.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

from pyflink.common import Row, Types, WatermarkStrategy
from pyflink.common.serialization import ByteArraySchema, RowFieldExtractorSchema
from pyflink.datastream import StreamExecutionEnvironment
from pyflink.datastream.connectors.kafka import (
    KafkaOffsetsInitializer,
    KafkaRecordSerializationSchema,
    KafkaSink,
    KafkaSource,
)
from pyflink.datastream.functions import FlatMapFunction, KeyedProcessFunction, RuntimeContext
from pyflink.datastream.state import MapStateDescriptor

from bench.last_write import new_reader, read, wins

NAME = "bench-row-at-a-time"

TEXT, LONG, BYTES = Types.STRING(), Types.LONG(), Types.PRIMITIVE_ARRAY(Types.BYTE())
EVENT = Types.ROW_NAMED(
    ["match_id", "event_id", "version", "fingerprint", "payload"], [TEXT, TEXT, LONG, LONG, BYTES]
)
MESSAGE = Types.ROW_NAMED(["key", "value"], [BYTES, BYTES])


class Read(FlatMapFunction):  # type: ignore[misc]
    """A message's events."""

    def open(self, runtime_context: RuntimeContext) -> None:
        """Make the reader, in the worker."""
        self._reader = new_reader()

    def flat_map(self, value: bytes) -> Iterator[Row]:
        """One message."""
        for event in read(self._reader, None, bytes(value), ("", 0, 0, 0)):
            yield Row(*event)


class LastWriteWins(KeyedProcessFunction):  # type: ignore[misc]
    """Passes on the versions that come to stand."""

    def open(self, runtime_context: RuntimeContext) -> None:
        """Get the match's state: event -> version and fingerprint."""
        # The types above are objects of the JVM: they cannot be sent to a worker.
        known = Types.TUPLE([Types.LONG(), Types.LONG()])
        state = MapStateDescriptor("known", Types.STRING(), known)
        self._known = runtime_context.get_map_state(state)

    def process_element(self, event: Row, ctx: KeyedProcessFunction.Context) -> Iterator[Row]:
        """One version of one event."""
        match_id, event_id, version, fingerprint, payload = event
        if wins(self._known.get(event_id), version, fingerprint):
            self._known.put(event_id, (version, fingerprint))
            yield Row(match_id.encode(), payload)


def submit(bootstrap: str, source_topic: str, target_topic: str) -> None:
    """Hand the job to the cluster that Flink's client names."""
    environment = StreamExecutionEnvironment.get_execution_environment()
    source = (
        KafkaSource.builder()
        .set_bootstrap_servers(bootstrap)
        .set_topics(source_topic)
        .set_group_id(NAME)
        .set_starting_offsets(KafkaOffsetsInitializer.earliest())
        .set_value_only_deserializer(ByteArraySchema())
        .build()
    )
    sink = (
        KafkaSink.builder()
        .set_bootstrap_servers(bootstrap)
        .set_record_serializer(
            KafkaRecordSerializationSchema.builder()
            .set_topic(target_topic)
            .set_key_serialization_schema(RowFieldExtractorSchema(0))
            .set_value_serialization_schema(RowFieldExtractorSchema(1))
            .build()
        )
        .build()
    )
    (
        environment.from_source(source, WatermarkStrategy.no_watermarks(), "feed", BYTES)
        .flat_map(Read(), EVENT)
        .key_by(lambda event: event[0], TEXT)
        .process(LastWriteWins(), MESSAGE)
        .sink_to(sink)
    )
    environment.execute(NAME)


if __name__ == "__main__":
    submit(*sys.argv[1:])

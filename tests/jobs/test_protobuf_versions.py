"""What Flink's Protobuf format makes of bytes of other versions of the schemas."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from py4j.java_collections import JavaArray, JavaMap
from pyflink.java_gateway import get_gateway
from pyflink.table import DataTypes, TableEnvironment
from pyflink.table.types import _to_java_data_type
from pyflink.util.java_utils import add_jars_to_context_class_loader

from connectors.kafka_tables import MESSAGE_CLASS, Span, match_events_source
from connectors.leaderboard_tables import STANDING_CLASS, standings_source
from connectors.poll_tables import BALLOT_CLASS, ballots_source
from jobs.match_state import JOB
from jobs.match_views import NEWER
from schemas.generated.touchline.v1.match_event_pb2 import MatchEvent
from tests.jobs.mini_cluster import environment_for
from tests.schemas.stored import Version, versions
from tests.schemas.test_schema_evolution import DRAFTS, FUTURE, from_the_future
from touchline.settings import Settings
from touchline.stack.flink import FLINK_JARS

pytestmark = pytest.mark.flink

SETTINGS, SPAN = Settings(), Span()
TABLES = {
    "MatchEvent": (
        "match_event",
        MESSAGE_CLASS,
        "match_events_log",
        match_events_source(SETTINGS, ["t"], "g", SPAN),
    ),
    "Ballot": ("poll", BALLOT_CLASS, "poll_ballots_log", ballots_source(SETTINGS, "g", SPAN)),
    "Standing": (
        "score",
        STANDING_CLASS,
        "leaderboard_standings_log",
        standings_source(SETTINGS, "g", SPAN),
    ),
}
"""Record -> its .proto file, its class in Java, and the table that reads it."""

VERSIONS = [
    (record, version) for record, (name, *_) in TABLES.items() for version in versions(name)
]


@pytest.fixture(scope="module")
def environment() -> TableEnvironment:
    add_jars_to_context_class_loader([jar.as_uri() for jar in sorted(FLINK_JARS.glob("*.jar"))])
    environment = environment_for(JOB)
    for _, _, _, ddl in TABLES.values():
        environment.execute_sql(ddl)
    return environment


Reader = Callable[[str, bytes], dict[str, Any]]


@pytest.fixture(scope="module")
def read(environment: TableEnvironment) -> Reader:
    """Bytes of a record -> column -> value, as the record's table has them."""

    def read(record: str, payload: bytes) -> dict[str, Any]:
        _, java_class, table, _ = TABLES[record]
        schema = environment.from_path(table).get_schema()
        columns = {
            name: kind
            for name, kind in zip(
                schema.get_field_names(), schema.get_field_data_types(), strict=True
            )
            if not name.startswith("log_")  # where Kafka has it
        }
        row_type = DataTypes.ROW([DataTypes.FIELD(name, columns[name]) for name in columns])
        jvm = get_gateway().jvm
        java_type = _to_java_data_type(row_type)
        config = jvm.org.apache.flink.formats.protobuf.PbFormatConfig.PbFormatConfigBuilder()
        converter = jvm.org.apache.flink.formats.protobuf.deserialize.ProtoToRowConverter(
            java_type.getLogicalType(), config.messageClassName(java_class).build()
        )
        external = jvm.org.apache.flink.table.data.conversion.DataStructureConverters.getConverter(
            java_type
        )
        external.open(jvm.java.lang.Thread.currentThread().getContextClassLoader())
        row = external.toExternalOrNull(converter.convertProtoBinaryToRow(payload))
        return {name: _plain(row.getField(place)) for place, name in enumerate(columns)}

    return read


def _plain(value: Any) -> Any:
    """An array or a map of Java's as Python's."""
    if isinstance(value, JavaMap):
        return dict(value)
    return list(value) if isinstance(value, JavaArray) else value


@pytest.mark.parametrize(("record", "version"), VERSIONS, ids=str)
def test_flink_reads_old_bytes_with_the_meaning_they_had(
    read: Reader, record: str, version: Version
) -> None:
    row = read(record, version.stored(record))
    lost = DRAFTS.get((version.name, version.number), {})
    wanted = {name: value for name, value in version.said(record).items() if name in row} | lost
    # JSON has long numbers as text.
    said = {name: type(row[name])(value) for name, value in wanted.items()}
    assert {name: row[name] for name in said} == said


@pytest.mark.parametrize("record", TABLES)
def test_flink_reads_a_message_with_fields_from_the_future(read: Reader, record: str) -> None:
    newest = versions(TABLES[record][0])[-1]
    future = from_the_future(newest, record).SerializeToString()
    assert read(record, future) == read(record, newest.stored(record))


def test_flink_does_not_take_an_enums_value_from_the_future_for_another(read: Reader) -> None:
    event = MatchEvent.FromString(versions("match_event")[-1].stored("MatchEvent"))
    event.type = event.status = event.match_status = event.side = FUTURE
    row = read("MatchEvent", event.SerializeToString())
    assert (row["type"], row["status"], row["match_status"], row["side"]) == (NEWER,) * 4

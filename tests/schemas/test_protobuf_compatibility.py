"""Old bytes stay readable: no change of a .proto file breaks the rules at its head."""

from __future__ import annotations

from pathlib import Path

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto  # type: ignore[import-untyped]

from schemas.generated.touchline.v1 import match_event_pb2
from tests.schemas.compatibility import (
    PROTO_FILES,
    PROTO_FOLDER,
    Schema,
    breaches,
    schema_of,
    snapshot_of,
)

RECORD = "compatible, but not recorded: run `python -m tests.schemas.compatibility`"


@pytest.mark.parametrize("proto", PROTO_FILES, ids=lambda proto: proto.name)
def test_no_field_or_value_changed_in_a_way_that_breaks_readers(proto: Path) -> None:
    assert breaches(snapshot_of(proto), schema_of(proto)) == []


@pytest.mark.parametrize("proto", PROTO_FILES, ids=lambda proto: proto.name)
def test_what_is_new_is_recorded(proto: Path) -> None:
    assert snapshot_of(proto) == schema_of(proto), RECORD


def test_the_generated_class_is_that_of_the_proto_file() -> None:
    generated = FileDescriptorProto()
    match_event_pb2.DESCRIPTOR.CopyToProto(generated)
    [message] = (m for m in generated.message_type if m.name == "MatchEvent")
    compiled = schema_of(PROTO_FOLDER / "touchline/v1/match_event.proto")
    fields = compiled.messages["MatchEvent"].fields
    assert {field.number: field.name for field in message.field} == {
        number: field.name for number, field in fields.items()
    }, "the generated class is stale: run `make proto`"


# --- the checker itself

BEFORE = """
syntax = "proto3";
package acme.v1;

message Event {
  reserved 2, 5 to 6;
  reserved "gone";
  string id = 1;
  int64 version = 3;
  optional double x = 4;
  repeated string tags = 7;
  map<string, string> attributes = 8;
  Kind kind = 9;
}

message Other {
  string id = 1;
}

enum Kind {
  reserved 3;
  reserved "OLD";
  KIND_UNKNOWN = 0;
  GOAL = 1;
  CARD = 2;
}
"""


def schema(tmp_path: Path, text: str) -> Schema:
    proto = tmp_path / "acme.proto"
    proto.write_text(text)
    return schema_of(proto, tmp_path)


def found(tmp_path: Path, was: str, becomes: str) -> list[str]:
    assert was in BEFORE
    return breaches(schema(tmp_path, BEFORE), schema(tmp_path, BEFORE.replace(was, becomes, 1)))


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        ("string id = 1;", "string id = 1;  // a comment"),
        ("  Kind kind = 9;", "  Kind kind = 9;\n  string name = 10;\n  bool known = 11;"),
        ("  string id = 1;\n  int64", "  reserved 1; reserved 'id';\n  int64"),
        ("  CARD = 2;", "  CARD = 2;\n  CORNER = 7;"),
        ("  CARD = 2;", "  reserved 2; reserved 'CARD';"),
        ("message Other", "message New {}\nmessage Other"),
        ("enum Kind", "enum Side { SIDE_UNKNOWN = 0; }\nenum Kind"),
    ],
)
def test_a_compatible_change_is_let_through(tmp_path: Path, was: str, becomes: str) -> None:
    assert found(tmp_path, was, becomes) == []


@pytest.mark.parametrize(
    ("was", "becomes", "breach"),
    [
        ("int64 version = 3", "int64 revision = 3", "single int64 version became single int64 rev"),
        ("int64 version = 3", "int32 version = 3", "single int64 version became single int32 ver"),
        ("int64 version = 3", "sint64 version = 3", "int64 version became single sint64 version"),
        ("int64 version = 3", "int64 version = 10", "Event.version is gone"),
        ("int64 version = 3", "repeated int64 version = 3", "became repeated int64 version"),
        ("int64 version = 3", "optional int64 version = 3", "became optional int64 version"),
        ("optional double x", "double x", "optional double x became single double x"),
        ("repeated string tags", "string tags", "repeated string tags became single string tags"),
        ("map<string, string>", "map<string, int32>", "AttributesEntry, field 2"),
        ("Kind kind = 9", "int32 kind = 9", "Kind kind became single int32 kind"),
        ("  int64 version = 3;\n", "", "Event.version is gone, and its number 3 or name"),
        ("  int64 version = 3;\n", "  reserved 3;\n", "Event.version is gone, and its number 3"),
        ("  int64 version = 3;\n", "  reserved 'version';\n", "Event.version is gone"),
        ('  reserved "gone";\n  string', "  string", "Event: something reserved was freed"),
        ("reserved 2, 5 to 6;", "reserved 2;", "Event: something reserved was freed"),
        ("Kind kind = 9;", "Kind kind = 9; string far = 12;", "next free numbers, from 10"),
        ("message Other {\n  string id = 1;\n}", "", "message Other is gone"),
        ("GOAL = 1;", "GOAL = 4;", "Kind.GOAL is gone"),
        ("GOAL = 1;", "OWN_GOAL = 1;", "Kind, number 1: GOAL became OWN_GOAL"),
        ("  CARD = 2;\n", "", "Kind.CARD is gone"),
        ('  reserved "OLD";\n', "", "Kind: something reserved was freed"),
        ("KIND_UNKNOWN = 0", "NO_GOAL = 0", "Kind: 0 does not mean that it is not known"),
        ("message Other", "enum Side { HOME = 0; }\nmessage Other", "Side: 0 does not mean"),
        ("acme.v1", "acme.v2", "package or syntax is another"),
    ],
)
def test_an_incompatible_change_is_named(
    tmp_path: Path, was: str, becomes: str, breach: str
) -> None:
    assert any(breach in text for text in found(tmp_path, was, becomes))


def test_an_enum_that_is_gone_is_named(tmp_path: Path) -> None:
    start, end = BEFORE.index("enum Kind"), len(BEFORE)
    without = BEFORE.replace(BEFORE[start:end], "").replace("Kind kind", "int32 kind")
    assert "enum Kind is gone" in breaches(schema(tmp_path, BEFORE), schema(tmp_path, without))

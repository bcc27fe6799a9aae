"""What of a .proto file must not change, and the check that it has not.

`*.fields.json` beside this file keeps what readers and stored bytes rely on. After a compatible
change, record it:

    python -m tests.schemas.compatibility
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
from google.protobuf.descriptor_pb2 import (  # type: ignore[import-untyped]
    DescriptorProto,
    EnumDescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
    FileDescriptorSet,
)
from grpc_tools import protoc  # type: ignore[import-untyped]

HERE = Path(__file__).parent
PROTO_FOLDER = HERE.parent.parent / "schemas" / "protobuf"
PROTO_FILES = sorted(PROTO_FOLDER.rglob("*.proto"))


class Field(msgspec.Struct, frozen=True):
    """A field. cardinality: single, optional (its presence is known) or repeated."""

    name: str
    type: str
    cardinality: str


class Reserved(msgspec.Struct, frozen=True):
    """Numbers, as ranges with both ends in them, and names that are never used again."""

    ranges: tuple[tuple[int, int], ...] = ()
    names: tuple[str, ...] = ()

    def has(self, number: int, name: str) -> bool:
        """Whether both are reserved."""
        return name in self.names and any(first <= number <= last for first, last in self.ranges)

    def lacks(self, other: Reserved) -> bool:
        """Whether something that the other one reserves is free here."""
        return bool({*other.names, *other.ranges} - {*self.names, *self.ranges})


class Message(msgspec.Struct, frozen=True):
    """A message's fields by their numbers."""

    fields: dict[int, Field]
    reserved: Reserved = Reserved()


class Enumeration(msgspec.Struct, frozen=True):
    """An enum's values: number -> name."""

    values: dict[int, str]
    reserved: Reserved = Reserved()


class Schema(msgspec.Struct, frozen=True):
    """A .proto file's contract."""

    package: str
    syntax: str
    messages: dict[str, Message]
    enums: dict[str, Enumeration]


# --- reading a .proto file


def schema_of(proto: Path, folder: Path = PROTO_FOLDER) -> Schema:
    """The contract of `proto`, which is in `folder`."""
    return contract(compiled(proto, folder))


def compiled(proto: Path, folder: Path = PROTO_FOLDER) -> FileDescriptorProto:
    """`proto`, which is in `folder`, as protoc understands it."""
    with TemporaryDirectory() as scratch:
        target = Path(scratch) / "compiled"
        well_known = files("grpc_tools") / "_proto"
        failed = protoc.main(
            ["", f"-I{folder}", f"-I{well_known}", f"--descriptor_set_out={target}", str(proto)]
        )
        assert not failed, f"protoc refuses {proto}"
        [file] = FileDescriptorSet.FromString(target.read_bytes()).file
    return file


def contract(file: FileDescriptorProto) -> Schema:
    """What readers and stored bytes rely on in a compiled file."""
    return Schema(
        file.package,
        file.syntax,
        dict(_messages(file.message_type)),
        dict(_enums(file)),
    )


def _messages(found: list[DescriptorProto], owner: str = "") -> Iterator[tuple[str, Message]]:
    for message in found:
        name = owner + message.name
        ranges = tuple((r.start, r.end - 1) for r in message.reserved_range)
        fields = {field.number: _field(field) for field in message.field}
        yield name, Message(fields, Reserved(ranges, tuple(message.reserved_name)))
        yield from _messages(message.nested_type, f"{name}.")


def _field(field: FieldDescriptorProto) -> Field:
    kind = FieldDescriptorProto.Type.Name(field.type).removeprefix("TYPE_").lower()
    repeated = field.label == FieldDescriptorProto.LABEL_REPEATED
    cardinality = "repeated" if repeated else "optional" if field.proto3_optional else "single"
    return Field(field.name, field.type_name or kind, cardinality)


def _enums(file: FileDescriptorProto) -> Iterator[tuple[str, Enumeration]]:
    for enum in file.enum_type:
        yield enum.name, _enumeration(enum)
    for message in file.message_type:
        for enum in message.enum_type:
            yield f"{message.name}.{enum.name}", _enumeration(enum)


def _enumeration(enum: EnumDescriptorProto) -> Enumeration:
    ranges = tuple((r.start, r.end) for r in enum.reserved_range)
    values = {value.number: value.name for value in enum.value}
    return Enumeration(values, Reserved(ranges, tuple(enum.reserved_name)))


# --- the rules at the head of match_event.proto


def breaches(old: Schema, new: Schema) -> list[str]:
    """What breaks a reader of the old schema, or bytes written by it; empty for what is allowed."""
    found = []
    if (old.package, old.syntax) != (new.package, new.syntax):
        found.append(f"package or syntax is another: {new.package}, {new.syntax}")
    for name, message in old.messages.items():
        if name in new.messages:
            found += _message_breaches(name, message, new.messages[name])
        else:
            found.append(f"message {name} is gone")
    for name, enum in old.enums.items():
        if name in new.enums:
            found += _enum_breaches(name, enum, new.enums[name])
        else:
            found.append(f"enum {name} is gone")
    for name, enum in new.enums.items():
        if "UNKNOWN" not in enum.values.get(0, ""):
            found.append(f"{name}: 0 does not mean that it is not known")
    return found


def _message_breaches(name: str, old: Message, new: Message) -> Iterator[str]:
    for number, field in old.fields.items():
        now = new.fields.get(number)
        if now is None and not new.reserved.has(number, field.name):
            yield f"{name}.{field.name} is gone, and its number {number} or name is not reserved"
        elif now is not None and now != field:
            yield f"{name}, field {number}: {_shown(field)} became {_shown(now)}"
    if new.reserved.lacks(old.reserved):
        yield f"{name}: something reserved was freed"
    taken = [*old.fields, *(last for _, last in old.reserved.ranges)]
    added = sorted(new.fields.keys() - old.fields.keys())
    free = max(taken, default=0) + 1
    if added != list(range(free, free + len(added))):
        yield f"{name}: the new fields {added} do not take the next free numbers, from {free}"


def _enum_breaches(name: str, old: Enumeration, new: Enumeration) -> Iterator[str]:
    for number, value in old.values.items():
        now = new.values.get(number)
        if now is None and not new.reserved.has(number, value):
            yield f"{name}.{value} is gone, and its number {number} or name is not reserved"
        elif now is not None and now != value:
            yield f"{name}, number {number}: {value} became {now}"
    if new.reserved.lacks(old.reserved):
        yield f"{name}: something reserved was freed"


def _shown(field: Field) -> str:
    return f"{field.cardinality} {field.type} {field.name}"


# --- the snapshots


def snapshot_path(proto: Path) -> Path:
    """Where a .proto file's snapshot is."""
    return HERE / f"{proto.stem}.fields.json"


def snapshot_of(proto: Path) -> Schema:
    """A .proto file's schema as it was recorded."""
    return msgspec.json.decode(snapshot_path(proto).read_bytes(), type=Schema)


def main() -> None:
    """Record all schemas; refuses what is not compatible."""
    for proto in PROTO_FILES:
        schema = schema_of(proto)
        if snapshot_path(proto).exists():
            found = breaches(snapshot_of(proto), schema)
            if found:
                sys.exit("\n".join([f"{proto.name} is not compatible:", *found]))
        text = msgspec.json.format(msgspec.json.encode(schema), indent=1)
        snapshot_path(proto).write_bytes(text + b"\n")
        print(f"recorded {snapshot_path(proto).name}")


if __name__ == "__main__":
    main()

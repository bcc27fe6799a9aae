"""Bytes of every version of the schemas, as they were written when it was the present one.

`fixtures/FILE/VERSION/` has the compiled .proto file of that version (`schema.binpb`, a
FileDescriptorSet), and of each message that is a Kafka record the bytes (`MESSAGE.binpb`) and what
they say (`MESSAGE.json`). Nothing in there is ever changed. After a change of a .proto file, give a
new field a value in `examples.json` and keep the version:

    python -m tests.schemas.stored
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from google.protobuf.descriptor_pb2 import (  # type: ignore[import-untyped]
    FileDescriptorProto,
    FileDescriptorSet,
)
from google.protobuf.descriptor_pool import DescriptorPool  # type: ignore[import-untyped]
from google.protobuf.json_format import (  # type: ignore[import-untyped]
    MessageToDict,
    ParseDict,
)
from google.protobuf.message_factory import GetMessageClass  # type: ignore[import-untyped]

from tests.schemas.compatibility import PROTO_FILES, compiled, contract

HERE = Path(__file__).parent
FIXTURES = HERE / "fixtures"
EXAMPLES: dict[str, dict[str, Any]] = json.loads((HERE / "examples.json").read_text())
"""Record -> field -> a value that is not its default, as JSON; of all versions' fields."""


@dataclass(frozen=True)
class Version:
    """A version of a .proto file, and where its bytes are."""

    name: str
    number: int

    def __str__(self) -> str:
        return f"{self.name} {self.number}"

    @property
    def folder(self) -> Path:
        """The fixture's folder."""
        return FIXTURES / self.name / str(self.number)

    @property
    def schema(self) -> FileDescriptorProto:
        """The compiled file."""
        return FileDescriptorSet.FromString((self.folder / "schema.binpb").read_bytes()).file[0]

    @property
    def records(self) -> list[str]:
        """The messages of which there are bytes."""
        return sorted(path.stem for path in self.folder.glob("*.json"))

    def message_class(self, record: str) -> Any:
        """The record's class as it was in this version."""
        return class_in(self.schema, record)

    def stored(self, record: str) -> bytes:
        """What was written."""
        return (self.folder / f"{record}.binpb").read_bytes()

    def said(self, record: str) -> dict[str, Any]:
        """What was written, as JSON: field -> value."""
        said: dict[str, Any] = json.loads((self.folder / f"{record}.json").read_text())
        return said


def class_in(schema: FileDescriptorProto, record: str) -> Any:
    """A message's class, made of a compiled file and apart from those of other versions."""
    pool = DescriptorPool()
    pool.Add(schema)
    return GetMessageClass(pool.FindMessageTypeByName(f"{schema.package}.{record}"))


def as_json(message: Any) -> dict[str, Any]:
    """A message's fields, those with default values too; its enums' values by name."""
    fields: dict[str, Any] = MessageToDict(
        message, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
    )
    return fields


def versions(name: str) -> list[Version]:
    """A .proto file's versions, the oldest first."""
    numbers = sorted(int(path.name) for path in (FIXTURES / name).iterdir())
    return [Version(name, number) for number in numbers]


def all_versions() -> list[Version]:
    """Those of all files."""
    return [version for proto in PROTO_FILES for version in versions(proto.stem)]


def records_of(schema: FileDescriptorProto) -> list[str]:
    """The messages that are no part of another one."""
    parts = {field.type_name.rpartition(".")[2] for m in schema.message_type for field in m.field}
    return [message.name for message in schema.message_type if message.name not in parts]


def example(schema: FileDescriptorProto, record: str) -> Any:
    """A record with a value in each of its fields."""
    message = class_in(schema, record)()
    known = {field.name for field in message.DESCRIPTOR.fields}
    ParseDict({name: value for name, value in EXAMPLES[record].items() if name in known}, message)
    unset = known - {field.name for field, _ in message.ListFields()}
    if unset:
        sys.exit(f"give {record}'s {', '.join(sorted(unset))} a value in examples.json")
    return message


def keep(version: Version, schema: FileDescriptorProto) -> None:
    """Write a version's fixture."""
    version.folder.mkdir(parents=True)
    whole = FileDescriptorSet(file=[schema]).SerializeToString(deterministic=True)
    (version.folder / "schema.binpb").write_bytes(whole)
    for record in records_of(schema):
        message = example(schema, record)
        payload = message.SerializeToString(deterministic=True)
        (version.folder / f"{record}.binpb").write_bytes(payload)
        text = json.dumps(as_json(message), indent=1, ensure_ascii=False)
        (version.folder / f"{record}.json").write_text(text + "\n")
    print(f"kept {version}")


def main() -> None:
    """Keep what is not the same as the newest version that is kept."""
    for proto in PROTO_FILES:
        schema = compiled(proto)
        known = versions(proto.stem) if (FIXTURES / proto.stem).exists() else []
        if not known or contract(known[-1].schema) != contract(schema):
            keep(Version(proto.stem, len(known) + 1), schema)


if __name__ == "__main__":
    main()

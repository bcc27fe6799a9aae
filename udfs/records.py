"""Messages that others write, as bytes: read, or a reason why not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from google.protobuf.message import DecodeError  # type: ignore[import-untyped]


class UnreadableError(ValueError):
    """Why a record is a dead letter."""


def parse(message: Any, body: bytes, most: int, what: str) -> None:
    """Read a Protobuf message, into one that is used again for each record.

    Raises:
        UnreadableError: it has more than `most` bytes, or is no such message.
    """
    if len(body) > most:
        raise UnreadableError(f"{len(body)} bytes; a {what} has {most} at most")
    try:
        message.ParseFromString(body)
    except DecodeError as error:
        raise UnreadableError(f"not a {message.DESCRIPTOR.full_name}: {error}") from error


def missing(message: Any, names: Sequence[str]) -> str:
    """Which of the fields a message lacks: `no vote_id and no voted_ms`."""
    return f"no {' and no '.join(name for name in names if not getattr(message, name))}"

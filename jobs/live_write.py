"""A write to Redis as SQL: what `LiveWrite.parse` reads in the Python step."""

from __future__ import annotations

from connectors.live_write import SEPARATOR


def live_write(
    kind: str,
    owner: str,
    member: str,
    body: str,
    *,
    place: str = "0",
    major: str = "major",
    minor: str = "minor",
    received_ms: str = "received_ms",
) -> str:
    """A `LiveWrite` as one text, of the SQL of its fields: to hand a column over to Python costs as
    much as fifty rows."""
    numbers = [f"CAST({value} AS STRING)" for value in (place, major, minor, received_ms)]
    return f"CONCAT_WS('{SEPARATOR}', {kind}, {owner}, {member}, {', '.join(numbers)}, {body})"

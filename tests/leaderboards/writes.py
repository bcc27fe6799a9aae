"""Writes to tables as the job sends them, for tests of what comes behind it."""

from __future__ import annotations

import json
from typing import Any

from connectors.live_write import LiveWrite

LAST_MS = 9_999_999_999_999


def rank(
    table: str,
    member: str,
    value: int,
    revision: int,
    *,
    since: int = 1_795_348_800_000,
    descending: bool = True,
    until: int = 0,
    **more: Any,
) -> LiveWrite:
    """A member's standing in a table."""
    text = f"{'1' if value >= 0 else '0'}{value if value >= 0 else value + (1 << 63) - 1:019d}"
    text += f"{LAST_MS - since if descending else since:013d}{member}"
    body = {"name": "", "value": value, "since": since, "scores": 1, "rank": text, "until": until}
    return _write("rank", table, member, value, revision, body | more)


def unrank(table: str, member: str, revision: int, until: int = 0) -> LiveWrite:
    """A member who has left a table."""
    return _write("unrank", table, member, 0, revision, {"rank": "", "until": until})


def _write(
    kind: str, table: str, member: str, value: int, revision: int, body: dict[str, Any]
) -> LiveWrite:
    return LiveWrite(kind, table, member, value, revision, 0, 1_000, json.dumps(body))

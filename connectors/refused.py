"""Rows that a store refused, as dead letters.

The sink sends them itself, and waits until Kafka has them: that happens before its batch counts as
written, so none is lost, and a batch without any pays nothing for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import msgspec

from connectors.feeds.publisher import Publisher
from connectors.live_write import LiveWrite
from touchline.settings import Kafka

LONGEST_REASON = 1_000


class Letter(NamedTuple):
    """A record of `dead-letters`. headers: as `touchline.dead_letters.DeadLetter` lists them."""

    key: str
    body: bytes
    headers: dict[str, str]


def live_letter(text: str, why: str) -> Letter:
    """Of a write to Redis; `text` is what `LiveWrite.parse` reads."""
    return Letter(LiveWrite.parse(text).owner, text.encode(), _headers("redis", why))


def history_letter(table: str, row: Mapping[str, Any], why: str) -> Letter:
    """Of a row for a table in ClickHouse, which it has as JSON; its key is the first column. Of an
    event it says which message of a feed it came of, so that this can be sent again."""
    headers = _headers(f"clickhouse {table}", why)
    if "source_topic" in row:
        headers |= {
            "provider": str(row["provider"]),
            "source_topic": str(row["source_topic"]),
            "source_partition": str(row["source_partition"]),
            "source_offset": str(row["arrival"]),
        }
    return Letter(str(next(iter(row.values()))), msgspec.json.encode(row), headers)


def _headers(store: str, why: str) -> dict[str, str]:
    return {"error": why[:LONGEST_REASON], "part": "true", "store": store}


class DeadLetters:
    """The topic, to write to; connected to with the first letter."""

    def __init__(self, kafka: Kafka) -> None:
        self._kafka = kafka
        self._publisher: Publisher | None = None

    def send(self, letters: Iterable[Letter]) -> None:
        """Send the letters, and wait until Kafka has them.

        Raises:
            PublishError: it does not take them.
        """
        if self._publisher is None:
            self._publisher = Publisher(self._kafka, self._kafka.dead_letters)
        for letter in letters:
            self._publisher.send(letter.body, letter.key, letter.headers)
        self._publisher.flush()

"""The topic of refused messages: reading it, and sending the originals again.

A record, as the jobs write it (`jobs/dead_letters.py`): the key is the match or null, the value is
the provider's bytes as received; the headers are UTF-8 text, listed in `DeadLetter`. A store's
refusals (`connectors/refused.py`) have the row instead.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from confluent_kafka import TIMESTAMP_NOT_AVAILABLE

from touchline.broker import Broker, Place
from touchline.settings import Kafka
from udfs.contract import Adapter, Message, Rejected


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One refused message.

    place: in `dead-letters`. source: where the feed message is, None if the record does not say.
    value: its bytes, empty in a `summary`; size: how many. part: they are only one event of it.
    error, store, provider, adapter, received_ms: the headers of these names; `store` is of a row
    that one refused: which, and which table of it. Without a header, the provider is that of the
    source, if it is a feed, and the time that of the record.
    """

    place: Place
    key: bytes | None
    value: bytes
    size: int
    provider: str
    error: str
    adapter: str
    store: str
    source: Place | None
    received_ms: int | None
    part: bool

    def summary(self) -> DeadLetter:
        """The letter without its bytes, which may be many."""
        return replace(self, value=b"")


@dataclass(frozen=True, slots=True)
class Original:
    """A feed message to be sent again to `topic`; `source` says what it is a repetition of."""

    topic: str
    key: bytes | None
    value: bytes
    source: str


def dead_letter(record: Any, feed_prefix: str = Kafka().feed_prefix) -> DeadLetter:
    """A Kafka record of the topic as a dead letter; what a header lacks is empty or None."""
    headers = {
        name: (text or b"").decode("utf-8", "replace") for name, text in record.headers() or []
    }
    partition = _number(headers.get("source_partition"))
    offset = _number(headers.get("source_offset"))
    topic = headers.get("source_topic", "")
    received_ms = _number(headers.get("received_ms"))
    located = topic and partition is not None and offset is not None
    value = record.value() or b""
    return DeadLetter(
        place=Place(record.topic(), record.partition(), record.offset()),
        key=record.key(),
        value=value,
        size=len(value),
        provider=headers.get("provider") or _provider_of(topic, feed_prefix),
        error=headers.get("error", ""),
        adapter=headers.get("adapter", ""),
        store=headers.get("store", ""),
        source=Place(topic, partition or 0, offset or 0) if located else None,
        received_ms=_written_ms(record) if received_ms is None else received_ms,
        part=headers.get("part", "").lower() == "true",  # TRUE is how Flink's SQL writes it
    )


def distinct(letters: Iterable[DeadLetter]) -> list[DeadLetter]:
    """The letters' summaries, one for each feed message: a document of which many parts were
    refused is sent again once."""
    chosen: dict[Place, DeadLetter] = {}
    for letter in letters:
        chosen.setdefault(letter.source or letter.place, letter.summary())
    return list(chosen.values())


class Retries:
    """Which letters were sent again before, by provider: what Kafka keeps for a group.

    An original that fails once more has a new letter, so that of two letters of the same one the
    older was sent again.
    """

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._before: dict[tuple[str, str], dict[int, int]] = {}

    def has(self, letter: DeadLetter) -> bool:
        """Whether a retry of all letters of its provider has come past this one."""
        return letter.place.offset < self._of(*_log_of(letter)).get(letter.place.partition, 0)

    def add(self, letters: Iterable[DeadLetter]) -> None:
        """Those have been sent now, and with them all before them of their providers."""
        past: dict[tuple[str, str], dict[int, int]] = {}
        for letter in letters:
            log = _log_of(letter)
            ends = past.setdefault(log, dict(self._of(*log)))
            partition, end = letter.place.partition, letter.place.offset + 1
            ends[partition] = max(end, ends.get(partition, 0))
        for (provider, topic), ends in past.items():
            self._broker.commit(_group(provider), topic, ends)

    def _of(self, provider: str, topic: str) -> dict[int, int]:
        if (provider, topic) not in self._before:
            self._before[provider, topic] = self._broker.committed(_group(provider), topic)
        return self._before[provider, topic]


def _log_of(letter: DeadLetter) -> tuple[str, str]:
    """Whose letters it is one of, and in which topic."""
    return letter.provider, letter.place.topic


def _group(provider: str) -> str:
    return f"touchline-retries-{provider}" if provider else "touchline-retries"


def original_of(letter: DeadLetter, broker: Broker, kafka: Kafka) -> Original | None:
    """The feed message that a letter is about, from its feed's topic. Where that is gone, the
    letter's own bytes, unless they are only a part; then None."""
    if letter.source is not None:
        record = broker.at(letter.source)
        if record is not None:
            return Original(letter.source.topic, record.key(), record.value(), str(letter.source))
    record = broker.at(letter.place)
    if letter.part or not letter.provider or record is None:
        return None
    return Original(kafka.feed(letter.provider), record.key(), record.value(), str(letter.place))


def is_snapshot(original: Original, adapter: Adapter | None) -> bool:
    """Whether a message is the whole list of a match's events at its time: sent again now, it would
    take back everything that came after it."""
    if adapter is None:
        return False
    key = original.key.decode("utf-8", "replace") if original.key else None
    try:
        return adapter.parse(Message(original.value, key)).snapshot
    except Rejected:
        return False


def _provider_of(topic: str, feed_prefix: str) -> str:
    return topic.removeprefix(feed_prefix) if topic.startswith(feed_prefix) else ""


def _written_ms(record: Any) -> int | None:
    kind, ms = record.timestamp()
    return None if kind == TIMESTAMP_NOT_AVAILABLE else int(ms)


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() else None

"""The topic of refused messages: reading it, and sending the originals again.

A record, as the jobs write it (`jobs/dead_letters.py`): the key is the match or null, the value is
the provider's bytes as received; the headers are UTF-8 text, listed in `DeadLetter`. A store's
refusals (`connectors/refused.py`) have the row instead.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from confluent_kafka import (
    TIMESTAMP_NOT_AVAILABLE,
    Consumer,
    KafkaError,
    KafkaException,
    TopicPartition,
)

from connectors.access import librdkafka
from connectors.feeds.publisher import LOG_LEVEL
from touchline.settings import Kafka
from udfs.contract import Adapter, Message, Rejected

ANSWER_S = 10.0


class BrokerError(Exception):
    """Kafka does not answer, or has no such topic or partition."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record is."""

    topic: str
    partition: int
    offset: int

    def __str__(self) -> str:
        return f"{self.topic}[{self.partition}]@{self.offset}"


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
        part=headers.get("part") == "true",
    )


class Topics:
    """Reads Kafka topics as they are at this moment, without a consumer group's memory."""

    def __init__(self, kafka: Kafka) -> None:
        self._bootstrap = kafka.bootstrap
        self._consumer = Consumer(
            {
                **librdkafka(kafka),
                "log_level": LOG_LEVEL,
                "group.id": "touchline-cli",  # librdkafka wants one; nothing is committed to it
                "enable.auto.commit": False,
                "enable.partition.eof": True,
                "auto.offset.reset": "earliest",
                "fetch.wait.max.ms": 10,  # the end of a topic is told at once
                "fetch.message.max.bytes": kafka.max_message_bytes,
            }
        )

    def __enter__(self) -> Topics:
        return self

    def __exit__(self, *_: object) -> None:
        self._consumer.close()

    def read(self, topic: str, last: int | None = None) -> Iterator[Any]:
        """All records of a topic until its end, partition by partition in order of offset.

        last: at most so many of the newest of each partition.

        Raises:
            BrokerError: no broker answers, or it has no such topic.
        """
        starts = [self._start(topic, partition, last) for partition in self._partitions(topic)]
        self._consumer.assign(starts)
        unfinished = len(starts)
        while unfinished:
            record = self._poll()
            if record is None:
                raise BrokerError(f"Kafka at {self._bootstrap} stopped answering")
            error = record.error()
            if error is None:
                yield record
            elif error.code() == KafkaError._PARTITION_EOF:
                unfinished -= 1
            else:
                raise BrokerError(f"{topic}: {error.str()}")

    def firsts(self, topic: str) -> dict[int, int]:
        """Partition -> the first offset that the topic still has.

        Raises:
            BrokerError: no broker answers, or it has no such topic.
        """
        return {number: self._offsets(topic, number)[0] for number in self._partitions(topic)}

    def at(self, place: Place) -> Any | None:
        """The record at a place; None if it is gone (retention) or was never there.

        Raises:
            BrokerError: no broker answers, or it has no such partition.
        """
        if place.partition not in self._partitions(place.topic):
            raise BrokerError(f"{place.topic} has no partition {place.partition}")
        low, high = self._offsets(place.topic, place.partition)
        if not low <= place.offset < high:
            return None
        self._consumer.assign([TopicPartition(place.topic, place.partition, place.offset)])
        record = self._poll()
        if record is None or record.error() or record.offset() != place.offset:
            return None
        return record

    def _poll(self) -> Any | None:
        return self._consumer.poll(ANSWER_S)

    def _partitions(self, topic: str) -> list[int]:
        try:
            topics = self._consumer.list_topics(timeout=ANSWER_S).topics
        except KafkaException as error:
            raise BrokerError(f"no Kafka broker answers at {self._bootstrap}") from error
        if topic not in topics:
            raise BrokerError(f"Kafka at {self._bootstrap} has no topic {topic}")
        return sorted(topics[topic].partitions)

    def _start(self, topic: str, partition: int, last: int | None) -> TopicPartition:
        low, high = self._offsets(topic, partition)
        return TopicPartition(topic, partition, low if last is None else max(low, high - last))

    def _offsets(self, topic: str, partition: int) -> tuple[int, int]:
        try:
            low, high = self._consumer.get_watermark_offsets(
                TopicPartition(topic, partition), timeout=ANSWER_S
            )
        except KafkaException as error:
            raise BrokerError(f"{topic}[{partition}]: {error.args[0].str()}") from error
        return low, high


def distinct(letters: Iterable[DeadLetter]) -> list[DeadLetter]:
    """The letters' summaries, one for each feed message: a document of which many parts were
    refused is sent again once."""
    chosen: dict[Place, DeadLetter] = {}
    for letter in letters:
        chosen.setdefault(letter.source or letter.place, letter.summary())
    return list(chosen.values())


def original_of(letter: DeadLetter, topics: Topics, kafka: Kafka) -> Original | None:
    """The feed message that a letter is about, from its feed's topic. Where that is gone, the
    letter's own bytes, unless they are only a part; then None."""
    if letter.source is not None:
        record = topics.at(letter.source)
        if record is not None:
            return Original(letter.source.topic, record.key(), record.value(), str(letter.source))
    record = topics.at(letter.place)
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

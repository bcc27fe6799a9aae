"""Kafka's topics from their beginning, as far as they go, and on from there when asked again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Self

from confluent_kafka import Consumer, KafkaException, Message, TopicPartition

from connectors.access import librdkafka
from connectors.feeds.publisher import LOG_LEVEL
from touchline.errors import TouchlineError
from touchline.settings import Kafka

ANSWER_S = 10.0
BATCH = 1_000


class TopicLog:
    """Records of some topics, in the order of each partition. A context manager.

    missing: records that a topic no longer has (its retention took them), by topic.
    """

    def __init__(self, kafka: Kafka, topics: Sequence[str]) -> None:
        self.missing: dict[str, int] = {}
        self._kafka = kafka
        self._topics = topics
        self._at: dict[tuple[str, int], int] = {}
        self._consumer = Consumer(
            {
                **librdkafka(kafka),
                "group.id": "touchline-cli",  # librdkafka wants one; nothing is committed to it
                "enable.auto.commit": False,
                "log_level": LOG_LEVEL,
            }
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._consumer.close()

    def read(self) -> Iterator[Message]:
        """What there is now, of it what was not read before.

        Raises:
            TouchlineError: no broker answers, or it stops to answer.
        """
        try:
            for topic, partition in self._partitions():
                yield from self._partition(topic, partition)
        except KafkaException as error:
            raise TouchlineError(
                f"no Kafka broker answers at {self._kafka.bootstrap}",
                "start the stack with `touchline up`, or set kafka.bootstrap",
            ) from error

    def _partitions(self) -> list[tuple[str, int]]:
        known = self._consumer.list_topics(timeout=ANSWER_S).topics
        return [
            (topic, partition)
            for topic in self._topics
            if topic in known
            for partition in sorted(known[topic].partitions)
        ]

    def _partition(self, topic: str, partition: int) -> Iterator[Message]:
        place = TopicPartition(topic, partition)
        start, end = self._consumer.get_watermark_offsets(place, timeout=ANSWER_S)
        if (topic, partition) not in self._at:
            self._at[topic, partition] = start
            self.missing[topic] = self.missing.get(topic, 0) + start
        place.offset = self._at[topic, partition]
        self._consumer.assign([place])
        while (left := end - self._at[topic, partition]) > 0:
            # Of more than there are it would wait for the rest.
            messages = self._consumer.consume(min(left, BATCH), timeout=ANSWER_S)
            if not messages:
                raise TouchlineError(f"{topic}/{partition}: no more records come, {end} were said")
            for message in messages:
                if error := message.error():
                    raise KafkaException(error)
                self._at[topic, partition] = message.offset() + 1
                yield message

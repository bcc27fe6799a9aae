"""Kafka's topics from their beginning, as far as they go, and on from there when asked again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Self

from confluent_kafka import Message

from touchline.broker import Broker
from touchline.settings import Kafka

PATIENCE_S = 60.0
"""A broker that has answered before has much to do, and is not away."""


class TopicLog:
    """Records of some topics, in the order of each partition. A context manager.

    missing: records that a topic no longer has (its retention took them), by topic.
    """

    def __init__(self, kafka: Kafka, topics: Sequence[str]) -> None:
        self.missing: dict[str, int] = {}
        self._topics = topics
        self._at: dict[tuple[str, int], int] = {}
        self._broker = Broker(kafka)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._broker.close()

    def read(self) -> Iterator[Message]:
        """What there is now, of it what was not read before.

        Raises:
            BrokerError: no broker answers, or it stops to answer.
        """
        if self._at:
            self._broker.answer_s = PATIENCE_S
        for partition in self._broker.partitions(self._topics):
            place = partition.topic, partition.partition
            first, end = self._broker.bounds(partition)
            if place not in self._at:
                self._at[place] = first
                self.missing[partition.topic] = self.missing.get(partition.topic, 0) + first
            for message in self._broker.span(partition, self._at[place], end):
                self._at[place] = message.offset() + 1
                yield message

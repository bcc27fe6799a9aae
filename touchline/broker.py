"""What Kafka says of its topics and of those who read them.

Asked with consumers that read nothing. The administration client of the same library would be the
natural one; it was seen to end the process (a segmentation fault in librdkafka) when a group's
coordinator is only being chosen, as it is while a cluster is new.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from confluent_kafka import Consumer, KafkaException, TopicPartition

from connectors.access import librdkafka
from connectors.feeds.publisher import LOG_LEVEL
from touchline.errors import TouchlineError
from touchline.settings import Kafka

ANSWER_S = 5.0
"""Short: who asks wants to know whether the broker answers."""

NOBODY = "touchline-cli"
"""librdkafka wants a group; nothing is committed to it."""


class Broker:
    """A Kafka cluster, asked and not changed.

    Every method raises TouchlineError if no broker answers.
    """

    def __init__(self, kafka: Kafka) -> None:
        self._kafka = kafka
        self._consumers: dict[str, Consumer] = {}

    def ends(self, topics: Iterable[str]) -> dict[str, int]:
        """How many records have ever been written to each topic; one that is missing is left out.

        Those that are no longer kept are counted too.
        """
        return _sums(self._ends(self._partitions(topics)))

    def since(self, topic: str, at_ms: int) -> int:
        """How many records a topic was given since a moment (UTC epoch ms); 0 if it is missing."""
        partitions = self._partitions([topic])
        if not partitions:
            return 0
        times = [TopicPartition(one.topic, one.partition, at_ms) for one in partitions]
        with self._readable():
            starts = self._consumer(NOBODY).offsets_for_times(times, timeout=ANSWER_S)
        ends = self._ends(partitions)
        # Where nothing is as new, the offset is that of the end, which is negative.
        return sum(ends[one.topic, one.partition] - one.offset for one in starts if one.offset >= 0)

    def lag(self, group: str, topics: Iterable[str]) -> dict[str, int]:
        """Topic -> records that a consumer group has not read of it, as of its last commit.

        Without the topics of which it has never committed anything.
        """
        partitions = self._partitions(topics)
        if not partitions:
            return {}
        with self._readable():
            committed = self._consumer(group).committed(partitions, timeout=ANSWER_S)
        read = {(one.topic, one.partition): one.offset for one in committed if one.offset >= 0}
        ends = self._ends([TopicPartition(*place) for place in read])
        return _sums({place: end - read[place] for place, end in ends.items()})

    def _partitions(self, topics: Iterable[str]) -> list[TopicPartition]:
        with self._readable():
            known = self._consumer(NOBODY).list_topics(timeout=ANSWER_S).topics
        return [
            TopicPartition(topic, number)
            for topic in topics
            if topic in known
            for number in known[topic].partitions
        ]

    def _ends(self, partitions: Iterable[TopicPartition]) -> dict[tuple[str, int], int]:
        consumer = self._consumer(NOBODY)
        with self._readable():
            return {
                (one.topic, one.partition): consumer.get_watermark_offsets(one, timeout=ANSWER_S)[1]
                for one in partitions
            }

    def _consumer(self, group: str) -> Consumer:
        if group not in self._consumers:
            self._consumers[group] = Consumer(
                {**librdkafka(self._kafka), "group.id": group, "log_level": LOG_LEVEL}
            )
        return self._consumers[group]

    @contextmanager
    def _readable(self) -> Iterator[None]:
        try:
            yield
        except KafkaException as error:
            raise TouchlineError(
                f"no Kafka broker answers at {self._kafka.bootstrap}: {error.args[0].str()}",
                "start the stack with `touchline up`, or set kafka.bootstrap",
            ) from error


def _sums(offsets: Mapping[tuple[str, int], int]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for (topic, _), offset in offsets.items():
        sums[topic] = sums.get(topic, 0) + offset
    return sums

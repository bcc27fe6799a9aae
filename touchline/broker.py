"""What Kafka says of its topics and of those who read them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from confluent_kafka import (
    ConsumerGroupTopicPartitions,
    KafkaException,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient, OffsetSpec

from connectors.access import librdkafka
from connectors.feeds.publisher import LOG_LEVEL
from touchline.errors import TouchlineError
from touchline.settings import Kafka

ANSWER_S = 5.0
"""Short: who asks wants to know whether the broker answers."""


class Broker:
    """A Kafka cluster, asked and not changed.

    Every method raises TouchlineError if no broker answers.
    """

    def __init__(self, kafka: Kafka) -> None:
        self._bootstrap = kafka.bootstrap
        self._admin = AdminClient({**librdkafka(kafka), "log_level": LOG_LEVEL})

    def topics(self) -> dict[str, int]:
        """All topics, and how many partitions each has."""
        try:
            known = self._admin.list_topics(timeout=ANSWER_S).topics
        except KafkaException as error:
            raise self._silent(error) from error
        return {name: len(topic.partitions) for name, topic in known.items()}

    def ends(self, topics: Iterable[str]) -> dict[str, int]:
        """How many records have ever been written to each topic; one that is missing is left out.

        Those that are no longer kept are counted too.
        """
        offsets = self._offsets(self._partitions(topics), OffsetSpec.latest())
        return _sums(offsets)

    def since(self, topic: str, at_ms: int) -> int:
        """How many records a topic was given since a moment (UTC epoch ms); 0 if it is missing."""
        partitions = self._partitions([topic])
        starts = self._offsets(partitions, OffsetSpec.for_timestamp(at_ms))
        ends = self._offsets(partitions, OffsetSpec.latest())
        # A partition in which nothing is as new has no offset: -1.
        return sum(ends[one] - start for one, start in starts.items() if start >= 0)

    def lag(self, group: str) -> dict[str, int]:
        """Topic -> records that a consumer group has not read, as of its last commit.

        Empty for a group that has never committed.
        """
        future = self._admin.list_consumer_group_offsets(
            [ConsumerGroupTopicPartitions(group)], request_timeout=ANSWER_S
        )[group]
        try:
            read = {
                (one.topic, one.partition): one.offset
                for one in future.result().topic_partitions
                if one.offset >= 0
            }
        except KafkaException as error:
            raise self._silent(error) from error
        ends = self._offsets([TopicPartition(*place) for place in read], OffsetSpec.latest())
        # A commit may be newer than the end that was asked for before it.
        return _sums({place: max(0, end - read[place]) for place, end in ends.items()})

    def _partitions(self, topics: Iterable[str]) -> list[TopicPartition]:
        known = self.topics()
        return [
            TopicPartition(topic, number)
            for topic in topics
            for number in range(known.get(topic, 0))
        ]

    def _offsets(
        self, partitions: Iterable[TopicPartition], which: OffsetSpec
    ) -> dict[tuple[str, int], int]:
        wanted = dict.fromkeys(partitions, which)
        if not wanted:
            return {}
        answers = self._admin.list_offsets(wanted, request_timeout=ANSWER_S)
        try:
            return {
                (one.topic, one.partition): future.result().offset
                for one, future in answers.items()
            }
        except KafkaException as error:
            raise self._silent(error) from error

    def _silent(self, error: KafkaException) -> TouchlineError:
        return TouchlineError(
            f"no Kafka broker answers at {self._bootstrap}: {error.args[0].str()}",
            "start the stack with `touchline up`, or set kafka.bootstrap",
        )


def _sums(offsets: Mapping[tuple[str, int], int]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for (topic, _), offset in offsets.items():
        sums[topic] = sums.get(topic, 0) + offset
    return sums

"""What Kafka says of its topics, of what they hold, and of those who read them.

Asked with consumers, and without a consumer group's memory. For groups and offsets the
administration client of the same library would be the natural one; it was seen to end the process
(a segmentation fault in librdkafka) when a group's coordinator is only being chosen, as it is while
a cluster is new.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Self

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition
from tenacity import Retrying, retry_if_exception, stop_after_delay, wait_fixed

from connectors.access import librdkafka
from connectors.feeds.publisher import LOG_LEVEL
from touchline.errors import TouchlineError
from touchline.settings import Kafka

ANSWER_S = 10.0
AGAIN_S = 0.1
BATCH = 1_000

MOVING = frozenset({KafkaError.NOT_LEADER_FOR_PARTITION, KafkaError.LEADER_NOT_AVAILABLE})
"""What a client is told of a topic that is only just there, or that changes its broker."""

NOBODY = "touchline-cli"
"""librdkafka wants a group; nothing is committed to it."""


class BrokerError(TouchlineError):
    """Kafka does not answer, or has no such topic or partition."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record is."""

    topic: str
    partition: int
    offset: int

    def __str__(self) -> str:
        return f"{self.topic}[{self.partition}]@{self.offset}"


class Broker:
    """A Kafka cluster, asked and read; what it keeps for a group is all that is changed. A context
    manager.

    answer_s: for how long an answer is waited for.
    Every method raises BrokerError if no broker answers.
    """

    def __init__(self, kafka: Kafka, answer_s: float = ANSWER_S) -> None:
        self.answer_s = answer_s
        self._kafka = kafka
        self._consumers: dict[str, Consumer] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Leave the cluster."""
        for consumer in self._consumers.values():
            consumer.close()

    # --- how long topics are

    def partitions(self, topics: Iterable[str]) -> list[TopicPartition]:
        """Those of the topics that there are, in order of topic and number."""
        with self._answering():
            known = self._consumer().list_topics(timeout=self.answer_s).topics
        return [
            TopicPartition(topic, number)
            for topic in topics
            if topic in known
            for number in sorted(known[topic].partitions)
        ]

    def bounds(self, partition: TopicPartition) -> tuple[int, int]:
        """The first offset that it still has, and the one that its next record will get.

        A partition whose broker is only being chosen is waited for.
        """
        with self._answering(f"{partition.topic}[{partition.partition}] cannot be asked"):
            for attempt in Retrying(
                retry=retry_if_exception(_moves),
                stop=stop_after_delay(self.answer_s),
                wait=wait_fixed(AGAIN_S),
                reraise=True,
            ):
                with attempt:
                    first, end = self._consumer().get_watermark_offsets(
                        partition, timeout=self.answer_s
                    )
        return first, end

    def firsts(self, topic: str) -> dict[int, int]:
        """Partition -> the first offset that the topic still has.

        Raises:
            BrokerError: it has no such topic, too.
        """
        return {one.partition: self.bounds(one)[0] for one in self._existing(topic)}

    def ends(self, topics: Iterable[str]) -> dict[str, int]:
        """How many records have ever been written to each topic; one that is missing is left out.

        Those that are no longer kept are counted too.
        """
        return _sums(self._ends(self.partitions(topics)))

    def since(self, topic: str, at_ms: int) -> int:
        """How many records a topic was given since a moment (UTC epoch ms); 0 if it is missing."""
        partitions = self.partitions([topic])
        if not partitions:
            return 0
        times = [TopicPartition(one.topic, one.partition, at_ms) for one in partitions]
        with self._answering():
            starts = self._consumer().offsets_for_times(times, timeout=self.answer_s)
        ends = self._ends(partitions)
        # Where nothing is as new, the offset is that of the end, which is negative.
        return sum(ends[one.topic, one.partition] - one.offset for one in starts if one.offset >= 0)

    def lag(self, group: str, topics: Iterable[str]) -> dict[str, int]:
        """Topic -> records that a consumer group has not read of it, as of its last commit.

        Without the topics of which it has never committed anything.
        """
        partitions = self.partitions(topics)
        if not partitions:
            return {}
        read = self._committed(group, partitions)
        ends = self._ends(TopicPartition(*place) for place in read)
        return _sums({place: end - read[place] for place, end in ends.items()})

    def committed(self, group: str, topic: str) -> dict[int, int]:
        """Partition -> the first offset that a group has not read, of those it has read of."""
        known = self._committed(group, self._existing(topic))
        return {partition: offset for (_, partition), offset in known.items()}

    def commit(self, group: str, topic: str, offsets: Mapping[int, int]) -> None:
        """Keep for a group how far it has read a topic, see `committed`."""
        read = [TopicPartition(topic, partition, offset) for partition, offset in offsets.items()]
        with self._answering():
            self._consumer(group).commit(offsets=read, asynchronous=False)

    # --- what they hold

    def read(self, topic: str, last: int | None = None) -> Iterator[Message]:
        """All records that a topic has now, partition by partition in order of offset.

        last: at most so many of the newest of each partition.

        Raises:
            BrokerError: it has no such topic, too.
        """
        for partition in self._existing(topic):
            first, end = self.bounds(partition)
            yield from self.span(partition, first if last is None else max(first, end - last), end)

    def span(self, partition: TopicPartition, start: int, end: int) -> Iterator[Message]:
        """The records of a partition from one offset to another, not included."""
        if start >= end:
            return
        consumer = self._consumer()
        consumer.assign([TopicPartition(partition.topic, partition.partition, start)])
        where = f"{partition.topic}[{partition.partition}]"
        try:
            yield from self._span(consumer, where, start, end)
        finally:
            consumer.unassign()  # or it would go on fetching while nobody reads

    def _span(self, consumer: Consumer, where: str, start: int, end: int) -> Iterator[Message]:
        at = start
        while at < end:
            # Of more than there are it would wait for the rest.
            messages = consumer.consume(min(end - at, BATCH), timeout=self.answer_s)
            if not messages:
                raise self._error(f"{where}: no more records come, {end} were said")
            for message in messages:
                error = message.error()
                # Offsets before the end need not have a record: a transaction's mark has one.
                if error and error.code() == KafkaError._PARTITION_EOF:
                    return
                if error:
                    raise self._error(f"{where}: {error.str()}")
                at = message.offset() + 1
                if at <= end:
                    yield message

    def at(self, place: Place) -> Message | None:
        """The record at a place; None if it is gone (retention) or was never there.

        Raises:
            BrokerError: it has no such partition, too.
        """
        existing = {one.partition: one for one in self._existing(place.topic)}
        if place.partition not in existing:
            raise self._error(f"{place.topic} has no partition {place.partition}")
        partition = existing[place.partition]
        first, end = self.bounds(partition)
        if not first <= place.offset < end:
            return None
        records = self.span(partition, place.offset, place.offset + 1)
        return next((one for one in records if one.offset() == place.offset), None)

    def _committed(
        self, group: str, partitions: list[TopicPartition]
    ) -> dict[tuple[str, int], int]:
        with self._answering():
            known = self._consumer(group).committed(partitions, timeout=self.answer_s)
        return {(one.topic, one.partition): one.offset for one in known if one.offset >= 0}

    def _existing(self, topic: str) -> list[TopicPartition]:
        partitions = self.partitions([topic])
        if not partitions:
            raise self._error(f"Kafka at {self._kafka.bootstrap} has no topic {topic}")
        return partitions

    def _ends(self, partitions: Iterable[TopicPartition]) -> dict[tuple[str, int], int]:
        return {(one.topic, one.partition): self.bounds(one)[1] for one in partitions}

    def _consumer(self, group: str = NOBODY) -> Consumer:
        if group not in self._consumers:
            self._consumers[group] = Consumer(
                {
                    **librdkafka(self._kafka),
                    "log_level": LOG_LEVEL,
                    "group.id": group,
                    "enable.auto.commit": False,
                    "enable.partition.eof": True,
                    "auto.offset.reset": "earliest",
                    "fetch.wait.max.ms": 10,  # the end of a topic is told at once
                    "fetch.message.max.bytes": self._kafka.max_message_bytes,
                }
            )
        return self._consumers[group]

    @contextmanager
    def _answering(self, otherwise: str = "no Kafka broker answers") -> Iterator[None]:
        try:
            yield
        except KafkaException as error:
            why = error.args[0].str()
            raise self._error(f"{otherwise} at {self._kafka.bootstrap}: {why}") from error

    def _error(self, message: str) -> BrokerError:
        return BrokerError(message, "start the stack with `touchline up`, or set kafka.bootstrap")


def _moves(error: BaseException) -> bool:
    return isinstance(error, KafkaException) and error.args[0].code() in MOVING


def _sums(offsets: Mapping[tuple[str, int], int]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for (topic, _), offset in offsets.items():
        sums[topic] = sums.get(topic, 0) + offset
    return sums

"""Puts messages on Kafka as received: nothing dropped, nothing reordered within a match."""

from __future__ import annotations

from typing import Any

from confluent_kafka import KafkaError, KafkaException, Producer

from connectors.access import librdkafka
from touchline.settings import Kafka

FLUSH_S = 60.0
ANSWER_S = 10.0
LOG_LEVEL = 2
"""librdkafka writes to standard error; what it would say there is raised here."""
BUFFER_KBYTES = 256 * 1024
"""What may wait for the broker; then `send` waits. Several of the largest messages fit."""

OVERHEAD_BYTES = 16 * 1024
"""Key, headers and framing, which count for the largest message too."""


class PublishError(Exception):
    """Kafka did not take a message; the text says which and why."""


def producer_config(kafka: Kafka) -> dict[str, Any]:
    """librdkafka's settings for a feed.

    Idempotent, so that a retry neither doubles nor reorders; `murmur2_random` is the partitioner of
    Kafka's Java clients, so that every producer puts a match into the same partition.
    """
    return {
        **librdkafka(kafka),
        "client.id": "touchline",
        "log_level": LOG_LEVEL,
        "enable.idempotence": True,
        "partitioner": "murmur2_random",
        "compression.type": "lz4",
        # Each partition's batch is a request of its own: fewer, larger ones spare the broker.
        "linger.ms": 10,
        "message.max.bytes": kafka.max_message_bytes + OVERHEAD_BYTES,
        "queue.buffering.max.kbytes": BUFFER_KBYTES,
        "delivery.timeout.ms": 60_000,
    }


class Publisher:
    """Sends messages to one topic. A context manager: leaving it, by Ctrl-C too, waits until Kafka
    has all.

    config: librdkafka settings that go over `producer_config`.
    """

    def __init__(self, kafka: Kafka, topic: str, config: dict[str, Any] | None = None) -> None:
        self._topic = topic
        self._bootstrap = kafka.bootstrap
        self._producer = Producer({**producer_config(kafka), **(config or {})})
        self._failure: KafkaError | None = None

    def check(self) -> None:
        """Ask the broker for the topic, so that a wrong address is an error at once.

        Raises:
            PublishError: no broker answers, or it has no such topic.
        """
        try:
            topics = self._producer.list_topics(timeout=ANSWER_S).topics
        except KafkaException as error:
            raise PublishError(f"no Kafka broker answers at {self._bootstrap}") from error
        if self._topic not in topics:
            raise PublishError(f"Kafka at {self._bootstrap} has no topic {self._topic}")

    def send(
        self, value: bytes, key: str | bytes | None, headers: dict[str, str] | None = None
    ) -> None:
        """Hand one message over; waits while the buffer is full.

        Raises:
            PublishError: this message, or one before it, was not taken.
        """
        self._raise_failure()
        pairs = [(name, text.encode()) for name, text in (headers or {}).items()]
        while True:
            try:
                self._producer.produce(
                    self._topic,
                    value,
                    key,
                    headers=pairs,
                    on_delivery=self._delivered,
                )
                break
            except BufferError:
                self._producer.poll(0.1)
                self._raise_failure()
            except KafkaException as error:
                raise PublishError(f"{self._topic}: {_reason(error.args[0])}") from error
        self._producer.poll(0)

    def flush(self) -> None:
        """Wait until Kafka has everything.

        Raises:
            PublishError: a message was refused, or the broker did not answer for `FLUSH_S`.
        """
        waiting = self._producer.flush(FLUSH_S)
        self._raise_failure()
        if waiting:
            raise PublishError(f"{self._topic}: {waiting} messages unconfirmed in {FLUSH_S:.0f} s")

    def __enter__(self) -> Publisher:
        return self

    def __exit__(self, *_: object) -> None:
        self.flush()

    def _delivered(self, error: KafkaError | None, message: Any) -> None:
        if error is not None and self._failure is None:
            self._failure = error

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise PublishError(f"{self._topic}: {_reason(self._failure)}")


def _reason(error: KafkaError) -> str:
    return str(error.str())

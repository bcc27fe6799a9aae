"""Keys by which a record gets into each partition of a topic."""

from __future__ import annotations

from itertools import count

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient
from kafka.partitioner.default import murmur2

from connectors.access import librdkafka
from touchline.errors import TouchlineError
from touchline.settings import Kafka

ANSWER_S = 60.0


def partition_keys(kafka: Kafka, topic: str) -> list[str]:
    """A key for each partition of a topic, by Kafka's own partitioner.

    Raises:
        TouchlineError: the broker does not answer, or has no such topic.
    """
    admin = AdminClient(librdkafka(kafka))
    try:
        found = admin.list_topics(topic, timeout=ANSWER_S).topics[topic]
    except KafkaException as error:
        raise TouchlineError(f"Kafka at {kafka.bootstrap}: {error.args[0].str()}") from error
    if not found.partitions:
        raise TouchlineError(
            f"Kafka at {kafka.bootstrap} has no topic {topic}", "run `touchline up`, or make it"
        )
    return keys_for(len(found.partitions))


def keys_for(partitions: int) -> list[str]:
    """The first text of `tick-0`, `tick-1`, … that goes into each partition, in their order."""
    keys: dict[int, str] = {}
    for number in count():
        key = f"tick-{number}"
        keys.setdefault((murmur2(key.encode()) & 0x7FFFFFFF) % partitions, key)
        if len(keys) == partitions:
            return [keys[partition] for partition in range(partitions)]
    raise AssertionError

"""A Kafka broker within librdkafka: real protocol, no JVM, gone with the test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from confluent_kafka import Producer

from touchline.broker import Broker
from touchline.settings import Kafka


@contextmanager
def mock_kafka(*topics: str) -> Iterator[Kafka]:
    """A broker's settings; `topics` exist. It keeps the last 5 MB of a partition only."""
    host = Producer({"test.mock.num.brokers": 1, "log_level": 0})
    (broker,) = host.list_topics(timeout=10).brokers.values()
    for topic in topics:
        host.list_topics(topic, timeout=10)  # the mock makes a topic that is asked for
    yield Kafka(bootstrap=f"{broker.host}:{broker.port}")
    host.purge()


def records(kafka: Kafka, topic: str) -> list[Any]:
    """Everything in a topic, partition by partition."""
    with Broker(kafka) as broker:
        return list(broker.read(topic))

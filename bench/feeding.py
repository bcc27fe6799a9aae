"""A process of its own that puts messages on a topic at a constant rate, and what it measured."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

from confluent_kafka import TIMESTAMP_LOG_APPEND_TIME, KafkaError, Message, Producer

from bench.load import Sent, flush, put
from connectors.feeds.publisher import producer_config
from touchline.errors import TouchlineError
from touchline.settings import Kafka

TICK_S = 0.001
QUANTILES = {"p50_ms": 0.5, "p95_ms": 0.95, "p99_ms": 0.99, "p99_9_ms": 0.999}


class Fed(NamedTuple):
    """What was fed, message by message.

    handed: when each was handed to Kafka's producer, epoch seconds.
    appended_ms: when the broker took it, UTC epoch ms; None where the topic does not say.
    """

    handed: list[float]
    appended_ms: list[int | None]


class Feeder:
    """The process at work.

    started: when it began, epoch seconds.
    """

    def __init__(self, answers: Connection) -> None:
        self._answers = answers
        self.started: float = self._answer()

    @property
    def is_done(self) -> bool:
        """Whether all has been fed, or the process has failed."""
        return self._answers.poll()

    def fed(self) -> Fed:
        """What was fed, once; waits until all is."""
        return Fed(*self._answer())

    def _answer(self) -> Any:
        try:
            return self._answers.recv()
        except EOFError as error:
            raise TouchlineError("the feeding process has failed", "see above") from error


@contextmanager
def feeding(kafka: Kafka, topic: str, messages: Iterable[Sent], rate: float) -> Iterator[Feeder]:
    """Feed the messages, so many a second. They are taken as they are due, in the new process."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("fork").Process(
        target=_feed, args=(kafka, topic, messages, rate, theirs), daemon=True
    )
    process.start()
    theirs.close()  # so that the end of the feeder is seen
    try:
        yield Feeder(ours)
    finally:
        # It has answered, or nobody waits for it.
        process.kill()
        process.join()
        ours.close()


def per_second(handed: Sequence[float]) -> float:
    """The rate that was achieved."""
    return round((len(handed) - 1) / (handed[-1] - handed[0]), 1)


def quantiles(ordered: Sequence[float]) -> dict[str, float]:
    """Of ascending latencies in ms, by the names that the tables have for them."""
    return {
        name: round(ordered[min(int(len(ordered) * share), len(ordered) - 1)], 1)
        for name, share in QUANTILES.items()
    } | {"max_ms": round(ordered[-1], 1)}


def _feed(
    kafka: Kafka, topic: str, messages: Iterable[Sent], rate: float, answers: Connection
) -> None:
    """Each message at its time. Answers when it started, and at the end what was fed."""
    producer = Producer(producer_config(kafka))
    producer.list_topics(topic, timeout=10.0)
    handed: list[float] = []
    appended_ms: dict[int, int | None] = {}
    start = time.time()
    answers.send(start)
    for number, message in enumerate(messages):
        while time.time() < start + number / rate:
            producer.poll(0)
            time.sleep(TICK_S)
        now = time.time()
        handed.append(now)
        delivered = partial(_note, appended_ms, number)
        put(producer, topic, message, int(now * 1000), delivered)
    flush(producer)
    answers.send((handed, [appended_ms[number] for number in range(len(handed))]))


def _note(
    appended_ms: dict[int, int | None], number: int, error: KafkaError | None, message: Message
) -> None:
    if error is not None:
        raise TouchlineError(f"Kafka did not take a message: {error.str()}")
    kind, stamp = message.timestamp()
    appended_ms[number] = stamp if kind == TIMESTAMP_LOG_APPEND_TIME else None

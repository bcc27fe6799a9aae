"""What is fed: simulated matches, made once, and what every reader of them must end up with."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple, TypeVar

import msgspec
from confluent_kafka import KafkaError, Message, Producer

from bench.last_write import PROVIDER, Known, new_reader, read, wins
from connectors.feeds.publisher import producer_config
from simulator.disorder import Rates
from simulator.feed import Options, Simulation, enough_matches
from simulator.truth import Truth
from touchline.errors import TouchlineError
from touchline.settings import Kafka

CORRECTED = Rates(edits=0.05, deletes=0.01)
DISORDERED = Rates(edits=0.05, deletes=0.01, duplicates=0.02, late=0.01)
FLUSH_S = 120.0
TELL_EVERY = 5_000

T = TypeVar("T")

Tell = Callable[[int], None]
"""Told of how many messages are done."""

Delivered = Callable[[KafkaError | None, Message], None]
"""Told of what became of a message."""


class Sent(NamedTuple):
    """A message of the feed: the match, without the provider's prefix, and its bytes. Or a vote:
    the voter, and its bytes."""

    key: bytes
    value: bytes


class Outcome(NamedTuple):
    """What a load amounts to.

    current: (match, event) -> its last version.
    received: how many versions of events the messages hold. (Some plays are two events.)
    accepted: how many of them came to stand, one after the other.
    """

    current: dict[tuple[str, str], Known]
    received: int
    accepted: int


def simulation_of(events: int, rates: Rates, seed: int) -> Simulation:
    """So many messages of a play each, of as many matches at once as have them."""
    options = Options(formats=(PROVIDER,), rates=rates, seed=seed, events=events)
    return Simulation(msgspec.structs.replace(options, matches=enough_matches(options, events)))


def messages_of(simulation: Simulation, tell: Tell = lambda _: None) -> list[Sent]:
    """All of a simulation's messages."""
    return list(told(_messages(simulation), tell))


def outcome_of(messages: Sequence[Sent], tell: Tell = lambda _: None) -> Outcome:
    """What plain Python makes of the messages: the oracle."""
    reader = new_reader()
    current: dict[tuple[str, str], Known] = {}
    received = accepted = 0
    for message in told(messages, tell):
        for event in read(reader, message.key, message.value, ("", 0, 0, 0)):
            received += 1
            place = (event.match_id, event.event_id)
            if wins(current.get(place), event.version, event.fingerprint):
                current[place] = (event.version, event.fingerprint)
                accepted += 1
    return Outcome(current, received, accepted)


def produce(
    kafka: Kafka, topic: str, messages: Iterable[Sent], tell: Tell = lambda _: None
) -> None:
    """Put messages on a topic, as fast as it goes; a key is in one partition, in its order.

    Raises:
        TouchlineError: Kafka did not take them all.
    """
    producer = Producer(producer_config(kafka))
    for message in told(messages, tell):
        put(producer, topic, message)
    flush(producer)


def stream_to(kafka: Kafka, topic: str, simulation: Simulation, tell: Tell) -> Truth:
    """Put a whole simulation on a topic without holding it; gives the truth about it."""
    produce(kafka, topic, _messages(simulation), tell)
    return simulation.truth()


def put(
    producer: Producer,
    topic: str,
    message: Sent,
    now_ms: int | None = None,
    delivered: Delivered | None = None,
) -> None:
    """Hand one message over; waits while the producer's buffer is full. `now_ms` is its time."""
    stamp = time.time_ns() // 1_000_000 if now_ms is None else now_ms
    while True:
        try:
            producer.produce(
                topic, message.value, message.key, timestamp=stamp, on_delivery=delivered
            )
        except BufferError:
            producer.poll(0.05)
            continue
        producer.poll(0)
        return


def flush(producer: Producer) -> None:
    """Wait until Kafka has everything."""
    if left := producer.flush(FLUSH_S):
        raise TouchlineError(f"Kafka did not take {left:,} messages in {FLUSH_S:.0f} s")


def _messages(simulation: Simulation) -> Iterator[Sent]:
    keys = [
        simulation.run(number).match_id.encode() for number in range(simulation.options.matches)
    ]
    for _, number, value in simulation.stream():
        yield Sent(keys[number], value)


def told(messages: Iterable[T], tell: Tell) -> Iterator[T]:
    """The messages; every so often it is told how many have been worked on."""
    for count, message in enumerate(messages, 1):
        yield message
        if count % TELL_EVERY == 0:
            tell(count)

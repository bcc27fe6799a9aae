"""Where simulated messages go, and when: a folder of captures, JSON lines, Kafka."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, Protocol

import msgspec

from connectors.feeds.publisher import Publisher
from simulator.disorder import Sent
from simulator.feed import Simulation
from touchline.settings import Kafka

BUFFER_BYTES = 1 << 16
"""What is kept of a match before it is written: thousands of files cannot be open at once."""


class Sink(Protocol):
    """Takes messages. A context manager: leaving it completes what was begun."""

    def send(self, message: Sent) -> None:
        """Take one message."""
        ...

    def __enter__(self) -> Sink: ...

    def __exit__(self, *_: object) -> None: ...


class Nowhere:
    """Drops the messages: for the truth alone, and to measure."""

    def send(self, message: Sent) -> None:
        """Do nothing."""

    def __enter__(self) -> Nowhere:
        return self

    def __exit__(self, *_: object) -> None:
        pass


class Lines(Nowhere):
    """Writes a JSON object a line: `topic`, `key`, `time_ms`, `value`."""

    def __init__(self, simulation: Simulation, out: BinaryIO, kafka: Kafka) -> None:
        self._simulation = simulation
        self._out = out
        self._kafka = kafka
        self._encode = msgspec.json.Encoder().encode

    def send(self, message: Sent) -> None:
        """Write one line."""
        time_ms, number, value = message
        address = self._simulation.address(number)
        line = {
            "topic": self._kafka.feed(address.provider),
            "key": address.key,
            "time_ms": time_ms,
            "value": value.decode(),
        }
        self._out.write(self._encode(line) + b"\n")

    def __exit__(self, *_: object) -> None:
        self._out.flush()


class Folder:
    """Writes a file a match, as captures of its provider's feed are kept.

    A file that is one document starts with what only its newest message knows, so all of its parts
    are collected first.
    """

    def __init__(self, simulation: Simulation, folder: Path) -> None:
        self._simulation = simulation
        self._folder = folder
        self._heads: dict[int, bytes] = {}
        self._parts: dict[int, bytearray] = {}

    def send(self, message: Sent) -> None:
        """Add a message to its match's file, or a heartbeat to all files of its feed."""
        _, number, value = message
        writer = self._simulation.writer(number)
        if number < 0:
            for other in self._parts:
                if self._simulation.writer(other) is writer:
                    self._add(other, writer.file_part(value))
            return
        # Of two documents of a match the newer one is greater: the time comes before what differs.
        self._heads[number] = max(self._heads.get(number, b""), writer.file_head(value))
        self._add(number, writer.file_part(value))

    def __enter__(self) -> Folder:
        self._folder.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(self, *_: object) -> None:
        for number, part in self._parts.items():
            self._flush(number, part)
            self._complete(number)

    def _add(self, number: int, part: bytes) -> None:
        buffer = self._parts.setdefault(number, bytearray())
        buffer += part
        if len(buffer) > BUFFER_BYTES:
            self._flush(number, buffer)

    def _flush(self, number: int, buffer: bytearray) -> None:
        with self._part_file(number).open("ab") as file:
            file.write(buffer)
        buffer.clear()

    def _complete(self, number: int) -> None:
        parts = self._part_file(number)
        writer, run = self._simulation.writer(number), self._simulation.run(number)
        with (self._folder / writer.file_name(run)).open("wb") as file, parts.open("rb") as body:
            file.write(self._heads[number])
            shutil.copyfileobj(body, file)
            file.write(writer.file_tail())
        parts.unlink()

    def _part_file(self, number: int) -> Path:
        return self._folder / f".{self._simulation.run(number).match_id}.part"


class Topics:
    """Sends messages to `feed.PROVIDER`, keyed by match."""

    def __init__(self, simulation: Simulation, kafka: Kafka) -> None:
        self._simulation = simulation
        self._kafka = kafka
        self._publishers: dict[str, Publisher] = {}

    def send(self, message: Sent) -> None:
        """Hand one message over; waits while the producer's buffer is full.

        Raises:
            PublishError: Kafka does not take it, or one before it.
        """
        address = self._simulation.address(message[1])
        publisher = self._publishers.get(address.provider)
        if publisher is None:
            publisher = Publisher(self._kafka, self._kafka.feed(address.provider))
            publisher.check()
            self._publishers[address.provider] = publisher
        publisher.send(message[2], address.key)

    def __enter__(self) -> Topics:
        return self

    def __exit__(self, *_: object) -> None:
        for publisher in self._publishers.values():
            publisher.flush()


Clock = Callable[[], float]
Sleep = Callable[[float], None]


def evenly(
    stream: Iterable[Sent], rate: float, clock: Clock = time.monotonic, sleep: Sleep = time.sleep
) -> Iterator[Sent]:
    """Pass `rate` messages a second."""
    start = clock()
    for count, message in enumerate(stream):
        wait_s = start + count / rate - clock()
        if wait_s > 0:
            sleep(wait_s)
        yield message


def as_they_come(
    stream: Iterable[Sent], speed: float, clock: Clock = time.monotonic, sleep: Sleep = time.sleep
) -> Iterator[Sent]:
    """Pass each message at its time, counted from the first one's, `speed` times as fast."""
    start = clock()
    first: int | None = None
    for message in stream:
        first = message[0] if first is None else first
        wait_s = start + (message[0] - first) / 1000 / speed - clock()
        if wait_s > 0:
            sleep(wait_s)
        yield message

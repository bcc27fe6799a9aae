"""Watching Redis as cheaply as it goes: the observer shares its cores with what it observes."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterable
from urllib.parse import urlsplit

import redis

from schemas.redis import keys
from touchline.errors import TouchlineError

SLICE_S = 0.005
"""How long one look waits for a message, and how often timelines are asked."""

RECEIVE_BYTES = 1 << 16
_CRLF = b"\r\n"
_CONFIRMED = b":1\r\n"
_LINES = 7
"""A message is an array of three strings: its length, then a length and a text for each."""


class Updates:
    """A channel, by default that on which each write to a match is told. A context manager.

    Reads the protocol itself: a client library takes ten times as long for a message as this.

    read_at: when the messages that were read last had come, epoch seconds.
    """

    def __init__(self, url: str, channel: str = keys.UPDATES) -> None:
        address = urlsplit(url)
        self._socket = socket.create_connection((address.hostname, address.port), timeout=10.0)
        self._socket.sendall(b"SUBSCRIBE %b\r\n" % channel.encode())
        answer = b""
        while _CONFIRMED not in answer:
            received = self._socket.recv(RECEIVE_BYTES)
            answer += received
            if not received or not answer.startswith(b"*"):
                raise TouchlineError(f"Redis does not let us subscribe: {answer[:80]!r}")
        self._socket.settimeout(SLICE_S)
        # The first messages may have come with the confirmation.
        self._rest = answer.partition(_CONFIRMED)[2]
        self.read_at = 0.0

    def __enter__(self) -> Updates:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def read(self) -> list[bytes]:
        """The payloads of the messages that have come, after a short wait if there are none."""
        if self._rest.count(_CRLF) < _LINES:
            try:
                received = self._socket.recv(RECEIVE_BYTES)
            except TimeoutError:
                return []
            if not received:
                raise TouchlineError("Redis has closed the connection")
            self._rest += received
        self.read_at = time.time()
        lines = self._rest.split(_CRLF)
        whole = (len(lines) - 1) // _LINES * _LINES
        self._rest = _CRLF.join(lines[whole:])
        return lines[_LINES - 1 : whole : _LINES]


class Timeline:
    """Looks for events in the timelines of their matches. A context manager.

    samples: (place in the load, match, key in its timeline).
    seen: place -> when the event was found, epoch seconds.
    """

    def __init__(self, url: str, samples: Iterable[tuple[int, str, str]]) -> None:
        self._redis = redis.Redis.from_url(url)
        self._left = sorted(samples, reverse=True)
        self._pending: list[tuple[int, str, str]] = []
        self._looked = 0.0
        self.seen: dict[int, float] = {}

    def __enter__(self) -> Timeline:
        return self

    def __exit__(self, *_: object) -> None:
        self._redis.close()

    @property
    def missing(self) -> int:
        """How many have not been found yet."""
        return len(self._left) + len(self._pending)

    def look(self, fed: int) -> None:
        """Look for those of the first `fed` events that were not found yet."""
        if time.time() - self._looked < SLICE_S:
            return
        while self._left and self._left[-1][0] < fed:
            self._pending.append(self._left.pop())
        if not self._pending:
            return
        with self._redis.pipeline(transaction=False) as pipeline:
            for _, match_id, member in self._pending:
                pipeline.hexists(keys.match_events(match_id), member)
            answers = pipeline.execute()
        self._looked = time.time()
        waiting = []
        for sample, found in zip(self._pending, answers, strict=True):
            if found:
                self.seen[sample[0]] = self._looked
            else:
                waiting.append(sample)
        self._pending = waiting

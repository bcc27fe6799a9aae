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
"""How long one look waits for a message."""

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


def missing(url: str, samples: Iterable[tuple[str, str]]) -> int:
    """How many of (match, key in its timeline) are not there."""
    with redis.Redis.from_url(url) as client, client.pipeline(transaction=False) as pipeline:
        for match_id, member in samples:
            pipeline.hexists(keys.match_events(match_id), member)
        return sum(not found for found in pipeline.execute())

"""A feed that is a document at a URL, fetched again and again: only its changes are messages."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping

import httpx

from connectors.feeds.http import body, client
from connectors.feeds.retry import Retrier, TransientError

READ_TIMEOUT_S = 10.0
CONDITIONS = {"If-None-Match": "ETag", "If-Modified-Since": "Last-Modified"}
"""The request header that sends a response header's value back."""


class PolledSnapshot:
    """The bodies of a polled URL, each different from the one before.

    `ETag` and `Last-Modified` are sent back, so that the server need not send what has not changed;
    where it does anyway, the bodies are compared. once: fetch one time only.
    """

    def __init__(
        self,
        url: str,
        interval_s: float,
        retrier: Retrier,
        *,
        headers: Mapping[str, str] | None = None,
        once: bool = False,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._url = url
        self._interval_s = interval_s
        self._retrier = retrier
        self._headers = headers or {}
        self._once = once
        self._clock = clock
        self._sleep = sleep
        self._conditions: dict[str, str] = {}
        self._digest = b""

    def messages(self) -> Iterator[bytes]:
        """Every changed body as received.

        Raises:
            RefusedError: the server does not give this document.
            GaveUpError: it could not be fetched for too many tries in a row.
        """
        with client(self._headers, READ_TIMEOUT_S) as http:
            while True:
                started = self._clock()
                try:
                    changed = self._poll(http)
                except TransientError as error:
                    self._retrier.failed(error)
                    continue
                self._retrier.succeeded()
                if changed is not None:
                    yield changed
                if self._once:
                    return
                self._sleep(max(0.0, started + self._interval_s - self._clock()))

    def _poll(self, http: httpx.Client) -> bytes | None:
        response, received = body(http, self._url, self._conditions)
        if response.status_code == httpx.codes.NOT_MODIFIED:
            return None
        self._conditions = {
            condition: response.headers[validator]
            for condition, validator in CONDITIONS.items()
            if validator in response.headers
        }
        digest = hashlib.sha256(received).digest()
        if digest == self._digest or not received:
            return None
        self._digest = digest
        return received

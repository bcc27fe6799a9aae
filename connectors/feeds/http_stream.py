"""A provider's push feed: one HTTP response that does not end, in chunks.

It dies, falls silent, or is closed by the server; each time the client waits, connects again and
lets the provider's recovery fill the gap.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping

import httpx

from connectors.feeds.framing import Framer
from connectors.feeds.http import RefusedError, body, client, opened
from connectors.feeds.recovery import Recovery
from connectors.feeds.retry import Retrier, TransientError
from connectors.feeds.silence import SilenceWatch
from touchline.settings import Feeds

STABLE_S = 5.0
"""A stream that was read for this long has worked: the failures before it are forgotten. A shorter
one counts as a failure even if something came, or a URL that serves a document and closes would be
fetched twenty times a second. To connect, and to fill a gap, may take long and fail all the same:
that time does not count."""


def _say_nothing(text: str) -> None:
    """The default listener."""


class HttpStream:
    """The messages of a push feed, for as long as it goes on.

    recovery: how the provider fills a gap. headers: of every request (API keys). once: take
    the stream's end for the feed's, instead of connecting again. tell: told what of a gap stays
    lost.
    """

    def __init__(
        self,
        url: str,
        feeds: Feeds,
        retrier: Retrier,
        recovery: Recovery,
        *,
        headers: Mapping[str, str] | None = None,
        once: bool = False,
        tell: Callable[[str], None] = _say_nothing,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url = url
        self._feeds = feeds
        self._retrier = retrier
        self._recovery = recovery
        self._headers = headers or {}
        self._once = once
        self._tell = tell
        self._clock = clock
        self._read_since: float | None = None  # this connection's messages; None: not yet

    def messages(self) -> Iterator[bytes]:
        """Every message as received, documents fetched to fill a gap included.

        Raises:
            RefusedError: the server does not give this stream.
            GaveUpError: it, or a document that fills a gap, could not be fetched for too many tries
                in a row.
        """
        silence = SilenceWatch(
            self._feeds.heartbeat_s, self._feeds.silent_after_heartbeats, self._clock
        )
        gap = False
        with client(self._headers, silence.limit_s or None) as http:
            while True:
                self._read_since = None
                try:
                    yield from self._connection(http, silence, gap)
                    return
                except TransientError as error:
                    if self._worked():
                        self._retrier.succeeded()
                    self._retrier.failed(error)
                    gap = True

    def _connection(self, http: httpx.Client, silence: SilenceWatch, gap: bool) -> Iterator[bytes]:
        """One connection's messages. Returns at the end of a document, raises at a stream's."""
        url = self._recovery.resumed(self._url) if gap else self._url
        with opened(http, url, {}) as response:
            if gap:  # connected first: what comes meanwhile waits in the socket
                yield from self._missed(http)
            silence.heard()
            self._read_since = self._clock()
            framer = Framer()
            try:
                for chunk in response.iter_bytes():
                    for message in framer.feed(chunk):
                        silence.heard()
                        self._recovery.saw(message)
                        yield message
                    if silence.silent:
                        raise TransientError(
                            f"silent for {silence.silent_s:.0f} s, heartbeats included"
                        )
            except Exception:
                yield from framer.close()  # a message cut short is kept too, as a dead letter
                raise
            yield from framer.close()
            if "content-length" in response.headers or self._once:
                return
        raise TransientError("the stream was closed by the server")

    def _missed(self, http: httpx.Client) -> Iterator[bytes]:
        """The documents that fill a gap. One that fails is tried again, not those before it; one
        that the server refuses is told and left out: the stream goes on without it."""
        retrier = self._retrier.another()
        for url in self._recovery.documents():
            try:
                yield _fetched(http, url, retrier)
            except RefusedError as error:
                self._tell(f"{error}; what the gap had of it is lost")

    def _worked(self) -> bool:
        since = self._read_since
        return since is not None and self._clock() - since >= STABLE_S


def _fetched(http: httpx.Client, url: str, retrier: Retrier) -> bytes:
    while True:
        try:
            document = body(http, url, {})[1]
        except TransientError as error:
            retrier.failed(error)
        else:
            retrier.succeeded()
            return document

"""A provider's push feed: one HTTP response that does not end, in chunks.

It dies, falls silent, or is closed by the server; each time the client waits, connects again and
lets the provider's recovery fill the gap.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping

import httpx

from connectors.feeds.framing import Framer
from connectors.feeds.http import body, client, opened
from connectors.feeds.recovery import Recovery
from connectors.feeds.retry import Retrier, TransientError
from connectors.feeds.silence import SilenceWatch
from touchline.settings import Feeds

STABLE_S = 5.0
"""A connection that lived this long has worked: the failures before it are forgotten. A shorter one
counts as a failure even if something came, or a URL that serves a document and closes would be
fetched twenty times a second."""


class HttpStream:
    """The messages of a push feed, for as long as it goes on.

    recovery: how the provider fills a gap. headers: of every request (API keys). once: take
    the stream's end for the feed's, instead of connecting again.
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
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url = url
        self._feeds = feeds
        self._retrier = retrier
        self._recovery = recovery
        self._headers = headers or {}
        self._once = once
        self._clock = clock

    def messages(self) -> Iterator[bytes]:
        """Every message as received, documents fetched to fill a gap included.

        Raises:
            RefusedError: the server does not give this stream.
            GaveUpError: it could not be reached for too many tries in a row.
        """
        silence = SilenceWatch(
            self._feeds.heartbeat_s, self._feeds.silent_after_heartbeats, self._clock
        )
        gap = False
        with client(self._headers, silence.limit_s or None) as http:
            while True:
                opened_at = self._clock()
                silence.heard()
                try:
                    yield from self._connection(http, silence, gap)
                    return
                except TransientError as error:
                    if self._clock() - opened_at >= STABLE_S:
                        self._retrier.succeeded()
                    self._retrier.failed(error)
                    gap = True

    def _connection(self, http: httpx.Client, silence: SilenceWatch, gap: bool) -> Iterator[bytes]:
        """One connection's messages. Returns at the end of a document, raises at a stream's."""
        url = self._recovery.resumed(self._url) if gap else self._url
        with opened(http, url, {}) as response:
            if gap:  # connected first: what comes meanwhile waits in the socket
                for document in self._recovery.documents():
                    yield body(http, document, {})[1]
                silence.heard()
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

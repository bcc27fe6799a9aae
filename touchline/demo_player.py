"""Plays the demo's messages into their feeds, in the background."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack

from connectors.feeds.publisher import Publisher, PublishError
from touchline.demo_feeds import Cue
from touchline.errors import TouchlineError
from touchline.settings import Kafka

PRELUDE = 0.01
"""This share of the messages is sent before the jobs run, so that they find work at once."""


class Player:
    """Sends all cues over `seconds`, from the moment `play` is called; the first ones before."""

    def __init__(self, kafka: Kafka, seconds: float) -> None:
        self.sent: dict[str, int] = {}
        self._kafka = kafka
        self._seconds = seconds
        self._start = threading.Event()
        self._stop = threading.Event()
        self._failure: Exception | None = None
        self._thread: threading.Thread | None = None

    def load(self, make: Callable[[], Sequence[Cue]]) -> None:
        """Read the messages and send the first ones, in the background. `make` takes a while."""
        self._thread = threading.Thread(target=self._run, args=(make,), daemon=True)
        self._thread.start()

    def play(self) -> None:
        """Send the rest, each at its moment."""
        self._start.set()

    def playing(self) -> bool:
        """True until everything is sent.

        Raises:
            TouchlineError: Kafka did not take a message, or a file cannot be read.
        """
        if self._failure is not None:
            raise TouchlineError(f"the demo's feed broke off: {self._failure}") from self._failure
        return self._thread is not None and self._thread.is_alive()

    def close(self) -> None:
        """Send no more."""
        self._stop.set()
        self._start.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self, make: Callable[[], Sequence[Cue]]) -> None:
        try:
            self._send(make())
        except (TouchlineError, PublishError, ValueError, OSError) as error:
            self._failure = error

    def _send(self, cues: Sequence[Cue]) -> None:
        with ExitStack() as stack:
            topics = {provider: self._kafka.feed(provider) for _, provider, _, _ in cues}
            publishers = {
                provider: stack.enter_context(Publisher(self._kafka, topic))
                for provider, topic in topics.items()
            }
            since = 0.0
            for cue in cues:
                if cue.at > PRELUDE and not since:
                    self._start.wait()
                    since = time.monotonic()
                wait_s = since + cue.at * self._seconds - time.monotonic() if since else 0.0
                if self._stop.wait(max(0.0, wait_s)):
                    return
                publishers[cue.provider].send(cue.value, cue.key)
                self.sent[cue.provider] = self.sent.get(cue.provider, 0) + 1

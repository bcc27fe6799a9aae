"""Notices a stream that is open and says nothing: its heartbeat is missing."""

from __future__ import annotations

import time
from collections.abc import Callable


class SilenceWatch:
    """Counts the time since the last message; heartbeats are messages.

    A socket's read timeout alone is not enough: a proxy that drips blank bytes keeps the socket
    busy while no message comes. heartbeat_s: the provider's interval, 0 if it has none (then a
    stream is never called silent). missed: so many beats may be missing.
    """

    def __init__(
        self, heartbeat_s: float, missed: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.limit_s = heartbeat_s * missed
        self._clock = clock
        self._heard_at = clock()

    def heard(self) -> None:
        """A whole message has come."""
        self._heard_at = self._clock()

    @property
    def silent_s(self) -> float:
        """Seconds since the last message."""
        return self._clock() - self._heard_at

    @property
    def silent(self) -> bool:
        """Whether more beats are missing than may be."""
        return bool(self.limit_s) and self.silent_s >= self.limit_s

"""When to try again: exponential backoff with jitter, and a circuit breaker above it.

Both are pure but for their clock, their sleep and their dice, which a test replaces.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from touchline.settings import Feeds

LONGEST_BACKOFF_S = 10.0
"""Waits double up to this; a provider that is away for minutes is the breaker's business."""

JITTER = 0.5
"""A wait is spread by half of itself both ways, so that clients that fell together do not come back
together."""


class TransientError(Exception):
    """A failure that may be gone at the next try. `after_s`: the wait that the server asked for."""

    def __init__(self, text: str, after_s: float = 0.0) -> None:
        super().__init__(text)
        self.after_s = after_s


class GaveUpError(Exception):
    """As many tries in a row as allowed have failed; the text names the last failure."""


def backoff_s(
    failures: int,
    first_ms: int,
    dice: Callable[[], float] = random.random,
    longest_s: float = LONGEST_BACKOFF_S,
) -> float:
    """The wait after `failures` failures in a row: 50, 100, 200 ms … for `first_ms` of 50, at most
    `longest_s`, each times 0.5 to 1.5. `dice` gives numbers from 0 to 1."""
    doublings = min(max(failures, 1) - 1, 30)
    base = min(first_ms / 1000 * float(2**doublings), longest_s)
    return base * (1 - JITTER + 2 * JITTER * dice())


class Breaker(Enum):
    """A circuit breaker's states."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


class CircuitBreaker:
    """Stops calling what keeps failing: opens after `failures` in a row, lets one call through
    (half-open) after `open_s`, closes when a call succeeds."""

    def __init__(
        self, failures: int = 3, open_s: float = 30.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._limit = failures
        self._open_s = open_s
        self._clock = clock
        self._failures = 0
        self._opened_at: float | None = None

    @property
    def state(self) -> Breaker:
        """The state at this moment."""
        if self._opened_at is None:
            return Breaker.CLOSED
        return Breaker.OPEN if self.remaining_s() > 0 else Breaker.HALF_OPEN

    def remaining_s(self) -> float:
        """Seconds until a call is let through; 0 unless open."""
        if self._opened_at is None:
            return 0.0
        return max(0.0, self._opened_at + self._open_s - self._clock())

    def succeeded(self) -> None:
        """A call went through: close."""
        self._failures = 0
        self._opened_at = None

    def failed(self) -> None:
        """A call failed: open if it was one too many, or the one a half-open breaker let in."""
        self._failures += 1
        if self._failures >= self._limit:
            self._opened_at = self._clock()


@dataclass(frozen=True, slots=True)
class Failure:
    """What a retrier tells of: the error, how many in a row, and how long it waits now."""

    error: Exception
    failures: int
    wait_s: float
    breaker: Breaker


def _say_nothing(failure: Failure) -> None:
    """The default listener."""


class Retrier:
    """Waits between tries of one thing, and gives up in the end.

    Call `failed(error)` after a failure: it sleeps for the longest of backoff, the breaker's pause
    and what the server asked for, or raises `GaveUpError`. Call `succeeded()` once it works again.
    """

    def __init__(
        self,
        feeds: Feeds,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        dice: Callable[[], float] = random.random,
        notify: Callable[[Failure], None] = _say_nothing,
    ) -> None:
        self._feeds = feeds
        self._clock = clock
        self._sleep = sleep
        self._dice = dice
        self._notify = notify
        self._failures = 0
        self.breaker = CircuitBreaker(feeds.breaker_failures, feeds.breaker_open_s, clock)

    def another(self) -> Retrier:
        """One of the same kind, for another thing: its failures are counted apart."""
        return Retrier(
            self._feeds,
            clock=self._clock,
            sleep=self._sleep,
            dice=self._dice,
            notify=self._notify,
        )

    def failed(self, error: TransientError) -> None:
        """Wait before the next try.

        Raises:
            GaveUpError: `feeds.retry_limit` tries in a row have failed.
        """
        self._failures += 1
        self.breaker.failed()
        if self._failures >= self._feeds.retry_limit:
            raise GaveUpError(f"gave up after {self._failures} tries in a row: {error}") from error
        wait_s = max(
            backoff_s(self._failures, self._feeds.retry_first_ms, self._dice),
            self.breaker.remaining_s(),
            error.after_s,
        )
        self._notify(Failure(error, self._failures, wait_s, self.breaker.state))
        self._sleep(wait_s)

    def succeeded(self) -> None:
        """Forget the failures so far."""
        self._failures = 0
        self.breaker.succeeded()

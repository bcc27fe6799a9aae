"""How a sink bears a store that is away: it waits in place, and writes the same batch again.

That is safe: Flink finishes every bundle before it takes a checkpoint, so that a batch counts as
written only when it is, and whatever comes after it waits in Kafka. A store that is away for longer
than the patience ends the task, and Flink restarts it from its last checkpoint.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from connectors.feeds.retry import Breaker, CircuitBreaker, backoff_s

T = TypeVar("T")

FIRST_MS = 50
"""The first wait; it doubles."""

LONGEST_S = 2.0
"""The longest one, but for its jitter: how late a store that is back is noticed."""

TRIES = 5
"""Failures in a row after which a batch is no longer sent, but the store is asked whether it is
back: a batch has up to some megabytes, and a store that has just started has enough to do."""

BLIP_S = 1.0
"""A connection that the server has closed, and that is made again at once, is not worth a line of
the log."""

_LONGEST_TEXT = 300

log = logging.getLogger(__name__)


class StoreAwayError(Exception):
    """A store was away for longer than the patience; the text has its last error."""


class RefusedError(Exception):
    """A store refused some rows of a batch for what they are; all others are in.

    refused: row of the batch, counted from 0 -> why. written: what the call would have returned.
    """

    def __init__(self, refused: Mapping[int, str], written: int) -> None:
        first = next(iter(refused.values()), "")
        super().__init__(f"{len(refused)} rows refused, the first one: {first}")
        self.refused = refused
        self.written = written


@dataclass
class _Call:
    """How one call has gone so far. told: the log has it that the store is away."""

    since: float
    failures: int = 0
    told: bool = False


class Patience:
    """Calls a store until it answers.

    store: its name, for the log. ping: asks it for a sign of life, and raises what `is_away` knows
    without one. is_away: whether an error says that the store is away, or cannot take anything now;
    all others are raised as they are. patience_s: how long a call may go on failing.

    In all: retries, tries that followed a failure; away_ms, for how long the store was away.
    """

    def __init__(
        self,
        store: str,
        ping: Callable[[], object],
        is_away: Callable[[Exception], bool],
        patience_s: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        dice: Callable[[], float] = random.random,
    ) -> None:
        self._store = store
        self._ping = ping
        self._is_away = is_away
        self._patience_s = patience_s
        self._clock = clock
        self._sleep = sleep
        self._dice = dice
        # Half of the longest wait: a wait with jitter is never over before the breaker is.
        self._breaker = CircuitBreaker(TRIES, LONGEST_S / 2, clock)
        self.retries = 0
        self.away_ms = 0

    def call(self, write: Callable[[], T]) -> T:
        """What `write` gives, once it succeeds.

        Raises:
            StoreAwayError: it has failed for `patience_s`.
        """
        call = _Call(self._clock())
        while True:
            try:
                if self._breaker.state is not Breaker.CLOSED:
                    self._ping()
                result = write()
            except Exception as error:
                if not self._is_away(error):
                    self._answered(call)
                    raise
                self._failed(error, call)
            else:
                self._answered(call)
                return result

    def _failed(self, error: Exception, call: _Call) -> None:
        """Wait before the next try, if there is to be one."""
        reason = (str(error) or type(error).__name__)[:_LONGEST_TEXT]
        away_s = self._clock() - call.since
        call.failures += 1
        if away_s >= self._patience_s:
            self.away_ms += int(away_s * 1000)
            raise StoreAwayError(
                f"{self._store} was away for {away_s:.0f} s, and still is: {reason}"
            ) from error
        if not call.told and (call.failures > 1 or away_s >= BLIP_S):
            call.told = True
            log.warning(
                "%s is away, waiting up to %.0f s for it: %s",
                self._store,
                self._patience_s,
                reason,
            )
        self._breaker.failed()
        wait_s = backoff_s(call.failures, FIRST_MS, self._dice, LONGEST_S)
        self._sleep(max(wait_s, self._breaker.remaining_s()))
        self.retries += 1

    def _answered(self, call: _Call) -> None:
        self._breaker.succeeded()
        if call.failures:
            away_s = self._clock() - call.since
            self.away_ms += int(away_s * 1000)
            if call.told:
                log.warning(
                    "%s is back after %.1f s and %d tries", self._store, away_s, call.failures
                )

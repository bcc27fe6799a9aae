"""How fresh the stores are, and how much memory all takes, while faults come and go."""

from __future__ import annotations

import threading
import time
from bisect import bisect_right
from contextlib import suppress
from typing import NamedTuple

from bench.updates import Updates
from chaos.system import System
from touchline.errors import TouchlineError
from touchline.history import query

AGAIN_S = 0.2
HISTORY_S = 0.5
NEWEST = 1_000
MEMORY_EVERY_S = 1.0
FRESH_S = 2.0
"""An update is fresh if its message was received less than so long ago."""

CURVE_S = 0.25


NEWEST_IN_HISTORY = "SELECT toUnixTimestamp64Milli(max(received_at)) FROM match_events"


class Update(NamedTuple):
    """When a store was seen to have something, and when the newest message of it had been received,
    both in epoch seconds."""

    at: float
    received: float


class Watch:
    """Listens to Redis and asks ClickHouse until it is closed, and goes on whenever one is back.

    updates: a match's state in Redis. history: the newest event in ClickHouse, every `HISTORY_S`.
    """

    def __init__(self, system: System) -> None:
        self.updates: list[Update] = []
        self.history: list[Update] = []
        self.memory: list[tuple[float, float]] = []
        self._system = system
        self._ended = threading.Event()
        self._threads = [
            threading.Thread(target=run, daemon=True)
            for run in (self._listen, self._ask, self._weigh)
        ]
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """Listen no more."""
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def forget(self) -> None:
        """All but the newest: hours of them are many."""
        for seen in (self.updates, self.history, self.memory):
            del seen[:-NEWEST]

    def _listen(self) -> None:
        while not self._ended.is_set():
            try:
                with Updates(self._system.settings.redis.url) as channel:
                    while not self._ended.is_set():
                        for payload in channel.read():
                            _, stamp, what = payload.rsplit(b" ", 2)
                            if what == b"state":
                                self.updates.append(Update(channel.read_at, int(stamp) / 1000))
            except (OSError, TouchlineError):  # Redis is what was broken
                self._ended.wait(AGAIN_S)

    def _ask(self) -> None:
        settings = self._system.settings.clickhouse
        while not self._ended.wait(HISTORY_S):
            with suppress(TouchlineError):  # ClickHouse is what was broken
                [[newest_ms]] = query(settings, NEWEST_IN_HISTORY).rows
                self.history.append(Update(time.time(), newest_ms / 1000))

    def _weigh(self) -> None:
        while not self._ended.wait(MEMORY_EVERY_S):
            self.memory.append((time.time(), self._system.memory_mb()))


def fresh_again_s(updates: list[Update], since: float) -> float | None:
    """From then to the first update of a message that was received later; None: there is none."""
    return next((one.at - since for one in updates if one.received > since), None)


def since(updates: list[Update], start: float) -> list[Update]:
    """Those of messages that were received from then on: before, nothing was fed for a while."""
    return [one for one in updates if one.received >= start]


def lags(updates: list[Update], start: float, end: float) -> list[tuple[float, float]]:
    """At each moment, how old the newest message in Redis was: (seconds since start, lag in s)."""
    ordered = sorted(updates)
    times = [one.at for one in ordered]
    newest: list[float] = []
    for one in ordered:
        newest.append(max(one.received, newest[-1] if newest else one.received))
    curve = []
    moment = start
    while moment <= end:
        known = bisect_right(times, moment)
        if known:
            curve.append((round(moment - start, 2), round(moment - newest[known - 1], 3)))
        moment += CURVE_S
    return curve


def caught_up_s(curve: list[tuple[float, float]], since_s: float) -> float | None:
    """From then until the lag stays below `FRESH_S`; None: it does not."""
    late = [at for at, lag in curve if at >= since_s and lag >= FRESH_S]
    if not late:
        return 0.0
    return None if late[-1] >= curve[-1][0] - CURVE_S else round(late[-1] - since_s + CURVE_S, 2)

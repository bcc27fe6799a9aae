"""Following the live matches: keeps a board up to date from Redis's channel and Flink's metrics."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence

from touchline.errors import TouchlineError
from touchline.flink_cluster import Cluster
from touchline.live import LiveStore
from touchline.live_board import Board
from touchline.settings import Settings
from touchline.versions import JOBS, title_of

TICK_S = 0.25
LAG_EVERY_S = 1.0
EXPIRED_EVERY_S = 60.0
"""Matches expire in hours or days."""


def follow(
    board: Board, store: LiveStore, settings: Settings, match: str | None
) -> Iterator[set[str]]:
    """For ever, some times a second: bring the board up to date; gives the matches that changed.
    Those that have expired in Redis leave it within a minute.

    match: only this one, None for all.
    """
    meter = LagMeter(settings)
    look_s = time.monotonic() + EXPIRED_EVERY_S
    try:
        for changed in store.updates(TICK_S):
            wanted = {one: at for one, at in changed.items() if match in (None, one)}
            if wanted:
                refresh(board, store, list(wanted), list(wanted.values()))
            if time.monotonic() >= look_s:
                board.keep(store.matches(board.matches))
                look_s = time.monotonic() + EXPIRED_EVERY_S
            board.tick()
            board.lag = meter.lag
            yield set(wanted)
    finally:
        meter.close()


def refresh(
    board: Board, store: LiveStore, match_ids: Sequence[str], received: Sequence[int] = ()
) -> None:
    """Read matches into the board; `received`: when their newest messages were (UTC epoch ms)."""
    if match_ids:
        board.update(store.matches(match_ids), store.last_events(match_ids, 1), received)


class LagMeter:
    """How far the jobs are behind, asked in the background: the cluster may be slow to answer."""

    def __init__(self, settings: Settings) -> None:
        self.lag: int | None = None
        self._settings = settings
        self._ended = threading.Event()
        threading.Thread(target=self._run, daemon=True).start()

    def close(self) -> None:
        """Ask no more."""
        self._ended.set()

    def _run(self) -> None:
        titles = {title_of(self._settings.jobs, name) for name in JOBS}
        with Cluster(self._settings.flink) as cluster:
            while not self._ended.wait(LAG_EVERY_S):
                try:
                    jobs = [job for name, job in cluster.current_jobs().items() if name in titles]
                    lags = [cluster.pending(job.id) for job in jobs]
                except TouchlineError:
                    self.lag = None  # the view goes on without it
                    continue
                known = [lag for lag in lags if lag is not None]
                self.lag = sum(known) if known else None

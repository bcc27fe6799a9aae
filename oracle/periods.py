"""Which of a board's tables a moment belongs to: docs/leaderboards.md.

It knows nothing of `udfs.leaderboards`: a cron means what the library says that it means.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import islice, pairwise
from typing import NamedTuple

from cronsim import CronSim

MINUTE = timedelta(minutes=1)
LOOKED_AT = 400
"""Resets from 2024 on, which tell how long a board's tables last."""


class Period(NamedTuple):
    """A table's name, and when it began (UTC epoch ms); 0: it has no beginning."""

    name: str
    start_ms: int


def period_of(reset: str, at_ms: int) -> Period:
    """The period of a moment (UTC epoch ms). reset: a cron; empty: never."""
    # A cron has no seconds: what holds for a minute's beginning holds for all of it.
    return _period_of(reset, at_ms // 60_000) if reset else Period("all", 0)


@lru_cache(maxsize=100_000)
def _period_of(reset: str, minute: int) -> Period:
    after = datetime.fromtimestamp(minute * 60, UTC) + MINUTE
    start = next(CronSim(reset, after, reverse=True))
    name = f"{start:%Y-%m-%d}" if start.time() == datetime.min.time() else f"{start:%Y-%m-%dT%H%MZ}"
    return Period(name, int(start.timestamp()) * 1000)


def lasts_longer(reset: str, than_ms: float) -> bool:
    """Whether a board has tables that last longer."""
    if not reset:
        return True
    resets = islice(CronSim(reset, datetime(2024, 1, 1, tzinfo=UTC)), LOOKED_AT + 1)
    return any((end - start).total_seconds() * 1000 > than_ms for start, end in pairwise(resets))

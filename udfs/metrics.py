"""Flink's metrics by provider, and as histograms, which PyFlink does not have.

Flink's Prometheus reporter makes a label of a group with a key, and no number of PyFlink's
distributions. So a histogram is what Prometheus says that it is: a counter for each bucket, whose
label `le` is the bucket's upper bound.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable
from functools import cache
from itertools import accumulate
from typing import Any

from pyflink.metrics import MetricGroup

BOUNDS_MS = (50, 100, 250, 500, 1_000, 2_500, 10_000, 60_000)
"""Whole numbers: of a label's value the reporter leaves letters and digits only."""

_BOUNDS = (*map(str, BOUNDS_MS), "Inf")


class ByProvider:
    """A counter for each provider: `NAME{provider="opta"}`."""

    def __init__(self, group: MetricGroup, name: str) -> None:
        self._counter: Any = cache(
            lambda provider: group.add_group("provider", provider).counter(name)
        )

    def add(self, provider: str, amount: int) -> None:
        """So many more."""
        self._counter(provider).inc(amount)


class Totals:
    """What was counted elsewhere, as it stands: `NAME{provider="opta", verdict="accepted"}`."""

    def __init__(self, group: MetricGroup, name: str) -> None:
        self._group = group
        self._name = name
        self._totals: dict[tuple[str, str], int] = {}

    def set(self, provider: str, verdict: str, total: int) -> None:
        """So many by now."""
        place = provider, verdict
        if place not in self._totals:
            labels = self._group.add_group("provider", provider).add_group("verdict", verdict)
            labels.gauge(self._name, lambda: self._totals[place])
        self._totals[place] = total


class Histogram:
    """Of durations, one for each provider: `NAME_bucket{provider="opta", le="250"}`, in ms."""

    def __init__(self, group: MetricGroup, name: str) -> None:
        self._buckets: Any = cache(
            lambda provider: [
                group.add_group("provider", provider).add_group("le", le).counter(f"{name}_bucket")
                for le in _BOUNDS
            ]
        )

    def observe(self, durations: Iterable[tuple[str, int]]) -> None:
        """More of them: provider and milliseconds."""
        found = Counter((who, bisect_left(BOUNDS_MS, lasted)) for who, lasted in durations)
        for provider in {provider for provider, _ in found}:
            within = accumulate(found[provider, place] for place in range(len(_BOUNDS)))
            for bucket, count in zip(self._buckets(provider), within, strict=True):
                bucket.inc(count)

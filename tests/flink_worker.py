"""The worker in which PyFlink opens a function, as far as functions ask it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


class Worker:
    """A function's context and its metric group, in one.

    counts: what the counters say, by name; of one with labels, `NAME{key=value}`. gauges: who says
        what the gauges do, by the same.
    """

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}
        self.gauges: dict[str, Any] = {}
        self._labels: tuple[str, ...] = ()

    def get_metric_group(self) -> Any:
        return self

    def counter(self, name: str) -> Any:
        return Counter(self.counts, name + "".join(self._labels))

    def add_group(self, key: str, value: str) -> Worker:
        group = Worker()
        group.counts, group.gauges = self.counts, self.gauges
        group._labels = (*self._labels, f"{{{key}={value}}}")
        return group

    def gauge(self, name: str, value: Any) -> None:
        self.gauges[name + "".join(self._labels)] = value


@dataclass
class Counter:
    counts: dict[str, int]
    name: str

    def inc(self, n: int) -> None:
        self.counts[self.name] = self.counts.get(self.name, 0) + n

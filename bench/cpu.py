"""CPU time of a contender: all of its processes and their children, from /proc."""

from __future__ import annotations

import os
import threading
import time
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
SAMPLE_S = 0.25
_PARENT, _OWN_TIMES, _TIMES = 1, slice(11, 13), slice(11, 15)
"""Fields of /proc/PID/stat after the program's name; the times are user and system, of the process
itself, and then of its children that have ended and were waited for."""


def tree_seconds(roots: Iterable[int]) -> float:
    """CPU-seconds that these processes and all below them have used so far."""
    return sum(by_process(roots).values())


def by_process(roots: Iterable[int]) -> dict[int, float]:
    """CPU-seconds of each of these processes, and of each below them."""
    children: dict[int, list[int]] = defaultdict(list)
    seconds: dict[int, float] = {}
    for pid, fields in _stats(Path("/proc")):
        children[int(fields[_PARENT])].append(pid)
        seconds[pid] = sum(map(int, fields[_TIMES])) / TICKS
    left, found = list(roots), {}
    while left:
        pid = left.pop()
        if pid in seconds and pid not in found:
            found[pid] = seconds[pid]
            left += children[pid]
    return found


def by_thread(pid: int) -> dict[str, float]:
    """CPU-seconds of a process's threads, by their name (of which Linux keeps 15 characters)."""
    seconds: dict[str, float] = defaultdict(float)
    tasks = Path(f"/proc/{pid}/task")
    for task, fields in _stats(tasks):
        with suppress(OSError):  # it has just ended
            name = (tasks / str(task) / "comm").read_text().strip()
            seconds[name] += sum(map(int, fields[_OWN_TIMES])) / TICKS
    return seconds


def _stats(folder: Path) -> Iterator[tuple[int, list[str]]]:
    """Id and fields of each process, or thread, that has a folder there."""
    for entry in folder.glob("[0-9]*"):
        with suppress(OSError):  # it has just ended
            yield int(entry.name), (entry / "stat").read_text().rpartition(")")[2].split()


class CpuMeter:
    """Samples a process tree's CPU time in the background. A context manager.

    roots: gives the process ids at the top of the tree.
    """

    def __init__(self, roots: Callable[[], Iterable[int]]) -> None:
        self._roots = roots
        self._times: list[float] = []
        self._seconds: list[float] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)

    def __enter__(self) -> CpuMeter:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def between(self, start: float, end: float) -> float:
        """CPU-seconds used between two moments (epoch seconds)."""
        return self._at(end) - self._at(start)

    def _at(self, moment: float) -> float:
        place = min(max(bisect_left(self._times, moment), 1), len(self._times) - 1)
        (t0, t1), (s0, s1) = (
            self._times[place - 1 : place + 1],
            self._seconds[place - 1 : place + 1],
        )
        return s0 + (s1 - s0) * (moment - t0) / (t1 - t0)

    def _sample(self) -> None:
        while True:
            self._seconds.append(tree_seconds(self._roots()))
            self._times.append(time.time())
            if self._over.wait(SAMPLE_S):
                return

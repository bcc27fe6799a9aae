"""How long something takes, to be held against how long another thing takes in the same run."""

from __future__ import annotations

import time
from collections.abc import Callable


def cpu_seconds(action: Callable[[], object], times: int = 3) -> float:
    """The CPU time of this thread, in seconds, the best of some times.

    What is slow by its nature is slow each time; a pause of interpreter or machine is not.
    """
    return min(_once(action) for _ in range(times))


def _once(action: Callable[[], object]) -> float:
    started = time.thread_time()
    action()
    return time.thread_time() - started

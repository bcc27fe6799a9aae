"""How fast a contender was, of the times at which its outputs were appended."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol, TypeVar

from bench.cpu import CpuMeter
from touchline.errors import TouchlineError

WARM_UP = 0.25
"""Of the outputs: the first ones are not in the figures."""


class Named(Protocol):
    """A contender in a list of them."""

    @property
    def name(self) -> str:
        """What it is called in the result."""
        ...


E = TypeVar("E", bound=Named)


class Speed(NamedTuple):
    """What a part's table says of a contender, in the units of docs/benchmarks.md."""

    per_s: float
    cpu_s_per_million: float
    seconds: float
    cores: float


def chosen(entries: Sequence[E], engines: Sequence[str]) -> list[E]:
    """The contenders whose names contain one of `engines`.

    Raises:
        TouchlineError: there is none.
    """
    found = [
        entry for entry in entries if any(part.lower() in entry.name.lower() for part in engines)
    ]
    if not found:
        raise TouchlineError(
            f"no engine's name has {' or '.join(engines)} in it",
            f"they are: {'; '.join(entry.name for entry in entries)}",
        )
    return found


def speed_of(times: Sequence[float], inputs: int, cpu: CpuMeter) -> Speed:
    """Of outputs, by when each was appended (epoch seconds, ascending), and of all that was read.

    Raises:
        TouchlineError: all of what is measured was appended at once.
    """
    first = int(len(times) * WARM_UP)
    start, end = times[first], times[-1]
    seconds = end - start
    if seconds <= 0:
        raise TouchlineError("all outputs came at once", "take more messages")
    measured = inputs * (len(times) - first) / len(times)
    cpu_s = cpu.between(start, end)
    return Speed(
        per_s=round(measured / seconds, 1),
        cpu_s_per_million=round(cpu_s / measured * 1e6, 2),
        seconds=round(seconds, 2),
        cores=round(cpu_s / seconds, 2),
    )

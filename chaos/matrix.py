"""One fault after the other: load, the fault, what became of it."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from bench.report import step
from chaos.faults import Fault, rebuild_redis
from chaos.load import load
from chaos.system import System
from chaos.watching import Watch, caught_up_s, fresh_again_s, lags, since
from oracle.differences import Difference
from touchline.errors import TouchlineError
from touchline.verifying.run import Verified, Verifier

WARM_UP = 100
"""The number of its load: there are fewer faults."""

CALM_S = 8.0
"""Load before a fault, at least; the moment is somewhere in as much time again."""

WARM_S = 90.0
"""Load before the first fault: what jobs have yet to load and to compile is no fault's."""

PATIENCE_S = 120.0
"""All jobs that start at once take as long on a busy machine."""


@dataclass(frozen=True)
class Outcome:
    """What became of a fault.

    broken_s, healed_s: when it began and ended, in seconds since the load's beginning.
    fresh_s: from its end until an update came of a message that was received after it.
    caught_up_s: from its end until updates were fresh again for good; None: not while it was fed.
    lag_s: the most by which Redis was behind the feed; goal_s: what it may be, if there is a goal.
    history_lag_s: the same of ClickHouse. memory_mb: by how much all processes grew.
    lost, doubled, wrong: values in Redis and ClickHouse that are missing, too many, or others.
    curve: (seconds, lag in s).
    """

    fault: str
    what: str
    events: int
    broken_s: float
    healed_s: float
    fresh_s: float | None
    caught_up_s: float | None
    lag_s: float
    goal_s: float | None
    history_lag_s: float
    memory_mb: float
    rebuilt_s: float | None
    lost: int
    doubled: int
    wrong: int
    differences: list[Difference] = field(repr=False)
    curve: list[tuple[float, float]] = field(repr=False)

    @property
    def exact(self) -> bool:
        """Whether the stores hold what they must."""
        return not (self.lost or self.doubled or self.wrong)

    @property
    def in_time(self) -> bool:
        """Whether the goal was reached, if there is one."""
        return self.goal_s is None or self.lag_s <= self.goal_s


@dataclass(frozen=True)
class Unfinished:
    """A fault of which it is not known what became of it, and why."""

    fault: str
    error: TouchlineError


def run(
    system: System, faults: Sequence[Fault], seed: int, rate: float
) -> Iterator[Outcome | Unfinished]:
    """Each fault in its turn; between them, all is compared with the oracle."""
    dice = random.Random(seed)  # noqa: S311 - moments, not secrets
    for number, fault in enumerate(faults):
        calm_s = CALM_S + dice.random() * CALM_S
        try:
            yield _one(system, fault, number, calm_s, rate)
        except TouchlineError as error:
            yield Unfinished(fault.name, error)


def warm_up(system: System, rate: float) -> None:
    """Load without a fault, for `WARM_S`."""
    with step("warming up") as tell, load(system, WARM_UP, WARM_S, rate):
        _wait(tell, "warming up", time.time() + WARM_S)


def _one(system: System, fault: Fault, number: int, calm_s: float, rate: float) -> Outcome:
    seconds = calm_s + fault.lasts_s + fault.after_s
    watch = Watch(system)
    try:
        with step(fault.name) as tell, load(system, number, seconds, rate) as feeders:
            start = time.time()
            _wait(tell, "calm", start + calm_s)
            broken = time.time()
            with fault.broken(system):
                _wait(tell, "broken", broken + fault.lasts_s)
            healed = time.time()
            _wait(tell, "healed", start + seconds)
            end = time.time()
            events = sum(len(feeder.fed().handed) for feeder in feeders)
        with step(f"{fault.name}: comparing") as tell:
            rebuilt_s = _rebuilt(system) if fault.rebuild else None
            verified = _verify(system, tell)
    finally:
        watch.close()
    curve = lags(watch.updates, start, end)
    before = [mb for at, mb in watch.memory if at < broken]
    after = [mb for at, mb in watch.memory if at >= broken]
    lost, doubled, wrong = _kinds(verified.wrong)
    return Outcome(
        fault=fault.name,
        what=fault.what,
        events=events,
        broken_s=round(broken - start, 1),
        healed_s=round(healed - start, 1),
        fresh_s=_rounded(fresh_again_s(watch.updates, healed)),
        goal_s=fault.lag_s,
        caught_up_s=caught_up_s(curve, healed - start),
        lag_s=_most(curve),
        history_lag_s=_most(lags(since(watch.history, start), start, end)),
        memory_mb=round(max(after) - max(before)) if before and after else 0,
        rebuilt_s=_rounded(rebuilt_s),
        lost=lost,
        doubled=doubled,
        wrong=wrong,
        differences=verified.wrong,
        curve=curve,
    )


def _rebuilt(system: System) -> float:
    system.make_index()
    return rebuild_redis()


def _verify(system: System, tell: Callable[[str], None]) -> Verified:
    with Verifier(system.settings, None, PATIENCE_S, tell) as verifier:
        return verifier.run()


def _most(curve: Sequence[tuple[float, float]]) -> float:
    return round(max((lag for _, lag in curve), default=0.0), 1)


def _kinds(differences: Sequence[Difference]) -> tuple[int, int, int]:
    lost = sum(one.found is None for one in differences)
    doubled = sum(one.must_be is None for one in differences)
    return lost, doubled, len(differences) - lost - doubled


def _wait(tell: Callable[[str], None], what: str, until: float) -> None:
    while (left_s := until - time.time()) > 0:
        tell(f"{what}, {left_s:.0f} s left")
        time.sleep(min(left_s, 1.0))


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 1)

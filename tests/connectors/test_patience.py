"""How a sink bears a store that is away, by a clock that only a wait moves."""

from __future__ import annotations

import logging

import pytest

from connectors.patience import LONGEST_S, TRIES, Patience, RefusedError, StoreAwayError
from tests.connectors.feeds.clock import FakeClock


class GoneError(Exception):
    """What the store's client raises while the store is away."""


class Store:
    """A store that is away between two moments of the clock. `asked` and `tried` are when."""

    def __init__(self, clock: FakeClock, away: tuple[float, float]) -> None:
        self._clock = clock
        self._away = away
        self.asked: list[float] = []
        self.tried: list[float] = []

    def ping(self) -> None:
        self.asked.append(self._clock())
        self._answer()

    def write(self) -> str:
        self.tried.append(self._clock())
        self._answer()
        return "written"

    def _answer(self) -> None:
        since, until = self._away
        if since <= self._clock() < until:
            raise GoneError("connection refused")


@pytest.fixture
def clock() -> FakeClock:
    clock = FakeClock()
    clock.now = 0.0
    return clock


def patient(store: Store, clock: FakeClock, patience_s: float = 300.0) -> Patience:
    return Patience(
        "Redis",
        store.ping,
        lambda error: isinstance(error, GoneError),
        patience_s,
        clock=clock,
        sleep=clock.sleep,
        dice=lambda: 0.5,
    )


def test_a_store_that_answers_is_called_once(clock: FakeClock) -> None:
    store = Store(clock, (5.0, 5.0))
    patience = patient(store, clock)
    assert patience.call(store.write) == "written"
    assert (len(store.tried), store.asked, patience.retries, patience.away_ms) == (1, [], 0, 0)


def test_a_store_that_is_away_for_a_minute_gets_the_batch_within_the_longest_wait(
    clock: FakeClock,
) -> None:
    store = Store(clock, (0.0, 60.0))
    patience = patient(store, clock)
    assert patience.call(store.write) == "written"
    assert 60.0 <= clock() <= 60.0 + LONGEST_S
    assert patience.away_ms == pytest.approx(clock() * 1000, abs=1)


def test_a_batch_is_sent_some_times_and_then_the_store_is_only_asked_until_it_is_back(
    clock: FakeClock,
) -> None:
    store = Store(clock, (0.0, 60.0))
    patience = patient(store, clock)
    patience.call(store.write)
    assert len(store.tried) == TRIES + 1
    assert store.tried[:TRIES] == pytest.approx([0.0, 0.05, 0.15, 0.35, 0.75])
    assert store.tried[-1] == store.asked[-1]  # a sign of life, and the batch at once
    pauses = [later - asked for asked, later in zip(store.asked, store.asked[1:], strict=False)]
    assert pauses[-1] == pytest.approx(LONGEST_S)
    assert patience.retries == TRIES + len(store.asked) - 1


def test_a_store_that_answers_again_is_called_without_being_asked_first(clock: FakeClock) -> None:
    store = Store(clock, (0.0, 60.0))
    patience = patient(store, clock)
    patience.call(store.write)
    asked = len(store.asked)
    patience.call(store.write)
    assert len(store.asked) == asked


def test_patience_ends_with_the_last_error(clock: FakeClock) -> None:
    store = Store(clock, (0.0, 1e9))
    patience = patient(store, clock, patience_s=30.0)
    with pytest.raises(StoreAwayError, match=r"Redis was away for 3. s.*connection refused"):
        patience.call(store.write)
    assert 30.0 <= clock() <= 30.0 + LONGEST_S
    assert patience.away_ms >= 30_000


def test_without_patience_the_first_failure_is_the_last(clock: FakeClock) -> None:
    store = Store(clock, (0.0, 1.0))
    with pytest.raises(StoreAwayError):
        patient(store, clock, patience_s=0.0).call(store.write)
    assert clock() == 0.0


def test_what_a_store_refuses_is_raised_at_once(clock: FakeClock) -> None:
    store = Store(clock, (0.0, 1.0))
    patience = patient(store, clock)

    def write() -> None:
        store.write()
        raise RefusedError({3: "too long"}, 9)

    with pytest.raises(RefusedError, match="1 rows refused, the first one: too long") as raised:
        patience.call(write)
    assert (raised.value.refused, raised.value.written) == ({3: "too long"}, 9)
    assert patience.away_ms >= 1_000  # it was away before


def test_a_time_without_a_store_is_two_lines_of_the_log(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    store = Store(clock, (0.0, 60.0))
    with caplog.at_level(logging.DEBUG):
        patient(store, clock).call(store.write)
    assert [record.getMessage().partition(",")[0] for record in caplog.records] == [
        "Redis is away",
        f"Redis is back after {clock():.1f} s and {TRIES + len(store.asked) - 1} tries",
    ]


def test_a_connection_that_was_closed_and_is_made_again_is_no_line_of_the_log(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    store = Store(clock, (0.0, 0.05))
    with caplog.at_level(logging.DEBUG):
        assert patient(store, clock).call(store.write) == "written"
    assert len(store.tried) == 2
    assert caplog.records == []

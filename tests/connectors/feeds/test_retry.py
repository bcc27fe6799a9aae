from __future__ import annotations

import pytest

from connectors.feeds.retry import (
    LONGEST_BACKOFF_S,
    CircuitBreaker,
    Failure,
    GaveUpError,
    Retrier,
    TransientError,
    backoff_s,
)
from tests.connectors.feeds.clock import FakeClock
from touchline.settings import Feeds


def no_jitter() -> float:
    return 0.5


def state_of(breaker: CircuitBreaker) -> str:
    return breaker.state.value


def test_waits_double_from_50_ms() -> None:
    assert [backoff_s(n, 50, no_jitter) for n in (1, 2, 3, 4)] == [0.05, 0.1, 0.2, 0.4]


def test_jitter_spreads_a_wait_by_half_of_itself_both_ways() -> None:
    assert backoff_s(1, 100, lambda: 0.0) == pytest.approx(0.05)
    assert backoff_s(1, 100, lambda: 1.0) == pytest.approx(0.15)


def test_a_wait_stops_growing() -> None:
    assert backoff_s(10_000, 50, no_jitter) == LONGEST_BACKOFF_S


def test_the_breaker_opens_after_three_failures_in_a_row() -> None:
    breaker = CircuitBreaker(3, 30.0, FakeClock())
    breaker.failed()
    breaker.failed()
    assert state_of(breaker) == "closed"
    breaker.failed()
    assert state_of(breaker) == "open"


def test_a_success_between_failures_keeps_the_breaker_closed() -> None:
    breaker = CircuitBreaker(3, 30.0, FakeClock())
    for _ in range(5):
        breaker.failed()
        breaker.failed()
        breaker.succeeded()
    assert state_of(breaker) == "closed"


def test_the_breaker_is_half_open_after_30_s_and_closes_on_success() -> None:
    clock = FakeClock()
    breaker = CircuitBreaker(3, 30.0, clock)
    for _ in range(3):
        breaker.failed()
    clock.now += 29.9
    assert state_of(breaker) == "open"
    clock.now += 0.1
    assert state_of(breaker) == "half-open"
    breaker.succeeded()
    assert state_of(breaker) == "closed"


def test_a_failure_while_half_open_opens_the_breaker_again() -> None:
    clock = FakeClock()
    breaker = CircuitBreaker(3, 30.0, clock)
    for _ in range(3):
        breaker.failed()
    clock.now += 30
    breaker.failed()
    assert state_of(breaker) == "open"
    assert breaker.remaining_s() == pytest.approx(30.0)


def test_a_retrier_waits_for_backoff_then_for_the_breaker_then_gives_up() -> None:
    clock = FakeClock()
    told: list[Failure] = []
    retrier = Retrier(
        Feeds(retry_limit=5), clock=clock, sleep=clock.sleep, dice=no_jitter, notify=told.append
    )
    for _ in range(4):
        retrier.failed(TransientError("no route"))
    with pytest.raises(GaveUpError, match="5 tries in a row: no route"):
        retrier.failed(TransientError("no route"))
    assert clock.sleeps == pytest.approx([0.05, 0.1, 30.0, 30.0])
    assert [failure.breaker.value for failure in told] == ["closed", "closed", "open", "open"]


def test_a_success_starts_the_waits_over() -> None:
    clock = FakeClock()
    retrier = Retrier(Feeds(), clock=clock, sleep=clock.sleep, dice=no_jitter)
    retrier.failed(TransientError("once"))
    retrier.failed(TransientError("twice"))
    retrier.succeeded()
    retrier.failed(TransientError("once again"))
    assert clock.sleeps == [0.05, 0.1, 0.05]


def test_a_wait_is_as_long_as_the_server_asks_for() -> None:
    clock = FakeClock()
    retrier = Retrier(Feeds(), clock=clock, sleep=clock.sleep, dice=no_jitter)
    retrier.failed(TransientError("HTTP 429", after_s=7.0))
    assert clock.sleeps == [7.0]


def test_another_retrier_counts_its_own_failures() -> None:
    clock = FakeClock()
    retrier = Retrier(Feeds(retry_limit=2), clock=clock, sleep=clock.sleep, dice=no_jitter)
    retrier.failed(TransientError("one"))
    other = retrier.another()
    other.failed(TransientError("two"))
    assert clock.sleeps == [0.05, 0.05]
    with pytest.raises(GaveUpError, match="2 tries"):
        other.failed(TransientError("three"))

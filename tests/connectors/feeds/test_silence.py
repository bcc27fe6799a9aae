from __future__ import annotations

from connectors.feeds.silence import SilenceWatch
from tests.connectors.feeds.clock import FakeClock


def test_a_stream_is_silent_when_three_heartbeats_are_missing() -> None:
    clock = FakeClock()
    watch = SilenceWatch(5.0, 3, clock)
    clock.now += 14.9
    assert not watch.silent
    clock.now += 0.1
    assert watch.silent


def test_a_message_ends_the_silence() -> None:
    clock = FakeClock()
    watch = SilenceWatch(5.0, 3, clock)
    clock.now += 14.0
    watch.heard()
    clock.now += 14.0
    assert not watch.silent
    assert watch.silent_s == 14.0


def test_a_stream_without_heartbeats_is_never_silent() -> None:
    clock = FakeClock()
    watch = SilenceWatch(0.0, 3, clock)
    clock.now += 100_000
    assert not watch.silent

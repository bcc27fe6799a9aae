"""What is changed in Beam's worker."""

from __future__ import annotations

import threading

import pytest
from apache_beam.runners.worker.statesampler import StateSampler, get_current_tracker
from apache_beam.utils.counters import CounterFactory

from udfs.worker import end_bundles_at_once


def test_a_bundle_has_its_state_and_no_thread_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[threading.Thread] = []
    monkeypatch.setattr(threading.Thread, "start", started.append)
    end_bundles_at_once()
    sampler = StateSampler("test", CounterFactory())
    for _ in range(2):
        sampler.reset()
        sampler.start()
        assert get_current_tracker() is sampler
        sampler.stop_if_still_running()
        assert get_current_tracker() is None
    assert started == []

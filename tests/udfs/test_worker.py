"""What is changed in Beam's worker."""

from __future__ import annotations

import threading

import pytest
from apache_beam.runners.worker.statesampler import StateSampler, get_current_tracker
from apache_beam.utils.counters import CounterFactory

from udfs.worker import end_bundles_at_once


@pytest.fixture
def sampler(monkeypatch: pytest.MonkeyPatch) -> StateSampler:
    for name in ("start", "stop"):  # given back at the end
        monkeypatch.setattr(StateSampler, name, getattr(StateSampler, name))
    return StateSampler("test", CounterFactory())


def test_beam_starts_a_thread_for_each_bundle(sampler: StateSampler) -> None:
    before = threading.active_count()
    sampler.start()
    assert threading.active_count() == before + 1
    sampler.stop()


def test_a_bundle_has_its_state_and_no_thread_of_its_own(sampler: StateSampler) -> None:
    end_bundles_at_once()
    before = threading.active_count()
    for _ in range(2):
        sampler.reset()
        sampler.start()
        assert threading.active_count() == before
        assert get_current_tracker() is sampler
        sampler.stop_if_still_running()
        assert get_current_tracker() is None


def test_a_bundle_that_runs_at_that_moment_is_ended_as_it_was_started(
    sampler: StateSampler,
) -> None:
    before = threading.active_count()
    sampler.start()
    end_bundles_at_once()
    sampler.stop_if_still_running()
    assert threading.active_count() == before

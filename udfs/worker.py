"""What PyFlink's Python workers are told when a function of ours is opened in one."""

from __future__ import annotations

import threading
from typing import Any

from apache_beam.runners.worker import statesampler

_beams_stop = statesampler.StateSampler.stop


def end_bundles_at_once() -> None:
    """Take the sampling thread out of Beam's bundles.

    Beam starts a thread for each bundle, which looks now and then at what the bundle does, and the
    end of the bundle waits until that thread has woken up: 2 ms at least, and a fifth of the time
    that the bundle took. PyFlink shows nobody what was sampled. Bundles of some milliseconds are
    what live latency is made of.
    """
    statesampler.StateSampler.start = _start
    statesampler.StateSampler.stop = _stop


def _start(sampler: Any) -> None:
    sampler.tracked_thread = threading.current_thread()
    statesampler.set_current_tracker(sampler)
    sampler.started = True
    sampler.has_no_thread = True


def _stop(sampler: Any) -> None:
    if getattr(sampler, "has_no_thread", False):
        statesampler.set_current_tracker(None)
        sampler.finished = True
    else:  # it was started before this module was asked
        _beams_stop(sampler)

"""How the latency of each event follows from what Redis tells."""

from __future__ import annotations

import pytest

from bench.latency import _latencies
from touchline.errors import TouchlineError


def test_an_update_covers_all_events_of_its_match_up_to_its_stamp() -> None:
    matches = ["opta:1", "opta:1", "opta:1"]
    handed = [10.000, 10.020, 10.040]
    heard = [(10.050, "opta:1", 10_020), (10.100, "opta:1", 10_040)]
    found = _latencies(matches, handed, heard)
    assert {index: round(latency) for index, latency in found.items()} == {0: 50, 1: 30, 2: 60}


def test_an_update_says_nothing_of_another_match() -> None:
    heard = [(10.050, "opta:2", 10_000), (10.070, "opta:1", 10_000)]
    found = _latencies(["opta:1", "opta:2"], [10.0, 10.0], heard)
    assert {index: round(latency) for index, latency in found.items()} == {0: 70, 1: 50}


def test_an_event_that_does_not_arrive_is_an_error() -> None:
    with pytest.raises(TouchlineError, match="1 of 2 events"):
        _latencies(["opta:1", "opta:1"], [10.0, 20.0], [(10.1, "opta:1", 10_000)])

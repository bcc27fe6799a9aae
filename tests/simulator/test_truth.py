"""The simulator's truth against the real adapters: what they read must be what is true."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulator.disorder import Rates
from simulator.feed import Options, Simulation
from tests.simulator.reading import FORMATS, ROUGH, mistakes, read, simulated
from udfs.model import MatchStatus, Status

shares = st.floats(0.0, 0.3)
any_rates = st.builds(
    Rates,
    edits=shares,
    deletes=shares,
    duplicates=shares,
    late=shares,
    shuffle=st.integers(0, 200),
)


@pytest.mark.parametrize("format_", FORMATS)
@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 10_000), rates=any_rates)
def test_what_the_adapters_read_is_the_truth(format_: str, seed: int, rates: Rates) -> None:
    simulation = simulated(format_, seed, rates, matches=1 if format_ == "livestats" else 2)
    assert mistakes(simulation, simulation.stream()) == {}
    assert all(match.complete for match in simulation.truth().matches)


@pytest.mark.parametrize("format_", FORMATS)
def test_the_truth_holds_for_a_simulation_that_is_cut_short(format_: str) -> None:
    simulation = simulated(format_, events=60, matches=3)
    assert mistakes(simulation, simulation.stream()) == {}
    truth = simulation.truth()
    assert truth.totals.messages - truth.totals.duplicates == 60
    assert not any(match.complete for match in truth.matches)


@pytest.mark.parametrize("format_", FORMATS)
def test_the_truth_holds_at_a_pace_at_which_times_fall_together(format_: str) -> None:
    simulation = simulated(format_, rates=Rates(edits=0.3, deletes=0.2), pace=5_000.0)
    assert mistakes(simulation, simulation.stream()) == {}


def test_all_formats_in_one_stream_do_not_disturb_each_other() -> None:
    simulation = Simulation(Options(formats=FORMATS, matches=8, rates=ROUGH))
    assert mistakes(simulation, simulation.stream()) == {}


@pytest.mark.parametrize("format_", FORMATS)
def test_the_last_event_of_a_match_asserts_its_final_score(format_: str) -> None:
    if format_ == "genius":
        pytest.skip("Match Events assert no score")
    for seed in range(3):
        simulation = simulated(format_, seed)
        (events,) = read(simulation, simulation.stream()).values()
        (truth,) = simulation.truth().matches
        last = [event for event in events if event.status is Status.ACTIVE][-1]
        assert last.match_status is MatchStatus.ENDED
        assert (last.home_score, last.away_score) == (truth.home_score, truth.away_score)

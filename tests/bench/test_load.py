"""The work that all engines are given, and what it must give."""

from __future__ import annotations

from bench.last_write import wins
from bench.load import CORRECTED, DISORDERED, messages_of, outcome_of, simulation_of

FEW = 2_000


def test_a_version_wins_unless_it_is_older_or_the_same_once_more() -> None:
    assert wins(None, 1, 7)
    assert wins((1, 7), 2, 7)
    assert wins((1, 7), 1, 8)
    assert not wins((2, 7), 1, 8)
    assert not wins((1, 7), 1, 7)


def test_a_state_that_came_back_as_a_list_is_the_same() -> None:
    assert not wins([1, 7], 1, 7)  # type: ignore[arg-type]


def test_the_oracle_finds_as_many_events_as_the_simulator_knows_of() -> None:
    for rates in (CORRECTED, DISORDERED):
        simulation = simulation_of(FEW, rates, seed=1)
        outcome = outcome_of(messages_of(simulation))
        totals = simulation.truth().totals
        assert len(outcome.current) == totals.active + totals.deleted


def test_duplicates_do_not_come_to_stand() -> None:
    outcome = outcome_of(messages_of(simulation_of(FEW, DISORDERED, seed=1)))
    assert len(outcome.current) < outcome.accepted < outcome.received


def test_without_disorder_every_version_comes_to_stand() -> None:
    outcome = outcome_of(messages_of(simulation_of(FEW, CORRECTED, seed=1)))
    assert outcome.accepted == outcome.received

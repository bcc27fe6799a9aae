"""Many matches in one stream."""

from __future__ import annotations

from itertools import islice, pairwise

import pytest

from simulator.disorder import Rates
from simulator.feed import WRITERS, Options, Simulation, enough_matches, natural_rate
from tests.simulator.reading import FORMATS, ROUGH, simulated


def all_formats(matches: int = 8, seed: int = 1, rates: Rates = ROUGH) -> Simulation:
    return Simulation(Options(formats=FORMATS, matches=matches, seed=seed, rates=rates))


def test_the_same_seed_gives_the_same_bytes() -> None:
    assert list(all_formats().stream()) == list(all_formats().stream())
    first, other = simulated("opta", 1), simulated("opta", 2)
    assert list(first.stream()) != list(other.stream())


def test_messages_are_in_order_of_time_and_matches_are_interleaved() -> None:
    sent = list(simulated("opta", matches=5).stream())
    assert all(a[0] <= b[0] for a, b in pairwise(sent))
    changes = sum(a[1] != b[1] for a, b in pairwise(sent))
    assert changes > len(sent) / 2


def test_ids_of_matches_are_their_own_and_keys_have_no_prefix() -> None:
    simulation = all_formats(40)
    addresses = [simulation.address(number) for number in range(40)]
    assert len({(a.provider, a.key) for a in addresses}) == 40
    assert not any(":" in (address.key or "") for address in addresses)


def test_matches_that_share_a_story_have_event_ids_of_their_own() -> None:
    simulation = simulated("opta", rates=Rates(), matches=20)
    events = [
        part.split(b'"', 1)[0]
        for _, _, value in simulation.stream()
        for part in value.split(b'<Event id="')[1:]
    ]
    assert len(set(events)) == len(events) == simulation.truth().totals.active


def test_a_stopped_simulation_still_sends_what_was_held_back() -> None:
    simulation = simulated("opta", rates=Rates(shuffle=100))
    stream = simulation.stream()
    sent = list(islice(stream, 50))
    simulation.stop()
    sent += stream
    assert len(sent) == simulation.truth().totals.messages
    assert 150 <= len(sent) <= 152


def test_heartbeats_come_every_five_seconds_and_belong_to_no_match() -> None:
    simulation = simulated("sportradar", rates=Rates())
    beats = [message for message in simulation.stream() if message[1] < 0]
    assert simulation.truth().totals.heartbeats == len(beats)
    assert {b[0] - a[0] for a, b in pairwise(beats)} == {5_000}
    assert simulation.address(beats[0][1]).key is None
    assert beats[0][2] == b'{"heartbeat":{"interval":5000}}'


@pytest.mark.parametrize("name", list(WRITERS))
def test_enough_matches_are_enough_and_not_one_more(name: str) -> None:
    options = Options(formats=(name,))
    count = enough_matches(options, 2_500)
    simulation = Simulation(Options(formats=(name,), matches=count))
    total = sum(simulation.length(number) for number in range(count))
    assert total - simulation.length(count - 1) < 2_500 <= total


def test_the_natural_rate_is_that_of_real_matches() -> None:
    assert 0.1 < natural_rate(Options(formats=("opta",))) < 1.0
    assert natural_rate(Options(formats=("opta",), matches=20)) > 3

"""A reader of simulated messages: the real adapters and last-write-wins, without Flink."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import msgspec

from simulator.disorder import Rates, Sent
from simulator.feed import Options, Simulation
from simulator.match import STRUCTURE
from simulator.truth import MatchTruth
from tests.scores import score_of
from udfs import snapshots
from udfs.contract import Adapter, Message
from udfs.genius.adapter import GeniusAdapter
from udfs.merge import last_write_wins
from udfs.model import EventType, MatchEvent, Status
from udfs.opta.adapter import OptaAdapter
from udfs.sportradar.adapter import SportradarAdapter

ADAPTERS: dict[str, Adapter] = {
    adapter.name: adapter for adapter in (OptaAdapter(), SportradarAdapter(), GeniusAdapter())
}
FORMATS = ("opta", "sportradar", "genius", "livestats")
ROUGH = Rates(edits=0.15, deletes=0.08, duplicates=0.1, late=0.05, shuffle=40)

UNTOLD = STRUCTURE | {
    EventType.OTHER,
    EventType.SUBSTITUTION,
    EventType.ASSIST,
    EventType.STEAL,
    EventType.BLOCK,
}
"""Types whose number of events differs between formats: some tell a play twice, or in another."""


class Reading(msgspec.Struct, frozen=True):
    """What a reader ends up with of a match."""

    home_score: int
    away_score: int
    active: int
    deleted: int
    types: dict[str, int]


def simulated(
    format_: str,
    seed: int = 1,
    rates: Rates = ROUGH,
    matches: int = 1,
    events: int | None = None,
    pace: float = 1.0,
) -> Simulation:
    """A simulation of one format."""
    return Simulation(
        Options(
            formats=(format_,), seed=seed, rates=rates, matches=matches, events=events, pace=pace
        )
    )


def read(simulation: Simulation, stream: Iterable[Sent]) -> dict[str, list[MatchEvent]]:
    """The current events by match; every message must be taken as a whole."""
    arrived: list[MatchEvent] = []
    manifests: dict[str, bytes] = {}
    for arrival, (_, number, value) in enumerate(stream):
        address = simulation.address(number)
        parsed = ADAPTERS[address.provider].parse(Message(value, address.key, arrival))
        assert not parsed.rejections, parsed.rejections
        events = parsed.events
        if parsed.snapshot:
            manifest = snapshots.manifest_of(parsed)
            events = snapshots.changes(manifests.get(parsed.match_id), parsed, arrival)
            manifests[parsed.match_id] = manifest
        arrived += events
    by_match: dict[str, list[MatchEvent]] = {}
    for event in last_write_wins(arrived):
        by_match.setdefault(event.match_id, []).append(event)
    return by_match


def reading_of(events: list[MatchEvent]) -> Reading:
    """What the events of a match amount to."""
    home, away = score_of(events)
    current = [event.type for event in events if event.status is Status.ACTIVE]
    types = Counter(type_.name for type_ in current if type_ not in UNTOLD)
    return Reading(home, away, len(current), len(events) - len(current), dict(types))


def expected(truth: MatchTruth) -> Reading:
    """What `reading_of` must give."""
    untold = {type_.name for type_ in UNTOLD}
    types = {name: count for name, count in truth.plays.items() if name not in untold}
    return Reading(truth.home_score, truth.away_score, truth.active, truth.deleted, types)


def mistakes(simulation: Simulation, stream: Iterable[Sent]) -> dict[str, tuple[object, object]]:
    """Per match that was read wrong, what was read and what is true."""
    by_match = read(simulation, stream)
    found = {match_id: reading_of(events) for match_id, events in by_match.items()}
    true = {truth.match_id: expected(truth) for truth in simulation.truth().matches}
    return {
        match_id: (found.get(match_id), true.get(match_id))
        for match_id in found.keys() | true.keys()
        if found.get(match_id) != true.get(match_id)
    }

"""A green match_state beside the blue one: compared, switched to for some matches, and back."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from itertools import islice
from typing import Any

import pytest
from typer.testing import CliRunner

from connectors.feeds.files import Received
from connectors.feeds.publisher import Publisher
from schemas.redis import keys
from simulator.disorder import Rates
from simulator.feed import Options, Simulation
from tests.pipeline.system import OVERRIDES, System, eventually
from touchline.commands import diff, rollout, upgrade
from touchline.commands.jobs import running_of
from touchline.flink_client import Client, Submission
from touchline.live import LiveStore
from touchline.normalizing import Normalizer
from touchline.prepare import prepare
from touchline.probing import job_facts
from touchline.rollout import place_of
from touchline.settings import Settings
from touchline.verifying.live import LiveState
from touchline.versions import job_title, version_of
from udfs.codec import Identity, Lineage, encode, encode_lineage
from udfs.registry import ADAPTERS

pytestmark = pytest.mark.stack

JOBS = ("match_state",)

GREEN = "jobs.version=green"
MATCHES = 16
EVENTS, SOONER, LATER = 3_000, 1_000, 2_000
"""Messages; and how many of the events are sent at first, and before the upgrade."""

LAG_S = "120"
"""How long one version may lag behind the other: as long as a busy machine takes."""


def canonical() -> list[tuple[str, str, bytes]]:
    """Match id, event id and bytes of events, as normalize sends them."""
    options = Options(formats=("opta",), matches=MATCHES, seed=5, rates=Rates(edits=0.05))
    simulation = Simulation(options)
    normalizer = Normalizer(ADAPTERS["opta"])
    made = []
    for number, message in enumerate(islice(simulation.stream(), EVENTS)):
        key = simulation.address(message[1]).key
        events, _ = normalizer.read(Received(message[2], named_match=key, source="simulated"))
        lineage = encode_lineage(Lineage("feed.opta", 0, number, 1_000_000 + number))
        made += [
            (one.match_id, one.event_id, encode(one, Identity(one.match_id, True), lineage).payload)
            for one in events
        ]
    return made


Events = list[tuple[str, str, bytes]]


@pytest.fixture(scope="module")
def events() -> Events:
    return canonical()


@pytest.fixture(scope="module")
def both(system: System) -> Iterator[System]:
    """The second version, at work beside the first one."""
    settings = Settings.load([GREEN])
    prepare(settings, JOBS)
    client = Client(Submission(JOBS, overrides=(*OVERRIDES, GREEN)), settings)
    try:
        client.wait()
        system.wait_until_at_work()
        yield system
    finally:
        client.stop()
        system.redis.delete(keys.ROLLOUT)


def send(system: System, events: Events, pause_s: float = 0.0) -> None:
    with Publisher(system.settings.kafka, system.settings.kafka.match_events) as publisher:
        for match_id, _, payload in events:
            publisher.send(payload, match_id)
            time.sleep(pause_s)


def ids_of(events: Events) -> list[str]:
    return sorted({match_id for match_id, _, _ in events})


def wait_for(system: System, events: Events) -> None:
    """Until the first version has all of the events."""
    wanted = len({(match_id, event_id) for match_id, event_id, _ in events})

    def there() -> int:
        states = [system.state(match_id) for match_id in ids_of(events)]
        return sum(state.get("events", 0) + state.get("deleted", 0) for state in states)

    eventually(there, lambda found: found == wanted, "events")


def run(app: Any, *words: str) -> tuple[int, Any]:
    result = CliRunner().invoke(app, [*words, "--json"], catch_exceptions=False)
    return result.exit_code, json.loads(result.stdout)


def compared(ids: list[str], *words: str) -> tuple[int, Any]:
    matches = (word for one in ids for word in ("--match", one))
    return run(diff.app, "green", *matches, "--wait", LAG_S, *words)


def homes(ids: list[str]) -> dict[str, str]:
    with LiveStore(Settings.load().redis) as store:
        return {one: match["home"]["name"] for one, match in store.matches(ids).items()}


def test_two_versions_hold_the_same_while_both_write(both: System, events: Events) -> None:
    first, second = events[:SOONER], events[SOONER:LATER]
    send(both, first)
    wait_for(both, first)
    sender = threading.Thread(target=send, args=(both, second, 0.003))
    sender.start()
    try:
        code, told = compared(ids_of(first))
    finally:
        sender.join()
    assert (code, told["differences"]) == (0, [])
    assert told["compared"] > len(ids_of(first))  # players too
    wait_for(both, events[:LATER])
    assert compared(ids_of(events))[0] == 0


def test_a_field_that_differs_is_found(both: System, events: Events) -> None:
    ids = ids_of(events)
    name = keys.versioned(keys.match_windows(ids[0]), "green")
    window = min(both.redis.hkeys(name))
    before = both.redis.hget(name, window)
    both.redis.hset(name, window, json.dumps({**json.loads(before), "events": 4_711}))
    code, told = compared(ids, "--wait", "1")
    assert code == diff.DIFFERENT
    (found,) = told["differences"]
    assert (found["owner"], found["field"]) == (f"match {ids[0]}", f"windows.{window}.events")
    assert found["green"] == 4_711
    both.redis.hset(name, window, before)
    assert compared(ids)[0] == 0


def test_the_switch_moves_just_the_matches_of_their_percent_and_back_is_at_once(
    both: System, events: Events
) -> None:
    ids = ids_of(events)
    moved = {one for one in ids if place_of(one) < 20}
    assert 0 < len(moved) < len(ids)
    for one in ids:
        both.redis.json().set(
            keys.versioned(keys.match_state(one), "green"), "$.home.name", "Green"
        )
    run(rollout.app, "start", "green")
    assert "Green" not in homes(ids).values()
    run(rollout.app, "set", "20", "--force")  # other tests' matches may be in the first one only
    assert {one for one, home in homes(ids).items() if home == "Green"} == moved
    run(rollout.app, "back")
    assert "Green" not in homes(ids).values()


def test_once_green_counts_commands_look_at_its_job_and_its_matches(
    both: System, events: Events
) -> None:
    settings = Settings.load(['jobs.versions={"match_state":"green"}', "health.watch_s=1"])
    titles = {one.id: title for title, one in both.cluster.current_jobs().items()}
    (found,) = running_of(both.cluster, JOBS, settings).values()
    assert titles[found] == job_title("match_state", "green")
    assert job_facts(both.cluster, settings)["match_state"].at_work
    with LiveState(settings.redis, version_of(settings.jobs, "match_state")) as live:
        assert set(ids_of(events)) <= set(live.match_ids())
        assert live.has_match(ids_of(events)[0])


def test_an_upgraded_job_goes_on_from_its_state(both: System, events: Events) -> None:
    title = job_title("match_state")
    before = both.cluster.current_jobs()[title].id
    assert run(upgrade.app, "match_state", "--dry-run") == (0, {"keeps_state": True})
    assert both.cluster.current_jobs()[title].id == before
    overrides = [word for one in (*OVERRIDES, "jobs.live_bundle_ms=30") for word in ("--set", one)]
    code, told = run(upgrade.app, "match_state", *overrides)
    assert code == 0
    assert both.cluster.current_jobs()[title].id == told["id"] != before
    send(both, events[LATER:])
    wait_for(both, events)
    assert compared(ids_of(events), "--ignore", "state.home.name")[0] == 0

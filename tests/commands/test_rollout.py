"""`touchline rollout` and `diff`, and what is read meanwhile, on a real Redis with two versions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
import redis
from typer.testing import CliRunner

from connectors.live_write import PLACE_UNIT, LiveWrite
from connectors.match_index import create_match_index
from connectors.redis_sink import RedisWriter
from schemas.redis import keys
from touchline.commands import diff, rollout
from touchline.errors import TouchlineError
from touchline.live import LiveStore
from touchline.rollout import Rollout, RolloutStore, place_of
from touchline.settings import Settings

pytestmark = pytest.mark.stack

IDS = [f"opta:{number}" for number in range(40)]
RUN = uuid4().hex[:8]
BLUE, GREEN = f"blue_{RUN}", f"green_{RUN}"


def writes_of(match_id: str, home: str, clock: str = "10:00") -> list[LiveWrite]:
    says = {"match_id": match_id, "home": {"name": home}, "score": {"computed": {"home": 1}}}
    says["score"]["computed"]["away"] = 0  # type: ignore[index]
    event = {"event_id": "7", "period": 1, "clock": clock, "player_id": "9"}
    player = {"name": "Ann", "matches": {match_id: {"goals": 1}}}
    return [
        LiveWrite("state", match_id, "match", 0, 5, 0, 1_000, json.dumps(says)),
        LiveWrite("event", match_id, "opta:7", PLACE_UNIT, 5, 0, 1_000, json.dumps(event)),
        LiveWrite("window", match_id, "minute:0", 0, 5, 0, 1_000, '{"events":1}'),
        LiveWrite("player", "opta:9", match_id, 0, 5, 0, 1_000, json.dumps(player)),
    ]


@pytest.fixture
def client(stack: dict[str, dict[str, str]]) -> Iterator[redis.Redis]:
    """Two versions of the same matches; all are read from the first one."""
    settings = Settings.load().redis
    client: redis.Redis = redis.Redis.from_url(settings.url, decode_responses=True)
    for version in (BLUE, GREEN):
        create_match_index(client, version)
        writer = RedisWriter(client, settings, version=version)
        writer.write(write for match_id in IDS for write in writes_of(match_id, "Athletic"))
    client.set(keys.ROLLOUT, json.dumps({"base": BLUE}))
    yield client
    client.delete(keys.ROLLOUT, *client.scan_iter(f"*_{RUN}/*"))
    client.close()


def write_green(client: redis.Redis, match_id: str, home: str) -> None:
    """What version green says of a match, and blue does not."""
    writer = RedisWriter(client, Settings.load().redis, generation=1, version=GREEN)
    assert writer.write(writes_of(match_id, home)[:1]) == 1


def homes() -> dict[str, str]:
    with LiveStore(Settings.load().redis) as store:
        return {
            match_id: match["home"]["name"]
            for match_id, match in store.matches(store.match_ids()).items()
        }


def run(app: Any, *words: str) -> Any:
    result = CliRunner().invoke(app, list(words), catch_exceptions=False)
    return result.exit_code, json.loads(result.stdout) if "--json" in words else result.stdout


def test_a_step_moves_just_the_matches_that_their_ids_say_and_back(client: redis.Redis) -> None:
    for match_id in IDS:
        write_green(client, match_id, "Green")
    assert run(rollout.app, "start", GREEN, "--json")[1]["moved"] == 0
    assert set(homes().values()) == {"Athletic"}
    for percent in (1, 5, 20, 100):
        moved = {match_id for match_id in IDS if place_of(match_id) < percent}
        assert run(rollout.app, "set", str(percent), "--json")[1]["moved"] == len(moved)
        assert {match_id for match_id, home in homes().items() if home == "Green"} == moved
    run(rollout.app, "back")
    assert set(homes().values()) == {"Athletic"}


def test_a_search_finds_each_match_once_in_the_version_that_it_is_read_from(
    client: redis.Redis,
) -> None:
    moved = next(match_id for match_id in IDS if place_of(match_id) < 20)
    stays = next(match_id for match_id in IDS if place_of(match_id) >= 20)
    for match_id in (moved, stays):
        write_green(client, match_id, "Bilbao")
    client.set(keys.ROLLOUT, json.dumps({"base": BLUE, "version": GREEN, "percent": 20}))
    with LiveStore(Settings.load().redis) as store:
        total, found = store.search("*", 5)
        assert (total, len(found)) == (len(IDS), 5)
        assert [one["match_id"] for one in store.search("@home:Bilbao", 5)[1]] == [moved]


def test_who_follows_the_matches_is_told_of_those_that_move(client: redis.Redis) -> None:
    settings = Settings.load().redis
    with LiveStore(settings) as store, RolloutStore(settings) as rollouts:
        updates = store.updates(0.5)
        rollouts.change(lambda now: now.started(GREEN))
        assert next(updates) == {}
        rollouts.change(lambda now: now.at(20))
        moved = {match_id for match_id in IDS if place_of(match_id) < 20}
        assert next(updates) == dict.fromkeys(moved, 0)
        write_green(client, min(moved), "Told")
        write_green(client, next(one for one in IDS if one not in moved), "Not told")
        assert next(updates) == {min(moved): 1_000}


def test_a_version_that_lacks_matches_is_not_switched_to(client: redis.Redis) -> None:
    run(rollout.app, "start", GREEN)
    client.delete(keys.versioned(keys.match_state(IDS[3]), GREEN))
    with pytest.raises(TouchlineError, match=f"does not have 1 of these matches: {IDS[3]}"):
        run(rollout.app, "set", "100")
    with pytest.raises(TouchlineError, match="no match of version 'nobody'"):
        run(rollout.app, "start", "nobody")


def test_the_version_becomes_the_base(client: redis.Redis) -> None:
    run(rollout.app, "start", GREEN)
    with pytest.raises(TouchlineError, match="only 0 %"):
        run(rollout.app, "finish")
    run(rollout.app, "set", "100")
    code, told = run(rollout.app, "finish")
    assert code == 0
    assert f'jobs.versions = {{ match_state = "{GREEN}" }}' in told
    with RolloutStore(Settings.load().redis) as store:
        assert store.rollout() == Rollout(GREEN)


def test_versions_that_hold_the_same_do_not_differ(client: redis.Redis) -> None:
    assert run(diff.app, GREEN) == (
        0, f"{BLUE} and {GREEN} hold the same of {len(IDS) + 1} matches and players\n",
    )  # fmt: skip


def test_what_differs_is_told_with_both_values_and_an_exit_code(client: redis.Redis) -> None:
    name = keys.versioned(keys.match_events(IDS[2]), GREEN)
    event = json.loads(client.hget(name, "opta:7"))
    client.hset(name, "opta:7", json.dumps({**event, "clock": "11:00"}))
    client.json().set(keys.versioned(keys.player_stats("opta:9"), GREEN), "$.name", "Eve")
    code, told = run(diff.app, GREEN, "--wait", "0.5", "--json")
    assert code == diff.DIFFERENT
    assert told["differences"] == [
        {"owner": f"match {IDS[2]}", "field": "events.opta:7.clock", BLUE: "10:00", GREEN: "11:00"},
        {"owner": "player opta:9", "field": "stats.name", BLUE: "Ann", GREEN: "Eve"},
    ]
    assert run(diff.app, GREEN, "--wait", "0", "--match", IDS[4])[0] == 0
    assert run(diff.app, GREEN, "--ignore", "*.clock", "--ignore", "stats.name")[0] == 0


def test_a_version_without_a_match_is_not_compared(client: redis.Redis) -> None:
    with pytest.raises(TouchlineError, match="no match of version 'nobody'"):
        run(diff.app, "nobody")
    with pytest.raises(TouchlineError, match="compared with itself"):
        run(diff.app, BLUE)

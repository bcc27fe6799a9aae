"""A key of Redis that holds something else than what belongs there: who reads names it, what checks
finds it, and what makes Redis's data again takes it for lost."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, cast

import pytest
import redis
from prometheus_client import CollectorRegistry

from connectors.live_write import LiveWrite
from connectors.match_index import create_match_index
from oracle.leaderboards import Place
from oracle.matches import Match, PlayerInMatch
from schemas.redis import keys
from tests.connectors.stores import LiveStore as Server
from tests.touchline.test_exporter import SILENT, samples
from touchline.errors import TouchlineError
from touchline.exporter import Stores
from touchline.leaderboards import TableStore
from touchline.live import LiveStore
from touchline.lost_keys import LostKeys
from touchline.probing import probe
from touchline.redis_reader import OtherKindError
from touchline.settings import Settings
from touchline.verifying.boards import Boards
from touchline.verifying.live import LiveState
from touchline.verifying.past import Past

pytestmark = pytest.mark.stack

TABLE = "game:all:global"
PLAYER_PART = '{"matches":{"opta:1":{"points":1}}}'
STANDING = json.dumps(
    {
        **{"name": "", "value": 3, "since": 1, "scores": 1, "until": 0},
        "rank": keys.ranked(3, 1, "ann", descending=True),
    }
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("redis"))
    yield server
    server.stop()


@pytest.fixture
def client(server: Server) -> redis.Redis:
    """Empty, with the index."""
    server.client.flushall()
    create_match_index(server.client)
    return server.client


def write(kind: str, owner: str, member: str, body: str) -> LiveWrite:
    return LiveWrite(kind, owner, member, 3, 9, 0, 1_000, body)


STATE = write("state", "opta:1", "match", '{"events":0,"score":{"computed":{"home":0,"away":0}}}')
PLAYER = write("player", "opta:7", "opta:1", PLAYER_PART)
POLL = write("poll", "goal", keys.POLL_UPDATES, '{"id":"goal","status":"ACTIVE"}')
RANK = write("rank", TABLE, "ann", STANDING)


def test_who_reads_a_match_is_told_which_key_it_is(server: Server, client: redis.Redis) -> None:
    client.set(keys.match_state("opta:1"), "no document")
    with LiveStore(server.settings) as store, pytest.raises(OtherKindError) as raised:
        store.match("opta:1")
    assert raised.value.message.startswith("match:{opta:1}:state in Redis holds something else")


def test_any_other_refusal_is_a_line_as_well(server: Server, client: redis.Redis) -> None:
    client.execute_command("ACL", "SETUSER", "default", "-json.get")
    try:
        with LiveStore(server.settings) as store, pytest.raises(TouchlineError, match="refuses"):
            store.matches(["opta:1"])
    finally:
        client.execute_command("ACL", "SETUSER", "default", "+json.get")


def test_verify_names_the_key_of_a_player_a_feed_and_a_poll(
    server: Server, client: redis.Redis
) -> None:
    client.set(keys.player_stats("opta:7"), "no document")
    client.set(keys.ingest("feed.opta"), "no hash")
    client.set(keys.poll_results("goal"), "no document")
    with LiveState(server.settings) as live:
        parts = {"opta:7": {"opta:1": PlayerInMatch()}, "opta:8": {"opta:1": PlayerInMatch()}}
        found = dict(live.differences_of_players(parts, None))
        [player], others = found["opta:7"], found["opta:8"]
        [feed] = live.differences_of_feed("feed.opta", {"accepted": 3})
        poll = live.poll("goal")
    assert (player.where, player.path) == (keys.player_stats("opta:7"), "")
    assert others[0].found is None
    assert (feed.where, feed.must_be) == (keys.ingest("feed.opta"), {"accepted": 3})
    assert feed.found.startswith("WRONGTYPE")
    assert isinstance(poll, OtherKindError)
    assert poll.key == keys.poll_results("goal")


class NoHistory:
    def tables_of(self, _: Any) -> dict[Any, Any]:
        return {}


@pytest.mark.parametrize("key", [keys.leaderboard_ranks(TABLE), keys.leaderboard_members(TABLE)])
def test_verify_names_the_key_of_a_table(server: Server, client: redis.Redis, key: str) -> None:
    server.writer.write([RANK])
    client.delete(key)
    client.set(key, "something else")
    settings, table = Settings(), ("game", "all", "global")
    expected = {table: [Place("ann", 3, 1, 1, "")]}
    with TableStore(server.settings, settings.leaderboards) as live:
        [(_, wrong)] = Boards(settings).differences_of(
            {TABLE: table}, expected, live, cast(Past, NoHistory())
        )
    assert [(one.where, one.path) for one in wrong if one.where == key] == [(key, "")]


def spoil(client: redis.Redis, key: str) -> None:
    assert client.delete(key)
    client.set(key, "something else")


@pytest.mark.parametrize(
    "key",
    [
        *(keys.match_state("opta:1"), keys.match_revisions("opta:1")),
        *(keys.player_stats("opta:7"), keys.player_revisions("opta:7")),
        *(keys.poll_results("goal"), keys.poll_revisions("goal")),
        *(keys.leaderboard_ranks(TABLE), keys.leaderboard_members(TABLE)),
        keys.leaderboard_revisions(TABLE),
    ],
)
def test_it_is_lost_and_once_deleted_it_is_made_again(
    server: Server, client: redis.Redis, key: str
) -> None:
    writes = [STATE, PLAYER, POLL, RANK]
    assert server.writer.write(writes) == 4
    with LostKeys(server.settings, "main") as lost:

        def found() -> list[set[str]]:
            return [lost.matches(), lost.players(), lost.polls([POLL]), lost.tables([RANK])]

        assert found() == [set()] * 4
        spoil(client, key)
        before = found()
        assert sum(map(len, before)) == 1
        for owners, delete in zip(
            before,
            (lost.delete_matches, lost.delete_players, lost.delete_polls, lost.delete_tables),
            strict=True,
        ):
            delete(owners)
        assert server.writer.write(writes) == 1
        assert found() == [set()] * 4


def garble(client: redis.Redis, key: str) -> None:
    """What the key holds is of the right kind, and nothing that anybody has written."""
    match client.type(key):
        case "ReJSON-RL":
            client.json().set(key, "$", ["garbage"])
        case "hash":
            client.hset(key, mapping=dict.fromkeys(client.hkeys(key), "{garbage"))
        case kind:
            pytest.fail(f"{key} is a {kind!r}")


EVENT = write("event", "opta:1", "opta:17", '{"home_score":null,"match_status":null,"period":1}')
MINUTE = write("window", "opta:1", "minute:60000", '{"events":1}')


def test_verify_finds_garbage_in_a_key_of_the_right_kind(
    server: Server, client: redis.Redis
) -> None:
    server.writer.write([STATE, PLAYER, POLL, RANK, EVENT, MINUTE])
    server.writer.write([write("accounting", "feed.opta", "accepted", "3")])
    garbled = [
        *(keys.match_state("opta:1"), keys.match_events("opta:1"), keys.match_windows("opta:1")),
        *(keys.player_stats("opta:7"), keys.ingest("feed.opta"), keys.poll_results("goal")),
    ]
    for key in garbled:
        garble(client, key)
    with LiveState(server.settings) as live:
        [(_, of_match)] = live.differences_of([Match("opta:1")])
        [(_, of_player)] = live.differences_of_players(
            {"opta:7": {"opta:1": PlayerInMatch()}}, None
        )
        of_feed = live.differences_of_feed("feed.opta", {"accepted": 3})
        poll = live.poll("goal")
    assert isinstance(poll, OtherKindError)
    found = [*of_match, *of_player, *of_feed]
    assert {one.where for one in found} | {poll.key} >= set(garbled)


@pytest.mark.parametrize(
    "key",
    [
        *(keys.match_state("opta:1"), keys.match_events("opta:1")),
        *(keys.player_stats("opta:7"), keys.poll_results("goal")),
    ],
)
def test_what_was_garbled_is_lost(server: Server, client: redis.Redis, key: str) -> None:
    server.writer.write([STATE, PLAYER, POLL, EVENT])
    with LostKeys(server.settings, "main") as lost:
        garble(client, key)
        found = [lost.matches(), lost.players(), lost.polls([POLL])]
    owner = key.partition("{")[2].partition("}")[0]
    assert {owner} in found


def test_a_garbled_standing_names_its_key(server: Server, client: redis.Redis) -> None:
    server.writer.write([RANK])
    garble(client, keys.leaderboard_members(TABLE))
    boards = Settings().leaderboards
    with TableStore(server.settings, boards) as store, pytest.raises(OtherKindError) as raised:
        store.top(store.table("game"))
    assert raised.value.key == keys.leaderboard_members(TABLE)


def test_a_look_at_the_systems_health_names_the_key(server: Server, client: redis.Redis) -> None:
    settings = SILENT.model_copy(update={"redis": server.settings})
    key = keys.ingest(settings.kafka.feed("opta"))
    client.set(key, "no hash")
    facts = probe(settings)
    assert facts.silent.keys() == {"kafka", "clickhouse", "flink"}
    assert facts.strange is not None
    assert facts.strange[0].startswith(f"{key} in Redis holds something else")


def test_the_metrics_of_all_else_are_served_and_the_log_names_each_key(
    server: Server, client: redis.Redis, caplog: pytest.LogCaptureFixture
) -> None:
    settings = SILENT.model_copy(update={"redis": server.settings})
    feed, poll = settings.kafka.feed("opta"), keys.poll_results("goal")
    server.writer.write([write("accounting", feed, "accepted", "3")])
    client.set(poll, json.dumps({"id": "goal"}))
    registry = CollectorRegistry()
    registry.register(Stores(settings))
    found = samples(registry)
    assert found["touchline_up", "redis"] == 1
    assert found["touchline_feed_items_total", "opta,accepted"] == 3
    assert not any(name == "touchline_polls" for name, _ in found)
    spoil(client, keys.ingest(feed))
    assert samples(registry)["touchline_up", "redis"] == 1
    assert f"{keys.ingest(feed)} in Redis holds something else" in caplog.text
    assert f"; {poll} in Redis holds something else" in caplog.text

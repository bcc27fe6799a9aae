"""Each user may do what its part does, and nothing else: deploy/redis/users.acl in the embedded
Redis, deploy/clickhouse/users.sql as grants that the embedded ClickHouse enforces."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pyarrow as pa
import pytest
import redis
from clickhouse_connect.driver.exceptions import DatabaseError
from redis.exceptions import NoPermissionError

from connectors.access import redis_options
from connectors.clickhouse_sink import connect
from connectors.live_write import LiveWrite
from connectors.match_index import create_match_index
from connectors.redis_sink import RedisWriter
from jobs.history import INSERTS
from schemas.redis import keys
from tests.leaderboards.writes import rank, unrank
from tests.security.clickhouse_server import grants
from tests.security.servers import Servers
from touchline import history
from touchline.errors import TouchlineError
from touchline.leaderboards import Table, TableStore
from touchline.live import LiveStore
from touchline.polls import PollStore
from touchline.rollout import Rollout, RolloutStore
from touchline.settings import Redis, Settings

pytestmark = pytest.mark.stack

MATCH = "opta:1009316"
TABLE = "game:all:global"
VERSIONS = (keys.MAIN, "green")


def client(settings: Redis) -> redis.Redis:
    made: redis.Redis = redis.Redis.from_url(
        settings.url, decode_responses=True, **redis_options(settings)
    )
    return made


@pytest.fixture(scope="module")
def secured_redis(servers: Servers) -> Servers:
    servers.start_redis()
    with client(servers.redis("operator")) as operator:
        for version in VERSIONS:
            assert create_match_index(operator, version)
    for version in VERSIONS:
        write_everything(servers, version)
    return servers


def live_write(kind: str, owner: str, member: str, major: int, **body: object) -> LiveWrite:
    return LiveWrite(kind, owner, member, 0, major, 0, 1_000, json.dumps(body))


def write_everything(servers: Servers, version: str) -> None:
    """A write of each kind, as the sink does it, by the writer."""
    score = {"computed": {"home": 1, "away": 0}}
    writes = [
        live_write("state", MATCH, "match", 1, match_id=MATCH, events=2, score=score),
        live_write("event", MATCH, "e1", 1, period=1, clock="01:00", home_score=1, away_score=0),
        live_write("event", MATCH, "e2", 2, period=2, clock="90:00", match_status="ENDED"),
        live_write("window", MATCH, "minute:0", 1, events=2),
        live_write("player", "opta:60772", MATCH, 1, name="Aduriz"),
        LiveWrite("accounting", "feed.opta", "received", 0, 1, 0, 1_000, "1"),
        live_write("poll", "goal", keys.versioned(keys.POLL_UPDATES, version), 1, poll_id="goal"),
        rank(TABLE, "ann", 30, 1),
        rank(TABLE, "bob", 20, 1),
    ]
    writer = RedisWriter.connect(servers.redis("writer"), version=version)
    assert writer.write(writes) == len(writes)
    taken_back = [live_write("drop", MATCH, "e1", 3), unrank(TABLE, "bob", 2)]
    assert writer.write(taken_back) == len(taken_back)


@pytest.mark.parametrize(
    "command",
    [
        ("FLUSHALL",),
        ("KEYS", "*"),
        ("CONFIG", "GET", "*"),
        ("ACL", "LIST"),
        ("CLIENT", "KILL", "TYPE", "normal"),
        ("DEL", keys.match_state(MATCH)),
        ("GET", keys.ROLLOUT),
        ("SET", keys.ROLLOUT, "{}"),
        ("HSET", "session:1", "name", "value"),
        ("PUBLISH", "another-channel", "hello"),
        ("EVAL", "return redis.call('FLUSHALL')", 0),
        ("FT.SEARCH", keys.MATCH_INDEX, "*"),
        ("FT.DROPINDEX", keys.MATCH_INDEX),
    ],
)
def test_the_writer_may_not(secured_redis: Servers, command: tuple[str | int, ...]) -> None:
    with (
        client(secured_redis.redis("writer")) as writer,
        pytest.raises(NoPermissionError),
    ):
        writer.execute_command(*command)


def test_a_script_of_the_writers_own_may_do_no_more(secured_redis: Servers) -> None:
    with client(secured_redis.redis("writer")) as writer:
        script = writer.register_script("return redis.call('GET', KEYS[1])")
        with pytest.raises((NoPermissionError, redis.ResponseError), match=r"(?i)perm|acl"):
            script(keys=["session:1"])


@pytest.mark.parametrize("version", VERSIONS)
def test_the_reader_sees_what_the_writer_wrote(secured_redis: Servers, version: str) -> None:
    reader = secured_redis.redis("reader")
    with RolloutStore(secured_redis.redis("operator")) as operator:
        operator.change(lambda _: Rollout(base=version))
    with LiveStore(reader) as store:
        assert store.match_ids() == [MATCH]
        assert store.match(MATCH)["status"] == "ENDED"
        assert [one["clock"] for one in store.last_events([MATCH], 5)[MATCH]] == ["90:00"]
        assert store.accounting("feed.opta") == {"received": 1}
        assert store.search("@status:{ENDED}", 5)[0] == 1
        assert store.rollout().base == version
    if version == keys.MAIN:
        with PollStore(reader) as polls:
            assert polls.poll_ids() == ["goal"]
        with TableStore(reader, Settings().leaderboards) as tables:
            assert [one.member for one in tables.top(Table("game", "all", "global"))] == ["ann"]


def test_the_reader_hears_what_is_told(secured_redis: Servers) -> None:
    with client(secured_redis.redis("reader")) as reader, reader.pubsub() as channel:
        for version in VERSIONS:
            channel.subscribe(keys.versioned(keys.UPDATES, version))
        channel.subscribe(keys.POLL_UPDATES)
        channel.subscribe(keys.ROLLOUT_UPDATES)
        heard = [channel.get_message(timeout=5) for _ in range(4)]
    assert {one["type"] for one in heard if one} == {"subscribe"}


@pytest.mark.parametrize(
    "command",
    [
        ("JSON.SET", keys.match_state(MATCH), "$", "{}"),
        ("HSET", keys.match_events(MATCH), "e", "{}"),
        ("SET", keys.ROLLOUT, "{}"),
        ("PUBLISH", keys.UPDATES, "x"),
        ("SUBSCRIBE", "another-channel"),
        ("GET", "session:1"),
        ("FLUSHALL",),
        ("EVALSHA", "0" * 40, 0),
    ],
)
def test_the_reader_may_not(secured_redis: Servers, command: tuple[str | int, ...]) -> None:
    with (
        client(secured_redis.redis("reader")) as reader,
        pytest.raises(NoPermissionError),
    ):
        reader.execute_command(*command)


def test_the_operator_takes_keys_away_but_is_no_administrator(secured_redis: Servers) -> None:
    with client(secured_redis.redis("operator")) as operator:
        assert operator.unlink("match:{nobody:1}:state") == 0
        for command in (("CONFIG", "GET", "*"), ("FLUSHALL",), ("ACL", "LIST"), ("GET", "session")):
            with pytest.raises(NoPermissionError):
                operator.execute_command(*command)


def test_nobody_gets_in_without_a_user(secured_redis: Servers) -> None:
    settings = secured_redis.redis("reader")
    nobody = Redis(url=settings.url, ca_file=settings.ca_file)
    with LiveStore(nobody) as store, pytest.raises(TouchlineError, match=r"(?i)auth"):
        store.match_ids()


@pytest.fixture(scope="module")
def tables(servers: Servers) -> Servers:
    """All migrations, applied by the migrator."""
    servers.start_clickhouse("migrator")
    assert history.migrate(servers.clickhouse("migrator")) != []
    return servers


def refused(call: Callable[[], object]) -> None:
    with pytest.raises((DatabaseError, TouchlineError), match="Not enough privileges"):
        call()


def test_the_migrator_changes_tables_and_not_what_is_in_them(tables: Servers) -> None:
    tables.start_clickhouse("migrator")
    settings = tables.clickhouse("migrator")
    assert history.migrate(settings) == []
    with connect(settings) as made:
        made.command("ALTER TABLE match_events ADD COLUMN one_more UInt8")
        made.command("ALTER TABLE match_events DROP COLUMN one_more")
        refused(lambda: made.command("INSERT INTO poll_results (poll_id) VALUES ('x')"))
        refused(lambda: made.command("CREATE DATABASE another"))


def test_the_history_jobs_user_inserts_and_sees_nothing_of_it(tables: Servers) -> None:
    tables.start_clickhouse("writer")
    settings = tables.clickhouse("writer")
    assert history.migrate(settings) == []  # as `submit` asks
    with connect(settings) as made:
        for insert in INSERTS:
            nothing = pa.Table.from_batches([], pa.schema(list(insert.columns.items())))
            made.insert_arrow(insert.table, nothing)
        made.insert("poll_results", [["x"]], column_names=["poll_id"])
        refused(lambda: made.query("SELECT count() FROM poll_results"))
        refused(lambda: made.command("TRUNCATE TABLE poll_results"))
        refused(lambda: made.command("ALTER TABLE poll_results DELETE WHERE 1"))
        refused(lambda: made.command("CREATE TABLE x (y Int8) ENGINE = Memory"))
        refused(lambda: made.insert("schema_migrations", [["x"]], column_names=["name"]))


def test_the_reader_selects_tables_and_views_and_nothing_else(tables: Servers) -> None:
    tables.start_clickhouse("reader")
    settings = tables.clickhouse("reader")
    for view in ("match_events", "matches", "team_stats", "poll_finals", "leaderboard_tables"):
        assert history.query(settings, f"SELECT count() FROM {view}").rows
    for statement in (
        "INSERT INTO poll_results (poll_id) VALUES ('x')",
        "DROP TABLE poll_results",
        "SELECT * FROM url('http://127.0.0.1:1/', CSV, 'x String')",
        "SELECT * FROM file('/etc/passwd', LineAsString)",
    ):
        refused(lambda statement=statement: history.query(settings, statement))  # type: ignore[misc]


def test_every_table_that_history_writes_is_granted_and_no_more() -> None:
    inserts = {one for one in grants("writer") if "INSERT" in one}
    assert inserts == {f"GRANT INSERT ON touchline.{insert.table}" for insert in INSERTS}


def test_no_role_may_grant_or_reach_out() -> None:
    for role in ("writer", "migrator", "reader"):
        for grant in grants(role):
            assert not re.search(r"GRANT OPTION|SOURCES|ACCESS|SYSTEM|\*\.\*| ALL ", grant), grant

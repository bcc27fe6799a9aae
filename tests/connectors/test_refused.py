"""What a store refuses of a batch: those rows are dead letters, all others are in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
import redis
from clickhouse_connect.driver.exceptions import DatabaseError

from connectors.clickhouse_sink import HistoryWriter, connect
from connectors.live_write import PLACE_UNIT, SEPARATOR, LiveWrite
from connectors.patience import RefusedError
from connectors.redis_sink import RedisWriter
from connectors.sink_functions import WriteHistory, WriteLive
from schemas.redis import keys
from tests.connectors.stores import MATCHES, History, LiveStore
from tests.flink_worker import Worker
from tests.mock_kafka import mock_kafka, records
from touchline.dead_letters import DeadLetter, Place, dead_letter
from touchline.settings import Kafka, Settings

pytestmark = pytest.mark.stack

BROKEN = MATCHES[617]


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveStore]:
    store = LiveStore(tmp_path_factory.mktemp("redis"))
    yield store
    store.stop()


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Iterator[History]:
    store = History(tmp_path_factory.mktemp("clickhouse"))
    yield store
    store.stop()


@pytest.fixture
def kafka() -> Iterator[Kafka]:
    with mock_kafka("dead-letters") as broker:
        yield broker


def event(match_id: str, key: str, minute: int) -> LiveWrite:
    body = {"event_id": key, "period": 1, "clock": f"{minute:02}:00"}
    return LiveWrite("event", match_id, key, minute * PLACE_UNIT, 9, 0, 1_000, json.dumps(body))


def state(match_id: str, member: str, body: str) -> LiveWrite:
    return LiveWrite("state", match_id, member, 0, 9, 0, 1_000, body)


SCORE = '{"score":{"computed":{"home":1,"away":0}}}'


def test_of_a_thousand_matches_the_one_with_a_key_of_another_type_is_refused(
    live: LiveStore,
) -> None:
    live.client.flushall()
    live.client.set(keys.match_timeline(BROKEN), "not a sorted set")
    writes = [event(match_id, "e", 10) for match_id in MATCHES]
    with pytest.raises(RefusedError) as raised:
        live.writer.write(writes)
    assert raised.value.written == len(MATCHES) - 1
    [(row, why)] = raised.value.refused.items()
    assert writes[row].owner == BROKEN
    assert why.startswith("WRONGTYPE")
    # It was not taken for written: once the key is right, the same write is applied.
    live.client.delete(keys.match_timeline(BROKEN))
    assert live.writer.write(writes) == 1
    assert live.client.zrange(keys.match_timeline(BROKEN), 0, -1) == ["e"]


def test_of_a_thousand_writes_to_a_match_only_the_broken_one_is_refused(live: LiveStore) -> None:
    writes = [event("test:one", f"e{minute}", minute) for minute in range(998)]
    writes += [state("test:one", "HOME", '{"home":'), state("test:one", "match", SCORE)]
    with pytest.raises(RefusedError) as raised:
        live.writer.write(writes)
    assert raised.value.written == 999
    assert list(raised.value.refused) == [998]
    document: Any = live.client.json().get(keys.match_state("test:one"))
    assert (document["clock"], document["score"]["home"]) == ("997:00", 1)
    assert live.client.ttl(keys.match_state("test:one")) > 0


def test_a_match_that_cannot_be_described_says_so_and_its_writes_are_in(
    live: LiveStore, caplog: pytest.LogCaptureFixture
) -> None:
    name, scores = "test:undescribed", keys.match_scores("test:undescribed")
    live.client.set(scores, "not a sorted set")
    before = live.writer.undescribed
    parts = [state(name, "match", SCORE), state(name, "HOME", '{"home":{"shots":1}}')]
    assert live.writer.write(parts) == 2
    # What is refused of the same call is a write, and no more than that.
    with pytest.raises(RefusedError) as raised:
        live.writer.write([state(name, "AWAY", '{"away":'), state(name, "period:1", "{}")])
    assert list(raised.value.refused) == [0]
    assert live.writer.undescribed == before + 2
    [told] = [record.getMessage() for record in caplog.records if name in record.getMessage()]
    assert told.startswith(f"{keys.match_state(name)}: its clock, status and score stay")
    assert "WRONGTYPE" in told
    # Once the key is right, the next write describes the match.
    live.client.delete(scores)
    assert live.writer.write([state(name, "AWAY", '{"away":{"shots":1}}')]) == 1
    document: Any = live.client.json().get(keys.match_state(name))
    assert (document["status"], document["score"]["home"]) == ("LIVE", 1)
    assert live.writer.undescribed == before + 2


def test_a_write_that_was_applied_is_no_dead_letter(live: LiveStore, kafka: Kafka) -> None:
    live.client.set(keys.match_scores("test:applied"), "not a sorted set")
    function, worker = WriteLive(Settings(redis=live.settings, kafka=kafka), 0), Worker()
    function.open(worker)
    function.eval(pd.Series([SEPARATOR.join(map(str, state("test:applied", "match", SCORE)))]))
    assert letters(kafka) == []
    assert worker.counts == {"live_writes": 1, "live_writes_applied": 1}
    assert worker.gauges["undescribed"]() == 1


def test_what_normalize_has_counted_is_a_metric_of_flinks_too(
    live: LiveStore, kafka: Kafka
) -> None:
    function, worker = WriteLive(Settings(redis=live.settings, kafka=kafka), 0), Worker()
    function.open(worker)
    counted = LiveWrite("accounting", "feed.opta", "superseded", 0, 17, 0, 0, "17")
    function.eval(pd.Series([SEPARATOR.join(map(str, counted))]))
    assert worker.gauges["feed_items{provider=opta}{verdict=superseded}"]() == 17


def test_a_permission_that_is_missing_is_an_error_and_no_dead_letter(live: LiveStore) -> None:
    acl = ("ACL", "SETUSER", "limited", "on", ">secret", "~*", "&*", "+@all", "-json.merge")
    live.client.execute_command(*acl)
    client = redis.Redis.from_url(live.settings.url, username="limited", password="secret")
    with client, pytest.raises(redis.ResponseError, match="ACL failure"):
        RedisWriter(client, live.settings).write([state("test:acl", "match", SCORE)])


def letters(kafka: Kafka) -> list[tuple[DeadLetter, bytes | None]]:
    return [(dead_letter(record), record.key()) for record in records(kafka, "dead-letters")]


def test_a_write_that_redis_refuses_is_a_dead_letter_with_its_bytes(
    live: LiveStore, kafka: Kafka
) -> None:
    live.client.set(keys.match_timeline("test:letter"), "not a sorted set")
    texts = [
        SEPARATOR.join(map(str, event(match_id, "late", 11)))
        for match_id in (*MATCHES[:9], "test:letter")
    ]
    function, worker = WriteLive(Settings(redis=live.settings, kafka=kafka), 0), Worker()
    function.open(worker)
    assert function.eval(pd.Series(texts)).tolist() == [1] * 10
    [(letter, key)] = letters(kafka)
    assert (key, letter.store, letter.part, letter.source) == (b"test:letter", "redis", True, None)
    assert letter.error.startswith("WRONGTYPE")
    assert letter.value.decode() == texts[9]
    counted = {name: count for name, count in worker.counts.items() if "_ms_" not in name}
    assert counted == {"live_writes": 10, "live_writes_applied": 9, "refused_rows": 1}
    assert worker.counts["feed_to_redis_ms_bucket{provider=late}{le=Inf}"] == 10
    assert live.client.zrange(keys.match_timeline(MATCHES[0]), -1, -1) == ["late"]


def test_of_a_thousand_rows_those_that_clickhouse_refuses_are_refused(history: History) -> None:
    with connect(history.settings) as client:
        client.command(
            "CREATE TABLE checked (n Int64, clock FixedString(8)) ENGINE = ReplacingMergeTree"
            " ORDER BY n"
        )
    schema = {"n": pa.int64(), "clock": pa.string()}
    writer = HistoryWriter(lambda: connect(history.settings), "checked", schema)
    clocks = ["10:00"] * 1_000
    clocks[617] = "much too long"
    with pytest.raises(RefusedError) as raised:
        writer.write([pa.array(range(1_000)), pa.array(clocks)])
    assert raised.value.written == 999
    [(row, why)] = raised.value.refused.items()
    assert row == 617
    assert "String too long" in why
    with connect(history.settings) as client:
        found = client.query("SELECT count(), countIf(n = 617) FROM checked FINAL").result_rows
    assert found == [(999, 0)]


def test_a_batch_of_more_months_than_a_block_may_have_is_written(history: History) -> None:
    with connect(history.settings) as client:
        client.command(
            "CREATE TABLE months (n Int64) ENGINE = ReplacingMergeTree PARTITION BY n ORDER BY n"
        )
    writer = HistoryWriter(lambda: connect(history.settings), "months", {"n": pa.int64()})
    assert writer.write([pa.array(range(120))]) == 120
    with connect(history.settings) as client:
        assert client.command("SELECT count() FROM months") == 120


def test_a_row_that_breaks_a_constraint_is_refused_alone(history: History) -> None:
    with connect(history.settings) as client:
        client.command(
            "CREATE TABLE bound (n Int64, CONSTRAINT small CHECK n < 10) ENGINE = MergeTree"
            " ORDER BY n"
        )
    writer = HistoryWriter(lambda: connect(history.settings), "bound", {"n": pa.int64()})
    with pytest.raises(RefusedError) as raised:
        writer.write([pa.array([1, 20, 3])])
    assert list(raised.value.refused) == [1]
    with connect(history.settings) as client:
        assert client.command("SELECT count() FROM bound") == 2


def test_a_number_that_does_not_fit_its_column_is_refused_alone(history: History) -> None:
    with connect(history.settings) as client:
        client.command("CREATE TABLE small (n Int32) ENGINE = ReplacingMergeTree ORDER BY n")
    writer = HistoryWriter(lambda: connect(history.settings), "small", {"n": pa.int32()})
    with pytest.raises(RefusedError) as raised:
        writer.write([pa.array([1, 2**40, 3], pa.int64())])
    assert list(raised.value.refused) == [1]


def test_what_is_no_rows_fault_is_an_error_and_no_dead_letter(history: History) -> None:
    writer = HistoryWriter(lambda: connect(history.settings), "no_such_table", {"n": pa.int64()})
    with pytest.raises(DatabaseError, match="no_such_table"):
        writer.write([pa.array([1, 2, 3])])


def test_an_event_that_clickhouse_refuses_is_a_dead_letter_that_knows_its_feeds_message(
    history: History, kafka: Kafka
) -> None:
    schema = {
        **{"match_id": pa.string(), "provider": pa.string(), "clock": pa.string()},
        **{"source_topic": pa.string(), "source_partition": pa.int32(), "arrival": pa.int64()},
    }
    with connect(history.settings) as client:
        client.command(
            "CREATE TABLE events (match_id String, provider String, clock FixedString(8),"
            " source_topic String, source_partition Int32, arrival Int64)"
            " ENGINE = ReplacingMergeTree ORDER BY arrival"
        )
    function = WriteHistory(Settings(clickhouse=history.settings, kafka=kafka), "events", schema)
    worker = Worker()
    function.open(worker)
    rows = [
        ("opta:1", "opta", "10:00", "feed.opta", 2, 76),
        ("opta:1", "opta", "much too long", "feed.opta", 2, 77),
    ]
    written = function.eval(*(pd.Series(column) for column in zip(*rows, strict=True)))
    assert written.tolist() == [1, 1]
    [(letter, key)] = letters(kafka)
    assert (key, letter.store, letter.provider) == (b"opta:1", "clickhouse events", "opta")
    assert letter.source == Place("feed.opta", 2, 77)
    assert json.loads(letter.value) == dict(zip(schema, rows[1], strict=True))
    assert worker.counts == {"events_rows": 1, "refused_rows": 1}

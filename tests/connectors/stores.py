"""A Redis and a ClickHouse of a test's own, without the rest of the stack; and sinks to them."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import redis

from connectors.clickhouse_sink import HistoryWriter, connect
from connectors.live_write import LiveWrite
from connectors.redis_sink import ANSWER_S, RedisWriter
from schemas.redis import keys
from touchline.settings import ClickHouse, Redis
from touchline.stack import clickhouse
from touchline.stack import redis as redis_server
from touchline.stack.ports import choose
from touchline.stack.processes import Processes

PATIENCE_S = 60.0
MATCHES = [f"test:{number}" for number in range(1_000)]


class LiveStore:
    """A Redis of its own, and a writer that gives a connection up after `answer_s`."""

    def __init__(self, folder: Path, answer_s: float = ANSWER_S) -> None:
        self.processes = Processes(folder)
        self.ports = choose(dict.fromkeys(redis_server.PORTS, 0))
        self.start()
        url = redis_server.url(self.ports)
        self.client: redis.Redis = redis.Redis.from_url(url, decode_responses=True)
        self.settings = Redis(url=url)
        self.writer = RedisWriter.connect(self.settings, patience_s=PATIENCE_S, answer_s=answer_s)

    def start(self) -> None:
        redis_server.start(self.processes, self.ports)

    def write(self, position: int) -> int:
        body = json.dumps({"at": position})
        return self.writer.write(
            LiveWrite("state", match_id, "match", 0, position, 0, 1_000, body)
            for match_id in MATCHES
        )

    def stop(self) -> None:
        self.client.close()
        self.processes.stop()

    def positions(self) -> set[int]:
        found = self.client.json().mget([keys.match_state(match_id) for match_id in MATCHES], "$")
        return {document[0]["at"] for document in found}


class History:
    """A ClickHouse of its own with one table, and a writer that gives a connection up after 1 s."""

    def __init__(self, folder: Path) -> None:
        self.processes = Processes(folder)
        self.ports = choose(dict.fromkeys(clickhouse.PORTS, 0))
        self.start()
        self.settings = ClickHouse(url=clickhouse.url(self.ports), database="default")
        with connect(self.settings) as client:
            client.command("CREATE TABLE t (n Int64) ENGINE = ReplacingMergeTree ORDER BY n")
        self.writer = HistoryWriter(
            lambda: connect(self.settings, answer_s=1), "t", {"n": pa.int64()}, PATIENCE_S
        )

    def start(self) -> None:
        clickhouse.start(self.processes, self.ports)

    def stop(self) -> None:
        self.processes.stop()

    def write(self, start: int) -> int:
        return self.writer.write([pa.array(range(start, start + 1_000))])

    def rows(self, start: int) -> int:
        """How many of a batch there are."""
        with connect(self.settings) as client:
            where = f"n >= {start} AND n < {start + 1_000}"
            return int(client.command(f"SELECT count() FROM t FINAL WHERE {where}"))

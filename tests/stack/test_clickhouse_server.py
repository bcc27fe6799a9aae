"""ClickHouse's HTTP interface over chDB, as clickhouse-connect and as plain HTTP see it."""

from __future__ import annotations

import gzip
import io
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import clickhouse_connect
import httpx
import lz4.frame  # type: ignore[import-untyped]
import pyarrow as pa
import pytest
import zstandard
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError
from pyarrow import parquet

from touchline.stack import clickhouse
from touchline.stack.ports import LOOPBACK, choose
from touchline.stack.processes import Processes

pytestmark = pytest.mark.stack

ROWS = [[1, "x", None], [2, "y's", 1.5]]


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    processes = Processes(tmp_path_factory.mktemp("clickhouse"))
    ports = choose({"clickhouse": 0})
    try:
        clickhouse.start(processes, ports)
        yield ports["clickhouse"]
    finally:
        processes.stop()


@pytest.fixture(scope="module")
def client(port: int) -> Iterator[Client]:
    with clickhouse_connect.get_client(host=LOOPBACK, port=port) as made:
        yield made


@pytest.fixture
def http(port: int) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"http://{LOOPBACK}:{port}", trust_env=False, timeout=30) as made:
        yield made


@pytest.fixture
def table(client: Client) -> str:
    """An empty table (a UInt64, b String, c Nullable(Float64))."""
    client.command(
        "CREATE OR REPLACE TABLE t (a UInt64, b String, c Nullable(Float64))"
        " ENGINE = MergeTree ORDER BY a"
    )
    return "t"


def rows(client: Client) -> list[list[Any]]:
    return [list(row) for row in client.query("SELECT * FROM t ORDER BY a").result_rows]


def test_a_client_sees_the_servers_version_and_time_zone(client: Client) -> None:
    assert str(client.server_version).startswith("26.")
    assert str(client.server_tz) in {"UTC", "Etc/UTC"}


def test_every_type_arrives_as_its_python_type(client: Client) -> None:
    (row,) = client.query(
        "SELECT toUInt64(18446744073709551615), toInt8(-5), toDecimal64(1.5, 2),"
        " toDate('2024-02-29'), toDateTime64('2024-01-01 00:00:00.123', 3, 'UTC'), [1, 2],"
        " map('a', 1), (1, 'b'), true,"
        " toUUID('61f0c404-5cb3-11e7-907b-a6006ad3dba0'), CAST('x' AS LowCardinality(String)),"
        " NULL, CAST('live' AS Enum8('live' = 1)), toFloat32(0.5)"
    ).result_rows
    assert row == (
        18446744073709551615,
        -5,
        Decimal("1.50"),
        date(2024, 2, 29),
        datetime(2024, 1, 1, 0, 0, 0, 123000),
        [1, 2],
        {"a": 1},
        (1, "b"),
        True,
        UUID("61f0c404-5cb3-11e7-907b-a6006ad3dba0"),
        "x",
        None,
        "live",
        0.5,
    )


def test_parameters_are_bound_and_not_pasted(client: Client) -> None:
    text = "it's \\ a 'test'; DROP TABLE t"
    (row,) = client.query(
        "SELECT {n:UInt32} + 1, {s:String}, {l:Array(String)}",
        parameters={"n": 3, "s": text, "l": ["x", "y'z"]},
    ).result_rows
    assert row == (4, text, ["x", "y'z"])


def test_a_setting_of_one_query_does_not_reach_the_next(client: Client) -> None:
    before = client.command("SELECT getSetting('max_block_size')")
    setting = "SELECT getSetting('max_block_size')"
    assert client.query(setting, settings={"max_block_size": 1234}).result_rows == [(1234,)]
    assert client.command(setting) == before


def test_an_error_has_clickhouses_code_and_name(client: Client) -> None:
    with pytest.raises(DatabaseError) as error:
        client.query("SELECT * FROM no_such_table")
    assert (error.value.code, error.value.name) == (60, "UNKNOWN_TABLE")


def test_the_server_goes_on_after_an_error(client: Client, table: str) -> None:
    with pytest.raises(DatabaseError):
        client.raw_insert(table, insert_block='{"a": "not a number"}', fmt="JSONEachRow")
    client.insert(table, ROWS, column_names=["a", "b", "c"])
    assert rows(client) == ROWS


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ("\n".join(json.dumps({"month": month}) for month in range(101)), 252),
        (json.dumps({"month": 1_000}), 469),
    ],
)
def test_an_insert_that_cannot_be_written_is_an_error_and_not_a_success(
    client: Client, rows: str, code: int
) -> None:
    client.command(
        "CREATE OR REPLACE TABLE months (month UInt32, CONSTRAINT small CHECK month < 1000)"
        " ENGINE = MergeTree PARTITION BY month ORDER BY month"
    )
    with pytest.raises(DatabaseError) as error:
        client.raw_insert("months", insert_block=rows, fmt="JSONEachRow")
    assert error.value.code == code
    assert client.command("SELECT count() FROM months") == 0


def test_an_insert_may_have_settings(http: httpx.Client, client: Client, table: str) -> None:
    statement = b"INSERT INTO t (a, b) SETTINGS max_insert_threads = 1 FORMAT CSV\n7,x\n"
    assert http.post("/", content=statement).status_code == 200
    assert client.command("SELECT a FROM t") == 7


def test_native_inserts_arrive_and_are_counted(client: Client, table: str) -> None:
    summary = client.insert(table, ROWS, column_names=["a", "b", "c"])
    assert summary.written_rows == 2
    assert rows(client) == ROWS


@pytest.mark.parametrize("compress", ["lz4", "zstd", "gzip", False])
def test_clients_may_compress_as_they_like(
    client: Client, table: str, port: int, compress: str | bool
) -> None:
    with clickhouse_connect.get_client(host=LOOPBACK, port=port, compress=compress) as other:
        other.insert(table, [[n, "x" * 100, None] for n in range(5000)])
        assert other.command("SELECT count(), sum(a), uniq(b) FROM t") == ["5000", "12497500", "1"]
        assert len(other.query("SELECT * FROM t").result_rows) == 5000


def test_arrow_goes_in_and_out(client: Client, table: str) -> None:
    given = pa.table({"a": pa.array([3, 4], pa.uint64()), "b": ["q", "r"], "c": [0.5, None]})
    client.insert_arrow(table, given)
    got = client.query_arrow("SELECT * FROM t ORDER BY a", use_strings=True)
    assert got.to_pydict() == given.to_pydict()


def test_parquet_and_json_rows_go_in(client: Client, table: str) -> None:
    file = io.BytesIO()
    parquet.write_table(pa.table({"a": pa.array([1], pa.uint64()), "b": ["x"]}), file)
    client.raw_insert(table, insert_block=file.getvalue(), fmt="Parquet")
    client.raw_insert(table, insert_block='{"a": 2, "b": "y\'s", "c": 1.5}\n', fmt="JSONEachRow")
    assert rows(client) == ROWS


def test_a_session_keeps_its_temporary_tables_and_others_do_not_see_them(
    client: Client, port: int
) -> None:
    client.command("CREATE OR REPLACE TEMPORARY TABLE mine (a Int32)")
    client.insert("mine", [[1]], column_names=["a"])
    assert client.query("SELECT * FROM mine").result_rows == [(1,)]
    with (
        clickhouse_connect.get_client(host=LOOPBACK, port=port) as other,
        pytest.raises(DatabaseError),
    ):
        other.query("SELECT * FROM mine")


def test_a_client_works_in_its_database(client: Client, port: int) -> None:
    client.command("CREATE DATABASE IF NOT EXISTS games")
    with clickhouse_connect.get_client(host=LOOPBACK, port=port, database="games") as other:
        assert other.command("SELECT currentDatabase()") == "games"
        other.command("CREATE OR REPLACE TABLE scores (a Int32) ENGINE = MergeTree ORDER BY a")
        other.insert("scores", [[7]], column_names=["a"])
    assert client.command("SELECT sum(a) FROM games.scores") == 7
    assert client.command("SELECT currentDatabase()") == "default"


@contextmanager
def long_query(http: httpx.Client, **parameters: str) -> Iterator[threading.Thread]:
    """The thread of a query that runs, for a minute if it were not killed at the end."""
    query = "SELECT sleepEachRow(1) FROM numbers(60) FORMAT Null"
    # It can only be killed between blocks.
    sent = {"max_block_size": "1", **parameters}
    slow = threading.Thread(
        target=lambda: http.post("/", params=sent, content=query, timeout=None), daemon=True
    )
    slow.start()
    try:
        deadline = time.monotonic() + 60
        running = f"SELECT count() FROM system.processes WHERE query = '{query}'"
        while http.get("/", params={"query": running}).text != "1\n":
            assert time.monotonic() < deadline, "it does not run"
            time.sleep(0.05)
        yield slow
    finally:
        http.post("/", content=f"KILL QUERY WHERE query = '{query}' ASYNC")
        slow.join()


def test_a_ping_is_answered_while_a_long_query_runs(http: httpx.Client) -> None:
    with long_query(http) as slow:
        assert http.get("/ping").text == "Ok.\n"
        assert http.get("/", params={"query": "SELECT 1"}).text == "1\n"
        assert slow.is_alive()


def test_a_query_may_be_in_the_parameter_or_in_the_body_or_in_both(http: httpx.Client) -> None:
    assert http.get("/", params={"query": "SELECT 1"}).text == "1\n"
    assert http.post("/", content="SELECT 2").text == "2\n"
    assert http.post("/", params={"query": "SELECT"}, content="3").text == "3\n"


def test_plain_parameters_work_without_a_client_library(http: httpx.Client) -> None:
    query = {"query": "SELECT {x:String} AS v FORMAT JSONEachRow", "param_x": "it's"}
    assert json.loads(http.get("/", params=query).text) == {"v": "it's"}


def test_the_format_comes_from_the_query_or_else_from_the_request(http: httpx.Client) -> None:
    asked = http.get("/", params={"query": "SELECT 1 AS a", "default_format": "JSONEachRow"})
    assert (asked.text, asked.headers["X-ClickHouse-Format"]) == ('{"a":1}\n', "JSONEachRow")
    named = http.get("/", params={"query": "SELECT 1 FORMAT CSV", "default_format": "JSON"})
    assert (named.text, named.headers["X-ClickHouse-Format"]) == ("1\n", "CSV")
    assert named.headers["Content-Type"].startswith("text/csv")


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("SELEC 1", 400, "62"),
        ("SELECT * FROM nowhere", 404, "60"),
        ("SELECT nope", 404, "47"),
        ("USE nowhere", 404, "81"),
        ("SELECT throwIf(1)", 500, "395"),
    ],
)
def test_errors_have_clickhouses_status_and_code(
    http: httpx.Client, query: str, status: int, code: str
) -> None:
    answer = http.post("/", content=query)
    assert (answer.status_code, answer.headers["X-ClickHouse-Exception-Code"]) == (status, code)
    assert answer.text.startswith(f"Code: {code}. DB::Exception: ")


def test_an_answer_has_clickhouses_headers(http: httpx.Client) -> None:
    answer = http.post("/", params={"query_id": "mine"}, content="SELECT * FROM numbers(10)")
    assert answer.headers["X-ClickHouse-Query-Id"] == "mine"
    assert answer.headers["X-ClickHouse-Server-Display-Name"]
    assert answer.headers["X-ClickHouse-Timezone"]
    assert json.loads(answer.headers["X-ClickHouse-Summary"])["read_rows"] == "10"


@pytest.mark.parametrize(
    ("encoding", "compress"),
    [
        ("gzip", gzip.compress),
        ("lz4", lz4.frame.compress),
        ("zstd", zstandard.ZstdCompressor().compress),
    ],
)
def test_a_compressed_body_is_read(
    http: httpx.Client, client: Client, table: str, encoding: str, compress: Any
) -> None:
    answer = http.post(
        "/",
        params={"query": f"INSERT INTO {table} FORMAT JSONEachRow"},
        content=compress(b'{"a":1,"b":"x"}\n{"a":2,"b":"y\'s","c":1.5}\n'),
        headers={"Content-Encoding": encoding},
    )
    assert answer.status_code == 200, answer.text
    assert rows(client) == ROWS


@pytest.mark.parametrize(("encoding", "code"), [("gzip", "271"), ("zstd", "271"), ("snappy", "89")])
def test_a_damaged_or_unknown_compression_is_refused(
    http: httpx.Client, encoding: str, code: str
) -> None:
    answer = http.post("/", content=b"SELECT 1", headers={"Content-Encoding": encoding})
    assert answer.headers["X-ClickHouse-Exception-Code"] == code


def test_an_answer_is_compressed_only_if_both_sides_want_it(http: httpx.Client) -> None:
    query = {"query": "SELECT * FROM numbers(1000)"}
    headers = {"Accept-Encoding": "gzip"}
    assert "Content-Encoding" not in http.get("/", params=query, headers=headers).headers
    compressed = http.get("/", params={**query, "enable_http_compression": "1"}, headers=headers)
    assert compressed.headers["Content-Encoding"] == "gzip"
    assert compressed.text.count("\n") == 1000


def test_an_insert_may_carry_its_rows_in_the_body(
    http: httpx.Client, client: Client, table: str
) -> None:
    http.post("/", content=b"INSERT INTO t FORMAT CSV\n1,x,\\N\n")
    http.post("/", params={"query": "INSERT INTO t VALUES"}, content=b"(2, 'y\\'s', 1.5)")
    assert rows(client) == ROWS


def test_a_query_that_is_not_utf8_is_refused(http: httpx.Client) -> None:
    answer = http.post("/", content=b"SELECT '\xff'")
    assert (answer.status_code, answer.headers["X-ClickHouse-Exception-Code"]) == (400, "6")


def test_a_session_refuses_a_second_query_at_the_same_time(http: httpx.Client) -> None:
    session = {"session_id": "one"}
    with long_query(http, **session):
        answer = http.post("/", params=session, content="SELECT 1")
    assert answer.headers["X-ClickHouse-Exception-Code"] == "373"


def test_an_unknown_session_is_refused_when_the_client_wants_it_checked(http: httpx.Client) -> None:
    query = {"session_id": "unheard of", "session_check": "1", "query": "SELECT 1"}
    assert http.get("/", params=query).headers["X-ClickHouse-Exception-Code"] == "372"


def test_tables_are_still_there_after_a_restart(tmp_path_factory: pytest.TempPathFactory) -> None:
    processes = Processes(tmp_path_factory.mktemp("restart"))
    ports = choose({"clickhouse": 0})
    try:
        clickhouse.start(processes, ports)
        url = clickhouse.url(ports)
        create = "CREATE TABLE kept ENGINE = MergeTree ORDER BY a AS SELECT 1 AS a, now() AS t"
        assert httpx.post(url, content=create, trust_env=False).status_code == 200
        processes.stop()
        clickhouse.start(processes, ports)
        assert httpx.post(url, content="SELECT a FROM kept", trust_env=False).text == "1\n"
    finally:
        processes.stop()


def test_a_time_before_1970_and_utc_survive(client: Client, table: str) -> None:
    client.command(
        "CREATE OR REPLACE TABLE times (t DateTime64(3, 'UTC')) ENGINE = MergeTree ORDER BY t"
    )
    moment = datetime(1966, 7, 30, 15, 0, tzinfo=UTC)
    client.insert("times", [[moment]], column_names=["t"])
    assert client.query("SELECT t FROM times", query_tz="UTC").result_rows == [
        (moment.replace(tzinfo=None),)
    ]

"""chDB behind the terms of a request: settings, parameters, sessions, inserts with data.

chDB's connections have their own settings, database and temporary tables and run side by side, so
each request gets one, and each session keeps one. All calls block: the server makes them in
threads.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from chdb.state.sqlitelike import Connection

from touchline.stack.clickhouse_errors import QueryError, query_error
from touchline.stack.clickhouse_sql import insert_with_data

DEFAULT_FORMAT = "TabSeparated"
SESSION_TIMEOUT_S = 60.0
CANNOT_PARSE_TEXT = 6
BAD_ARGUMENTS = 36
SESSION_IS_LOCKED = 373
SESSION_NOT_FOUND = 372

TRANSPORT = frozenset(
    {
        "query",
        "database",
        "default_format",
        "session_id",
        "session_timeout",
        "session_check",
        "query_id",
        "user",
        "password",
        "quota_key",
        "role",
        "compress",
        "decompress",
        "buffer_size",
        "wait_end_of_query",
        "stacktrace",
        "enable_http_compression",
        "http_zlib_compression_level",
        "send_progress_in_http_headers",
        "http_headers_progress_interval_ms",
        "add_http_cors_header",
        "client_protocol_version",
        "cancel_http_readonly_queries_on_client_close",
    }
)
"""Parameters of the request that are not settings of the query, or mean nothing here."""

_FORMAT = re.compile(r"\bFORMAT\s+(\w+)\s*(?:SETTINGS\b[^']*)?;?\s*$", re.IGNORECASE)
_NAME = re.compile(r"\w+")
_SETTINGS = re.compile(r"\sSETTINGS\s", re.IGNORECASE)


@dataclass(slots=True)
class Session:
    """A client's session: its connection keeps settings, database and temporary tables."""

    connection: Connection
    lock: threading.Lock = field(default_factory=threading.Lock)
    applied: dict[str, str] = field(default_factory=dict)
    timeout_s: float = SESSION_TIMEOUT_S
    last_used: float = field(default_factory=time.monotonic)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a query gave: the bytes in `format`, and what ClickHouse's summary header says."""

    body: bytes
    format: str
    summary: dict[str, str]


class Engine:
    """chDB and the sessions on it. Its methods block: they are called in threads."""

    def __init__(self, data: Path) -> None:
        self._path = str(data)
        self._root = Connection(self._path)  # keeps the engine open between requests
        self._sessions: dict[str, Session] = {}
        self._lock = threading.Lock()
        self.timezone = self._root.query("SELECT timezone()", "TSV").bytes().decode().strip()

    def close(self) -> None:
        """Close all connections; the tables are on disk."""
        for session in self._sessions.values():
            session.connection.close()
        self._root.close()

    def run(self, query: bytes, data: bytes, parameters: Mapping[str, str]) -> Answer:
        """Run one statement; `data` are the rows of an insert that came apart from it.

        Raises:
            QueryError: ClickHouse refused it.
        """
        with self._connection(parameters) as (connection, applied):
            try:
                _apply(connection, applied, _settings(parameters))
                if database := parameters.get("database"):
                    connection.query(f"USE {_quoted(database)}", "TSV")
                insert = insert_with_data(query)
                if insert is None:
                    return _query(connection, query + data, parameters)
                for name, value in _query_parameters(parameters).items():
                    connection.query(f"SET param_{name} = {_literal(value)}", "TSV")
                return _insert(connection, insert.statement, insert.format, insert.data + data)
            except (
                RuntimeError
            ) as error:  # chDB's own errors are RuntimeErrors, some are subclasses
                raise query_error(str(error)) from error

    @contextmanager
    def _connection(
        self, parameters: Mapping[str, str]
    ) -> Iterator[tuple[Connection, dict[str, str]]]:
        session_id = parameters.get("session_id")
        if not session_id:
            connection = Connection(self._path)
            try:
                yield connection, {}
            finally:
                connection.close()
            return
        session = self._session(session_id, parameters)
        if not session.lock.acquire(blocking=False):
            raise QueryError(
                SESSION_IS_LOCKED,
                f"DB::Exception: Session {session_id} is locked by a concurrent client",
            )
        try:
            yield session.connection, session.applied
        finally:
            session.last_used = time.monotonic()
            session.lock.release()

    def _session(self, session_id: str, parameters: Mapping[str, str]) -> Session:
        with self._lock:
            self._drop_old_sessions()
            session = self._sessions.get(session_id)
            if session is None:
                if parameters.get("session_check") == "1":
                    raise QueryError(
                        SESSION_NOT_FOUND, f"DB::Exception: Session {session_id} not found"
                    )
                session = Session(Connection(self._path))
                self._sessions[session_id] = session
            if timeout := parameters.get("session_timeout"):
                session.timeout_s = _seconds(timeout)
            session.last_used = time.monotonic()
            return session

    def _drop_old_sessions(self) -> None:
        now = time.monotonic()
        for session_id, session in list(self._sessions.items()):
            if now - session.last_used > session.timeout_s and not session.lock.locked():
                session.connection.close()
                del self._sessions[session_id]


def _seconds(text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise QueryError(
            BAD_ARGUMENTS, f"DB::Exception: session_timeout is not a number: {text}"
        ) from error


def _text(query: bytes) -> str:
    try:
        return query.decode()
    except UnicodeDecodeError as error:
        raise QueryError(CANNOT_PARSE_TEXT, f"DB::Exception: not UTF-8: {error}") from error


def _query(connection: Connection, query: bytes, parameters: Mapping[str, str]) -> Answer:
    text = _text(query)
    output = parameters.get("default_format") or DEFAULT_FORMAT
    result = connection.query(text, output, params=_query_parameters(parameters))
    named = _FORMAT.search(text)
    return Answer(result.bytes(), named[1] if named else output, _summary(result))


def _summary(result: Any) -> dict[str, str]:
    return {
        "read_rows": str(result.rows_read()),
        "read_bytes": str(result.bytes_read()),
        "written_rows": str(result.rows_written()),
        "written_bytes": str(result.bytes_written()),
        "elapsed_ns": str(int(result.elapsed() * 1e9)),
    }


def _insert(connection: Connection, statement: str, data_format: str, data: bytes) -> Answer:
    """By way of a file: of rows that chDB is given as a stream it says that they were written also
    when they were not (too many partitions, a constraint, a full disk)."""
    where, *settings = _SETTINGS.split(statement, maxsplit=1)
    with NamedTemporaryFile(prefix="touchline-insert-") as rows:
        rows.write(data)
        rows.flush()
        source = f"FROM INFILE {_literal(rows.name)} COMPRESSION 'none'"
        clause = "".join(f" SETTINGS {text}" for text in settings)
        result = connection.query(f"{where} {source}{clause} FORMAT {data_format}", "TSV")
    return Answer(b"", data_format, _summary(result))


def _apply(connection: Connection, applied: dict[str, str], wanted: dict[str, str]) -> None:
    """Make the request's settings those of the connection, in place of the last request's."""
    for name in [name for name in applied if name not in wanted]:
        connection.query(f"SET {name} = DEFAULT", "TSV")
        del applied[name]
    for name, value in wanted.items():
        if applied.get(name) != value:
            connection.query(f"SET {name} = {_literal(value)}", "TSV")
            applied[name] = value


def _settings(parameters: Mapping[str, str]) -> dict[str, str]:
    return {
        name: value
        for name, value in parameters.items()
        if name not in TRANSPORT and not name.startswith("param_") and _NAME.fullmatch(name)
    }


def _query_parameters(parameters: Mapping[str, str]) -> dict[str, str]:
    return {
        name.removeprefix("param_"): value
        for name, value in parameters.items()
        if name.startswith("param_")
    }


def _literal(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _quoted(name: str) -> str:
    return "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`"

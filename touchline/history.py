"""The history store: its migrations, and queries for people."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

import schemas.clickhouse
from connectors.clickhouse_sink import connect
from touchline.errors import TouchlineError
from touchline.settings import ClickHouse

MIGRATIONS = Path(next(iter(schemas.clickhouse.__path__)))

APPLIED = """
CREATE TABLE IF NOT EXISTS schema_migrations
(
    name       String,
    checksum   String,
    applied_at DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = MergeTree ORDER BY name"""

_TOKEN = re.compile(
    r"""--[^\n]* | /\*.*?\*/ | '(?:[^'\\]|\\.|'')*' | "(?:[^"\\]|\\.)*" | `(?:[^`\\]|\\.)*`
      | (?P<end>;)""",
    re.VERBOSE | re.DOTALL,
)
_OWN_FORMAT = re.compile(r"\bFORMAT\s+\w+\s*;?\s*\Z", re.IGNORECASE)
_ERROR = re.compile(r"DB::Exception: (.+?)(?: \(version .*| \(for url .*)?\Z", re.DOTALL)


@dataclass(frozen=True)
class Migration:
    """One numbered file: `0001_match_events.sql`."""

    name: str
    text: str

    @property
    def checksum(self) -> str:
        """Changes when the file does."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    def statements(self) -> list[str]:
        """Its statements, without the semicolons that end them."""
        starts, ends = [0], []
        for token in _TOKEN.finditer(self.text):
            if token["end"]:
                ends.append(token.start())
                starts.append(token.end())
        parts = [
            self.text[start:end].strip()
            for start, end in zip(starts, [*ends, len(self.text)], strict=True)
        ]
        return [part for part in parts if _TOKEN.sub("", part).strip()]


@dataclass(frozen=True)
class Result:
    """What a query gave: the names of its columns, and its rows."""

    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]


def migrations(folder: Path = MIGRATIONS) -> list[Migration]:
    """All migrations, in order."""
    return [Migration(file.stem, file.read_text()) for file in sorted(folder.glob("[0-9]*.sql"))]


def pending(known: Sequence[Migration], applied: dict[str, str]) -> list[Migration]:
    """The migrations that are not applied yet.

    applied: name -> checksum.

    Raises:
        TouchlineError: one was changed after it was applied, or a later one was applied before it.
    """
    for migration in known:
        if applied.get(migration.name, migration.checksum) != migration.checksum:
            raise TouchlineError(
                f"migration {migration.name} was changed after it was applied",
                "restore the file and put the change into a new migration; a stack that may lose "
                "its data starts anew with `touchline up --fresh`",
            )
    missing = [migration for migration in known if migration.name not in applied]
    newest = max(applied, default="")
    if missing and missing[0].name < newest:
        raise TouchlineError(
            f"migration {missing[0].name} comes before {newest}, which is applied",
            "give it the next free number",
        )
    return missing


def migrate(settings: ClickHouse) -> list[str]:
    """Create the database and apply what is missing; gives the names of what was applied.

    Raises:
        TouchlineError: ClickHouse does not answer or refuses, or see `pending`.
    """
    # Who only inserts needs no right to create, as long as nothing is missing.
    with readable(settings):
        if not pending(migrations(), _applied(settings)):
            return []
    with readable(settings), connect(settings, "default") as server:
        server.command(f"CREATE DATABASE IF NOT EXISTS `{settings.database}`")
    done = []
    with readable(settings), connect(settings) as client:
        client.command(APPLIED)
        for migration in pending(migrations(), _checksums(client)):
            _apply(client, migration)
            done.append(migration.name)
    return done


def _applied(settings: ClickHouse) -> dict[str, str]:
    try:
        with connect(settings) as client:
            return _checksums(client)
    except ClickHouseError as error:
        if "UNKNOWN_DATABASE" in str(error) or "UNKNOWN_TABLE" in str(error):
            return {}
        raise


def _checksums(client: Client) -> dict[str, str]:
    rows = client.query("SELECT name, checksum FROM schema_migrations").result_rows
    return {str(name): str(checksum) for name, checksum in rows}


def query(
    settings: ClickHouse, sql: str, parameters: Mapping[str, str | int] | None = None
) -> Result:
    """Run a query; `parameters` are what stands in it as `{name:String}`.

    Raises:
        TouchlineError: ClickHouse does not answer or refuses.
    """
    with readable(settings), connect(settings) as client:
        result = client.query(sql, parameters=dict(parameters or {}))
        return Result(result.column_names, result.result_rows)


def check(settings: ClickHouse, answer_s: int) -> None:
    """Ask for a sign of life.

    Raises:
        TouchlineError: ClickHouse gives none within `answer_s`, or refuses.
    """
    with readable(settings), connect(settings, "default", answer_s) as client:
        client.query("SELECT 1")


def formatted(settings: ClickHouse, sql: str, format_: str | None) -> Iterator[bytes]:
    """A query's answer in one of ClickHouse's formats, in pieces as they come.

    format_: None if the query names it itself.
    """
    with readable(settings), connect(settings) as client:
        yield from client.raw_stream(sql, fmt=format_)


def names_format(sql: str) -> bool:
    """True if the query ends with a FORMAT clause."""
    return _OWN_FORMAT.search(sql) is not None


def _apply(client: Client, migration: Migration) -> None:
    for statement in migration.statements():
        try:
            client.command(statement)
        except ClickHouseError as error:
            raise TouchlineError(
                f"migration {migration.name}: {reason(error)}", "nothing after it was applied"
            ) from error
    client.command(
        "INSERT INTO schema_migrations (name, checksum) VALUES ({name:String}, {sum:String})",
        parameters={"name": migration.name, "sum": migration.checksum},
    )


@contextmanager
def readable(settings: ClickHouse) -> Iterator[None]:
    """Where ClickHouse is asked.

    Raises:
        TouchlineError: it does not answer, or refuses.
    """
    try:
        yield
    except ClickHouseError as error:
        text = reason(error)
        if "UNKNOWN_DATABASE" in text or "UNKNOWN_TABLE" in text:
            raise TouchlineError(text, "`touchline migrate` makes the tables") from error
        if "DB::Exception" in str(error) or "Code:" in str(error):
            raise TouchlineError(text) from error
        raise TouchlineError(
            f"no ClickHouse answers at {settings.url}",
            "start the stack with `touchline up`, or set clickhouse.url",
        ) from error


def reason(error: Exception) -> str:
    """ClickHouse's own words, without the client's around them."""
    found = _ERROR.search(str(error))
    return " ".join((found.group(1) if found else str(error)).split())

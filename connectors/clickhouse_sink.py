"""The ClickHouse sink: batches of columns, one insert each."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

import clickhouse_connect
import pyarrow as pa
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import OperationalError
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential_jitter

from touchline.settings import ClickHouse

UTC_MS = pa.timestamp("ms", tz="UTC")


def connect(settings: ClickHouse, database: str | None = None) -> Client:
    """A client of the server of the settings; `database` other than theirs, if given."""
    url = urlsplit(settings.url)
    return clickhouse_connect.get_client(
        host=url.hostname or "127.0.0.1",
        port=url.port or (8443 if url.scheme == "https" else 8123),
        secure=url.scheme == "https",
        username=settings.user,
        password=settings.password,
        database=settings.database if database is None else database,
        # Many batches of one process are in flight; a session would make them wait for each other.
        autogenerate_session_id=False,
    )


class HistoryWriter:
    """Inserts batches into one table.

    schema: column name -> Arrow type of what is given.
    """

    def __init__(self, client: Client, table: str, schema: Mapping[str, pa.DataType]) -> None:
        self._client = client
        self._table = table
        self._schema = pa.schema(list(schema.items()))

    def write(self, columns: list[pa.Array]) -> int:
        """Insert one batch, its columns in the order of the schema; gives the number of rows.

        An outage is waited for, some seconds; then the error ends the task, and Flink reads the
        batch again after its recovery.
        """
        table = pa.Table.from_arrays(
            [_cast(column, kind) for column, kind in zip(columns, self._schema.types, strict=True)],
            schema=self._schema,
        )
        for attempt in Retrying(
            retry=retry_if_exception_type((OperationalError, ConnectionError)),
            wait=wait_exponential_jitter(multiplier=0.05, max=2),
            stop=stop_after_attempt(8),
            reraise=True,
        ):
            with attempt:
                self._client.insert_arrow(self._table, table)
        return int(table.num_rows)


def _cast(column: pa.Array, kind: pa.DataType) -> pa.Array:
    if pa.types.is_timestamp(kind) and pa.types.is_floating(column.type):
        # What pandas makes of whole numbers among which some are missing.
        column = column.cast(pa.int64())
    return column.cast(kind)

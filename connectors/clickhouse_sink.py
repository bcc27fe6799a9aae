"""The ClickHouse sink: batches of columns, one insert each."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

import clickhouse_connect
import pyarrow as pa
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError, OperationalError

from connectors.access import clickhouse_options
from connectors.patience import Patience, RefusedError
from touchline.settings import ClickHouse

UTC_MS = pa.timestamp("ms", tz="UTC")

QUERY_S = 300
"""How long an answer may take."""

INSERT_S = 30
"""The same for a batch. A connection that says nothing for so long is given up, and made again: it
may be one on which packets are lost."""

_NOT_NOW = frozenset(
    (
        # Timeouts and connections between servers, the Keeper, replicas.
        *(159, 209, 210, 225, 244, 285, 286, 319, 999, 1000),
        # Too many queries, parts, or too little memory or disk; a table that is read-only.
        *(202, 203, 241, 242, 243, 252),
        394,  # the query was cancelled
    )
)
"""Codes of errors that are about the server, not about what is inserted."""

_OF_A_ROW = frozenset(
    (
        # Texts, dates and numbers that cannot be read; data that is no data.
        *(6, 26, 27, 38, 41, 72, 117),
        # Of another type, out of its range, too long, null where there must be something.
        *(53, 69, 70, 128, 131, 321, 349, 407, 691),
        469,  # a constraint of the table's does not hold
    )
)
"""Codes of errors that are about what is inserted. Of all others nothing is known: they end the
task, as they would come for every batch, and no batch becomes dead letters for them."""


_SETTINGS = {"max_partitions_per_insert_block": 0}
"""A batch has rows of as many months as its events are of: a backfill's are of years."""


def connect(settings: ClickHouse, database: str | None = None, answer_s: int = QUERY_S) -> Client:
    """A client of the server of the settings; `database` other than theirs, if given.

    answer_s: how long an answer may take.
    """
    for name in ("clickhouse_connect", "urllib3.connectionpool"):
        # They log each try that failed, which is also raised: whoever called says it, once.
        logging.getLogger(name).setLevel(logging.CRITICAL)
    return clickhouse_connect.get_client(
        **clickhouse_options(settings),
        database=settings.database if database is None else database,
        # Many batches of one process are in flight; a session would make them wait for each other.
        autogenerate_session_id=False,
        send_receive_timeout=answer_s,
    )


def is_away(error: Exception) -> bool:
    """Whether ClickHouse cannot be reached, or takes no inserts from anybody at the moment."""
    if isinstance(error, OperationalError):
        return True
    return isinstance(error, DatabaseError) and error.code in _NOT_NOW


class HistoryWriter:
    """Inserts batches into one table.

    client: makes a connection. It is called with the first batch, so that a server that is away
        then is waited for, too.
    schema: column name -> Arrow type of what is given.
    patience_s: for how long a ClickHouse that is away is waited for; `patience` tells of it.
    """

    def __init__(
        self,
        client: Callable[[], Client],
        table: str,
        schema: Mapping[str, pa.DataType],
        patience_s: float = 0.0,
    ) -> None:
        self._connect = client
        self._client: Client | None = None
        self._table = table
        self._schema = pa.schema(list(schema.items()))
        self.patience = Patience("ClickHouse", self._ping, is_away, patience_s)

    @classmethod
    def connect(
        cls,
        settings: ClickHouse,
        table: str,
        schema: Mapping[str, pa.DataType],
        patience_s: float = 0.0,
    ) -> HistoryWriter:
        """A writer to the server of the settings."""
        return cls(lambda: connect(settings, answer_s=INSERT_S), table, schema, patience_s)

    def write(self, columns: list[pa.Array]) -> int:
        """Insert one batch, its columns in the order of the schema; gives the number of rows.

        A batch that ClickHouse refuses for what is in it is halved, until the rows that it refuses
        are alone.

        Raises:
            RefusedError: ClickHouse refused some of the rows.
            StoreAwayError: ClickHouse was away for longer than the patience.
        """
        refused: dict[int, str] = {}
        rows = len(columns[0])
        self._insert(columns, range(rows), refused)
        if refused:
            raise RefusedError(refused, rows - len(refused))
        return rows

    def _insert(self, columns: list[pa.Array], rows: range, refused: dict[int, str]) -> None:
        """Insert rows of a batch; those that cannot be are put into `refused`."""
        try:
            table = pa.Table.from_arrays(
                [
                    _cast(column.slice(rows.start, len(rows)), kind)
                    for column, kind in zip(columns, self._schema.types, strict=True)
                ],
                schema=self._schema,
            )
            self.patience.call(
                lambda: self._server().insert_arrow(self._table, table, settings=_SETTINGS)
            )
        except (pa.ArrowInvalid, DatabaseError) as error:
            if isinstance(error, DatabaseError) and error.code not in _OF_A_ROW:
                raise
            if len(rows) == 1:
                refused[rows.start] = str(error)
                return
            for half in (rows[: len(rows) // 2], rows[len(rows) // 2 :]):
                self._insert(columns, half, refused)

    def _server(self) -> Client:
        if self._client is None:
            self._client = self._connect()
        return self._client

    def _ping(self) -> None:
        if not self._server().ping():
            raise OperationalError("it does not answer a ping")


def _cast(column: pa.Array, kind: pa.DataType) -> pa.Array:
    if pa.types.is_timestamp(kind) and pa.types.is_floating(column.type):
        # What pandas makes of whole numbers among which some are missing.
        column = column.cast(pa.int64())
    return column.cast(kind)

"""The embedded ClickHouse alone, with all migrations applied and some rows: for queries."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from connectors.clickhouse_sink import connect
from touchline import history
from touchline.settings import ClickHouse
from touchline.stack import clickhouse
from touchline.stack.ports import choose
from touchline.stack.processes import Processes


@contextmanager
def history_with(
    folder: Path, rows: Mapping[str, Sequence[Mapping[str, Any]]]
) -> Iterator[ClickHouse]:
    """Its address; `rows` are by table."""
    processes = Processes(folder)
    ports = choose(dict.fromkeys(clickhouse.PORTS, 0))
    try:
        clickhouse.start(processes, ports)
        made = ClickHouse(url=clickhouse.url(ports))
        history.migrate(made)
        with connect(made) as client:
            for table, found in rows.items():
                lines = "\n".join(json.dumps(row) for row in found)
                client.raw_insert(table, insert_block=lines, fmt="JSONEachRow")
        yield made
    finally:
        processes.stop()

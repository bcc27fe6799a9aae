"""ClickHouse: chDB behind ClickHouse's HTTP interface, see `clickhouse_server.py`."""

from __future__ import annotations

import sys
from collections.abc import Mapping

import httpx

from touchline.stack.ports import LOOPBACK
from touchline.stack.processes import Processes

PORTS = {"clickhouse": 8123}
NAME = "clickhouse"
START_TIMEOUT_S = 180.0


def start(processes: Processes, ports: Mapping[str, int]) -> None:
    """Start the server and wait until it answers."""
    data = processes.home / NAME
    command = [sys.executable, "-m", "touchline.stack.clickhouse_server"]
    command += ["--port", str(ports["clickhouse"]), "--data", str(data)]
    processes.start(NAME, command)
    with httpx.Client(base_url=url(ports), timeout=1.0, trust_env=False) as client:
        processes.wait(NAME, lambda: _answers(client), START_TIMEOUT_S)


def url(ports: Mapping[str, int]) -> str:
    """The server's address."""
    return f"http://{LOOPBACK}:{ports['clickhouse']}"


def _answers(client: httpx.Client) -> bool:
    try:
        return client.get("/ping").status_code == httpx.codes.OK
    except httpx.TransportError:
        return False

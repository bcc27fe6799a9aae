"""Toxiproxy between the jobs and the stores: slow, cut off, reset.

It is built once from its Go module, into the folder of what is built.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx

from touchline.errors import TouchlineError
from touchline.stack.ports import LOOPBACK, choose, listens
from touchline.stack.processes import Processes
from touchline.stack.tools import PROJECT

MODULE = "github.com/Shopify/toxiproxy/v2/cmd/server@v2.12.0"
FOLDER = PROJECT / "connectors" / "target" / "toxiproxy"
NAME = "toxiproxy"
START_TIMEOUT_S = 20.0


class Proxies:
    """A running Toxiproxy, with a proxy for each address. It ends with the stack's processes.

    ports: name -> the port that stands for the address.
    """

    def __init__(self, processes: Processes, addresses: Mapping[str, str]) -> None:
        free = choose(dict.fromkeys(("admin", *addresses), 0))
        admin = free.pop("admin")
        self.ports = free
        command = [str(_program()), "-host", LOOPBACK, "-port", str(admin)]
        processes.start(NAME, command)
        processes.wait(NAME, lambda: listens(admin), START_TIMEOUT_S)
        self._http = httpx.Client(base_url=f"http://{LOOPBACK}:{admin}", trust_env=False)
        for name, upstream in addresses.items():
            listen = f"{LOOPBACK}:{free[name]}"
            self._post("/proxies", {"name": name, "listen": listen, "upstream": upstream})

    def slow(self, name: str, latency_ms: int) -> None:
        """Each answer takes so much longer."""
        self._poison(name, "latency", {"latency": latency_ms})

    def swallow(self, name: str) -> None:
        """Nothing comes through, and nobody says so."""
        self._poison(name, "timeout", {"timeout": 0})

    def reset(self, name: str) -> None:
        """Each connection is reset at once, those that there are too."""
        self._poison(name, "reset_peer", {"timeout": 0})

    def heal(self) -> None:
        """All is as it was."""
        self._http.post("/reset").raise_for_status()

    def _poison(self, name: str, kind: str, attributes: Mapping[str, int]) -> None:
        for stream in ("upstream", "downstream"):
            if kind == "latency" and stream == "upstream":
                continue
            toxic = {"type": kind, "stream": stream, "attributes": attributes}
            self._post(f"/proxies/{name}/toxics", toxic)

    def _post(self, path: str, body: Mapping[str, Any]) -> None:
        self._http.post(path, json=body).raise_for_status()


def _program() -> Path:
    """The server, built if it is not there yet.

    Raises:
        TouchlineError: there is no Go, or it cannot build it.
    """
    program = FOLDER / "server"
    if program.exists():
        return program
    go = shutil.which("go")
    if go is None:
        raise TouchlineError("Toxiproxy is built by Go, which is not there", "install Go")
    done = subprocess.run(
        [go, "install", MODULE],
        env={**os.environ, "GOBIN": str(FOLDER)},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise TouchlineError("Toxiproxy cannot be built", done.stderr.strip()[-500:])
    return program

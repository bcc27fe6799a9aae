"""Prometheus's own programs: those of this machine, or out of Debian's package, not installed."""

from __future__ import annotations

import shutil
import subprocess
from functools import cache
from pathlib import Path

from touchline.stack.tools import PROJECT

FOLDER = PROJECT / "build" / "prometheus"


@cache
def program(name: str) -> Path:
    """`promtool` or `prometheus`.

    Raises:
        RuntimeError: it is not here, and Debian's package cannot be had.
    """
    if found := shutil.which(name):
        return Path(found)
    unpacked = FOLDER / "usr" / "bin" / name
    if not unpacked.exists():
        _unpack()
    return unpacked


def _unpack() -> None:
    """Needs no rights: neither for the download nor, if the machine has none, for apt's lists."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    own = ["-o", f"Dir::State={FOLDER}/state", "-o", f"Dir::Cache={FOLDER}/cache"]
    for folder in ("state/lists/partial", "cache/archives/partial"):
        (FOLDER / folder).mkdir(parents=True, exist_ok=True)
    steps: list[list[list[str]]] = [
        [["download", "prometheus"]],
        [[*own, "update"], [*own, "download", "prometheus"]],
    ]
    if shutil.which("apt-get") is None or not any(map(_all_done, steps)):
        raise RuntimeError("put Prometheus's programs (promtool, prometheus) on the PATH")
    (package,) = FOLDER.glob("prometheus_*.deb")
    subprocess.run(["dpkg-deb", "-x", package, FOLDER], check=True)
    package.unlink()


def _all_done(steps: list[list[str]]) -> bool:
    return all(
        subprocess.run(["apt-get", "-q", *step], cwd=FOLDER, capture_output=True).returncode == 0
        for step in steps
    )

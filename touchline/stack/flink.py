"""A Flink session cluster out of the apache-flink wheel: a JobManager and TaskManagers.

The processes are started as Flink's scripts would start them, but without the scripts, which start
another JVM each time to compute the memory settings.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

import httpx

from connectors.access import flink_options
from touchline.settings import Flink
from touchline.stack import flink_memory, jvm, zookeeper
from touchline.stack.ports import LOOPBACK
from touchline.stack.processes import AT_ONCE_S, Processes
from touchline.stack.tools import FLINK_CONF, FLINK_JARS, jars, java, package_dir

PORTS = {"flink": 8081, "flink-rpc": 6123}
JOB_MANAGER = "flink-jobmanager"
TASK_MANAGER = "flink-taskmanager"
JOB_MANAGER_CLASS = "org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint"
TASK_MANAGER_CLASS = "org.apache.flink.runtime.taskexecutor.TaskManagerRunner"
START_TIMEOUT_S = 120.0
BEHIND_OTHERS_S = 10.0
"""Where others can take its jobs, a TaskManager that ended lets them have the cores first."""


def start(
    processes: Processes,
    ports: Mapping[str, int],
    task_managers: int,
    more: Mapping[str, str] | None = None,
    reached: Flink | None = None,
    high_availability: bool = False,
) -> None:
    """Start the cluster and wait until all its TaskManagers are there.

    more: settings of Flink's beyond ours. reached: how its REST interface is, if not by plain HTTP.
    high_availability: a JobManager that ends is started again, and takes up its jobs.
    """
    folder = processes.home / "flink"
    if high_availability:
        zookeeper.start(processes, ports, class_path())
        more = {**zookeeper.flinks_settings(folder, ports), **(more or {})}
    configure(folder, ports, more)
    env = environment(folder)
    log = processes.log(JOB_MANAGER)
    memory = flink_memory.job_manager(folder / "conf", class_path())
    arguments = [*memory.arguments, "-D", f"web.log.path={log}"]
    command = _command(folder, JOB_MANAGER, memory.options, JOB_MANAGER_CLASS)
    processes.start(JOB_MANAGER, [*command, *arguments], env, supervised=high_availability)
    memory = flink_memory.task_manager(folder / "conf", class_path())
    # A TaskManager that starts its jobs takes all cores for a while: who elects the JobManager, and
    # it itself, must still be heard.
    yielding = ["nice", "-n", "5"] if high_availability else []
    pause_s = BEHIND_OTHERS_S if task_managers > 1 else AT_ONCE_S
    names = [f"{TASK_MANAGER}-{number}" for number in range(1, task_managers + 1)]
    for name in names:
        arguments = [*memory.arguments, "-D", f"taskmanager.resource-id={name}"]
        arguments += ["-D", f"taskmanager.log.path={processes.log(name)}"]
        command = _command(
            folder, TASK_MANAGER, memory.options, TASK_MANAGER_CLASS, write=name == names[0]
        )
        processes.start(
            name, [*yielding, *command, *arguments], env, supervised=True, again_after_s=pause_s
        )
    client_options = flink_options(reached or Flink(rest=rest(ports)))
    with httpx.Client(**client_options, timeout=2.0) as client:
        processes.wait(
            JOB_MANAGER, lambda: registered(client) >= task_managers, START_TIMEOUT_S, needs=names
        )


def rest(ports: Mapping[str, int]) -> str:
    """host:port of the JobManager's REST interface and web UI."""
    return f"{LOOPBACK}:{ports['flink']}"


def registered(client: httpx.Client) -> int:
    """The TaskManagers that the cluster has now; 0 while it does not answer."""
    try:
        answer = client.get("/overview")
    except httpx.TransportError:
        return 0
    return int(answer.json()["taskmanagers"]) if answer.status_code == httpx.codes.OK else 0


def environment(folder: Path) -> dict[str, str]:
    """What Flink's processes and scripts need to find our configuration, jars and Python.

    `flink run` with it submits to this cluster.
    """
    home = package_dir("pyflink")
    programs = Path(sys.executable).parent  # thread mode looks for Python's programs on the PATH
    return {
        "FLINK_HOME": str(home),
        "FLINK_BIN_DIR": str(home / "bin"),
        "FLINK_OPT_DIR": str(home / "opt"),
        "FLINK_PLUGINS_DIR": str(home / "plugins"),
        "FLINK_CONF_DIR": str(folder / "conf"),
        "FLINK_LIB_DIR": str(folder / "lib"),
        "FLINK_PID_DIR": str(folder / "run"),
        "FLINK_LOG_DIR": str(folder / "log"),
        "JAVA_HOME": str(java().resolve().parent.parent),
        "PATH": f"{programs}{os.pathsep}{os.environ.get('PATH', '')}",
    }


def configure(
    folder: Path, ports: Mapping[str, int], more: Mapping[str, str] | None = None
) -> None:
    """Write the configuration and link the jars, below `folder`."""
    for name in ("conf", "lib", "run", "log", "tmp"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for file in FLINK_CONF.iterdir():
        if file.name != "config.yaml":
            shutil.copy(file, folder / "conf")
    base = (FLINK_CONF / "config.yaml").read_text()
    values = {**_overrides(folder, ports), **(more or {})}
    (folder / "conf" / "config.yaml").write_text(overlay(base, values))
    for old in (folder / "lib").iterdir():
        old.unlink()
    for jar in class_path():
        (folder / "lib" / jar.name).symlink_to(jar)


def overlay(text: str, values: Mapping[str, str]) -> str:
    """A configuration of flat `key: value` lines with these values in place of its own."""
    left = dict(values)
    lines = []
    for line in text.splitlines():
        key = line.partition(":")[0]
        lines.append(f"{key}: {left.pop(key)}" if key in left else line)
    return "\n".join([*lines, *(f"{key}: {value}" for key, value in left.items())]) + "\n"


def class_path() -> list[Path]:
    """Flink's own jars, flink-python (which the wheel keeps apart), and the connectors.

    `pipeline.jars` would do for the connectors, but it hides flink-python from a session cluster.
    """
    home = package_dir("pyflink")
    return [
        *sorted(home.glob("lib/*.jar")),
        *home.glob("opt/flink-python-*.jar"),
        *jars(FLINK_JARS),
    ]


def _command(
    folder: Path, role: str, options: list[str], main: str, write: bool = True
) -> list[str]:
    conf = folder / "conf"
    named = f"env.java.opts.{role.removeprefix('flink-')}"
    logging = f"-Dlog4j.configurationFile=file:{conf / 'log4j-console.properties'}"
    for key in ("env.java.opts.all", named):
        options = [*options, *flink_memory.setting(conf, key).split()]
    command = jvm.command(class_path(), [*options, logging], main, role, write)
    return [*command, "--configDir", str(conf)]


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

"""ZooKeeper, out of Flink's own jar: what a JobManager needs to take its jobs up again.

Without it a JobManager that ends takes the jobs with it, and they are submitted anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from touchline.stack import flink_memory, jvm
from touchline.stack.ports import LOOPBACK, listens
from touchline.stack.processes import Processes
from touchline.stack.tools import FLINK_CONF

PORTS = {"flink-zookeeper": 2181}
NAME = "flink-zookeeper"
MAIN = "org.apache.flink.runtime.zookeeper.FlinkZooKeeperQuorumPeer"
STORAGE = "high-availability.storageDir"
START_TIMEOUT_S = 60.0
OPTIONS = ("-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")


def start(processes: Processes, ports: Mapping[str, int], jars: list[Path]) -> None:
    """Start one server and wait until it listens. jars: Flink's."""
    folder = processes.home / NAME
    (folder / "data").mkdir(parents=True, exist_ok=True)
    settings = folder / "zoo.cfg"
    settings.write_text(configuration(folder, ports))
    logging = f"-Dlog4j.configurationFile=file:{FLINK_CONF / 'log4j-console.properties'}"
    command = jvm.command(jars, [*OPTIONS, logging], MAIN)
    arguments = ["--zkConfigFile", str(settings), "--peerId", "1"]
    processes.start(NAME, [*command, *arguments], supervised=True)
    processes.wait(NAME, lambda: listens(ports[NAME]), START_TIMEOUT_S)


def configuration(folder: Path, ports: Mapping[str, int]) -> str:
    """The server's settings."""
    return f"""\
dataDir={folder / "data"}
clientPort={ports[NAME]}
clientPortAddress={LOOPBACK}
# What a lost session is measured in: the next JobManager waits for the last one's to end.
tickTime=500
minSessionTimeout=1000
# It takes a port of its own, 8080.
admin.enableServer=false
"""


def flinks_settings(folder: Path, ports: Mapping[str, int]) -> dict[str, str]:
    """What Flink must know of it. folder: for what is too large for ZooKeeper."""
    return {
        "high-availability.type": "zookeeper",
        "high-availability.zookeeper.quorum": f"{LOOPBACK}:{ports[NAME]}",
        STORAGE: _storage(folder),
        # A JobManager that was killed holds the lead for so long. One that is only not heard, on a
        # machine that stands still for some seconds, would lose it, and all jobs start anew.
        "high-availability.zookeeper.client.session-timeout": "15 s",
        # A busy machine that answers late is no reason to give up the lead, and with it all jobs.
        "high-availability.zookeeper.client.tolerate-suspended-connections": "true",
        "high-availability.zookeeper.client.connection-timeout": "4 s",
        # The port is found in ZooKeeper; the next one may have another.
        "high-availability.jobmanager.port": str(ports["flink-rpc"]),
    }


def known_to_flink(folder: Path) -> bool:
    """Whether the cluster in `folder` is configured with it, as it runs or did when it last ran."""
    try:
        return flink_memory.setting(folder / "conf", STORAGE) == _storage(folder)
    except FileNotFoundError:  # it never ran
        return False


def _storage(folder: Path) -> str:
    return (folder / "ha").resolve().as_uri()

"""How Flink divides a process's memory: computed by Flink itself, and kept for the next start."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from touchline.errors import TouchlineError
from touchline.stack import jvm
from touchline.stack.tools import FLINK_CONF, java, package_dir

TOOL = "org.apache.flink.runtime.util.bash.BashJavaUtils"
RESULT = "BASH_JAVA_UTILS_EXEC_RESULT:"


@dataclass(frozen=True)
class Memory:
    """options: the JVM's heap and metaspace; arguments: `-D key=value` for the main class."""

    options: list[str]
    arguments: list[str]


def job_manager(conf: Path, jars: Sequence[Path]) -> Memory:
    """The JobManager's memory."""
    return _computed("GET_JM_RESOURCE_PARAMS", conf, jars)


def task_manager(conf: Path, jars: Sequence[Path]) -> Memory:
    """A TaskManager's memory."""
    return _computed("GET_TM_RESOURCE_PARAMS", conf, jars)


def setting(conf: Path, key: str) -> str:
    """The value of a flat key of config.yaml; empty if it has none."""
    for line in (conf / "config.yaml").read_text().splitlines():
        if line.startswith(f"{key}:"):
            return line.partition(":")[2].strip()
    return ""


def _computed(question: str, conf: Path, jars: Sequence[Path]) -> Memory:
    # The folder's own settings are addresses and paths: memory depends on the project's alone.
    key = jvm.fingerprint(jars, question, (FLINK_CONF / "config.yaml").read_text())
    kept = jvm.cache() / f"memory-{key}.json"
    if kept.exists():
        return Memory(**json.loads(kept.read_text()))
    tool = package_dir("pyflink") / "bin" / "bash-java-utils.jar"
    path = ":".join(str(jar) for jar in (tool, *jars))
    command = [str(java()), "-cp", path, TOOL, question, "--configDir", str(conf)]
    done = subprocess.run(command, capture_output=True, text=True)
    lines = [
        line.removeprefix(RESULT).split()
        for line in done.stdout.splitlines()
        if line.startswith(RESULT)
    ]
    if len(lines) != 2:
        raise TouchlineError("Flink refuses flink-conf/config.yaml", done.stdout + done.stderr)
    memory = Memory(*lines)
    kept.write_text(json.dumps(memory.__dict__))
    return memory

"""Flink's own client, as `flink run` starts it: submits jobs to a cluster.

It is started without Flink's script, so that its JVM can map the classes of the last run from an
archive and compile only as far as a process of some seconds needs.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from touchline import flink_tls
from touchline.errors import TouchlineError
from touchline.plans import Planned, shape_in
from touchline.settings import Settings, stack_dir
from touchline.stack import flink, flink_memory, jvm
from touchline.stack.tools import FLINK_CONF, PROJECT

MAIN = "org.apache.flink.client.cli.CliFrontend"
PROGRAM = PROJECT / "jobs" / "all.py"
ARCHIVE = "flink-client"
JVM_OPTIONS = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xms256m", "-Xmx768m")
"""A process of some seconds: quick code now beats fast code later. Two cores: no parallel GC."""

RETRIES = ("rest.retry.max-attempts: 300", "rest.retry.delay: 200 ms")
"""A cluster that is only starting is waited for, a minute."""

_CLUSTERS_OWN = ("execution.checkpointing.dir", "execution.checkpointing.savepoint-dir")
_ADDRESSES = ("jobmanager.", "taskmanager.", "rest.", "io.tmp.dirs", "metrics.")
_SUBMITTED = re.compile(r"JobID ([0-9a-f]{32})")
_DONE = re.compile(r"submitted (\w+)")
_PLANNED = re.compile(r"plan (\{.*\})$")
PLAN = "--plan"
_IN_PYTHON = "Python process exits with code"
_PYTHON_LOG = re.compile(
    r"PythonDriver +\[\] - (?:: )?([\w.]+(?:Error|Exception): .+)$", re.MULTILINE
)
_CAUSE = re.compile(r"^(?:Caused by: )?(?:[\w.$]+(?:Exception|Error): )?(.+)$")


@dataclass(frozen=True)
class Submission:
    """What one client shall do.

    jobs: names in `versions.JOBS`, in the order in which they are to start.
    start, end, match, generation: as in `jobs/pipeline.py`; an `end` makes it a replay.
    savepoint: what the job, one only, is restored from.
    overrides: `section.name=value`, beyond the addresses that are passed in any case.
    """

    jobs: Sequence[str]
    start: str = "earliest"
    end: str = ""
    match: str = ""
    generation: int = 0
    savepoint: str = ""
    overrides: Sequence[str] = field(default=())


_ACCESS = {
    "kafka": ("bootstrap", "security", "sasl_mechanism", "user", "password", "ca_file"),
    "redis": ("url", "user", "password", "ca_file"),
    "clickhouse": ("url", "database", "user", "password", "ca_file"),
}


def addresses(settings: Settings) -> list[str]:
    """The settings that say where data is and how it is reached, as `section.name=value`: a job
    runs elsewhere, without our environment and files. Of secrets they say where they are."""
    return [
        f"{section}.{name}={value}"
        for section, names in _ACCESS.items()
        for name in names
        if (value := getattr(getattr(settings, section), name))
    ]


def arguments(submission: Submission, settings: Settings) -> list[str]:
    """The command line of `jobs/all.py`."""
    given = ["--jobs", ",".join(submission.jobs), "--from", submission.start]
    if submission.end:
        given += ["--to", submission.end]
    if submission.match:
        given += ["--match", submission.match]
    if submission.generation:
        given += ["--generation", str(submission.generation)]
    for override in (*addresses(settings), *submission.overrides):
        given += ["--set", override]
    return given


def command(submission: Submission, settings: Settings, conf: Path, log: Path) -> list[str]:
    """The client's whole command line, `conf` being its configuration folder."""
    options = [
        *JVM_OPTIONS,
        *flink_memory.setting(conf, "env.java.opts.all").split(),
        f"-Dlog.file={log}",
        f"-Dlog4j.configurationFile=file:{conf / 'log4j-cli.properties'}",
    ]
    restore = ["-s", submission.savepoint] if submission.savepoint else []
    return [
        *jvm.command(flink.class_path(), options, MAIN, ARCHIVE, write=True),
        # Whether it is TLS, Flink takes from the address, whatever its configuration says.
        *("run", "-d", "-m", settings.flink.url if settings.flink.tls else settings.flink.rest),
        *("-pyexec", sys.executable, "-pyclientexec", sys.executable),
        *restore,
        *("-py", str(PROGRAM), *arguments(submission, settings)),
    ]


def configuration(text: str) -> str:
    """`flink-conf/config.yaml` as the client needs it: what belongs to the jobs, while addresses,
    processes and folders are the cluster's own."""
    kept = [
        line
        for line in text.splitlines()
        if line and not line.startswith((*_CLUSTERS_OWN, *_ADDRESSES, "python.", "#"))
    ]
    return "\n".join([*kept, *RETRIES, ""])


class Client:
    """A client that runs. `wait` gives the ids of the jobs.

    plan_only: it submits nothing; `planned` gives the plan of the first job.
    """

    def __init__(self, submission: Submission, settings: Settings, plan_only: bool = False) -> None:
        folder = stack_dir() / "client"
        conf = folder / "conf"
        conf.mkdir(parents=True, exist_ok=True)
        self._log = stack_dir() / "logs" / "flink-client.log"
        self._log.parent.mkdir(exist_ok=True)
        for file in FLINK_CONF.iterdir():
            text = file.read_text()
            if file.name == "config.yaml":
                text = configuration(text) + "".join(
                    f"{name}: {value}\n"
                    for name, value in flink_tls.java_options(settings.flink, folder).items()
                )
            (conf / file.name).write_text(text)
        self._jobs = submission.jobs
        self._process = subprocess.Popen(
            [*command(submission, settings, conf, self._log), *([PLAN] if plan_only else [])],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, **_environment(conf)},
            start_new_session=True,
        )

    def wait(self, submitted: Callable[[str], None] = lambda _job: None) -> dict[str, str]:
        """Wait until all jobs are with the cluster; gives their ids by name.

        The client itself may run on for some seconds, to write its class archive.

        submitted: told of each job as it goes.

        Raises:
            TouchlineError: a job was refused; the text has the reason that Flink gives.
        """
        output: list[str] = []
        ids: dict[str, str] = {}
        job_id = ""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            output.append(line.rstrip())
            if found := _SUBMITTED.search(line):
                job_id = found.group(1)
            if found := _DONE.match(line):
                ids[found.group(1)] = job_id
                submitted(found.group(1))
            if len(ids) == len(self._jobs):
                return ids
        raise self._failure(output)

    def planned(self) -> Planned:
        """Wait for the plan of the job as it would be submitted.

        Raises:
            TouchlineError: there is none; the text has the reason that Flink gives.
        """
        output: list[str] = []
        assert self._process.stdout is not None
        for line in self._process.stdout:
            output.append(line.rstrip())
            if found := _PLANNED.match(line):
                shown = json.loads(found.group(1))
                return Planned(shown["plan"], shape_in(shown["parameters"]))
        raise self._failure(output)

    def _failure(self, output: Sequence[str]) -> TouchlineError:
        why = cause(output)
        if _IN_PYTHON in why and self._log.exists():
            why = python_cause(self._log.read_text(errors="replace")) or why
        return TouchlineError(f"Flink's client failed: {why}", f"its log: {self._log}")

    def stop(self) -> None:
        """End it, at any time, with the Python process that it has started."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


def cause(output: Sequence[str]) -> str:
    """The innermost reason in the client's output: the last `Caused by`, else its last line."""
    causes = [line for line in output if line.startswith("Caused by: ")]
    errors = [line for line in output if line.strip() and not line.startswith(("\t", "  at "))]
    line = (causes or errors or ["it said nothing"])[-1]
    found = _CAUSE.match(line)
    return found.group(1) if found else line


def python_cause(log: str) -> str:
    """What the job's main program failed of, by the client's log; empty if it does not say."""
    found = _PYTHON_LOG.findall(log)
    return found[-1] if found else ""


def _environment(conf: Path) -> Mapping[str, str]:
    return {**flink.environment(stack_dir() / "client"), "FLINK_CONF_DIR": str(conf)}

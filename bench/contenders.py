"""The engines: how each is started for the work, and which processes it consists of.

Each is a context manager that gives a `Run`, and that stops what it has started.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.bed import Bed, cancel, wait_at_work
from bench.environment import program
from bench.last_write import PROVIDER
from bench.report import step
from touchline.errors import TouchlineError
from touchline.flink_client import Submission, cause
from touchline.flink_cluster import Cluster
from touchline.settings import stack_dir
from touchline.stack import flink
from touchline.stack.processes import tail
from touchline.stack.tools import PROJECT

ROW_AT_A_TIME = PROJECT / "bench" / "row_at_a_time.py"
ROW_AT_A_TIME_JOB = "bench-row-at-a-time"
SNAPSHOT_S = 10
"""How often Bytewax takes a snapshot, and `normalize` a checkpoint."""

GRACE_S = 15.0


@dataclass(frozen=True)
class Run:
    """A contender at work.

    roots: gives its processes, without their children.
    check: raises TouchlineError if it has ended.
    """

    roots: Callable[[], Iterable[int]]
    check: Callable[[], None] = lambda: None


Contender = Callable[[Bed, str, str], AbstractContextManager[Run]]
"""Reads the first topic, writes to the second."""


@contextmanager
def normalize(
    bed: Bed, _source: str, target: str, parallelism: int, gathers: Sequence[str] = ()
) -> Iterator[Run]:
    """Touchline's own job. It does more than the others: it tells duplicates from superseded
    versions, counts both, and writes the latter to a topic of their own.

    gathers: settings of how much a Python step gathers, if not as in a live job.
    """
    overrides = (
        f'feeds.providers=["{PROVIDER}"]',
        f"kafka.match_events={target}",
        f"jobs.parallelism={parallelism}",
        f"jobs.checkpoint_interval_ms={SNAPSHOT_S * 1000}",
        *gathers,
    )
    with bed.jobs(Submission(["normalize"], overrides=overrides)):
        yield Run(bed.flink_processes)


@contextmanager
def row_at_a_time(bed: Bed, source: str, target: str) -> Iterator[Run]:
    """`bench/row_at_a_time.py` on the same cluster."""
    settings = bed.settings
    environment = {**os.environ, **flink.environment(stack_dir() / "flink")}
    command = [
        *(f"{environment['FLINK_BIN_DIR']}/flink", "run", "-d", "-m", settings.flink.rest),
        *("-pyexec", sys.executable, "-pyclientexec", sys.executable, "-py", str(ROW_AT_A_TIME)),
        *(settings.kafka.bootstrap, source, target),
    ]
    with Cluster(settings.flink) as cluster:
        ids: list[str] = []
        try:
            with step("submitting the row-at-a-time job"):
                done = subprocess.run(command, capture_output=True, text=True, env=environment)
                output = done.stdout + done.stderr
                if done.returncode:
                    raise TouchlineError(
                        f"the row-at-a-time job was refused: {cause(output.splitlines())}"
                    )
                ids.append(cluster.current_jobs()[ROW_AT_A_TIME_JOB].id)
                wait_at_work(cluster, ids)
            yield Run(bed.flink_processes)
        finally:
            cancel(cluster, ids)


def quix(bed: Bed, source: str, target: str) -> AbstractContextManager[Run]:
    """`bench/quix_app.py`."""
    return quix_program(bed, "bench.quix_app", source, target)


def quix_program(bed: Bed, module: str, *topics: str) -> AbstractContextManager[Run]:
    """A module that is an application of Quix Streams; its state is in a folder of its own."""
    folder = bed.folder / module
    command = [str(program("python")), "-m", module, bed.settings.kafka.bootstrap, *topics]
    return _process([*command, str(folder)], bed.folder / f"{module}.log")


def bytewax(bed: Bed, source: str, target: str, keyed_by: str) -> AbstractContextManager[Run]:
    """`bench/bytewax_flow.py`."""
    return bytewax_program(bed, "bench.bytewax_flow", source, target, keyed_by)


def bytewax_program(bed: Bed, module: str, *given: str) -> AbstractContextManager[Run]:
    """A module whose function `flow` gives a dataflow of Bytewax, for the broker and what is given;
    with recovery."""
    name = "-".join((module, *given))
    folder = bed.folder / name
    folder.mkdir()
    python = str(program("python"))
    subprocess.run([python, "-m", "bytewax.recovery", str(folder), "1"], check=True)
    arguments = ", ".join(map(repr, (bed.settings.kafka.bootstrap, *given)))
    flow = f"{module}:flow({arguments})"
    command = [python, "-m", "bytewax.run", flow, "-r", str(folder), "-s", str(SNAPSHOT_S)]
    return _process([*command, "-b", "0"], bed.folder / f"{name}.log")


@contextmanager
def _process(command: Sequence[str], log: Path) -> Iterator[Run]:
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, cwd=PROJECT
        )

    def check() -> None:
        if process.poll() is not None:
            raise TouchlineError(f"it ended with {process.returncode}", tail(log))

    try:
        yield Run(lambda: [process.pid], check)
    finally:
        process.terminate()
        try:
            process.wait(GRACE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

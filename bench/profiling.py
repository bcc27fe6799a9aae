"""Where the time goes: the normalize job under full load, one slot, warmed up.

Three observers at once, for some seconds:

* /proc: the CPU time of the TaskManager's threads, and of its Python worker;
* py-spy: what the worker is at, 100 times a second;
* Flight Recorder: what the TaskManager's Java threads are at, every 10 ms or so.

The last two only divide what /proc has measured. Code that the JVM runs outside of Java (sockets,
compression) is seen by /proc alone, and is divided like the rest.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.bed import Bed, fresh_bed, wait_for_output
from bench.cpu import by_process, by_thread
from bench.environment import program
from bench.last_write import PROVIDER
from bench.load import CORRECTED, simulation_of, stream_to
from bench.report import Report, step
from bench.stacks import JVM, PYTHON, innermost, jvm_samples, python_samples, shares
from touchline.errors import TouchlineError
from touchline.flink_client import Submission
from touchline.settings import stack_dir
from touchline.stack import flink
from touchline.stack.processes import Processes
from touchline.stack.tools import java

SEED = 300
WARM_UP = 0.3
"""Share of the load that is passed before anything is observed."""

SAMPLE_S = 12
SAMPLES_PER_S = 100
TOP = 15

_WARM, _OBSERVED = "warm", "observed"

_GARBAGE = ("G1 ", "GC Thread", "VM Thread")
_COMPILER = ("C1 Comp", "C2 Comp")


@dataclass(frozen=True)
class Observed:
    """Of the seconds that were observed: CPU time, and the shares that divide it.

    threads: CPU-seconds of the JVM's threads by name. worker_s: of the Python worker.
    """

    seconds: float
    threads: Mapping[str, float]
    worker_s: float
    jvm: Mapping[str, float]
    python: Mapping[str, float]
    functions: Mapping[str, float]


def measure(report: Report, events: int) -> bool:
    """Profile the job; always True."""
    spy = program("py-spy")
    simulation = simulation_of(events, CORRECTED, SEED)
    overrides = (f'feeds.providers=["{PROVIDER}"]',)
    with fresh_bed() as bed:
        kafka = bed.settings.kafka
        with step("producing the load") as tell:
            topic = kafka.feed(PROVIDER)
            stream_to(kafka, topic, simulation, lambda count: tell(f"{count:,} of {events:,}"))
        with bed.jobs(Submission(["normalize"], overrides=overrides)):
            recorder = _Recorder.of(bed)
            recorder.start(_WARM)
            least = int(events * WARM_UP)
            wait_for_output(bed.settings, kafka.match_events, least, "warming up", stable_s=0)
            with step(f"observing for {SAMPLE_S} s"):
                observed = _observe(bed, recorder, spy)
    report.rows("profile", f"Where {SAMPLE_S} s of normalize go", _places(observed))
    functions = [
        {"function": name, "share_of_worker": f"{share:.1%}"}
        for name, share in list(observed.functions.items())[:TOP]
    ]
    report.rows("profile-functions", "The Python worker's functions, themselves", functions)
    return True


@dataclass(frozen=True)
class _Recorder:
    """The Flight Recorder of a TaskManager.

    Its first recording changes classes, so that the JVM compiles them anew, for half a minute:
    one is begun before the warm-up, and those after it cost nothing.
    """

    manager: int
    folder: Path

    @classmethod
    def of(cls, bed: Bed) -> _Recorder:
        manager = Processes(stack_dir()).pid(f"{flink.TASK_MANAGER}-1")
        if manager is None:
            raise TouchlineError("the TaskManager does not run")
        return cls(manager, bed.folder)

    def start(self, name: str) -> None:
        _run(_tool("jcmd"), str(self.manager), "JFR.start", "settings=profile", f"name={name}")

    def stop(self, name: str) -> str:
        """The recording's samples, as text."""
        file = self.folder / f"{name}.jfr"
        _run(_tool("jcmd"), str(self.manager), "JFR.stop", f"name={name}", f"filename={file}")
        return _run(
            *(_tool("jfr"), "print", "--events", "jdk.ExecutionSample"),
            *("--stack-depth", "64", str(file)),
        )


def _tool(name: str) -> str:
    return str(java().resolve().with_name(name))


def _observe(bed: Bed, recorder: _Recorder, spy: Path) -> Observed:
    manager = recorder.manager
    workers = by_process([manager])
    del workers[manager]
    worker = max(workers, key=workers.__getitem__)
    stacks = bed.folder / "python.txt"
    recorder.start(_OBSERVED)
    threads, worker_s, since = by_thread(manager), by_process([worker])[worker], time.monotonic()
    _run(
        *(str(spy), "record", "--pid", str(worker), "--format", "raw", "--full-filenames"),
        *("--duration", str(SAMPLE_S), "--rate", str(SAMPLES_PER_S), "--output", str(stacks)),
    )
    seconds = time.monotonic() - since
    worker_s = by_process([worker])[worker] - worker_s
    after = by_thread(manager)
    printed = recorder.stop(_OBSERVED)
    python = python_samples(stacks.read_text())
    return Observed(
        seconds=seconds,
        threads={name: used - threads.get(name, 0.0) for name, used in after.items()},
        worker_s=worker_s,
        jvm=shares(jvm_samples(printed), JVM),
        python=shares(python, PYTHON),
        functions=innermost(python),
    )


def _places(observed: Observed) -> list[dict[str, object]]:
    """Lines of the result: where, how many cores, and which share of all."""
    garbage = _sum(observed.threads, _GARBAGE)
    compiler = _sum(observed.threads, _COMPILER)
    java_s = sum(observed.threads.values()) - garbage - compiler
    used = {f"Python: {kind}": part * observed.worker_s for kind, part in observed.python.items()}
    used |= {f"JVM: {kind}": part * java_s for kind, part in observed.jvm.items()}
    used |= {"JVM: garbage collection": garbage, "JVM: compiler": compiler}
    total = sum(used.values())
    return [
        {
            "where": where,
            "cores": round(cpu_s / observed.seconds, 2),
            "share": f"{cpu_s / total:.1%}",
        }
        for where, cpu_s in [*used.items(), ("all", total)]
    ]


def _sum(threads: Mapping[str, float], prefixes: tuple[str, ...]) -> float:
    return sum(seconds for name, seconds in threads.items() if name.startswith(prefixes))


def _run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise TouchlineError(f"{Path(command[0]).name} failed", done.stderr[-2000:] or done.stdout)
    return done.stdout

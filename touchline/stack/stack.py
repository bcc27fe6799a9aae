"""The whole stack: up, down, status."""

from __future__ import annotations

import contextlib
import fcntl
import json
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from touchline.errors import TouchlineError
from touchline.settings import Settings, stack_dir, stack_file
from touchline.stack import clickhouse, flink, kafka, redis, zookeeper
from touchline.stack.ports import choose, listens
from touchline.stack.processes import Processes

TASK_MANAGERS = 1
SERVICES = ("kafka", "redis", "clickhouse", "flink")
PORTS = {
    **kafka.PORTS, **redis.PORTS, **clickhouse.PORTS, **flink.PORTS, **zookeeper.PORTS,
}  # fmt: skip

Report = Callable[[str, str], None]
"""Told of a service and what it is at: `STARTING`, "ready in 3.1 s"."""

STARTING = "starting"


@dataclass(frozen=True)
class ServiceStatus:
    """One service.

    address: what a client connects to; empty if it was not started.
    running: all of its processes run, and it accepts connections.
    processes: the process ids by name, None for one that ended.
    """

    name: str
    address: str
    running: bool
    processes: dict[str, int | None]


def up(
    fresh: bool = False,
    task_managers: int = TASK_MANAGERS,
    report: Report = lambda _service, _text: None,
    ports: Mapping[str, int] = PORTS,
    high_availability: bool = False,
) -> dict[str, dict[str, str]]:
    """Start what does not run yet, and write the addresses to the stack's file.

    fresh: delete all data first (stops the stack).
    ports: the wanted ones; 0 is any free one. What runs already keeps its own.
    high_availability: a JobManager that ends is started again, and takes up its jobs. A stack that
        has it keeps it, until all data is deleted.

    Returns: the addresses, in the settings' shape.

    Raises:
        TouchlineError: something could not be started; what was started by this call is stopped.
            Or Flink runs without high availability, which it does not get while it runs.
    """
    home = stack_dir()
    home.mkdir(parents=True, exist_ok=True)
    with locked(home):
        processes = Processes(home)
        if fresh:
            _stop(processes)
            _delete_data(home)
        high_availability = _high_availability(processes, high_availability)
        chosen = _ports(processes, ports)
        _ports_file(home).write_text(json.dumps(chosen))
        _start_all(processes, chosen, task_managers, report, high_availability)
        found = addresses(chosen)
        stack_file().write_text(json.dumps(found, indent=2) + "\n")
        return found


def down() -> bool:
    """Stop everything, whatever state it is in; True if anything ran."""
    home = stack_dir()
    if not home.exists():
        return False
    with locked(home):
        return _stop(Processes(home))


def status() -> list[ServiceStatus]:
    """What runs, and where."""
    processes = Processes(stack_dir())
    ports = recorded_ports(processes.home)
    found = addresses(ports) if ports else {}
    answer = []
    for service in SERVICES:
        pids = {
            name: processes.pid(name)
            for name in processes.names()
            if name.partition("-")[0] == service
        }
        address = next(iter(found.get(service, {}).values()), "")
        running = bool(pids) and all(pids.values()) and listens(ports[service])
        answer.append(ServiceStatus(service, address, running, pids))
    return answer


def _start_all(
    processes: Processes,
    ports: Mapping[str, int],
    task_managers: int,
    report: Report,
    high_availability: bool,
) -> None:
    settings = Settings.load()
    before = {name for name in processes.names() if processes.running(name)}
    starts: dict[str, Callable[[], None]] = {
        "kafka": lambda: kafka.start(processes, ports, settings),
        "redis": lambda: redis.start(processes, ports),
        "clickhouse": lambda: clickhouse.start(processes, ports),
        "flink": lambda: flink.start(
            processes, ports, task_managers, high_availability=high_availability
        ),
    }
    try:
        with ThreadPoolExecutor(len(starts)) as pool:
            futures = [pool.submit(_start_one, name, run, report) for name, run in starts.items()]
            try:
                for future in as_completed(futures):
                    future.result()
            except BaseException:  # Ctrl-C too
                processes.cancel()  # ends the other threads
                raise
    except BaseException:
        processes.stop(name for name in processes.names() if name not in before)
        raise


def _start_one(name: str, start: Callable[[], None], report: Report) -> None:
    report(name, STARTING)
    since = time.monotonic()
    start()
    report(name, f"ready in {time.monotonic() - since:.1f} s")


def _high_availability(processes: Processes, wanted: bool) -> bool:
    """Whether Flink is to have it. It is never changed for one that runs: what is written for it
    would be read by the next JobManager, which would not know the jobs of this one."""
    has = zookeeper.known_to_flink(processes.home / "flink")
    if wanted and not has and "flink" in _running(processes):
        raise TouchlineError(
            "Flink runs without high availability",
            "`touchline down` first, then `touchline up --ha`; jobs are to be submitted again",
        )
    return wanted or has


def addresses(ports: Mapping[str, int]) -> dict[str, dict[str, str]]:
    """Where the services are that have these ports, in the settings' shape."""
    return {
        "kafka": {"bootstrap": kafka.bootstrap(ports)},
        "redis": {"url": redis.url(ports)},
        "clickhouse": {"url": clickhouse.url(ports)},
        "flink": {"rest": flink.rest(ports)},
    }


def _ports(processes: Processes, wanted: Mapping[str, int]) -> dict[str, int]:
    """The ports of what runs, and free ones for the rest: the last time's, or the wanted ones."""
    recorded = recorded_ports(processes.home)
    running = _running(processes)
    kept = {name: port for name, port in recorded.items() if name.partition("-")[0] in running}
    other = {name: recorded.get(name, port) for name, port in wanted.items() if name not in kept}
    return {**kept, **choose(other)}


def _running(processes: Processes) -> set[str]:
    """The services of which a process runs."""
    return {name.partition("-")[0] for name in processes.names() if processes.running(name)}


def _ports_file(home: Path) -> Path:
    """Written before anything starts: what a crash of `up` left behind is found by it."""
    return home / "ports.json"


def recorded_ports(home: Path) -> dict[str, int]:
    """The ports of the stack in a folder; none if there never was one."""
    try:
        ports: dict[str, int] = json.loads(_ports_file(home).read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return ports


def _stop(processes: Processes) -> bool:
    ran = any(processes.running(name) for name in processes.names())
    processes.stop()
    stack_file().unlink(missing_ok=True)
    return ran


def _delete_data(home: Path) -> None:
    for name in (*SERVICES, zookeeper.NAME, "logs"):
        shutil.rmtree(home / name, ignore_errors=True)


@contextlib.contextmanager
def locked(home: Path) -> Iterator[None]:
    """One `up` or `down` at a time."""
    with (home / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise TouchlineError(
                f"another `touchline up` or `down` works on {home}", "wait for it, then try again"
            ) from error
        yield

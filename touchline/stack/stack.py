"""The whole stack: up, down, status."""

from __future__ import annotations

import contextlib
import fcntl
import json
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path

from touchline.errors import TouchlineError
from touchline.settings import Settings, stack_dir, stack_file
from touchline.stack import clickhouse, flink, kafka, redis
from touchline.stack.ports import choose, listens
from touchline.stack.processes import Processes

TASK_MANAGERS = 3
SERVICES = ("kafka", "redis", "clickhouse", "flink")
PORTS = {**kafka.PORTS, **redis.PORTS, **clickhouse.PORTS, **flink.PORTS}

Report = Callable[[str, str], None]
"""Told of a service and what it is at: "starting", "ready in 3.1 s", "runs already"."""


@dataclass(frozen=True)
class ServiceStatus:
    """One service: its address, and whether it runs."""

    name: str
    address: str
    running: bool
    processes: dict[str, int | None]


def up(
    fresh: bool = False,
    task_managers: int = TASK_MANAGERS,
    report: Report = lambda _service, _text: None,
) -> dict[str, dict[str, str]]:
    """Start what does not run yet, and write the addresses to the stack's file.

    fresh: delete all data first (stops the stack).

    Returns: the addresses, in the settings' shape.

    Raises:
        TouchlineError: something could not be started; what was started by this call is stopped.
    """
    home = stack_dir()
    home.mkdir(parents=True, exist_ok=True)
    with _locked(home):
        processes = Processes(home)
        if fresh:
            _stop(processes)
            _delete_data(home)
        before = {name for name in processes.names() if processes.running(name)}
        ports = _ports(processes)
        try:
            _start_all(processes, ports, task_managers, report)
        except BaseException:  # Ctrl-C too: nothing that was started here stays behind
            processes.stop(name for name in processes.names() if name not in before)
            raise
        addresses = _addresses(ports)
        stack = {**addresses, "stack": {"ports": ports, "task_managers": task_managers}}
        stack_file().write_text(json.dumps(stack, indent=2) + "\n")
        return addresses


def down() -> bool:
    """Stop everything, whatever state it is in; True if anything ran."""
    home = stack_dir()
    if not home.exists():
        return False
    with _locked(home):
        return _stop(Processes(home))


def status() -> list[ServiceStatus]:
    """What runs, and where."""
    processes = Processes(stack_dir())
    ports = _recorded_ports()
    addresses = _addresses(ports) if ports else {}
    answer = []
    for service in SERVICES:
        pids = {
            name: processes.pid(name)
            for name in processes.names()
            if name.partition("-")[0] == service
        }
        address = next(iter(addresses.get(service, {}).values()), "")
        running = bool(pids) and all(pids.values()) and listens(ports[service])
        answer.append(ServiceStatus(service, address, running, pids))
    return answer


def _start_all(
    processes: Processes, ports: Mapping[str, int], task_managers: int, report: Report
) -> None:
    settings = Settings.load()
    starts: dict[str, Callable[[], None]] = {
        "kafka": lambda: kafka.start(processes, ports, settings.kafka),
        "redis": lambda: redis.start(processes, ports),
        "clickhouse": lambda: clickhouse.start(processes, ports),
        "flink": lambda: flink.start(processes, ports, task_managers),
    }
    with ThreadPoolExecutor(len(starts)) as pool:
        futures: list[Future[None]] = [
            pool.submit(_start_one, name, start, report) for name, start in starts.items()
        ]
        done, _ = wait(futures, return_when=FIRST_EXCEPTION)
        for future in done:
            if future.exception():
                processes.stop()  # the others' waiting ends
                future.result()


def _start_one(name: str, start: Callable[[], None], report: Report) -> None:
    report(name, "starting")
    since = time.monotonic()
    start()
    report(name, f"ready in {time.monotonic() - since:.1f} s")


def _addresses(ports: Mapping[str, int]) -> dict[str, dict[str, str]]:
    return {
        "kafka": {"bootstrap": kafka.bootstrap(ports)},
        "redis": {"url": redis.url(ports)},
        "clickhouse": {"url": clickhouse.url(ports)},
        "flink": {"rest": flink.rest(ports)},
    }


def _ports(processes: Processes) -> dict[str, int]:
    """The ports of what runs, and free ones for the rest."""
    recorded = _recorded_ports()
    running = {
        name.partition("-")[0] for name in processes.names() if processes.running(name)
    }
    kept = {name: port for name, port in recorded.items() if name.partition("-")[0] in running}
    wanted = {name: recorded.get(name, port) for name, port in PORTS.items() if name not in kept}
    return {**kept, **choose(wanted)}


def _recorded_ports() -> dict[str, int]:
    try:
        ports: dict[str, int] = json.loads(stack_file().read_text())["stack"]["ports"]
    except (FileNotFoundError, ValueError, KeyError):
        return {}
    return ports


def _stop(processes: Processes) -> bool:
    ran = any(processes.running(name) for name in processes.names())
    processes.stop()
    with contextlib.suppress(FileNotFoundError):
        stack_file().unlink()
    return ran


def _delete_data(home: Path) -> None:
    for name in (*SERVICES, "logs"):
        shutil.rmtree(home / name, ignore_errors=True)


@contextlib.contextmanager
def _locked(home: Path) -> Iterator[None]:
    """One `up` or `down` at a time."""
    with (home / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise TouchlineError(
                f"another `touchline up` or `down` works on {home}", "wait for it, then try again"
            ) from error
        yield

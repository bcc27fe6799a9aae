"""The stack with its jobs, which reach the stores through proxies, and hands to break it with."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import redis as redis_client

from bench.bed import fresh_bed, wait_at_work
from bench.report import step
from chaos.proxies import Proxies
from touchline.errors import TouchlineError
from touchline.flink_client import Client, Submission
from touchline.flink_cluster import Cluster
from touchline.prepare import migrate
from touchline.settings import Settings, stack_dir
from touchline.stack import clickhouse, kafka, redis, stack
from touchline.stack.ports import LOOPBACK
from touchline.stack.processes import Processes

JOBS = ("normalize", "match_state", "polls", "history")
CHECKPOINTS = ("jobs.checkpoint_interval_ms=5000",)
WORKER = b"pyflink.fn_execution.beam.beam_boot"
TASK_MANAGERS = 2
"""As a cluster has that is to survive one: all jobs fit on either."""


@dataclass(frozen=True)
class System:
    """A running stack with the jobs on it.

    settings: how everybody but the jobs reaches it.
    """

    settings: Settings
    processes: Processes
    proxies: Proxies
    ports: dict[str, int]

    # --- processes

    def kill(self, name: str) -> None:
        """SIGKILL. Who is supervised comes again by itself."""
        pid = self.processes.pid(name)
        if pid is None:
            raise TouchlineError(f"{name} does not run")
        os.killpg(pid, signal.SIGKILL)

    def kill_task_manager(self) -> None:
        """SIGKILL of the TaskManager that has the most to do."""
        with Cluster(self.settings.flink) as cluster:
            taken = cluster.taken_slots()
        self.kill(max(taken, key=lambda name: taken[name]))

    def kill_worker(self) -> None:
        """SIGKILL of one of the processes that run the Python steps."""
        os.kill(worker_of(self.processes), signal.SIGKILL)

    def start_broker(self) -> None:
        """As it was, with its data."""
        kafka.start(self.processes, self.ports, self.settings)

    def start_redis(self) -> None:
        """With what it has on disk."""
        command = redis.command(self.ports["redis"], str(self.redis_folder))
        command[command.index("--appendonly") + 1] = "yes"
        self.processes.start(redis.NAME, command)
        client = redis_client.Redis.from_url(self.settings.redis.url)
        self.processes.wait(redis.NAME, lambda: _answers(client), redis.START_TIMEOUT_S)
        client.close()

    def start_clickhouse(self) -> None:
        """With its data."""
        clickhouse.start(self.processes, self.ports)

    def lose_redis(self) -> None:
        """What Redis has on disk."""
        shutil.rmtree(self.redis_folder)
        self.redis_folder.mkdir()

    def make_index(self) -> None:
        """What a new Redis lacks."""
        migrate(self.settings)

    @property
    def redis_folder(self) -> Path:
        """Where Redis keeps its data."""
        return self.processes.home / redis.NAME

    @property
    def checkpoints(self) -> Path:
        """Where Flink keeps its checkpoints."""
        return self.processes.home / "flink" / "checkpoints"

    # --- the disk

    @contextmanager
    def full_disk(self) -> Iterator[None]:
        """No checkpoint can be written: a file system without room lies over their folder."""
        mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "touchline-chaos", str(self.checkpoints)]
        mounted = subprocess.run(mount, capture_output=True, text=True)
        if mounted.returncode:
            raise TouchlineError(
                f"no file system can be mounted: {mounted.stderr.strip()}",
                "only root may; choose others than the fault `disk` with --only",
            )
        try:
            yield
        finally:
            subprocess.run(["umount", "-l", str(self.checkpoints)], check=True)

    # --- what it takes

    def memory_mb(self) -> float:
        """Of all its processes, resident."""
        return sum(resident_mb(pid) for pid, _ in processes_of(self.processes))


@contextmanager
def running(task_managers: int = TASK_MANAGERS, overrides: Sequence[str] = ()) -> Iterator[System]:
    """A fresh stack in a temporary folder, with `JOBS` at work; gone at the end.

    overrides: settings of the jobs, as `--set` takes them.
    """
    with fresh_bed(task_managers, high_availability=True) as bed:
        settings, processes = bed.settings, Processes(stack_dir())
        with redis_client.Redis.from_url(settings.redis.url) as client:
            client.config_set("appendonly", "yes")
            client.config_set("appendfsync", "always")
        stores = {"redis": settings.redis.url, "clickhouse": settings.clickhouse.url}
        with step("starting Toxiproxy"):
            upstream = {name: urlsplit(url).netloc for name, url in stores.items()}
            proxies = Proxies(processes, upstream)
        with step(f"submitting {', '.join(JOBS)}"):
            _submit(settings, proxies, overrides)
        yield System(settings, processes, proxies, stack.recorded_ports(processes.home))


def processes_of(stack: Processes) -> Iterator[tuple[int, bytes]]:
    """The processes of a stack, in the order of their ids, each with its command line."""
    folder = os.fsencode(stack.home)
    # Redis writes its title over its command line and its environment.
    started = {stack.pid(name) for name in stack.names()}
    for entry in sorted(Path("/proc").glob("[0-9]*"), key=lambda entry: int(entry.name)):
        with suppress(OSError):  # it has just ended
            command = (entry / "cmdline").read_bytes()
            known = int(entry.name) in started or folder in command
            if known or folder in (entry / "environ").read_bytes():
                yield int(entry.name), command


def worker_of(stack: Processes) -> int:
    """The first of the processes that run Python steps."""
    for pid, command in processes_of(stack):
        if WORKER in command.split(b"\0"):
            return pid
    raise TouchlineError("no Python worker runs")


def resident_mb(pid: int) -> float:
    """The memory that a process has; 0 if it has just ended."""
    with suppress(OSError):
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
    return 0.0


def _submit(settings: Settings, proxies: Proxies, overrides: Sequence[str]) -> None:
    redis_url = f"redis://{LOOPBACK}:{proxies.ports['redis']}/0"
    clickhouse_url = f"http://{LOOPBACK}:{proxies.ports['clickhouse']}"
    proxied = settings.model_copy(
        update={
            "redis": settings.redis.model_copy(update={"url": redis_url}),
            "clickhouse": settings.clickhouse.model_copy(update={"url": clickhouse_url}),
        }
    )
    with Cluster(settings.flink) as cluster:
        client = Client(Submission(JOBS, overrides=(*CHECKPOINTS, *overrides)), proxied)
        try:
            wait_at_work(cluster, client.wait().values())
        finally:
            client.stop()


def _answers(client: redis_client.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis_client.RedisError:  # it reads its data
        return False

"""Programs that outlive the command that started them, and are found and stopped by name.

Each gets its own session (so that a Ctrl-C at the terminal does not reach it), a log file and a
file with its process id. `stop` kills the whole process group, and what is left of it after the
grace; a process id that was given to another program in the meantime is left alone.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from touchline.errors import TouchlineError
from touchline.stack.supervisor import started

SUPERVISOR = Path(__file__).with_name("supervisor.py")
GRACE_S = 25.0
POLL_S = 0.05
AT_ONCE_S = 0.2
CHILD = "child"
"""`NAME.child.pid` holds the program that the supervisor of NAME runs at the moment."""

Entry = dict[str, str | int]
"""What a pid file holds: the leader of a process group, and when it started."""


@dataclass(frozen=True)
class Processes:
    """The programs of one stack; their files are in `home`/run and `home`/logs."""

    home: Path
    _cancelled: threading.Event = field(default_factory=threading.Event, repr=False)

    def cancel(self) -> None:
        """From now on `start` and `wait` raise, in all threads."""
        self._cancelled.set()

    def log(self, name: str) -> Path:
        """The file that the program's output goes to."""
        return self.home / "logs" / f"{name}.log"

    def names(self) -> list[str]:
        """All programs that were started and not stopped, whether they still run or not."""
        return sorted(
            file.name.removesuffix(".pid")
            for file in self._run.glob("*.pid")
            if not file.name.endswith(f".{CHILD}.pid")
        )

    def start(
        self,
        name: str,
        command: Sequence[str],
        env: Mapping[str, str] | None = None,
        supervised: bool = False,
        again_after_s: float = AT_ONCE_S,
    ) -> None:
        """Start `command`, unless it runs; `env` is added to the environment.

        supervised: start it again whenever it ends, at first after `again_after_s`.

        Raises:
            TouchlineError: after `cancel`.
        """
        self._check_cancelled()
        if self.running(name):
            return
        _signal(self._entry(name), signal.SIGKILL)  # what the last one left behind when it died
        self._run.mkdir(parents=True, exist_ok=True)
        log = self.log(name)
        log.parent.mkdir(parents=True, exist_ok=True)
        if supervised:
            child = self._file(f"{name}.{CHILD}")
            supervisor = [sys.executable, "-I", "-S", str(SUPERVISOR), str(child)]
            command = [*supervisor, str(again_after_s), *command]
        with log.open("ab") as output:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **(env or {})},
                cwd=self.home,
                start_new_session=True,
            )
        entry = {"pid": process.pid, "started": started(process.pid)}
        self._file(name).write_text(json.dumps(entry))

    def running(self, name: str) -> bool:
        """True if the program that was started under `name` still runs."""
        return _alive(self._entry(name))

    def pid(self, name: str) -> int | None:
        """The process id of the program itself (under its supervisor, if it has one)."""
        entry = self._entry(f"{name}.{CHILD}") or self._entry(name)
        return int(entry["pid"]) if entry and _alive(entry) else None

    def stop(self, names: Iterable[str] | None = None, grace_s: float = GRACE_S) -> None:
        """Stop the programs, all by default: SIGTERM to each, SIGKILL to what is left of it."""
        names = self.names() if names is None else list(names)
        running = [name for name in names if self.running(name)]
        for name in running:
            _signal(self._entry(name), signal.SIGTERM)
        deadline = time.monotonic() + grace_s
        while running and time.monotonic() < deadline:
            time.sleep(POLL_S)
            running = [name for name in running if self.running(name)]
        for name in names:
            for file in (f"{name}.{CHILD}", name):
                _signal(self._entry(file), signal.SIGKILL)
                self._file(file).unlink(missing_ok=True)

    def wait(
        self,
        name: str,
        ready: Callable[[], bool],
        timeout_s: float,
        needs: Iterable[str] = (),
    ) -> None:
        """Wait until `ready()`.

        Raises:
            TouchlineError: the program (or one of `needs`) ended, or the time is over; the end of
                its log is in the hint. Also after `cancel`.
        """
        deadline = time.monotonic() + timeout_s
        while not ready():
            self._check_cancelled()
            for program in (name, *needs):
                if not self.running(program):
                    raise TouchlineError(f"{program} ended while starting", self._why(program))
            if time.monotonic() > deadline:
                raise TouchlineError(f"{name} was not ready in {timeout_s:.0f} s", self._why(name))
            time.sleep(POLL_S)

    def _check_cancelled(self) -> None:
        if self._cancelled.is_set():
            raise TouchlineError("the start was given up")

    def _why(self, name: str) -> str:
        return f"the end of {self.log(name)}:\n{tail(self.log(name))}"

    @property
    def _run(self) -> Path:
        return self.home / "run"

    def _file(self, name: str) -> Path:
        return self._run / f"{name}.pid"

    def _entry(self, name: str) -> Entry | None:
        try:
            entry: Entry = json.loads(self._file(name).read_text())
        except (FileNotFoundError, ValueError):  # absent, or cut off by a crash of its writer
            return None
        return entry


def tail(file: Path, lines: int = 15) -> str:
    """The last lines of a log; empty if there is none."""
    try:
        return "\n".join(file.read_text(errors="replace").splitlines()[-lines:])
    except FileNotFoundError:
        return ""


def _alive(entry: Entry | None) -> bool:
    if entry is None:
        return False
    pid = int(entry["pid"])
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)  # our own child: a dead one would stay as a zombie
    return started(pid) == entry["started"]


def _signal(entry: Entry | None, number: signal.Signals) -> None:
    """Signal the group, also one whose leader is gone, but not if its id has a new owner."""
    if entry is None or started(int(entry["pid"])) not in ("", entry["started"]):
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(int(entry["pid"]), number)

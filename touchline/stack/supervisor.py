"""Keeps one program running: starts it again when it ends, until told to stop.

Flink's scripts start a TaskManager once; where no Kubernetes or YARN restarts it, this does. It is
run as a script and imports nothing but the standard library, so that it costs little:

    python -I -S supervisor.py PID_FILE PAUSE_S COMMAND...

The program gets its own process group. When it ends, whatever it left running (Python workers) is
killed, and after a pause it is started again. SIGTERM stops the program and then the supervisor.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType

LONGEST_PAUSE_S = 10.0
STABLE_S = 30.0
"""A program that ran this long was well: the next pause is the first one again."""
GRACE_S = 20.0
"""Between SIGTERM and SIGKILL; a JVM may have its class archive to write."""


class Stopped(Exception):  # noqa: N818 - not an error
    """SIGTERM or SIGINT arrived."""


def supervise(pid_file: Path, first_pause_s: float, command: list[str]) -> None:
    """Run `command` again and again; the group of the one that runs is in `pid_file`.

    first_pause_s: before it is started again; the pause grows while the program ends early.

    Returns when SIGTERM or SIGINT arrives, with the program stopped.
    """
    signal.signal(signal.SIGTERM, _raise_stopped)
    signal.signal(signal.SIGINT, _raise_stopped)
    pause = first_pause_s
    child: subprocess.Popen[bytes] | None = None
    try:
        while True:
            since = time.monotonic()
            child = subprocess.Popen(command, process_group=0)
            entry = {"pid": child.pid, "started": started(child.pid)}
            pid_file.write_text(json.dumps(entry))
            status = child.wait()
            _kill_group(child.pid, signal.SIGKILL)
            if time.monotonic() - since > STABLE_S:
                pause = first_pause_s
            print(f"supervisor: ended with {status}, again in {pause:.1f} s", flush=True)
            time.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_S)
    except Stopped:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        if child is not None:
            _stop(child)
    finally:
        pid_file.unlink(missing_ok=True)


def started(pid: int) -> str:
    """When a process started, in a form that only compares; empty if there is no such process."""
    try:
        # Field 22 of proc_pid_stat(5); the second one is in brackets and may hold blanks.
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (FileNotFoundError, ProcessLookupError):
        if Path("/proc/self/stat").exists():
            return ""
    answer = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True)
    return answer.stdout.strip()


def _stop(child: subprocess.Popen[bytes]) -> None:
    _kill_group(child.pid, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.wait(GRACE_S)
    _kill_group(child.pid, signal.SIGKILL)


def _kill_group(group: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, number)


def _raise_stopped(_number: int, _frame: FrameType | None) -> None:
    raise Stopped


if __name__ == "__main__":
    supervise(Path(sys.argv[1]), float(sys.argv[2]), sys.argv[3:])

"""Stops a stack when the process that wanted it is gone, however it went.

A demo or a test run that is killed has no chance to clean up. `watch` starts this beside it:

    python -m touchline.stack.guard PID STARTED

It ends when the stack has been stopped.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time

from touchline.settings import stack_dir
from touchline.stack import stack
from touchline.stack.processes import Processes
from touchline.stack.supervisor import started

POLL_S = 1.0


def watch() -> None:
    """Have the running stack stopped when this process ends."""
    owner = os.getpid()
    subprocess.Popen(
        [sys.executable, "-m", "touchline.stack.guard", str(owner), started(owner)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def guard(owner: int, since: str) -> None:
    """Wait for the end of the owner or of the stack; stop the stack in the first case."""
    processes = Processes(stack_dir())
    while any(processes.running(name) for name in processes.names()):
        if started(owner) != since:
            stack.down()
            return
        time.sleep(POLL_S)


if __name__ == "__main__":
    guard(int(sys.argv[1]), sys.argv[2])

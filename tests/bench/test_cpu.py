"""CPU time from /proc."""

from __future__ import annotations

import os
import subprocess
import sys
import time

from bench.cpu import CpuMeter, by_process, by_thread, tree_seconds

BURN_IN_A_CHILD = """
import subprocess, sys
subprocess.run([sys.executable, "-c", "import time\\nwhile time.process_time() < 0.5: pass"])
print("done", flush=True)
sys.stdin.read()
"""


def test_children_that_have_ended_are_counted() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", BURN_IN_A_CHILD], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"done\n"
        assert tree_seconds([process.pid]) >= 0.5
        assert set(by_process([process.pid])) == {process.pid}
        process.communicate(b"")


def test_a_process_that_is_gone_has_used_nothing() -> None:
    assert tree_seconds([2**30]) == 0


def test_threads_of_this_process_are_found() -> None:
    assert by_thread(os.getpid())


def test_the_meter_tells_what_was_used_in_a_span() -> None:
    with CpuMeter(lambda: [os.getpid()]) as meter:
        time.sleep(0.3)
        start, used = time.time(), time.process_time()
        while time.process_time() - used < 0.6:
            pass
        end = time.time()
        time.sleep(0.3)
    assert 0.3 < meter.between(start, end) < 1.0

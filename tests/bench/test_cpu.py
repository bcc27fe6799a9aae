"""CPU time from /proc."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from bench import cpu
from bench.cpu import CpuMeter, by_process, by_thread, tree_seconds

BURN_IN_A_CHILD = """
import subprocess, sys
subprocess.run([sys.executable, "-c", "import time\\nwhile time.process_time() < 0.5: pass"])
print("done", flush=True)
sys.stdin.read()
"""

BURN_WHEN_ASKED = """
import sys, time
for _ in sys.stdin:
    until = time.process_time() + 0.3
    while time.process_time() < until: pass
    print("done", flush=True)
"""


class Burner:
    """A process that uses CPU time when it is asked to, and a meter's way to ask for it."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self.asked = 0

    def roots(self) -> list[int]:
        self.asked += 1
        return [self.process.pid]

    def burn(self) -> None:
        """0.3 CPU-seconds."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(b"\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == b"done\n"

    def idle_moment(self) -> float:
        """One that has a sample before and after it, with nothing used between them."""
        self._sampled()
        moment = time.time()
        self._sampled()
        return moment

    def _sampled(self) -> None:
        before, deadline = self.asked, time.monotonic() + 60
        while self.asked < before + 2:
            assert time.monotonic() < deadline, "the meter has stopped"
            time.sleep(0.01)


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


def test_the_meter_tells_what_was_used_in_a_span(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cpu, "SAMPLE_S", 0.02)
    command = [sys.executable, "-c", BURN_WHEN_ASKED]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        burner = Burner(process)
        with CpuMeter(burner.roots) as meter:
            burner.burn()
            start = burner.idle_moment()
            burner.burn()
            end = burner.idle_moment()
            burner.burn()
        process.communicate(b"")
    assert 0.25 < meter.between(start, end) < 0.45

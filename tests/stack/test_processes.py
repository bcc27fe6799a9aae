"""Programs that are started, found again and always stopped."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from touchline.errors import TouchlineError
from touchline.stack.processes import Processes, tail

SLEEP = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(60)"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    "print('up', flush=True); time.sleep(60)",
]
WITH_CHILD = [
    sys.executable,
    "-c",
    "import subprocess, sys, time;"
    "p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
    "print('child', p.pid, flush=True); time.sleep(60)",
]


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Processes]:
    made = Processes(tmp_path)
    yield made
    made.stop(grace_s=0.1)


def until(condition: Callable[[], object], timeout_s: float = 20.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.02)


def child_of(processes: Processes, name: str) -> int:
    until(lambda: "child" in tail(processes.log(name)))
    return int(tail(processes.log(name)).split()[-1])


def test_a_program_runs_until_it_is_stopped(processes: Processes) -> None:
    processes.start("one", SLEEP)
    assert processes.running("one")
    assert processes.names() == ["one"]
    processes.stop()
    assert not processes.running("one")
    assert processes.names() == []


def test_its_output_is_in_the_log(processes: Processes) -> None:
    processes.start("one", SLEEP)
    until(lambda: tail(processes.log("one")) == "up")


def test_starting_twice_starts_once(processes: Processes) -> None:
    processes.start("one", SLEEP)
    first = processes.pid("one")
    processes.start("one", SLEEP)
    assert processes.pid("one") == first


def test_another_instance_finds_what_this_one_has_started(processes: Processes) -> None:
    processes.start("one", SLEEP)
    other = Processes(processes.home)
    assert other.running("one")
    other.stop()
    assert not processes.running("one")


def test_it_is_out_of_reach_of_the_terminals_ctrl_c(processes: Processes) -> None:
    processes.start("one", SLEEP)
    pid = processes.pid("one")
    assert pid is not None
    assert os.getsid(pid) != os.getsid(0)


def test_a_program_that_ignores_sigterm_is_killed(processes: Processes) -> None:
    processes.start("one", STUBBORN)
    until(lambda: tail(processes.log("one")) == "up")
    processes.stop(grace_s=0.2)
    until(lambda: not processes.running("one"))


def test_what_a_program_has_started_is_stopped_with_it(processes: Processes) -> None:
    processes.start("one", WITH_CHILD)
    child = child_of(processes, "one")
    processes.stop()
    until(partial(_is_gone, child))


def test_what_a_killed_program_left_behind_is_stopped(processes: Processes) -> None:
    processes.start("one", WITH_CHILD)
    child = child_of(processes, "one")
    pid = processes.pid("one")
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    until(lambda: not processes.running("one"))
    processes.stop()
    until(partial(_is_gone, child))


def test_a_process_id_with_a_new_owner_is_left_alone(processes: Processes, tmp_path: Path) -> None:
    processes.start("mine", SLEEP)
    pid = processes.pid("mine")
    file = tmp_path / "run" / "stale.pid"
    file.write_text(json.dumps({"pid": pid, "started": "long ago"}))
    assert not processes.running("stale")
    processes.stop(["stale"])
    assert not file.exists()
    assert processes.running("mine")


def test_a_file_that_a_crash_cut_off_counts_as_stopped(processes: Processes) -> None:
    processes.start("one", SLEEP)
    pid = processes.pid("one")
    assert pid is not None
    (processes.home / "run" / "one.pid").write_text('{"pid": 1')
    assert not processes.running("one")
    os.kill(pid, signal.SIGKILL)


def test_a_supervised_program_is_started_again_when_it_is_killed(processes: Processes) -> None:
    processes.start("one", SLEEP, supervised=True)
    until(lambda: processes.log("one").exists() and "up" in tail(processes.log("one")))
    first = processes.pid("one")
    assert first is not None
    os.kill(first, signal.SIGKILL)
    until(lambda: processes.pid("one") not in (None, first, _supervisor(processes, "one")))
    assert processes.names() == ["one"]


def test_a_supervised_program_waits_before_it_is_started_again_if_it_is_told_to(
    processes: Processes,
) -> None:
    processes.start("patient", SLEEP, supervised=True, again_after_s=60.0)
    processes.start("one", SLEEP, supervised=True)
    first = {}
    for name in ("patient", "one"):
        until(lambda name=name: processes.pid(name) not in (None, _supervisor(processes, name)))
        first[name] = processes.pid(name)
        os.kill(first[name] or 0, signal.SIGKILL)
    # Whoever is killed first would be there first.
    until(lambda: processes.pid("one") not in (None, first["one"], _supervisor(processes, "one")))
    assert processes.pid("patient") in (None, _supervisor(processes, "patient"))


def test_what_a_supervised_program_left_behind_is_killed_before_it_starts_again(
    processes: Processes,
) -> None:
    processes.start("one", WITH_CHILD, supervised=True)
    child = child_of(processes, "one")
    first = processes.pid("one")
    assert first is not None
    os.kill(first, signal.SIGKILL)
    until(partial(_is_gone, child))


def test_stopping_a_supervised_program_stops_the_supervisor_too(processes: Processes) -> None:
    processes.start("one", SLEEP, supervised=True)
    until(lambda: processes.pid("one") not in (None, _supervisor(processes, "one")))
    pids = [_supervisor(processes, "one"), processes.pid("one")]
    processes.stop()
    for pid in pids:
        assert pid is not None
        until(partial(_is_gone, pid))


def test_the_program_of_a_killed_supervisor_is_stopped(processes: Processes) -> None:
    processes.start("one", SLEEP, supervised=True)
    until(lambda: processes.pid("one") not in (None, _supervisor(processes, "one")))
    child = processes.pid("one")
    assert child is not None
    os.kill(_supervisor(processes, "one"), signal.SIGKILL)
    until(lambda: not processes.running("one"))
    processes.stop()
    until(partial(_is_gone, child))


def test_waiting_for_a_program_that_ended_shows_its_log(processes: Processes) -> None:
    processes.start("one", [sys.executable, "-c", "print('no such folder')"])
    with pytest.raises(TouchlineError, match="one ended while starting") as error:
        processes.wait("one", lambda: False, timeout_s=10)
    assert "no such folder" in error.value.hint


def test_waiting_too_long_is_an_error(processes: Processes) -> None:
    processes.start("one", SLEEP)
    with pytest.raises(TouchlineError, match="not ready in 0 s"):
        processes.wait("one", lambda: False, timeout_s=0.1)


def _supervisor(processes: Processes, name: str) -> int:
    return int(json.loads((processes.home / "run" / f"{name}.pid").read_text())["pid"])


def _is_gone(pid: int) -> bool:
    """Ended; a zombie too, since a container's first process may not collect what has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True

from __future__ import annotations

from pathlib import Path

from chaos.system import processes_of, resident_mb
from touchline.stack.processes import Processes


def test_a_process_that_names_its_stack_nowhere_is_one_of_it(tmp_path: Path) -> None:
    """As Redis, which writes its title over its command line and its environment."""
    processes = Processes(tmp_path / "stack")
    processes.home.mkdir()
    processes.start("redis", ["env", "-i", "sleep", "30"])
    try:
        pid = processes.pid("redis")
        assert pid is not None
        assert pid in dict(processes_of(processes))
        assert resident_mb(pid) > 0
    finally:
        processes.stop(grace_s=1)

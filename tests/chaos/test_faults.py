from __future__ import annotations

from types import SimpleNamespace
from typing import cast

from chaos.faults import FAULTS, SHORT
from chaos.matrix import _kinds
from chaos.system import System
from oracle.differences import Difference


def test_faults_have_names_of_their_own_and_ci_knows_its_few() -> None:
    names = [fault.name for fault in FAULTS]
    assert len(set(names)) == len(names)
    assert set(SHORT) <= set(names)


def test_what_is_missing_is_lost_and_what_is_too_much_is_doubled() -> None:
    found = [
        Difference("key", "a", 1, None),
        Difference("key", "b", None, 1),
        Difference("key", "c", 1, 2),
    ]
    assert _kinds(found) == (1, 1, 1)


def test_what_is_killed_is_killed_once_and_at_once() -> None:
    done: list[str] = []
    system = SimpleNamespace(kill=done.append)
    [job_manager] = [fault for fault in FAULTS if fault.name == "job-manager"]
    with job_manager.broken(cast(System, system)):
        assert done == ["flink-jobmanager"]
    assert done == ["flink-jobmanager"]

"""`python -m chaos --short`: on a stack of its own, with high availability and proxies."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chaos import matrix
from chaos.faults import AFTER_S, FAULTS, SHORT
from chaos.system import running

pytestmark = pytest.mark.stack

MESSAGES_A_SECOND = 40.0


def test_faults_lose_nothing_and_double_nothing() -> None:
    faults = [replace(fault, after_s=AFTER_S) for fault in FAULTS if fault.name in SHORT]
    with running(task_managers=1) as system:
        outcomes = list(matrix.run(system, faults, seed=3, rate=MESSAGES_A_SECOND))
    assert [outcome.fault for outcome in outcomes] == [fault.name for fault in faults]
    for outcome in outcomes:
        assert isinstance(outcome, matrix.Outcome), outcome
        assert outcome.differences == [], outcome.fault
        assert outcome.fresh_s is not None, f"{outcome.fault}: no update came after it"

"""`python -m chaos --short`: on a stack of its own, with high availability and proxies."""

from __future__ import annotations

import pytest

from chaos import matrix
from chaos.faults import FAULTS, SHORT
from chaos.system import running

pytestmark = pytest.mark.stack

MESSAGES_A_SECOND = 40.0


def test_faults_lose_nothing_and_double_nothing() -> None:
    faults = [fault for fault in FAULTS if fault.name in SHORT]
    with running(task_managers=1) as system:
        outcomes = list(matrix.run(system, faults, seed=3, rate=MESSAGES_A_SECOND))
    assert [outcome.fault for outcome in outcomes] == [fault.name for fault in faults]
    for outcome in outcomes:
        assert outcome.differences == [], outcome.fault
        assert outcome.fresh_s is not None, f"{outcome.fault}: no update came after it"

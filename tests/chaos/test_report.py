from __future__ import annotations

from dataclasses import replace

from chaos.matrix import Outcome
from chaos.report import row_of

OUTCOME = Outcome(
    fault="job-manager", what="SIGKILL", events=900, broken_s=9.0, healed_s=9.1, fresh_s=0.3,
    caught_up_s=None, lag_s=31.0, goal_s=20.0, history_lag_s=33.0, memory_mb=12.0, rebuilt_s=None,
    lost=0, doubled=0, wrong=0, differences=[], curve=[],
)  # fmt: skip


def test_a_goal_that_was_missed_is_told_beside_the_lag() -> None:
    assert row_of(OUTCOME)["goal_s"] == "20 MISSED"
    assert row_of(replace(OUTCOME, lag_s=19.9))["goal_s"] == "20 kept"


def test_where_there_is_no_figure_the_table_is_empty() -> None:
    row = row_of(replace(OUTCOME, goal_s=None))
    assert (row["goal_s"], row["caught_up_s"], row["rebuilt_s"]) == ("", "", "")

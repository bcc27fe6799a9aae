"""What events count for is said twice, to Flink and to ClickHouse: both say the same."""

from __future__ import annotations

import re
from ast import literal_eval
from pathlib import Path

import schemas.clickhouse
from connectors.redis_sink import APPLY_LUA
from jobs.measures import ATTACK, MOMENTUM_STEP_MS, MOMENTUM_WINDOW_MS, POSSESSION, TOTALS

FOLDER = Path(schemas.clickhouse.__file__).parent
MEASURED = (FOLDER / "0002_measured_events.sql").read_text()
WINDOWS = (FOLDER / "0004_windows_and_totals.sql").read_text()


def _weights(name: str) -> dict[str, float]:
    found = re.search(
        r"transform\(toString\(type\),\s*(\[[^\]]+\]),\s*(\[[^\]]+\]), 0\.?\) AS " + name, MEASURED
    )
    assert found
    return dict(zip(literal_eval(found[1]), literal_eval(found[2]), strict=True))


def test_both_count_the_same_types_for_each_total() -> None:
    said = re.findall(r"active AND type IN \(([^)]+)\) AS (\w+)", MEASURED)
    found = {name: set(literal_eval(f"[{types}]")) for types, name in said}
    assert found.pop("shootout_goals") == {"SHOOTOUT_GOAL"}
    assert found == {name: set(types) for name, types in TOTALS.items()}


def test_both_weigh_attacks_and_possession_alike() -> None:
    assert _weights("attack") == ATTACK
    assert _weights("possession") == POSSESSION


def test_both_have_the_same_windows_of_momentum() -> None:
    step, width = MOMENTUM_STEP_MS // 1000, MOMENTUM_WINDOW_MS // 1000
    assert f"INTERVAL {step} SECOND)" in WINDOWS
    assert f"range({step}, {width + 1}, {step})" in WINDOWS


def test_redis_has_the_same_windows_of_momentum() -> None:
    assert f"STEP_MS, WINDOW_MS = {MOMENTUM_STEP_MS}, {MOMENTUM_WINDOW_MS}" in APPLY_LUA


def test_teams_and_players_have_every_total() -> None:
    for name in TOTALS:
        assert WINDOWS.count(f"sum(e.{name}) AS {name}") == 2, name

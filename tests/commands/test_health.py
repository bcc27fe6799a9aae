"""`touchline health` and `metrics` where nothing runs; tests/pipeline has them at work."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from touchline import broker
from touchline.commands import health as health_command
from touchline.commands import metrics as metrics_command

NOBODY = "127.0.0.1:1"


@pytest.fixture(autouse=True)
def _nothing_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broker, "ANSWER_S", 0.5)
    for name, value in {
        "KAFKA__BOOTSTRAP": NOBODY,
        "REDIS__URL": f"redis://{NOBODY}/0",
        "CLICKHOUSE__URL": f"http://{NOBODY}",
        "FLINK__REST": NOBODY,
    }.items():
        monkeypatch.setenv(f"TOUCHLINE_{name}", value)


def test_a_system_that_is_down_has_the_exit_code_2_and_each_reason() -> None:
    result = CliRunner().invoke(health_command.app, ["--json"])
    assert result.exit_code == 2
    told = json.loads(result.stdout)
    assert told["state"] == "down"
    states = {one["what"]: one["state"] for one in told["findings"]}
    assert states == {"kafka": "down", "redis": "down", "clickhouse": "degraded", "flink": "down"}
    assert all(NOBODY in one["text"] for one in told["findings"])


def test_the_table_has_a_hint_for_what_is_not_well() -> None:
    result = CliRunner().invoke(health_command.app, [])
    assert result.exit_code == 2
    assert "no Redis answers at" in result.stdout
    assert "→ touchline status" in result.stdout
    assert result.stdout.splitlines()[-1] == "down"


def test_metrics_say_that_stores_are_down() -> None:
    result = CliRunner().invoke(metrics_command.app, ["--once"])
    assert result.exit_code == 0
    for store in ("kafka", "redis", "clickhouse"):
        assert f'touchline_up{{store="{store}"}} 0.0' in result.stdout.splitlines()

"""The alert rules, in Prometheus's own evaluation."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from observability.files import ALERTS as FILE
from observability.rules import ALERTS
from tests.observability.cases import CASES
from tests.observability.prometheus import program

BY_NAME = {alert.name: alert for alert in ALERTS}


def run(tmp_path: Path, series: dict[str, str], at: str, name: str, expected: list[Any]) -> str:
    """What promtool says against it; empty if Prometheus finds what is expected."""
    group = {
        "interval": "15s",
        "input_series": [{"series": one, "values": values} for one, values in series.items()],
        "alert_rule_test": [{"eval_time": at, "alertname": name, "exp_alerts": expected}],
    }
    test = {"rule_files": [str(FILE)], "evaluation_interval": "15s", "tests": [group]}
    file = tmp_path / "test.yml"
    file.write_text(json.dumps(test))  # which is YAML too
    return run_promtool("test", "rules", file)


def run_promtool(*arguments: str | Path) -> str:
    """What promtool says if something is wrong; empty if all is well."""
    result = subprocess.run([program("promtool"), *arguments], capture_output=True, text=True)
    return result.stdout + result.stderr if result.returncode else ""


def fired(tmp_path: Path, name: str) -> str:
    """promtool's words on an alert of which it was told that nothing fires."""
    case = CASES[name]
    return run(tmp_path, case.fires, case.at, name, [])


def test_every_alert_has_its_cases() -> None:
    assert list(CASES) == [alert.name for alert in ALERTS]


@pytest.mark.parametrize("name", CASES)
def test_an_alert_fires(name: str, tmp_path: Path) -> None:
    told = fired(tmp_path, name)
    labels = {"severity": BY_NAME[name].severity, **CASES[name].labels}
    assert told.count(f'Labels:{{alertname="{name}"') == 1, told
    for label, value in labels.items():
        assert f'{label}="{value}"' in told
    assert "error" not in told.lower(), told  # a template that does not work says so in the text


@pytest.mark.parametrize("name", CASES)
def test_an_alert_is_quiet(name: str, tmp_path: Path) -> None:
    assert run(tmp_path, CASES[name].quiet, CASES[name].at, name, []) == ""

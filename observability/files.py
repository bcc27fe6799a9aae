"""The files of deploy/ that are made of code."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

from grafana_foundation_sdk.cog.encoder import JSONEncoder
from ruamel.yaml import YAML

from observability.dashboards import DASHBOARDS, built
from observability.rules import rules

DEPLOY = Path(__file__).resolve().parents[1] / "deploy"
ALERTS = DEPLOY / "alerts.yml"
BOARDS = DEPLOY / "grafana" / "dashboards"

HEAD = "# Written by `make dashboards` from observability/rules.py.\n"


def contents() -> dict[Path, str]:
    """File -> its text."""
    encoder = JSONEncoder(sort_keys=True, indent=2)
    boards = {BOARDS / f"{name}.json": encoder.encode(built(name)) + "\n" for name in DASHBOARDS}
    return {ALERTS: HEAD + _yaml(rules()), **boards}


def _yaml(value: object) -> str:
    writer = YAML()
    writer.width = 1_000  # a query stays in one line
    writer.default_flow_style = False
    out = StringIO()
    writer.dump(value, out)
    return out.getvalue()

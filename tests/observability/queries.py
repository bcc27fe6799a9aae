"""What the rules and the dashboards ask."""

from __future__ import annotations

import re

from observability.dashboards import DASHBOARDS
from observability.rules import ALERTS, RECORDED

METRIC = re.compile(r"\b(?:flink|touchline)_\w+")


def all_queries() -> list[str]:
    """The queries of all panels, alerts and recorded rules."""
    panels = [
        query
        for rows in DASHBOARDS.values()
        for row in rows.values()
        for panel in row
        for query in panel.queries
    ]
    return [*panels, *(alert.expression for alert in ALERTS), *RECORDED.values()]


def metrics_named() -> set[str]:
    """Our own and Flink's metrics that must exist for them."""
    return set().union(*map(_metrics_in, all_queries()))


def _metrics_in(expression: str) -> set[str]:
    without_strings = re.sub(r'"[^"]*"|\'[^\']*\'', "", expression)
    return set(METRIC.findall(without_strings))

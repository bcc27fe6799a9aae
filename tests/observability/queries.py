"""What the rules and the dashboards ask."""

from __future__ import annotations

from observability.dashboards import DASHBOARDS
from observability.queries import metrics_in
from observability.rules import ALERTS, RECORDED


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
    """The metrics that must exist for them."""
    return set().union(*map(metrics_in, all_queries()))

"""What the running system's processes serve to Prometheus."""

from __future__ import annotations

import re

import httpx
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from touchline.exporter import Latency, Stores
from touchline.settings import Settings, stack_dir

_STARTED = re.compile(r"Started PrometheusReporter HTTP server on port (\d+)")


def flinks_metrics() -> set[str]:
    """The names that the processes of the embedded stack's Flink serve."""
    ports = [
        _STARTED.findall(log.read_text())[-1]
        for log in (stack_dir() / "logs").glob("flink-*manager*.log")
        if _STARTED.search(log.read_text())
    ]
    assert len(ports) >= 2, "a JobManager and a TaskManager"
    return set().union(
        *(_names(httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=30).text) for port in ports)
    )


def our_metrics(settings: Settings) -> set[str]:
    """The names that `touchline metrics` serves; a latency was observed."""
    registry = CollectorRegistry()
    registry.register(Stores(settings))
    Latency(settings, registry).observe("opta:1", 10)
    return _names(generate_latest(registry).decode())


def _names(text: str) -> set[str]:
    names = set()
    for family in text_string_to_metric_families(text):
        # A family without samples is there all the same: there are no polls, for example.
        names |= {sample.name for sample in family.samples} or {
            f"{family.name}_total" if family.type == "counter" else family.name
        }
    return names

"""Grafana's dashboards: one for a match day, one for the machinery.

Built with Grafana's own types, so that what is written is what Grafana reads.
"""

from __future__ import annotations

from dataclasses import dataclass

from grafana_foundation_sdk.builders import dashboard, prometheus, stat, timeseries
from grafana_foundation_sdk.models import common
from grafana_foundation_sdk.models import dashboard as types

from observability.queries import (
    JOB,
    LIVE,
    OPERATOR,
    PENDING,
    REJECTED_SHARE,
    TASK,
    latency,
    latency_of_jobs,
)

SOURCE = types.DataSourceRef(type_val="prometheus", uid="prometheus")
"""As deploy/grafana/datasources.yml has it."""

WIDTH, HEIGHT = 24, 8
STAT_HEIGHT = 4


@dataclass(frozen=True)
class Panel:
    """One picture. queries: PromQL -> legend. unit: Grafana's name of it. number: shown as one
    number for each series, not over time; red from `bad` on."""

    title: str
    queries: dict[str, str]
    unit: str = "short"
    about: str = ""
    number: bool = False
    bad: float | None = None


def _by(label: str, metric: str, over: str = "1m") -> str:
    return f"sum by ({label}) (rate({metric}[{over}]))"


MATCH_DAY = {
    "Now": [
        Panel("Stores", {"touchline_up": "{{store}}"}, number=True),
        Panel(
            "Matches on",
            {'sum by (provider) (touchline_matches{status="LIVE"})': "{{provider}}"},
            number=True,
        ),
        Panel("Feed to Redis, p99", {latency(0.99, "1m"): "{{provider}}"}, "s", "", True, 1),
        Panel("Records behind", {PENDING: "{{job_name}}"}, number=True, bad=1_000),
        Panel(
            "Dead letters, 10 min",
            {"increase(touchline_dead_letters_total[10m])": ""},
            number=True,
            bad=10,
        ),
        Panel(
            "Unaccounted",
            {"touchline_accounting_difference": "{{provider}}"},
            about="Received, but in none of the four ways counted: anything but 0 is a bug.",
            number=True,
            bad=1,
        ),
    ],
    "Feeds": [
        Panel("Messages", {_by("provider", "touchline_feed_records_total"): "{{provider}}"}, "ops"),
        Panel(
            "What became of them",
            {_by("provider, verdict", "touchline_feed_items_total"): "{{provider}} {{verdict}}"},
            "ops",
            "Counted at checkpoints: steps of `jobs.checkpoint_interval_ms`.",
        ),
        Panel("Share refused", {REJECTED_SHARE: "{{provider}}"}, "percentunit"),
        Panel(
            "Scores that disagree",
            {"touchline_matches_score_disagrees": "{{provider}}"},
            about="Matches that are on whose events do not add up to the provider's score. One that"
            " was joined in mid-match stays here to its end.",
        ),
    ],
    "Latency": [
        Panel(
            "Feed to Redis",
            {
                f"histogram_quantile({q}, sum by (le) "
                "(rate(touchline_feed_to_redis_seconds_bucket[1m])))": f"p{q * 100:g}"
                for q in (0.5, 0.95, 0.99)
            },
            "s",
        ),
        Panel("p99 by provider", {latency(0.99, "1m"): "{{provider}}"}, "s"),
        Panel(
            "p99 by job and provider",
            {
                latency_of_jobs("redis"): "{{job_name}} {{provider}}",
                latency_of_jobs("clickhouse"): "{{job_name}} {{provider}}",
            },
            "ms",
            "To Redis, and of the job history to ClickHouse, which takes batches of a second.",
        ),
    ],
    "Polls": [
        Panel("Votes", {_by("job_name", f"{OPERATOR}votes"): "votes"}, "ops"),
        Panel("What became of them", {"touchline_poll_votes": "{{poll}} {{verdict}}"}),
        Panel(
            "Polls",
            {"touchline_polls": "{{status}}", "touchline_polls_overdue": "overdue"},
        ),
    ],
}

MACHINERY = {
    "Jobs": [
        Panel("Up for", {f"max by (job_name) ({JOB}uptime)": "{{job_name}}"}, "ms", number=True),
        Panel("TaskManagers", {"flink_jobmanager_numRegisteredTaskManagers": ""}, number=True),
        Panel("Free slots", {"flink_jobmanager_taskSlotsAvailable": ""}, number=True),
        Panel(
            "Restarts, 1 h",
            {f"max by (job_name) (increase({JOB}numRestarts[1h]))": "{{job_name}}"},
            number=True,
            bad=2,
        ),
    ],
    "Flow": [
        Panel("Records behind", {PENDING: "{{job_name}}"}),
        Panel(
            "Behind, as of the last checkpoint",
            {"sum by (group, topic) (touchline_consumer_lag)": "{{group}} {{topic}}"},
        ),
        Panel(
            "Read",
            {
                _by(
                    "job_name", f'{OPERATOR}numRecordsOut{{operator_name=~"Source:.*"}}'
                ): "{{job_name}}"
            },
            "ops",
        ),
        Panel(
            "Given to Redis",
            {
                _by("job_name", f"{OPERATOR}live_writes"): "{{job_name}}",
                _by("job_name", f"{OPERATOR}live_writes_applied"): "{{job_name}} applied",
            },
            "ops",
        ),
        Panel(
            "Into ClickHouse", {_by("job_name", f"{OPERATOR}match_events_rows"): "events"}, "ops"
        ),
        Panel(
            "Back-pressured",
            {
                f"max by (job_name) ({TASK}backPressuredTimeMsPerSecond{{{LIVE}}})": "{{job_name}}",
                f"max by (job_name) ({TASK}busyTimeMsPerSecond{{{LIVE}}})": "{{job_name}} busy",
            },
            "ms",
            "Of a second: 1000 is a task that only waits, or only works.",
        ),
    ],
    "Checkpoints": [
        Panel(
            "Duration",
            {f"max by (job_name) ({JOB}lastCheckpointDuration)": "{{job_name}}"},
            "ms",
        ),
        Panel(
            "Age",
            {
                f"time() - max by (job_name) ({JOB}lastCheckpointCompletedTimestamp > 0) / 1000": (
                    "{{job_name}}"
                )
            },
            "s",
        ),
        Panel(
            "State",
            {f"max by (job_name) ({JOB}lastCheckpointFullSize)": "{{job_name}}"},
            "bytes",
        ),
        Panel(
            "Failed",
            {f"max by (job_name) (increase({JOB}numberOfFailedCheckpoints[5m]))": "{{job_name}}"},
        ),
    ],
    "Memory": [
        Panel(
            "Heap",
            {
                "flink_taskmanager_Status_JVM_Memory_Heap_Used": "{{tm_id}}",
                "flink_jobmanager_Status_JVM_Memory_Heap_Used": "JobManager",
            },
            "bytes",
        ),
        Panel(
            "Garbage collection",
            {"rate(flink_taskmanager_Status_JVM_GarbageCollector_All_Time[1m])": "{{tm_id}}"},
            "ms",
            "Of a second.",
        ),
        Panel("CPU", {"flink_taskmanager_Status_JVM_CPU_Load": "{{tm_id}}"}, "percentunit"),
    ],
}

DASHBOARDS = {"match-day": MATCH_DAY, "machinery": MACHINERY}
"""File name -> rows by title -> panels."""


def built(name: str) -> types.Dashboard:
    """One of `DASHBOARDS` as Grafana has it."""
    made = (
        dashboard.Dashboard(f"Touchline: {name.replace('-', ' ')}")
        .uid(f"touchline-{name}")
        .tags(["touchline"])
        .refresh("5s")
        .time("now-30m", "now")
        .timezone("utc")
        .tooltip(types.DashboardCursorSync.CROSSHAIR)
        .readonly()
    )
    for title, panels in DASHBOARDS[name].items():
        made.with_row(dashboard.Row(title))
        for panel in panels:
            made.with_panel(_panel(panel, WIDTH // min(len(panels), 6 if panel.number else 3)))
    return made.build()


def _panel(panel: Panel, width: int) -> stat.Panel | timeseries.Panel:
    made: stat.Panel | timeseries.Panel
    if panel.number:
        made = stat.Panel().height(STAT_HEIGHT).graph_mode(common.BigValueGraphMode.AREA)
        made.thresholds(_thresholds(panel.bad))
    else:
        made = timeseries.Panel().height(HEIGHT).fill_opacity(10)
        made.show_points(common.VisibilityMode.NEVER)
    made.title(panel.title).description(panel.about).unit(panel.unit).span(width).datasource(SOURCE)
    for place, (query, legend) in enumerate(panel.queries.items()):
        target = prometheus.Dataquery().ref_id(chr(ord("A") + place)).expr(query).datasource(SOURCE)
        made.with_target(target.legend_format(legend) if legend else target)
    return made


def _thresholds(bad: float | None) -> dashboard.ThresholdsConfig:
    steps = [types.Threshold(color="green")]
    if bad is not None:
        steps.append(types.Threshold(value=bad, color="red"))
    return dashboard.ThresholdsConfig().mode(types.ThresholdsMode.ABSOLUTE).steps(steps)

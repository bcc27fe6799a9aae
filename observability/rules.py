"""What wakes an operator, as alert rules of Prometheus.

docs/operations.md says of each what it means and what to do; tests/observability has a case in
which it fires and one in which it does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from observability.queries import JOB, LIVE, NO_REPLAY, OPERATOR, PENDING, REJECTED_SHARE, latency

DOCS = "docs/operations.md#alerts"
CRITICAL, WARNING = "critical", "warning"
"""Critical: somebody sees wrong or old data, or will soon."""


@dataclass(frozen=True)
class Alert:
    """One rule. lasting: for how long `expression` has to hold. summary: with Prometheus's
    templates."""

    name: str
    expression: str
    lasting: str
    severity: str
    summary: str

    def rule(self) -> dict[str, Any]:
        """As Prometheus reads it."""
        return {
            "alert": self.name,
            "expr": self.expression,
            "for": self.lasting,
            "labels": {"severity": self.severity},
            "annotations": {"summary": self.summary, "docs": DOCS},
        }


ALERTS = [
    Alert(
        "StoreDown",
        "touchline_up == 0",
        "30s",
        CRITICAL,
        "{{ $labels.store }} does not answer",
    ),
    Alert(
        "NotScraped",
        'up{job=~"flink|touchline"} == 0 or absent(up{job="flink"}) or absent(up{job="touchline"})',
        "1m",
        CRITICAL,
        "Prometheus gets nothing from {{ $labels.job }} {{ $labels.instance }}",
    ),
    Alert(
        "TaskManagerMissing",
        "flink_jobmanager_numRegisteredTaskManagers"
        " < max_over_time(flink_jobmanager_numRegisteredTaskManagers[1h])",
        "1m",
        CRITICAL,
        "{{ $value }} TaskManagers; there were more within the last hour",
    ),
    Alert(
        "JobNotRunning",
        f"group by (job_name) (touchline_job_expected) unless group by (job_name) ({JOB}uptime)",
        "1m",
        CRITICAL,
        "{{ $labels.job_name }} should run, and Flink does not know it",
    ),
    Alert(
        "JobRestarts",
        f"max by (job_name) (increase({JOB}numRestarts[10m])) >= 2",
        "0s",
        CRITICAL,
        "{{ $labels.job_name }} restarted {{ $value | humanize }} times in 10 minutes",
    ),
    Alert(
        "CheckpointsFail",
        # A job that only starts has some: those that were begun before all its tasks ran.
        f"max by (job_name) (increase({JOB}numberOfFailedCheckpoints[5m])"
        f" and on (job_id) {JOB}uptime > 300000) >= 2",
        "0s",
        WARNING,
        "{{ $labels.job_name }}: {{ $value | humanize }} checkpoints failed in 5 minutes",
    ),
    Alert(
        "CheckpointOld",
        # Only of a job that has had the time for one: before the first one the time is -1.
        f"max by (job_name) (time() - {JOB}lastCheckpointCompletedTimestamp{{{LIVE}}} / 1000"
        f" and on (job_id) {JOB}uptime > 120000) > 120",
        "30s",
        CRITICAL,
        "{{ $labels.job_name }} has had no checkpoint for 2 minutes",
    ),
    Alert(
        "FeedSilent",
        'sum by (provider) (touchline_matches{status="LIVE"}) > 0'
        " and on (provider) increase(touchline_feed_records_total[3m]) == 0",
        "30s",
        WARNING,
        "nothing from {{ $labels.provider }} for 3 minutes, with {{ $value }} matches on",
    ),
    Alert(
        "LagGrows",
        f"min_over_time(({PENDING})[2m:15s]) > 1000 and deriv(({PENDING})[2m:15s]) > 0",
        "30s",
        CRITICAL,
        "{{ $labels.job_name }} is at least {{ $value | humanize }} records behind, and loses",
    ),
    Alert(
        "LatencyHigh",
        f"{latency(0.99, '1m')} > 1 {NO_REPLAY}",
        "1m",
        CRITICAL,
        "feed to Redis takes {{ $value | humanizeDuration }} for {{ $labels.provider }} (p99)",
    ),
    Alert(
        "SinkStalled",
        "sum by (group) (label_replace(increase("
        f'{OPERATOR}numRecordsOut{{operator_name=~"Source:.*",{LIVE}}}[1m]),'
        ' "group", "touchline-$1", "job_name", "touchline[-_](.*)")) == 0'
        " and on (group) sum by (group) (min_over_time(touchline_consumer_lag[1m])) > 0",
        "30s",
        CRITICAL,
        "{{ $labels.group }} has records to read and takes none: what it writes to is stuck",
    ),
    Alert(
        "RejectedShareJumps",
        # A first day has nothing to compare with.
        f"{REJECTED_SHARE} > 0.01 and {REJECTED_SHARE}"
        f" > 2 * (avg_over_time({REJECTED_SHARE}[1d] offset 10m) or 0 * {REJECTED_SHARE})",
        "1m",
        WARNING,
        "{{ $value | humanizePercentage }} of what {{ $labels.provider }} sends is refused",
    ),
    Alert(
        "DeadLetters",
        "increase(touchline_dead_letters_total[10m]) > 10",
        "0s",
        WARNING,
        "{{ $value | humanize }} dead letters in 10 minutes",
    ),
    Alert(
        "AccountingDiffers",
        "touchline_accounting_difference != 0",
        "1m",
        CRITICAL,
        "{{ $value }} items of {{ $labels.provider }} were received and ended nowhere",
    ),
    Alert(
        "ScoreDisagrees",
        # A score and the events that make it up come one after the other.
        "touchline_matches_score_disagrees > 0",
        "5m",
        WARNING,
        "{{ $value }} matches of {{ $labels.provider }} that are on have a score that their events"
        " do not add up to, for 5 minutes (or were joined in mid-match: the state cannot tell)",
    ),
    Alert(
        "PollOverdue",
        "touchline_polls_overdue > 0",
        "0s",
        CRITICAL,
        "{{ $value }} polls have ended without a final result",
    ),
]


RECORDED = {
    REJECTED_SHARE: (
        'sum by (provider) (rate(touchline_feed_items_total{verdict="rejected"}[10m]))'
        # Nothing where nothing came: 0 / 0 would spoil the average of the day.
        " / (sum by (provider) (rate(touchline_feed_received_total[10m])) > 0)"
    )
}
"""Name -> what Prometheus computes and keeps under it."""


def rules() -> dict[str, Any]:
    """The rules file."""
    recorded = [{"record": name, "expr": query} for name, query in RECORDED.items()]
    alerts = [alert.rule() for alert in ALERTS]
    return {"groups": [{"name": "touchline", "rules": [*recorded, *alerts]}]}

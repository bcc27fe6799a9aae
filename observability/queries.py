"""The questions to Prometheus that more than one panel or rule asks."""

from __future__ import annotations

JOB = "flink_jobmanager_job_"
TASK = "flink_taskmanager_job_task_"
OPERATOR = f"{TASK}operator_"

LIVE = 'job_name!~".*[-_]replay"'
"""The jobs but for replays, which are behind by their nature."""

NO_REPLAY = f"unless on () (count({JOB}uptime{{job_name=~'.*[-_]replay'}}) > 0)"
"""What a replay writes is old when it is written."""

PENDING = f"sum by (job_name) ({OPERATOR}pendingRecords{{{LIVE}}})"


def latency(quantile: float, over: str) -> str:
    """Feed -> Redis in seconds, by provider."""
    rate = f"rate(touchline_feed_to_redis_seconds_bucket[{over}])"
    return f"histogram_quantile({quantile}, sum by (provider, le) ({rate}))"


def latency_of_jobs(store: str) -> str:
    """The 99th percentile of feed -> `redis` or `clickhouse` in ms, by provider and job, by Flink's
    metric."""
    rate = f"rate({OPERATOR}provider_le_feed_to_{store}_ms_bucket[1m])"
    return f"histogram_quantile(0.99, sum by (job_name, provider, le) ({rate}))"


REJECTED_SHARE = "touchline:rejected_share:10m"
"""Of what came in, by provider, 0 to 1: a rule that Prometheus records."""

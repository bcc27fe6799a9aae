"""For each alert: what Prometheus has seen when it fires, and when it does not.

Series are in promtool's notation, a value each 15 s: `5x8` is a five and eight more, `0+10x20`
grows by ten, `_` is missing, `stale` is gone.
"""

from __future__ import annotations

from dataclasses import dataclass, field

UPTIME = 'flink_jobmanager_job_uptime{job_name="touchline_match_state",job_id="a"}'
EXPECTED = 'touchline_job_expected{job_name="touchline_match_state"}'
PENDING = (
    "flink_taskmanager_job_task_operator_pendingRecords"
    '{job_name="touchline_match_state",task_id="1"}'
)
REPLAY_PENDING = PENDING.replace("match_state", "match_state_replay")
RESTARTS = 'flink_jobmanager_job_numRestarts{job_name="touchline_normalize"}'
FAILED = (
    'flink_jobmanager_job_numberOfFailedCheckpoints{job_name="touchline_match_state",job_id="a"}'
)
COMPLETED = (
    "flink_jobmanager_job_lastCheckpointCompletedTimestamp"
    '{job_name="touchline_match_state",job_id="a"}'
)
REPLAY = 'flink_jobmanager_job_uptime{job_name="touchline_match_state_replay",job_id="b"}'
LIVE_MATCH = 'touchline_matches{provider="opta",status="LIVE"}'
FEED = 'touchline_feed_records_total{provider="opta"}'
READ = (
    "flink_taskmanager_job_task_operator_numRecordsOut"
    '{job_name="touchline_match_state",operator_name="Source:_KafkaSource_match_events_log"}'
)
LAG = 'touchline_consumer_lag{group="touchline-match_state",topic="match-events"}'
DISAGREES = 'touchline_matches_score_disagrees{provider="opta"}'
REJECTED = 'touchline_feed_items_total{provider="opta",verdict="rejected"}'
RECEIVED = 'touchline_feed_received_total{provider="opta"}'
BUCKET = 'touchline_feed_to_redis_seconds_bucket{provider="opta",le="%s"}'
TASK_MANAGERS = "flink_jobmanager_numRegisteredTaskManagers"


def _latency(fast: str, all_: str) -> dict[str, str]:
    """So many updates within 0.1 s, and in all."""
    return {BUCKET % "0.1": fast, BUCKET % "1": fast, BUCKET % "5": all_, BUCKET % "+Inf": all_}


@dataclass(frozen=True)
class Case:
    """fires, quiet: series by name, in which the alert fires, or does not, at the minute `at`.

    labels: those of the alert that fires.
    """

    fires: dict[str, str]
    quiet: dict[str, str]
    labels: dict[str, str] = field(default_factory=dict)
    at: str = "10m"


CASES = {
    "StoreDown": Case(
        {'touchline_up{store="redis"}': "1x30 0x10"},
        {'touchline_up{store="redis"}': "1x30 0 1x9"},
        {"store": "redis"},
    ),
    "NotScraped": Case(
        {'up{job="flink",instance="a:9249"}': "1x30 0x10", 'up{job="touchline"}': "1x40"},
        {'up{job="flink",instance="a:9249"}': "1x40", 'up{job="touchline"}': "1x40"},
        {"job": "flink", "instance": "a:9249"},
    ),
    "TaskManagerMissing": Case(
        {TASK_MANAGERS: "2x30 1x10"},
        {TASK_MANAGERS: "1x20 2x20"},
    ),
    "JobNotRunning": Case(
        {EXPECTED: "1x40", UPTIME: "0+15000x30 stale", REPLAY: "0+15000x40"},
        {EXPECTED: "1x40", UPTIME: "0+15000x40", REPLAY: "0+15000x20 stale"},
        {"job_name": "touchline_match_state"},
    ),
    "JobRestarts": Case(
        {RESTARTS: "0x30 1x2 2x8"},
        {RESTARTS: "5x30 6x10"},
        {"job_name": "touchline_normalize"},
    ),
    "CheckpointsFail": Case(
        {FAILED: "1x30 2x3 3x7", UPTIME: "0+15000x40"},
        # Of a job that has just started.
        {FAILED: "_x30 1x2 3x8", UPTIME: "_x30 0+15000x10"},
        {"job_name": "touchline_match_state"},
    ),
    "CheckpointOld": Case(
        # The last one at 6 min 40 s, of a job that has run for an hour.
        {COMPLETED: "400000x40", UPTIME: "3600000+15000x40"},
        # None yet, of a job that has been up for a minute and a half.
        {COMPLETED: "-1x40", UPTIME: "_x34 0+15000x6"},
        {"job_name": "touchline_match_state"},
    ),
    "FeedSilent": Case(
        {FEED: "0+10x20 200x20", LIVE_MATCH: "2x40"},
        {FEED: "0+10x20 200x20", LIVE_MATCH: "2x20 0x20"},
        {"provider": "opta"},
    ),
    "LagGrows": Case(
        {PENDING: "0x10 500+200x30"},
        # One that catches up, and a replay.
        {PENDING: "90000-2000x40", REPLAY_PENDING: "0+500x40"},
        {"job_name": "touchline_match_state"},
    ),
    "LatencyHigh": Case(
        _latency("0+95x40", "0+100x40"),
        # The same while history is replayed: what it writes is old.
        _latency("0+95x40", "0+100x40") | {REPLAY: "0+15000x40"},
        {"provider": "opta"},
    ),
    "SinkStalled": Case(
        {READ: "0+100x20 2000x20", LAG: "0x20 100+100x20"},
        # Nothing to read.
        {READ: "0+100x20 2000x20", LAG: "0x40"},
        {"group": "touchline-match_state"},
    ),
    "RejectedShareJumps": Case(
        # After half an hour in which nothing came.
        {RECEIVED: "0x100 0+100x140", REJECTED: "0x200 0+10x40"},
        # As many as all day long.
        {RECEIVED: "0+100x240", REJECTED: "0+5x240"},
        {"provider": "opta"},
        at="60m",
    ),
    "DeadLetters": Case(
        {"touchline_dead_letters_total": "7x20 7+1x20"},
        {"touchline_dead_letters_total": "7x30 7+1x5 12x5"},
    ),
    "AccountingDiffers": Case(
        {'touchline_accounting_difference{provider="opta"}': "0x30 3x10"},
        # Read between two batches of counters.
        {'touchline_accounting_difference{provider="opta"}': "0x30 3 0x9"},
        {"provider": "opta"},
    ),
    "ScoreDisagrees": Case(
        {DISAGREES: "0x10 2x30"},
        # Corrected in time, once and again.
        {DISAGREES: "0x10 1x18 0x2 1x8"},
        {"provider": "opta"},
    ),
    "PollOverdue": Case(
        {"touchline_polls_overdue": "0x39 1"},
        {"touchline_polls_overdue": "0x40"},
    ),
}

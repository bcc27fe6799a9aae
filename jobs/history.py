"""What the other jobs have made -> history in ClickHouse.

Every version of every event, every ballot, every result of a poll, every standing in a leaderboard:
gathered for a second instead of some milliseconds, since ClickHouse wants few large inserts. Hence
a job of its own, which may lag where live reads may not. It keeps no state: what comes of the rows
(states, windows, totals, tables) are views, see `schemas/clickhouse/`.
"""

from __future__ import annotations

from connectors.sink_functions import history_writer
from jobs.inserts import Insert
from jobs.leaderboard_history import STANDINGS
from jobs.match_history import MATCH_EVENTS
from jobs.pipeline import Job, Options, run
from jobs.poll_history import POLL_RESULTS, POLL_VOTES
from touchline.settings import Settings

AFTER_THE_LIVE_JOBS = {
    "restart-strategy.type": "exponential-delay",
    "restart-strategy.exponential-delay.initial-backoff": "5 s",
    "restart-strategy.exponential-delay.max-backoff": "10 s",
}
"""What a TaskManager that died took with it starts anew elsewhere all at once, and a JVM's and a
Python worker's start are seconds of CPU time: the live jobs have the cores first. (A job that says
one of these settings says all: those of the cluster do not count for it.)"""

INSERTS: tuple[Insert, ...] = (MATCH_EVENTS, POLL_VOTES, POLL_RESULTS, STANDINGS)


def outputs(settings: Settings, options: Options) -> list[tuple[str, str]]:
    """An insert a table."""
    return [("written", insert.query(settings, options)) for insert in INSERTS]


def sources(settings: Settings, options: Options) -> list[str]:
    """The topics, and of them what the options ask for."""
    group = options.group(JOB.name)
    return [insert.source(settings, options, group) for insert in INSERTS]


JOB = Job(
    name="history",
    views=lambda settings: {},
    outputs=outputs,
    sources=sources,
    sinks=lambda settings: [],
    functions=lambda settings, options: {
        insert.function: history_writer(settings, insert.table, insert.columns)
        for insert in INSERTS
    },
    bundle_ms=lambda settings: settings.jobs.history_bundle_ms,
    batch_rows=lambda settings: settings.jobs.history_batch_rows,
    tuning=lambda settings: AFTER_THE_LIVE_JOBS,
)

if __name__ == "__main__":
    run(JOB)

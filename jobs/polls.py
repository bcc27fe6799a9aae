"""Votes and commands -> results of polls, live in Redis, and ballots.

The views of `jobs/poll_views.py` between Kafka's topics of polls and what follows from them:
results go to Redis and to `poll-results`, each vote and what became of it to `poll-ballots`, for
the `history` job. The rules are those of docs/polls.md.
"""

from __future__ import annotations

from connectors.kafka_tables import dead_letters_sink, keyed_bytes_sink
from connectors.poll_tables import (
    ballots_sink,
    clock_source,
    poll_records_source,
    results_sink,
)
from connectors.sink_functions import live_writer
from jobs.dead_letters import dead_letter
from jobs.live_write import live_write
from jobs.pipeline import Job, Options, Step, View, run
from jobs.poll_views import BALLOTS, COMMANDS, DEAD_LETTERS, votes_to_slices
from schemas.redis import keys
from touchline.partition_keys import partition_keys
from touchline.settings import Kafka, Settings
from touchline.versions import version_of
from udfs.polls.functions import RESULT_TYPES, VERSION_TYPES, vote_reader
from udfs.polls.tally import PollResults
from udfs.polls.versions import PollVersions


def views(settings: Settings) -> dict[str, View]:
    """From Kafka's records to results, ballots and dead letters."""
    polls = settings.polls
    return {
        **COMMANDS,
        "poll_versions": Step(
            "SELECT poll_id, `partition`, `offset`, body, arrived_at FROM commands",
            PollVersions(polls.longest_h),
            VERSION_TYPES,
            at="changed_at",
        ),
        **votes_to_slices(polls.votes_per_source_s, polls.future_ms, polls.results_ms),
        "results": Step(
            "SELECT poll_id, version, changes, at_time FROM news",
            PollResults(polls.results_ms, polls.max_regions),
            RESULT_TYPES,
            at="resulted_at",
        ),
        **DEAD_LETTERS,
    }


def _live(version: str) -> str:
    channel = keys.versioned(keys.POLL_UPDATES, version)
    return live_write(
        "'poll'",
        "poll_id",
        f"'{channel}'",
        "document",
        major="revision",
        minor="0",
        received_ms="revision",
    )


NEVER_EMPTY_MS = 3_000
"""A second has its row in so long, on a busy machine too."""


def outputs(settings: Settings, options: Options) -> list[tuple[str, str]]:
    """Results, ballots and dead letters; and the ticks, unless it is a replay."""
    kafka = settings.kafka
    whole_ms = _whole_ms(settings, options)
    # What is scheduled for the time after it would be told without the votes until then.
    results = "results" if whole_ms is None else f"results WHERE revision < {whole_ms}"
    live = _live(version_of(settings.jobs, "polls"))
    written = [
        ("written", f"SELECT WRITE_LIVE({live}) FROM {results}"),
        (
            "poll_results",
            f"SELECT poll_id, document, MAP['event', CAST(event AS BYTES)] FROM {results}",
        ),
        ("poll_ballots", BALLOTS),
        ("dead_letters", dead_letter("command_dead_letters", f"'{kafka.poll_control}'")),
        ("dead_letters", dead_letter("vote_dead_letters", f"'{kafka.poll_votes}'")),
    ]
    if options.span.end:
        return written  # it reads the ticks that there were
    return [
        *written,
        *((f"{name}_ticks", _ticks(settings, topic)) for name, topic in _timed(kafka)),
    ]


def _timed(kafka: Kafka) -> list[tuple[str, str]]:
    return [("control", kafka.poll_control), ("votes", kafka.poll_votes)]


def _beats(tick_ms: int) -> str:
    """`ticks`, a row every tick: a window in processing time slides by one, and is never empty."""
    size_ms = tick_ms * (NEVER_EMPTY_MS // tick_ms + 1)
    return f"""
        CREATE TEMPORARY VIEW ticks AS
        SELECT window_end
        FROM TABLE(HOP(TABLE clock, DESCRIPTOR(proctime), INTERVAL '{tick_ms / 1000:.3f}' SECOND,
            INTERVAL '{size_ms / 1000:.3f}' SECOND))
        GROUP BY window_start, window_end"""


def _ticks(settings: Settings, topic: str) -> str:
    """A record without a value in each partition, every `polls.tick_ms`."""
    texts = ", ".join(f"'{key}'" for key in partition_keys(settings.kafka, topic))
    return f"""
        SELECT k.tick_key, CAST(NULL AS BYTES)
        FROM (
            SELECT CASE WHEN window_end IS NOT NULL THEN ARRAY[{texts}] END AS tick_keys
            FROM ticks) AS t
        CROSS JOIN UNNEST(t.tick_keys) AS k (tick_key)"""


def sources(settings: Settings, options: Options) -> list[str]:
    """The topics of commands and votes, and the clock."""
    return [
        *_records(settings, options, "poll_control", settings.kafka.poll_control, "poll_key"),
        *_records(settings, options, "poll_votes", settings.kafka.poll_votes, "vote_key"),
        clock_source(),
        _beats(settings.polls.tick_ms),
    ]


def _records(settings: Settings, options: Options, name: str, topic: str, key: str) -> list[str]:
    """A topic; of one that is read to an end, what has all that there was before it."""
    group, span = options.group(JOB.name), options.span
    whole_ms = _whole_ms(settings, options)
    if whole_ms is None:
        return [poll_records_source(settings, name, topic, group, span, key)]
    return [
        poll_records_source(settings, f"{name}_log", topic, group, span, key),
        f"""
        CREATE TEMPORARY VIEW {name} AS
        SELECT * FROM {name}_log WHERE arrived_at < TO_TIMESTAMP_LTZ({whole_ms}, 3)""",
    ]


def _whole_ms(settings: Settings, options: Options) -> int | None:
    """The end of the last slice of time that a run which ends has whole, None for one that does
    not. (A slice that lacks its last votes would have another result, and the same revision.)"""
    until_ms = options.span.until_ms(options.submitted_ms)
    return None if until_ms is None else until_ms - until_ms % settings.polls.results_ms


def sinks(settings: Settings) -> list[str]:
    """Where results, ballots, dead letters and ticks go."""
    return [
        results_sink(settings),
        ballots_sink(settings),
        dead_letters_sink(settings),
        *(
            keyed_bytes_sink(settings, f"{name}_ticks", topic)
            for name, topic in _timed(settings.kafka)
        ),
    ]


JOB = Job(
    name="polls",
    views=views,
    outputs=outputs,
    sources=sources,
    sinks=sinks,
    functions=lambda settings, options: {
        "READ_VOTE": vote_reader(settings.polls.shed_free_after_ms),
        "WRITE_LIVE": live_writer(settings, options.generation),
    },
    bundle_ms=lambda settings: settings.polls.bundle_ms,
    tuning=lambda settings: {
        # Steps by key and time run in the task's own process: a call, not a message.
        "python.execution-mode": "thread",
        "pipeline.auto-watermark-interval": f"{settings.polls.tick_ms // 2} ms",
        # What a voter's vote is counted by is kept until the longest poll is over.
        "table.exec.state.ttl": f"{settings.polls.longest_h + 1} h",
        # A hot poll is counted where its votes are.
        "table.optimizer.agg-phase-strategy": "TWO_PHASE",
    },
)

if __name__ == "__main__":
    run(JOB)

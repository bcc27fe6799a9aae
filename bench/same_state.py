"""What a replay makes is what the live jobs made: all of Redis and ClickHouse, to the byte.

A history with edits, deletions, duplicates and late messages goes through the live jobs. What the
stores hold then is kept; the stores lose it, and a replay of all of it fills them again, in other
batches and while the live jobs run on. The two are compared, value by value.
"""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass

import redis

from bench.bed import Bed, fresh_bed
from bench.last_write import PROVIDER
from bench.load import DISORDERED, simulation_of, stream_to
from bench.replay import verify
from bench.report import Report, step
from connectors.access import redis_options
from connectors.clickhouse_sink import connect
from touchline import history
from touchline.commands.replay import run
from touchline.errors import TouchlineError
from touchline.flink_client import Submission
from touchline.redis_content import changed, content, wait_until_quiet

SEED = 300
REPLAYED = ("match:", "player:")
"""What match_state writes: how its keys begin."""

QUIET_S = 10.0
LONGEST_S = 3_600.0
ROWS = """
    SELECT count(), groupBitXor(cityHash64(toString(tuple(*)))) FROM match_events FINAL"""
"""How many rows there are, and a number that any other content would change."""


@dataclass(frozen=True)
class Figures:
    """One line of the result. values: keys of Redis, rows of ClickHouse."""

    store: str
    events: int
    values: int
    different: int
    seconds: float


def measure(report: Report, events: int) -> bool:
    """Live, then replayed; True if both made the same.

    Raises:
        TouchlineError: what the live jobs made is not what the simulator knows to be true.
    """
    simulation = simulation_of(events, DISORDERED, SEED)
    with fresh_bed() as bed, bed.jobs(Submission(("normalize", "match_state", "history"))):
        with step("live") as tell:
            truth = stream_to(
                bed.settings.kafka,
                bed.settings.kafka.feed(PROVIDER),
                simulation,
                lambda count: tell(f"{count:,} of {events:,} sent"),
            )
            store = _client(bed)
            _wait(store)
            verify(bed, truth)
        rows = [_redis(bed, store, events), _clickhouse(bed, events)]
    report.rows("same-state", "Live and replayed", [asdict(row) for row in rows])
    return not any(row.different for row in rows)


def _redis(bed: Bed, store: redis.Redis, events: int) -> Figures:
    live = content(store, REPLAYED)
    store.flushall()
    since = time.monotonic()
    run(Submission(("match_state",), end="latest"), bed.settings)
    seconds = time.monotonic() - since
    _wait(store)
    other = changed(live, content(store, REPLAYED))
    if other:
        print(f"not the same: {', '.join(other[:10])}", flush=True)
    return Figures("Redis", events, len(live), len(other), round(seconds, 1))


def _clickhouse(bed: Bed, events: int) -> Figures:
    [live] = history.query(bed.settings.clickhouse, ROWS).rows
    with connect(bed.settings.clickhouse) as client:
        client.command("TRUNCATE TABLE match_events")
    since = time.monotonic()
    run(Submission(("history",), end="latest"), bed.settings)
    seconds = time.monotonic() - since
    [replayed] = history.query(bed.settings.clickhouse, ROWS).rows
    different = 0 if live == replayed else max(1, abs(live[0] - replayed[0]))
    return Figures("ClickHouse", events, live[0], different, round(seconds, 1))


def _client(bed: Bed) -> redis.Redis:
    settings = bed.settings.redis
    return redis.Redis.from_url(settings.url, decode_responses=True, **redis_options(settings))


def _wait(store: redis.Redis) -> None:
    try:
        wait_until_quiet(store, QUIET_S, LONGEST_S)
    except TimeoutError as error:
        raise TouchlineError(str(error)) from error

"""A replay of history: all of a feed once more through the jobs as they are now.

What `touchline replay` does: each job reads from the beginning to the end there is now, with a new
generation, and ends. `normalize` first; then `match_state` and `history`, which read what it has
written, at the same time. Seconds are those between a job's start and its end in Flink's own
words, the start of its Python workers included.

Then Redis and ClickHouse are asked for what they hold, which must be what the simulator knows to be
true.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from bench.bed import Bed, fresh_bed
from bench.last_write import PROVIDER
from bench.load import CORRECTED, simulation_of, stream_to
from bench.report import Report, step
from simulator.truth import Truth
from touchline import history
from touchline.errors import TouchlineError
from touchline.flink_client import Client, Submission
from touchline.flink_cluster import Cluster, JobStatus
from touchline.live import LiveStore

SEED = 200
GENERATION = 1
STAGES = (("normalize",), ("match_state", "history"))
EVERYTHING = "all, in this order"
_STORED = """
    SELECT countIf(status = 'ACTIVE'), countIf(status = 'DELETED')
    FROM (
        SELECT argMax(status, (generation, version, arrival)) AS status
        FROM match_events
        GROUP BY match_id, provider, event_id)"""


@dataclass(frozen=True)
class Figures:
    """One line of the result."""

    job: str
    events: int
    seconds: float
    events_per_s: float


def measure(report: Report, events: int) -> bool:
    """Replay, and verify the stores; True, since whatever is wrong is raised."""
    simulation = simulation_of(events, CORRECTED, SEED)
    rows: list[Figures] = []
    total_s = 0.0
    with fresh_bed() as bed:
        topic = bed.settings.kafka.feed(PROVIDER)
        with step("producing the history") as tell:
            truth = stream_to(
                bed.settings.kafka,
                topic,
                simulation,
                lambda count: tell(f"{count:,} of {events:,}"),
            )
        with Cluster(bed.settings.flink) as cluster:
            for stage in STAGES:
                done = _replay(bed, cluster, stage)
                rows += [_figures(name, events, _seconds([job])) for name, job in done.items()]
                total_s += _seconds(list(done.values()))
        with step("checking the result"):
            verify(bed, truth)
    rows.append(_figures(EVERYTHING, events, total_s))
    report.rows("replay", f"Replay of {events:,} events", [asdict(row) for row in rows])
    return True


def _replay(bed: Bed, cluster: Cluster, names: Sequence[str]) -> dict[str, JobStatus]:
    """Run bounded jobs side by side, to their end."""
    submission = Submission(names, end="latest", generation=GENERATION)
    client = Client(submission, bed.settings)
    what = f"replaying through {' and '.join(names)}"
    done: dict[str, JobStatus] = {}
    try:
        with step(what) as tell:
            ids = client.wait()
            for name, job_id in ids.items():
                for status in cluster.until_over(job_id):
                    tell(f"{name} {status.state.lower()}")
                if status.state != "FINISHED":
                    raise TouchlineError(f"the replay of {name}: {cluster.failure(job_id)}")
                done[name] = status
    finally:
        client.stop()
    return done


def _seconds(jobs: Sequence[JobStatus]) -> float:
    """From the first one's start to the last one's end."""
    ended = max(job.ended_ms or 0 for job in jobs)
    return (ended - min(job.started_ms for job in jobs)) / 1000


def _figures(job: str, events: int, seconds: float) -> Figures:
    return Figures(job, events, round(seconds, 1), round(events / seconds, 1))


def verify(bed: Bed, truth: Truth) -> None:
    """Compare what Redis and ClickHouse hold with the truth.

    Raises:
        TouchlineError: they hold something else.
    """
    expected = {
        match.match_id: (match.active, match.deleted, match.home_score, match.away_score)
        for match in truth.matches
    }
    with LiveStore(bed.settings.redis) as store:
        states = store.matches(expected)
    live = {
        match_id: (
            state["events"],
            state["deleted"],
            state["score"]["home"],
            state["score"]["away"],
        )
        for match_id, state in states.items()
    }
    wrong = [match_id for match_id in expected if live.get(match_id) != expected[match_id]]
    if wrong:
        raise TouchlineError(
            f"wrong result: {len(wrong):,} of {len(expected):,} matches in Redis,"
            f" {wrong[0]} is {live.get(wrong[0])} and not {expected[wrong[0]]}"
        )
    [stored] = history.query(bed.settings.clickhouse, _STORED).rows
    wanted = (truth.totals.active, truth.totals.deleted)
    if tuple(stored) != wanted:
        raise TouchlineError(f"wrong result: ClickHouse has {tuple(stored)} and not {wanted}")

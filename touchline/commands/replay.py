"""`touchline replay`: history from Kafka through the current code."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from touchline.broker import Broker
from touchline.commands.jobs import ClusterOption, Json, SetOption, check_slots, settings_for, start
from touchline.errors import TouchlineError
from touchline.flink_client import Submission
from touchline.flink_cluster import Cluster, JobDetails
from touchline.settings import Kafka, Settings
from touchline.spans import BEGINNING, LATEST, MAX_GENERATION, position
from touchline.versions import JOBS, of_version, outputs_of

app = typer.Typer()

FINISHED = "FINISHED"
OF_NO_MATCH = "polls"
WHOLE = ("polls", "leaderboards")
"""Jobs whose results are of all that there was before."""


@dataclass(frozen=True)
class Replayed:
    """What a replay did.

    read: messages from Kafka. written: rows written by sink functions to Redis or ClickHouse.
    topics: how much longer the job's output topics have become (by a live job beside it, too).
    """

    job: str
    id: str
    read: int
    written: int
    topics: dict[str, int]
    seconds: float


@app.command()
def replay(
    job: Annotated[str, typer.Option(help=f"{', '.join(JOBS)}.")] = "match_state",
    from_offset: Annotated[
        str | None, typer.Option(metavar="0=17,1=4", help="PARTITION=OFFSET, each included.")
    ] = None,
    from_timestamp: Annotated[
        str | None, typer.Option(metavar="ISO", help="What Kafka received from then on.")
    ] = None,
    from_beginning: Annotated[
        bool, typer.Option("--from-beginning", help="All that Kafka has; the default.")
    ] = False,
    to: Annotated[
        str, typer.Option(metavar="latest|ISO|0=99", help="Where it ends, not included.")
    ] = LATEST,
    match: Annotated[
        str | None,
        typer.Option(help="This match only: opta:1009316; for normalize its key in the feed."),
    ] = None,
    generation: Annotated[
        int,
        typer.Option(
            min=0,
            max=MAX_GENERATION,
            help="Overwrites what lower ones wrote at the same position.",
        ),
    ] = 0,
    cluster: ClusterOption = None,
    overrides: SetOption = None,
    as_json: Json = False,
) -> None:
    """Read a part of Kafka once more, through a job as its code is now, and wait for its end.

    normalize reads the feeds and writes canonical events; match_state and history read those and
    write to Redis and ClickHouse. Rows that are there already stay as they are, since each write
    carries its position in Kafka and an older or equal one changes nothing. With --generation N
    (higher than any before) equal ones are overwritten. The live jobs run on beside it; it needs a
    free slot of its own. polls and leaderboards start at the beginning: of a part, polls would lack
    their commands and tables their sums.

    \b
    Examples:
      touchline replay --job history --from-beginning
      touchline replay --job match_state --match opta:1009316 --generation 1
      touchline replay --job normalize --from-timestamp 2026-08-22T14:00:00Z --to latest
      touchline replay --job match_state --from-offset 0=17,1=4 --to 0=99,1=80
    """
    if job not in JOBS:
        raise typer.BadParameter(f"the jobs are {', '.join(JOBS)}", param_hint="--job")
    given = [from_offset, from_timestamp, from_beginning or None]
    if sum(one is not None for one in given) > 1:
        raise TouchlineError("a replay starts at one place", "give one of the --from options")
    if match and job == OF_NO_MATCH:
        raise TouchlineError(
            "votes are of a poll and not of a match", "leave --match away: all polls are replayed"
        )
    if job in WHOLE and (from_offset or from_timestamp):
        raise TouchlineError(
            f"a part of what {job} has read makes other results than all of it", "--from-beginning"
        )
    if job == OF_NO_MATCH and position(to).startswith("offsets"):
        raise TouchlineError(
            "votes and commands are in two topics, which have offsets of their own",
            "--to with a time, or without it to the end",
        )
    settings = settings_for(cluster, overrides)
    if job == OF_NO_MATCH and settings.polls.shed_free_after_ms:
        raise TouchlineError(
            "votes are shed by how long they have waited, which a replay cannot know",
            "with --set polls.shed_free_after_ms=0 it counts those that were shed, too",
        )
    submission = Submission(
        [job],
        start=position(from_offset or from_timestamp or BEGINNING),
        end=position(to),
        match=match or "",
        generation=generation,
        overrides=tuple(overrides or ()),
    )
    done = run(submission, settings)
    if as_json:
        typer.echo(json.dumps(asdict(done)))
        return
    typer.echo(f"{job} replayed in {done.seconds:.1f} s: {done.read:,} messages read")
    if done.written:
        typer.echo(f"{done.written:,} rows written")
    for topic, count in done.topics.items():
        typer.echo(f"{count:,} more in {topic}")


def run(
    submission: Submission, settings: Settings, before: Callable[[], None] = lambda: None
) -> Replayed:
    """Submit a bounded job and wait for its end.

    before: what is to be done first, once it is known that there is room for the job.

    Raises:
        TouchlineError: it could not be submitted, or it failed; the text says why.
    """
    (job,) = submission.jobs
    topics = outputs_of(job, of_version(settings, job).kafka)
    since = time.monotonic()
    with Cluster(settings.flink) as flink:
        check_slots(flink, 1, settings)
        before()
        ends_before = _ends(settings.kafka, topics)
        job_id = start(submission, settings)[job]
        details = _wait(flink, job, job_id)
    after = _ends(settings.kafka, topics)
    return Replayed(
        job=job,
        id=job_id,
        read=details.read,
        written=details.written,
        topics={topic: after.get(topic, 0) - ends_before.get(topic, 0) for topic in topics},
        seconds=round(time.monotonic() - since, 1),
    )


def _ends(kafka: Kafka, topics: list[str]) -> dict[str, int]:
    if not topics:
        return {}
    with Broker(kafka) as broker:
        return broker.ends(topics)


def _wait(flink: Cluster, job: str, job_id: str) -> JobDetails:
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(f"replaying {job}")
        try:
            for status in flink.until_over(job_id):
                details = flink.details(job_id)
                what = f"{details.read:,} messages read" if details.read else status.state.lower()
                progress.update(task, description=f"replaying {job}: {what}")
        except KeyboardInterrupt:
            flink.cancel(job_id)
            raise
    if status.state != FINISHED:
        raise TouchlineError(
            f"the replay of {job} was {status.state.lower()}: {flink.failure(job_id)}",
            f"{flink.url}/#/job/completed/{job_id}/exceptions",
        )
    return flink.final_details(job_id)

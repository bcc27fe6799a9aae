"""`touchline upgrade`: the code as it is now, in place of a job that runs."""

from __future__ import annotations

import json
import time
from typing import Annotated

import typer
from rich.console import Console

from touchline.commands.jobs import (
    ClusterOption,
    Json,
    SavepointsOption,
    SetOption,
    running_of,
    settings_for,
    start,
)
from touchline.errors import TouchlineError
from touchline.flink_client import Client, Submission
from touchline.flink_cluster import Cluster
from touchline.plans import Planned, state_changes
from touchline.settings import Settings
from touchline.versions import JOBS

app = typer.Typer()

STARTS_WITHIN_S = 180.0
POLL_S = 0.5


@app.command()
def upgrade(
    job: Annotated[str, typer.Argument(metavar="JOB", help=f"{', '.join(JOBS)}.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say whether its state can be kept.")
    ] = False,
    savepoints: SavepointsOption = None,
    cluster: ClusterOption = None,
    overrides: SetOption = None,
    as_json: Json = False,
) -> None:
    """Stop a job with a savepoint, and go on from there with the code and settings as they are now.

    Before anything is stopped, the job's new plan is compared with that of the running one. If the
    state of the one does not fit the other, the job runs on, the exit code is 1, and it is said
    which ways there are.

    \b
    Examples:
      touchline upgrade match_state --dry-run
      touchline upgrade match_state --set jobs.live_bundle_ms=30
      touchline upgrade normalize --json
    """
    if job not in JOBS:
        raise typer.BadParameter(f"the jobs are {', '.join(JOBS)}", param_hint="JOB")
    settings = settings_for(cluster, overrides)
    submission = Submission([job], overrides=tuple(overrides or ()))
    with Cluster(settings.flink) as flink:
        running = running_of(flink, [job], settings)
        if job not in running:
            raise TouchlineError(
                f"{job} does not run at {settings.flink.rest}", f"touchline submit {job}"
            )
        changes = state_changes(flink.planned(running[job]), _planned(submission, settings))
        if changes:
            if as_json:
                typer.echo(json.dumps({"keeps_state": False, "changes": changes}))
            raise TouchlineError(
                f"{job} runs on: its state does not fit the code as it is now",
                _ways(job, changes),
            )
        if dry_run:
            _tell(f"{job} keeps its state", {"keeps_state": True}, as_json)
            return
        with Console(stderr=True).status(f"stopping {job}"):
            savepoint = flink.stop(running[job], savepoints or settings.flink.savepoints)
        typer.echo(f"{job} is stopped: {savepoint}", err=True)  # whatever happens from here on
        job_id = _resume(submission, settings, savepoint)
        _wait(flink, job, job_id, savepoint)
    told = {"keeps_state": True, "savepoint": savepoint, "id": job_id}
    _tell(f"{job:<12} goes on as {job_id}, from {savepoint}", told, as_json)


def _planned(submission: Submission, settings: Settings) -> Planned:
    with Console(stderr=True).status(f"planning {submission.jobs[0]}"):
        client = Client(submission, settings, plan_only=True)
        try:
            return client.planned()
        finally:
            client.stop()


def _resume(submission: Submission, settings: Settings, savepoint: str) -> str:
    (job,) = submission.jobs
    try:
        again = Submission([job], savepoint=savepoint, overrides=submission.overrides)
        return start(again, settings)[job]
    except TouchlineError as error:
        raise TouchlineError(error.message, _by_hand(job, savepoint)) from error


def _wait(flink: Cluster, job: str, job_id: str, savepoint: str) -> None:
    """Until all tasks run.

    Raises:
        TouchlineError: it failed, or takes too long; the hint says where the savepoint is.
    """
    deadline = time.monotonic() + STARTS_WITHIN_S
    with Console(stderr=True).status(f"starting {job}"):
        while not (now := flink.job(job_id)).at_work:
            if now.over or time.monotonic() > deadline:
                raise TouchlineError(
                    f"{job} is {now.state} from its savepoint: {flink.failure(job_id)}",
                    _by_hand(job, savepoint),
                )
            time.sleep(POLL_S)


def _by_hand(job: str, savepoint: str) -> str:
    return f"with the code that it was made by: touchline submit {job} --from-savepoint {savepoint}"


def _ways(job: str, changes: list[str]) -> str:
    lines = [f"  {line}" for line in changes]
    if job == "match_state":
        lines += [
            "beside it, without a gap for those who read (docs/operations.md, Upgrades):",
            f"  touchline submit {job} --set jobs.version=green",
            "  touchline diff green",
            "  touchline rollout start green && touchline rollout set 5",
        ]
    lines += [
        "or anew from Kafka, what it writes standing still meanwhile:",
        f"  touchline stop {job} && touchline submit {job}",
    ]
    return "\n".join(lines)


def _tell(text: str, told: dict[str, object], as_json: bool) -> None:
    typer.echo(json.dumps(told) if as_json else text)

"""`touchline submit`, `jobs`, `stop`: the jobs on a Flink cluster."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from math import ceil
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from touchline.errors import TouchlineError
from touchline.flink_client import Client, Submission
from touchline.flink_cluster import Cluster, JobDetails, JobStatus, Overview
from touchline.prepare import prepare
from touchline.settings import Settings
from touchline.stack.flink_memory import setting
from touchline.stack.tools import FLINK_CONF
from touchline.terminal import output
from touchline.versions import JOBS, job_title, title_of

app = typer.Typer()

ALL = "all"
JobArgument = Annotated[str, typer.Argument(metavar="JOB|all", help=f"{', '.join(JOBS)}, or all.")]
ClusterOption = Annotated[
    str | None, typer.Option(metavar="HOST:PORT", help="The cluster; else the setting flink.rest.")
]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="SECTION.NAME=VALUE", help="A setting, for the job too."),
]
Json = Annotated[bool, typer.Option("--json", help="For scripts.")]


SavepointsOption = Annotated[
    str | None,
    typer.Option(metavar="PATH", help="Where the savepoint goes; else flink.savepoints."),
]


@app.command()
def submit(
    job: JobArgument,
    from_savepoint: Annotated[
        str | None, typer.Option(metavar="PATH", help="Go on from there; for one job.")
    ] = None,
    cluster: ClusterOption = None,
    overrides: SetOption = None,
    force: Annotated[bool, typer.Option("--force", help="Also if the job runs already.")] = False,
    as_json: Json = False,
) -> None:
    """Submit a job, or all, with Flink's own client; one process for all of them.

    Topics, tables and the search index are made first where they are missing. A job that runs
    already is left alone. The cluster's workers run the Python interpreter that TOUCHLINE_PYTHON
    names, else this one.

    \b
    Examples:
      touchline submit all
      touchline submit match_state --from-savepoint file:///tmp/savepoint-4d35f2-8f1c
      touchline submit all --cluster flink.example:8081 --set kafka.bootstrap=broker:9092
      touchline submit normalize --set jobs.parallelism=2 --json
      touchline submit match_state --set jobs.version=green    # beside the one that runs
    """
    names = jobs_named(job)
    if from_savepoint and len(names) > 1:
        raise TouchlineError("a savepoint is of one job", "submit the jobs one by one")
    settings = settings_for(cluster, overrides)
    with Cluster(settings.flink) as flink:
        running = {} if force else running_of(flink, names, settings)
        missing = [name for name in names if name not in running]
        check_slots(flink, len(missing), settings)
    ids = {}
    if missing:
        submission = Submission(
            missing, savepoint=from_savepoint or "", overrides=tuple(overrides or ())
        )
        ids = start(submission, settings)
    if as_json:
        typer.echo(json.dumps({"submitted": ids, "running": running}))
        return
    for name in names:
        if name in ids:
            typer.echo(f"{name:<12} submitted as {ids[name]}")
        else:
            typer.echo(f"{name:<12} runs already as {running[name]} (--force submits it again)")


@app.command("jobs")
def list_jobs(
    every: Annotated[bool, typer.Option("--all", help="Those that are over, too.")] = False,
    cluster: ClusterOption = None,
    as_json: Json = False,
) -> None:
    """The cluster's jobs: state, restarts, last checkpoint, records, and how far behind they are.

    \b
    Examples:
      touchline jobs
      touchline jobs --all
      touchline jobs --json | jq '.[] | select(.state != "RUNNING")'
    """
    settings = settings_for(cluster, None)
    with Cluster(settings.flink) as flink:
        found = [job for job in flink.jobs() if every or not job.over]
        details = {job.id: flink.details(job.id) for job in found}
    if as_json:
        typer.echo(json.dumps([_as_dict(job, details[job.id]) for job in found]))
    elif found:
        output().print(_table(found, details))
    else:
        typer.echo(f"no jobs at {settings.flink.rest}; `touchline submit all` starts them")


@app.command()
def stop(
    job: JobArgument,
    cancel: Annotated[bool, typer.Option("--cancel", help="At once, without a savepoint.")] = False,
    savepoints: SavepointsOption = None,
    cluster: ClusterOption = None,
    overrides: SetOption = None,
    as_json: Json = False,
) -> None:
    """Stop a job, or all, with a savepoint, and say where that is.

    \b
    Examples:
      touchline stop match_state
      touchline stop match_state --set jobs.version=green
      touchline stop all --cancel
      touchline stop match_state --json | jq -r .match_state
    """
    names = jobs_named(job)
    settings = settings_for(cluster, overrides)
    stopped: dict[str, str] = {}
    with Cluster(settings.flink) as flink:
        running = running_of(flink, names, settings)
        if job != ALL and not running:
            raise TouchlineError(f"{job} does not run at {settings.flink.rest}", "touchline jobs")
        for name, job_id in running.items():
            with Console(stderr=True).status(f"stopping {name}"):
                if cancel:
                    flink.cancel(job_id)
                    stopped[name] = ""
                else:
                    stopped[name] = flink.stop(job_id, savepoints or settings.flink.savepoints)
            if not as_json:
                typer.echo(f"{name:<12} {stopped[name] or 'cancelled'}")
    if as_json:
        typer.echo(json.dumps(stopped))
    elif not running:
        typer.echo("nothing was running")


def jobs_named(job: str) -> list[str]:
    """The jobs that an argument stands for.

    Raises:
        typer.BadParameter: there is no such job.
    """
    if job == ALL:
        return list(JOBS)
    if job not in JOBS:
        raise typer.BadParameter(
            f"{job!r} is not known; the jobs are {', '.join(JOBS)}", param_hint="JOB"
        )
    return [job]


def settings_for(cluster: str | None, overrides: Sequence[str] | None) -> Settings:
    """The settings in force, with what the command line says."""
    address = [f"flink.rest={cluster}"] if cluster else []
    return Settings.load([*(overrides or ()), *address])


def check_slots(flink: Cluster, jobs: int, settings: Settings) -> None:
    """Raises TouchlineError if the cluster does not answer or has no room for so many jobs."""
    overview = flink.overview()
    needed = jobs * settings.jobs.parallelism
    missing = needed - overview.free_slots
    if missing > 0:
        raise TouchlineError(
            f"{needed} free slots are needed, Flink at {flink.rest} has {overview.free_slots}"
            f" of {overview.slots}",
            f"`touchline up --task-managers {_task_managers_for(missing, overview)}` adds"
            " some to the embedded cluster; `touchline jobs` shows what takes them",
        )


def _task_managers_for(missing: int, overview: Overview) -> int:
    """How many TaskManagers there must be for so many more slots."""
    if overview.task_managers:
        slots_of_each = overview.slots / overview.task_managers
    else:  # they may be only just starting
        slots_of_each = float(setting(FLINK_CONF, "taskmanager.numberOfTaskSlots"))
    return overview.task_managers + ceil(missing / slots_of_each)


def start(submission: Submission, settings: Settings) -> dict[str, str]:
    """Prepare the stores while Flink's client starts; gives the ids of the jobs by name."""
    console = Console(stderr=True)
    with console.status("starting Flink's client") as status:
        client = Client(submission, settings)
        try:
            prepare(settings, submission.jobs)
            left = list(submission.jobs)

            def told(job: str) -> None:
                left.remove(job)
                if left:
                    status.update(f"{job} is submitted; planning {left[0]}")

            status.update(f"planning {left[0]}")
            return client.wait(told)
        except BaseException:  # Ctrl-C too
            client.stop()
            raise


def running_of(flink: Cluster, names: Sequence[str], settings: Settings) -> dict[str, str]:
    """Those of the jobs that run in the settings' version, and their ids."""
    current = flink.current_jobs()
    titles = {name: title_of(settings.jobs, name) for name in names}
    return {name: current[title].id for name, title in titles.items() if title in current}


def _as_dict(job: JobStatus, details: JobDetails) -> dict[str, object]:
    return {**asdict(job), **asdict(details)}


def _table(found: Sequence[JobStatus], details: Mapping[str, JobDetails]) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("job", no_wrap=True)
    table.add_column("state")
    table.add_column("since", no_wrap=True)
    for name in ("restarts", "checkpoint", "read", "written", "lag"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("id", style="dim", no_wrap=True)
    for job in found:
        more = details[job.id]
        table.add_row(
            job.name.removeprefix(job_title("")),
            _state(job),
            datetime.fromtimestamp(job.started_ms / 1000, UTC).strftime("%m-%d %H:%M:%SZ"),
            _or_dash(more.restarts),
            _ago(more.checkpoint_ms),
            f"{more.read:,}",
            f"{more.written:,}",
            _or_dash(more.pending),
            job.id,
        )
    return table


def _state(job: JobStatus) -> str:
    if job.over or job.at_work:
        return job.state
    return f"{job.state} ({job.running_tasks}/{job.tasks} tasks)"


def _or_dash(number: int | None) -> str:
    return "-" if number is None else f"{number:,}"


def _ago(at_ms: int | None) -> str:
    return "-" if at_ms is None else f"{max(0.0, time.time() - at_ms / 1000):.0f} s ago"

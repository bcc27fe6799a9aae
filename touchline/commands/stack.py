"""`touchline up`, `down`, `status`, `doctor`: the embedded stack."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from touchline.prepare import prepare
from touchline.settings import Settings, stack_dir
from touchline.stack import doctor as machine
from touchline.stack import stack

app = typer.Typer()

NOT_RUNNING = 3
"""The exit code of `status` if a service does not run (as service managers have it)."""
MISSING = 1

Json = Annotated[bool, typer.Option("--json", help="For scripts.")]


@app.command()
def up(
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Delete all data of the stack first.")
    ] = False,
    task_managers: Annotated[
        int,
        typer.Option(min=1, help="Flink's TaskManagers, of six slots each: a job needs a slot."),
    ] = stack.TASK_MANAGERS,
    high_availability: Annotated[
        bool,
        typer.Option(
            "--ha",
            help="Flink with ZooKeeper: a JobManager that is killed takes up its jobs."
            " The stack keeps it until --fresh.",
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """Start Kafka, Redis, ClickHouse and Flink on this machine, and make topics and tables.

    What runs already is left as it is. Data, logs and addresses are in .touchline (or the folder
    that TOUCHLINE_HOME names); where a default port is taken, a free one is used.

    \b
    Examples:
      touchline up
      touchline up --fresh --task-managers 2
      TOUCHLINE_HOME=/tmp/second touchline up
    """
    since = time.monotonic()
    with _progress() as report:
        addresses = stack.up(fresh, task_managers, report, high_availability=high_availability)
        prepare(Settings.load())
    if as_json:
        typer.echo(json.dumps(addresses))
        return
    for service, values in addresses.items():
        note = "   (web UI)" if service == "flink" else ""
        typer.echo(f"  {service:<11} {_url(service, *values.values())}{note}")
    typer.echo(f"up in {time.monotonic() - since:.1f} s; logs in {stack_dir() / 'logs'}")


@app.command()
def down(as_json: Json = False) -> None:
    """Stop everything that `touchline up` has started. The data stays.

    \b
    Examples:
      touchline down
      TOUCHLINE_HOME=/tmp/second touchline down
      touchline down --json | jq .stopped
    """
    with Console(stderr=True).status("stopping"):
        ran = stack.down()
    if as_json:
        typer.echo(json.dumps({"stopped": ran}))
    else:
        typer.echo("stopped" if ran else "nothing was running")


@app.command()
def status(as_json: Json = False) -> None:
    """What runs, and where. The exit code is 3 if a service does not run.

    \b
    Examples:
      touchline status
      touchline status --json | jq -r '.[] | select(.name == "kafka").address'
    """
    services = stack.status()
    if as_json:
        typer.echo(json.dumps([asdict(service) for service in services]))
    else:
        for service in services:
            _print_status(service)
    if not all(service.running for service in services):
        raise typer.Exit(NOT_RUNNING)


@app.command()
def doctor(as_json: Json = False) -> None:
    """What is missing on this machine, and how to get it. The exit code is 1 if something is.

    \b
    Examples:
      touchline doctor
      touchline doctor --json | jq '.[] | select(.ok | not)'
    """
    results = machine.checks()
    if as_json:
        typer.echo(json.dumps([asdict(result) for result in results]))
    else:
        for result in results:
            _print_check(result)
    if any(result.required and not result.ok for result in results):
        raise typer.Exit(MISSING)


@contextmanager
def _progress() -> Iterator[stack.Report]:
    """Where each service is: a moving line each on a terminal, a line a change elsewhere."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda service, text: console.print(f"{service}: {text}", highlight=False)
        return
    columns = (SpinnerColumn(finished_text="✓"), TextColumn("{task.description}"))
    with Progress(*columns, TimeElapsedColumn(), console=console) as progress:
        lines = {name: progress.add_task(name, total=1) for name in stack.SERVICES}

        def report(service: str, text: str) -> None:
            done = 0 if text == stack.STARTING else 1
            line = f"{service:<11} {text}"
            progress.update(lines[service], description=line, completed=done)

        yield report


def _print_status(service: stack.ServiceStatus) -> None:
    state, colour = ("running", "green") if service.running else ("stopped", "red")
    typer.secho(f"{state:<8}", fg=colour, nl=False)
    typer.echo(f" {service.name:<11} {_url(service.name, service.address)}")
    for name, pid in service.processes.items():
        typer.echo(f"           {name:<22} {f'pid {pid}' if pid else 'ended'}")


def _url(service: str, address: str) -> str:
    return f"http://{address}" if service == "flink" and address else address


def _print_check(result: machine.Check) -> None:
    mark, colour = ("ok", "green") if result.ok else ("missing", "red")
    if not result.ok and not result.required:
        mark, colour = "note", "yellow"
    typer.secho(f"{mark:<8}", fg=colour, nl=False)
    typer.echo(f" {result.name:<16} {result.found}")
    if result.hint:
        typer.echo(f"{'':<9}{'':<16} {result.hint}")

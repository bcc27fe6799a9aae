"""`python -m chaos`: faults under load, and a report."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from bench.report import Report, exit_codes, tell_error
from chaos import matrix, report
from chaos.faults import FAULTS, SHORT, Fault
from chaos.system import TASK_MANAGERS, running

RATE = 60.0


def main(
    only: Annotated[
        str, typer.Option("--only", metavar="NAME,…", help="These faults; --list names all.")
    ] = "",
    short: Annotated[bool, typer.Option("--short", help="A few of them.")] = False,
    listed: Annotated[bool, typer.Option("--list", help="What can be broken, and end.")] = False,
    seed: Annotated[int, typer.Option(help="Decides the moments.")] = 1,
    rate: Annotated[float, typer.Option(min=1, help="Messages a second.")] = RATE,
    task_managers: Annotated[
        int, typer.Option(min=1, help="Whether there is another one when one is killed.")
    ] = TASK_MANAGERS,
    plot: Annotated[Path | None, typer.Option(help="Draw the lag into this file.")] = None,
    save: Annotated[Path | None, typer.Option(help="Keep all figures, as JSON.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON lines, for scripts.")] = False,
) -> None:
    """Breaks a running system under load, and proves what it holds afterwards.

    A stack of its own is fed at a constant rate; each fault comes at a moment that the seed
    decides. Then all of Redis and ClickHouse is compared with what the feeds say, as `touchline
    verify` does it. The exit code is 1 if anything was lost, doubled or wrong, or is not known.

    \b
    Examples:
      make chaos
      python -m chaos --short
      python -m chaos --only task-manager,redis-blackhole --seed 7 --plot lag.svg
    """
    if listed:
        for fault in FAULTS:
            typer.echo(f"{fault.name:<22} {fault.what}")
        return
    chosen = _chosen(only, short)
    outcomes: list[matrix.Outcome] = []
    try:
        with exit_codes(), running(task_managers) as system:
            matrix.warm_up(system, rate)
            for outcome in matrix.run(system, chosen, seed, rate):
                if isinstance(outcome, matrix.Unfinished):
                    tell_error(f"{outcome.fault}: {outcome.error.message}", outcome.error.hint)
                    continue
                outcomes.append(outcome)
                for one in outcome.differences[:5]:
                    tell_error(f"{outcome.fault}: {one.where} {one.path}",
                               f"must be {one.must_be!r:.100}, is {one.found!r:.100}")  # fmt: skip
    finally:
        if outcomes:
            title = f"Faults at {rate:.0f} messages/s and {rate / 2:.0f} votes/s, seed {seed}"
            Report(as_json).rows("chaos", title, [report.row_of(one) for one in outcomes])
            if plot:
                report.plot(outcomes, plot)
            if save:
                save.write_text(json.dumps([asdict(one) for one in outcomes], default=str))
    if len(outcomes) < len(chosen) or not all(one.exact for one in outcomes):
        raise typer.Exit(1)


def _chosen(only: str, short: bool) -> list[Fault]:
    wanted = [name for name in only.split(",") if name] or (list(SHORT) if short else [])
    known = {fault.name: fault for fault in FAULTS}
    if unknown := [name for name in wanted if name not in known]:
        raise typer.BadParameter(f"{', '.join(unknown)}: --list names those that there are")
    return [known[name] for name in wanted] if wanted else list(FAULTS)


if __name__ == "__main__":
    typer.run(main)

"""`touchline up`, `down`, `status`, `doctor`."""

from __future__ import annotations

import time
import typer
from touchline.stack import stack

app = typer.Typer(no_args_is_help=True)


@app.command()
def up(fresh: bool = False, task_managers: int = stack.TASK_MANAGERS) -> None:
    """Start."""
    since = time.monotonic()
    def report(service, text): typer.echo(f"{service:<12} {text}")
    addresses = stack.up(fresh, task_managers, report)
    for service, values in addresses.items():
        typer.echo(f"{service:<12} {' '.join(values.values())}")
    typer.echo(f"up in {time.monotonic() - since:.1f} s")


@app.command()
def down() -> None:
    """Stop."""
    typer.echo("stopped" if stack.down() else "nothing ran")


@app.command()
def status() -> None:
    """Status."""
    for s in stack.status():
        typer.echo(f"{s}")

"""What the benchmark prints: progress to standard error, results to standard output."""

from __future__ import annotations

import json
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from touchline.errors import TouchlineError
from touchline.terminal import output

_progress = Console(stderr=True, highlight=False)
TELL_EVERY_S = 10.0
"""How often a step that goes on is told of where there is no terminal."""

INTERRUPTED = 130
"""The exit code of what was stopped by a signal."""


@contextmanager
def exit_codes() -> Iterator[None]:
    """Around a whole program: what goes wrong is told, and ends it with 1; a signal, with 130.

    SIGTERM is taken as Ctrl-C is: whoever ends us, the stack is stopped, also where it is only
    starting, without its guard.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    except TouchlineError as error:
        tell_error(error.message, error.hint)
        raise typer.Exit(1) from error
    except KeyboardInterrupt:
        print("stopped by a signal", file=sys.stderr)
        raise typer.Exit(INTERRUPTED) from None


@contextmanager
def step(what: str) -> Iterator[Callable[[str], None]]:
    """Something that takes a while; gives a function that takes how far it is."""
    if not _progress.is_terminal:
        yield _lines(what)
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=_progress, transient=True) as progress:
        task = progress.add_task(what)
        yield lambda text: progress.update(task, description=f"{what}: {text}")


def _lines(what: str) -> Callable[[str], None]:
    said = time.monotonic()
    print(what, file=sys.stderr, flush=True)

    def tell(text: str) -> None:
        nonlocal said
        if time.monotonic() - said > TELL_EVERY_S:
            said = time.monotonic()
            print(f"{what}: {text}", file=sys.stderr, flush=True)

    return tell


def tell_error(message: str, hint: str = "") -> None:
    """Say to the user what went wrong."""
    print(f"error: {message}", hint, sep="\n" if hint else "", file=sys.stderr, flush=True)


class Report:
    """Prints each part's rows as a table, or as JSON lines.

    lines: a file that gets the JSON lines in any case, each part's when it is measured.
    """

    def __init__(self, as_json: bool, lines: Path | None = None) -> None:
        self._as_json = as_json
        self._lines = lines
        if lines:
            lines.write_text("")

    def rows(self, part: str, title: str, rows: Sequence[Mapping[str, object]]) -> None:
        """One part's result; the rows have the same names, in the order of the columns."""
        as_lines = "".join(json.dumps({"part": part, **row}) + "\n" for row in rows)
        if self._lines:
            with self._lines.open("a") as file:
                file.write(as_lines)
        if self._as_json:
            print(as_lines, end="", flush=True)
            return
        table = Table(title=title, title_justify="left", title_style="bold", box=None)
        for name, value in rows[0].items():
            table.add_column(
                name.replace("_", " "), justify="left" if isinstance(value, str) else "right"
            )
        for row in rows:
            table.add_row(*map(_text, row.values()))
        console = output()
        console.print(table)
        console.print()


def _text(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:,.1f}" if abs(value) < 1_000 else f"{value:,.0f}"
    return f"{value:,}" if isinstance(value, int) else str(value)

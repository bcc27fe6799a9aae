"""The console that commands print their results on."""

from __future__ import annotations

from rich.console import Console

UNLIMITED = 10_000
"""Columns of a pipe or a file: nothing is cut for a reader that is a program."""


def output() -> Console:
    """Standard output; as wide as it takes where it is no terminal."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = UNLIMITED
    return console

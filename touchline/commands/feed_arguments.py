"""Arguments that the commands on feeds share, checked: a wrong one ends the command with code 2."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from io import BufferedIOBase
from pathlib import Path
from typing import cast

import typer

from connectors.feeds.files import FeedFileError, Received, feed_files, read_file, read_stream
from udfs.contract import Adapter
from udfs.registry import ADAPTERS

STDIN = "-"
PROVIDER_HELP = f"One of: {', '.join(ADAPTERS)}."


def adapter_named(provider: str) -> Adapter:
    """The provider's adapter.

    Raises:
        typer.BadParameter: there is none; the text lists those there are.
    """
    adapter = ADAPTERS.get(provider)
    if adapter is None:
        raise typer.BadParameter(
            f"{provider!r} is not known; the providers are {', '.join(ADAPTERS)}",
            param_hint="PROVIDER",
        )
    return adapter


def sources_of(paths: Iterable[str]) -> list[Iterator[Received]]:
    """The messages of each file; `-` is standard input, a folder stands for its files.

    Raises:
        typer.BadParameter: a path is missing or empty; nothing has been read then.
    """
    sources: list[Iterator[Received]] = []
    for path in paths:
        if path == STDIN:
            sources.append(read_stream(cast(BufferedIOBase, sys.stdin.buffer), STDIN))
            continue
        try:
            sources += [read_file(file) for file in feed_files([Path(path)])]
        except FeedFileError as error:
            raise typer.BadParameter(str(error), param_hint="PATH") from error
    return sources

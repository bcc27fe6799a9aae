"""Files as feeds: single documents, captures of many messages, folders, standard input."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedIOBase
from itertools import chain, islice
from pathlib import Path

from connectors.feeds.framing import Framer
from connectors.feeds.keys import key_of_file
from touchline.errors import TouchlineError

CHUNK_BYTES = 1 << 20
BLANK_CHECK_BYTES = 4_096
"""A file this small is looked into for whether it holds anything but white space."""


class FeedFileError(ValueError):
    """A path that is no feed: missing or empty."""


@dataclass(frozen=True, slots=True)
class Received:
    """One message of a source.

    value: the provider's bytes, as received.
    named_match: the match that the source itself is about (its file's name), None if unknown.
    source: where it came from, for the reader of a log; no secrets.
    time_ms: when it happened, if the source knows without parsing; only differences count.
    """

    value: bytes
    named_match: str | None
    source: str
    time_ms: int | None = None


def feed_files(paths: Iterable[Path]) -> list[Path]:
    """The files that `paths` stand for; a folder stands for all files below it, by name.

    Hidden files are left out. An empty file in a folder is one of its files all the same: it is for
    the caller to say so; one that is named is a mistake.

    Raises:
        FeedFileError: a path is missing or empty.
        TouchlineError: a file cannot be read.
    """
    return [file for path in paths for file in _files_of(path)]


def read_file(path: Path) -> Iterator[Received]:
    """The messages of one file, in its order. A file without any gives its bytes as one message,
    which every adapter refuses by saying what is wrong with it.

    Raises:
        TouchlineError: it cannot be read.
    """
    with _readable(path), path.open("rb") as stream:
        frames = _frames(stream)
        first = list(islice(frames, 2))
        if not first:
            first = [path.read_bytes()]
        named = key_of_file(path.name, whole_document=len(first) == 1)
        for value in chain(first, frames):
            yield Received(value, named, str(path))


def read_stream(stream: BufferedIOBase, source: str) -> Iterator[Received]:
    """The messages of an open stream (standard input), in its order."""
    for value in _frames(stream):
        yield Received(value, None, source)


def _frames(stream: BufferedIOBase) -> Iterator[bytes]:
    framer = Framer()
    while chunk := stream.read1(CHUNK_BYTES):  # what is there: a pipe may be a live feed
        yield from framer.feed(chunk)
    yield from framer.close()


def _files_of(path: Path) -> list[Path]:
    if path.is_dir():
        files = sorted(f for f in path.rglob("*") if f.is_file() and not _hidden(f, path))
        if not files:
            raise FeedFileError(f"{path}: an empty folder")
        return files
    if not path.exists():
        raise FeedFileError(f"{path}: no such file or folder")
    if path.is_file() and _is_blank(path):
        raise FeedFileError(f"{path}: an empty file")
    return [path]


def _hidden(file: Path, folder: Path) -> bool:
    return any(part.startswith(".") for part in file.relative_to(folder).parts)


def _is_blank(path: Path) -> bool:
    with _readable(path):
        return path.stat().st_size <= BLANK_CHECK_BYTES and not path.read_bytes().strip()


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise TouchlineError(
            f"{path}: cannot be read: {error.strerror or error}", "see who may read the file"
        ) from error

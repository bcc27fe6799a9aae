"""Where what is there is not what must be."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

ABSENT = None
"""What is not there, and what JSON has as null, is the same: Redis's merge leaves no null."""


class Difference(NamedTuple):
    """One value. where: the store and the key. path: in the document, as `score.home`."""

    where: str
    path: str
    must_be: Any
    found: Any


def differences(where: str, must_be: Any, found: Any, path: str = "") -> Iterator[Difference]:
    """All values in which two documents differ, in the order of what must be."""
    if isinstance(must_be, dict) and isinstance(found, dict):
        for name in {**must_be, **found}:
            below = f"{path}.{name}" if path else str(name)
            yield from differences(where, must_be.get(name), found.get(name), below)
    elif isinstance(must_be, dict) and found is ABSENT and path:
        yield from differences(where, must_be, {}, path)
    elif must_be != found:
        yield Difference(where, path, must_be, found)

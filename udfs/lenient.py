"""Lenient values: providers' schemas drift, and a field that changed its type must not cost the
event. What cannot be read counts as absent; what an event cannot do without is checked by its feed.
"""

from __future__ import annotations

import math
from typing import Any, TypeAlias, TypeVar

from udfs import limits

T = TypeVar("T")

Odd: TypeAlias = str | int | float | bool | list[Any] | None
"""What may stand where an object is expected, without failing the message."""

OddList: TypeAlias = str | int | float | bool | dict[str, Any] | None
"""What may stand where a list is expected."""

MAX_WHOLE = 2**31 - 1


def text(value: Any) -> str:
    """A scalar as text, cut past the limit; empty for everything else."""
    if type(value) is str:
        return value[: limits.MAX_TEXT]
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, (int, float)) else ""


def whole(value: Any) -> int | None:
    """A whole number of 32 bits, also from text ("90" and 90 are one); None for all else."""
    if value is None:
        return None
    if type(value) is int:
        return value if -MAX_WHOLE <= value <= MAX_WHOLE else None
    found = number(value)
    if found is None or found != int(found) or not -MAX_WHOLE <= found <= MAX_WHOLE:
        return None
    return int(found)


def number(value: Any) -> float | None:
    """A finite number, also from text; None for everything else."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def or_empty(found: object, kind: type[T]) -> T:
    """What was found, if it is of the kind; else one that says nothing."""
    return found if isinstance(found, kind) else kind()


def items_of(found: object, kind: type[T]) -> list[T]:
    """The items of a list that are of the kind; none of what is no list."""
    return [one for one in found if isinstance(one, kind)] if isinstance(found, list) else []

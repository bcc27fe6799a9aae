"""What the state of a job is made of, as far as its plan does not show it.

A savepoint can only be read by a job that keeps the same things, of the same types. Which operators
there are and what they compute is in the plan that the cluster shows. What is in this module's
texts is kept with the running job, so that the next version of the code can be compared with it.
"""

from __future__ import annotations

import dataclasses
import hashlib
import re
from collections.abc import Iterable, Mapping
from typing import Any, get_args, get_origin, get_type_hints

import msgspec

SHAPE = "touchline.shape."
"""Before each name among the job's own parameters, which the cluster shows."""

_COLUMNS = re.compile(r"\s+WITH\s*\(.*\Z", re.DOTALL)


def parameters(shapes: Mapping[str, str]) -> str:
    """The texts, each as a short hash, in the form of Flink's `pipeline.global-job-parameters`."""
    return ",".join(f"{SHAPE}{name}:{_short(text)}" for name, text in sorted(shapes.items()))


def columns(tables: Iterable[str]) -> str:
    """The columns of tables, by their DDL: what is behind WITH does not count."""
    return "\n".join(" ".join(_COLUMNS.sub("", ddl).split()) for ddl in tables)


def structure(kind: Any) -> str:
    """A type in full: a class of data with the types of its fields, and theirs."""
    return _structure(kind, ())


def _structure(kind: Any, around: tuple[Any, ...]) -> str:
    if arguments := get_args(kind):
        inner = ", ".join(_structure(one, around) for one in arguments)
        return f"{get_origin(kind)}[{inner}]"
    if kind in around or not (dataclasses.is_dataclass(kind) or _is_struct(kind)):
        return getattr(kind, "__qualname__", repr(kind))
    fields = ", ".join(
        f"{name}: {_structure(one, (*around, kind))}" for name, one in get_type_hints(kind).items()
    )
    return f"{kind.__qualname__}({fields})"


def _is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]

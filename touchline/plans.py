"""Whether a job can go on from the state of the one that runs: their plans, compared.

A savepoint keeps state by operator. It fits where the operators are the same, in the same places
(then the cluster gives them the same ids), and compute the same in all that holds state or comes
before it: a sum would otherwise go on as another sum. What comes after all state, as the form of a
write, may change, and so may what only a sink gets, as a dead letter.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile, zip_longest
from typing import Any

from jobs.state_shape import SHAPE

WITHOUT_STATE = frozenset(
    {
        "Calc",
        "ConstraintEnforcer",
        "Correlate",
        "DropUpdateBefore",
        "Expand",
        "MiniBatchAssigner",
        "PythonCalc",
        "PythonCorrelate",
        "WatermarkAssigner",
    }
)
"""Kinds of operators; others are taken to have some."""

SHAPES = {
    "columns": "the columns of its sources",
    "expiry": "whether state expires",
    "flink": "Flink's version",
    "functions": "what its Python functions give",
    "python": "what its Python functions keep",
    "steps": "the state of its Python steps",
}
"""What is kept with a running job (`jobs/state_shape.py`), in words."""

AROUND = 60
"""Characters that are shown of a long operator, from a little before the difference."""

_NUMBER = re.compile(r"^\[\d+\]:|\[\d+\](?=: (?:Writer|Committer)$)")
_TREE = re.compile(r"^(?:[ :|]  )*(?:[+:]- )?")
_KIND = re.compile(r"^\w+(?=\()")
_STATELESS_FUNCTION = re.compile(r"^ProcessTableFunction\(invocation=\[TO_CHANGELOG\(")


@dataclass(frozen=True)
class Planned:
    """A job as the cluster shows it, or would.

    plan: the value of `plan` in `/jobs/ID/plan`.
    shape: what is in `jobs/state_shape.py`'s texts, as hashes by their names; of a job that was
        submitted by other means there are none.
    """

    plan: Mapping[str, Any]
    shape: Mapping[str, str]


def shape_in(parameters: Mapping[str, str]) -> dict[str, str]:
    """The hashes among a job's own parameters."""
    return {
        name.removeprefix(SHAPE): value
        for name, value in parameters.items()
        if name.startswith(SHAPE)
    }


@dataclass(frozen=True)
class _Operator:
    text: str
    depth: int

    @property
    def kind(self) -> str:
        found = _KIND.match(self.text)
        return found.group() if found else self.text

    @property
    def has_state(self) -> bool:
        if _STATELESS_FUNCTION.match(self.text) or self.is_sink:
            return False
        return self.kind not in WITHOUT_STATE

    @property
    def is_sink(self) -> bool:
        return self.text.endswith((": Writer", ": Committer"))


def state_changes(running: Planned, new: Planned) -> list[str]:
    """Why the new job cannot go on from the state of the running one, a line a reason."""
    return [*_shape_changes(running.shape, new.shape), *_plan_changes(running.plan, new.plan)]


def _shape_changes(running: Mapping[str, str], new: Mapping[str, str]) -> Iterator[str]:
    for name in sorted(new):
        what = SHAPES.get(name, name)
        if name not in running:
            yield f"the running job does not say {what}: it is of an older version"
        elif running[name] != new[name]:
            yield f"{what}: not the same"


def _plan_changes(running: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    old_chains, new_chains = _chains(running), _chains(new)
    for vertex in [one for one in old_chains if one not in new_chains]:
        yield f"gone, or in another place: {_short(old_chains[vertex][0])}"
    for vertex in [one for one in new_chains if one not in old_chains]:
        yield f"new, or in another place: {_short(new_chains[vertex][0])}"
    for vertex, before in old_chains.items():
        after = new_chains.get(vertex, before)
        if [_head(text) for text in before] != [_head(text) for text in after]:
            yield f"other steps: {_kinds(before)} -> {_kinds(after)}"
            continue
        for old, fresh in zip(before, after, strict=True):
            if old != fresh:
                start = max(_agreed(old, fresh) - AROUND // 3, 0)
                yield f"{_head(old)}: …{_short(old[start:])} -> …{_short(fresh[start:])}"


def _chains(plan: Mapping[str, Any]) -> dict[str, list[str]]:
    """Vertex id -> its operators; of those that neither hold state nor feed it, the kind only."""
    operators = {node["id"]: _operators(node["description"]) for node in plan["nodes"]}
    inputs = {node["id"]: [one["id"] for one in node.get("inputs") or ()] for node in plan["nodes"]}
    feeding = _before_state(operators, inputs)
    return {
        vertex: [
            one.text
            if any(other.has_state for other in _after(chain, index))
            or (vertex in feeding and _goes_on(chain, index))
            else one.kind
            for index, one in enumerate(chain)
        ]
        for vertex, chain in operators.items()
    }


def _before_state(
    operators: Mapping[str, Sequence[_Operator]], inputs: Mapping[str, Sequence[str]]
) -> set[str]:
    """The vertices that a vertex with state reads from, directly or not."""
    found: set[str] = set()
    to_do = [vertex for vertex, chain in operators.items() if any(one.has_state for one in chain)]
    while to_do:
        for vertex in inputs[to_do.pop()]:
            if vertex not in found:
                found.add(vertex)
                to_do.append(vertex)
    return found


def _after(chain: Sequence[_Operator], index: int) -> Iterator[_Operator]:
    """An operator of a vertex, and those that get its rows."""
    yield chain[index]
    for one in chain[index + 1 :]:
        if one.depth <= chain[index].depth:
            return
        yield one


def _goes_on(chain: Sequence[_Operator], index: int) -> bool:
    """Whether an operator's rows leave its vertex for another one: not all of them end in sinks."""
    rows = list(_after(chain, index))
    ends = [
        one
        for one, below in zip_longest(rows, rows[1:])
        if below is None or below.depth <= one.depth
    ]
    return not all(one.is_sink for one in ends)


def _operators(description: str) -> list[_Operator]:
    """A vertex's operators: a tree, drawn by signs in front of them."""
    lines = [html.unescape(line) for line in description.split("<br/>")]
    found = []
    for line in filter(str.strip, lines):
        drawn = _TREE.match(line)
        depth = drawn.end() if drawn else 0
        found.append(_Operator(_NUMBER.sub("", line[depth:]), depth))
    return found


def _head(text: str) -> str:
    return _Operator(text, 0).kind


def _kinds(chain: Sequence[str]) -> str:
    return ", ".join(_short(_head(text)) for text in chain)


def _agreed(one: str, other: str) -> int:
    """How many characters two texts begin with alike."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _short(text: str) -> str:
    return text if len(text) <= AROUND else f"{text[:AROUND]}…"

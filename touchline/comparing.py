"""What two versions of a job hold, compared: what differs, where, and with which values.

Both run while they are compared, and one may be ahead. So a difference is looked at again, and
counts only if it lasts: as soon as one side shows what the other has shown at any look, the two are
not different, one of them was late; unless they are numbers that stay as far apart.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

import msgspec

Path = tuple[str, ...]
"""Names of fields, from the outermost one inwards."""

Parts = Mapping[str, Mapping[str, Any]]
"""What a version has of an owner: part (`state`, `timeline`, `events`, …) -> name in it -> JSON
text, or a number. Of a part that is one document the name is empty."""


class Place(NamedTuple):
    """Where something is.

    owner: a match or a player, as `match opta:1009316`.
    path: within the value of the name; empty for the whole of it.
    """

    owner: str
    part: str
    name: str
    path: Path

    @property
    def field(self) -> str:
        """The place in its owner, in words: `events.opta:17.clock`."""
        return ".".join(text for text in (self.part, self.name, *self.path) if text)


class Difference(NamedTuple):
    """A place and what the two versions have there, as JSON; None: nothing."""

    place: Place
    one: str | None
    other: str | None


def differences(owner: str, one: Parts, other: Parts) -> Iterator[Difference]:
    """Where two versions of an owner differ."""
    for part in dict.fromkeys([*one, *other]):
        left, right = one.get(part, {}), other.get(part, {})
        if left == right:
            continue
        for name in sorted(left.keys() | right.keys()):
            if left.get(name) == right.get(name):
                continue
            leaves, others = _leaves(left.get(name)), _leaves(right.get(name))
            if leaves is None or others is None:
                place = Place(owner, part, name, ())
                yield Difference(place, _text(left.get(name)), _text(right.get(name)))
                continue
            for path in sorted(leaves.keys() | others.keys()):
                if leaves.get(path) != others.get(path):
                    place = Place(owner, part, name, path)
                    yield Difference(place, leaves.get(path), others.get(path))


def value_at(place: Place, parts: Parts) -> str | None:
    """What is at a place, as JSON; None: nothing."""
    value = parts.get(place.part, {}).get(place.name)
    return (_leaves(value) or {}).get(place.path) if place.path else _text(value)


@dataclass
class _Seen:
    one: list[str | None]
    other: list[str | None]

    def agree(self) -> bool:
        if self.one[-1] == self.other[-1]:
            return True
        return not set(self.one).isdisjoint(self.other) and not self._are_apart()

    def _are_apart(self) -> bool:
        """Whether numbers have grown, always by as much between them: as a version does that counts
        something which the other does not. One that is late is so by now more, now less."""
        apart = [
            _number(other) - _number(one) for one, other in zip(self.one, self.other, strict=True)
        ]
        return len(set(apart)) == 1  # nan, of what is no number, is not equal to itself


@dataclass
class Looks:
    """The differences that have lasted so far.

    ignored: patterns of fields that do not count, as `state.home.*`.
    """

    ignored: tuple[str, ...] = ()
    _seen: dict[Place, _Seen] = field(default_factory=dict)

    def first(self, owner: str, one: Parts, other: Parts) -> None:
        """Look at an owner for the first time."""
        for found in differences(owner, one, other):
            if not any(fnmatchcase(found.place.field, pattern) for pattern in self.ignored):
                self._seen[found.place] = _Seen([found.one], [found.other])

    def again(self, owner: str, one: Parts, other: Parts) -> None:
        """Look once more at what differed of an owner."""
        for place in [place for place in self._seen if place.owner == owner]:
            seen = self._seen[place]
            seen.one.append(value_at(place, one))
            seen.other.append(value_at(place, other))
            if seen.agree():
                del self._seen[place]

    def owners(self) -> list[str]:
        """Whom there is still a difference of."""
        return list(dict.fromkeys(place.owner for place in self._seen))

    def left(self) -> list[Difference]:
        """What still differs, with the values of the last look."""
        return [
            Difference(place, seen.one[-1], seen.other[-1])
            for place, seen in sorted(self._seen.items())
        ]


def _leaves(value: Any) -> dict[Path, str] | None:
    """The values in a JSON object, by their paths; None if it is no object."""
    document = msgspec.json.decode(value) if isinstance(value, str) else None
    return dict(_walk(document, ())) if isinstance(document, dict) else None


def _walk(document: dict[str, Any], path: Path) -> Iterable[tuple[Path, str]]:
    for name, value in document.items():
        if isinstance(value, dict) and value:
            yield from _walk(value, (*path, name))
        else:
            yield (*path, name), _json(value)


def _number(value: str | None) -> float:
    """A JSON number; nan for all else."""
    try:
        return float(value or "nan")
    except ValueError:
        return math.nan


def _text(value: Any) -> str | None:
    if value is None:
        return None
    return _json(msgspec.json.decode(value) if isinstance(value, str) else value)


def _json(value: Any) -> str:
    return msgspec.json.encode(value, order="sorted").decode()

"""Where settings come from, and how they are laid over one another.

Each source gives the same shape, section -> name -> value; the module touchline.settings says what
sections there are and checks the values.
"""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError

PREFIX = "TOUCHLINE_"
CONFIG = "TOUCHLINE_CONFIG"
CONFIG_FILE = "touchline.toml"
NO_SETTINGS = frozenset({CONFIG, "TOUCHLINE_HOME", "TOUCHLINE_PYTHON", "TOUCHLINE_FEEDS"})
"""Variables of the same prefix that say something else."""

_UNKNOWN = "extra_forbidden"
Model = type[BaseModel]


class SettingsError(ValueError):
    """A setting that is not known or has a wrong value; the text names it, and where it is."""


@dataclass(frozen=True)
class Source:
    """What one place says.

    name: the place, as an error tells it.
    given: section -> name -> value, not checked yet.
    """

    name: str
    given: dict[str, Any]

    def has(self, path: Sequence[int | str]) -> bool:
        """Whether it says something at `path`, or instead of what should be there."""
        found: Any = self.given
        for part in path:
            if not isinstance(found, Mapping):
                return True
            if part not in found:
                return False
            found = found[part]
        return True


def gathered(sections: Model, overrides: Iterable[str], stack_file: Path) -> list[Source]:
    """All sources, the weakest first; see touchline.settings for the order.

    sections: the model whose fields are the sections. overrides: `section.name=value` texts.

    Raises:
        SettingsError: a source cannot be read.
    """
    return [
        Source(str(stack_file), _of_stack(stack_file)),
        *_of_file(),
        *_of_environment(sections),
        *(_of_argument(sections, text) for text in overrides),
    ]


def merged(sources: Iterable[Source]) -> dict[str, Any]:
    """What the sources say together; of what several say, the last one's."""
    together: dict[str, Any] = {}
    for source in sources:
        together = _laid_over(together, source.given)
    return together


def told(error: ValidationError, sections: Model, sources: Sequence[Source]) -> SettingsError:
    """All that is wrong, in one line: each setting, why, and where it was said."""
    return SettingsError("; ".join(_told(one, sections, sources) for one in error.errors()))


def is_setting(variable: str) -> bool:
    """Whether an environment variable is there to say a setting."""
    return variable.upper().startswith(PREFIX) and variable.upper() not in NO_SETTINGS


def _told(problem: Mapping[str, Any], sections: Model, sources: Sequence[Source]) -> str:
    path: tuple[int | str, ...] = problem["loc"]
    why = problem["msg"].removeprefix("Value error, ")
    if problem["type"] == _UNKNOWN:
        near = get_close_matches(str(path[-1]), _names(_type_at(sections, path[:-1])))
        why = f"not known{f'; near it: {near[0]}' if near else ''}"
    # What belongs together (a security and its user) may be in several places: the section is.
    place = next((source.name for source in reversed(sources) if source.has(path)), "")
    return f"setting {'.'.join(map(str, path))}: {why}{f' ({place})' if place else ''}"


def _names(model: Any) -> list[str]:
    return list(model.model_fields) if _is_model(model) else []


def _of_stack(file: Path) -> dict[str, Any]:
    try:
        found = json.loads(file.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise SettingsError(f"{file}: {error}; `touchline up` writes it anew") from error
    return found if isinstance(found, dict) else {}


def _of_file() -> Iterator[Source]:
    named = os.environ.get(CONFIG, CONFIG_FILE)
    if not named:
        return
    try:
        with Path(named).open("rb") as file:
            yield Source(named, tomllib.load(file))
    except FileNotFoundError as error:
        if CONFIG in os.environ:
            raise SettingsError(f"{CONFIG} names {named}: no such file") from error
    except (OSError, ValueError) as error:  # bytes that are no text are a ValueError too
        raise SettingsError(f"{named}: {error}") from error


def _of_environment(sections: Model) -> Iterator[Source]:
    for variable, text in os.environ.items():
        if not is_setting(variable):
            continue
        path = variable[len(PREFIX) :].lower().split("__")
        if len(path) > 1 or path[0] in sections.model_fields:
            yield _said(variable, sections, path, text)


def _of_argument(sections: Model, argument: str) -> Source:
    path, equals, text = argument.partition("=")
    section, dot, name = path.partition(".")
    if not (equals and dot and section and name):
        raise SettingsError(f"--set wants section.name=value, not {path!r}")
    return _said(f"--set {path}", sections, [section, name], text)


def _said(place: str, sections: Model, path: Sequence[str], text: str) -> Source:
    value = _value(place, _type_at(sections, path), text)
    for name in reversed(path):
        value = {name: value}
    return Source(place, value)


def _value(place: str, type_: Any, text: str) -> Any:
    """What `text` stands for: itself, or where a list or a section is wanted, its JSON. Numbers and
    the like are read by the check of the value."""
    if not _is_made_of_parts(type_):
        return text
    try:
        return json.loads(text)
    except ValueError as error:
        raise SettingsError(f'{place}: wants JSON, as ["a", "b"] or {{"a": 1}}') from error


def _type_at(type_: Any, path: Sequence[int | str]) -> Any:
    """The type of the setting at `path` below `type_`; None if there is no such setting."""
    for name in path:
        if _is_model(type_):
            field = type_.model_fields.get(name)
            type_ = field.annotation if field else None
        elif get_origin(type_) is dict:
            type_ = get_args(type_)[1]
        else:
            return None
    return type_


def _is_made_of_parts(type_: Any) -> bool:
    origin = get_origin(type_)
    return _is_model(type_) or origin in (dict, list, tuple)


def _is_model(type_: Any) -> bool:
    return isinstance(type_, type) and issubclass(type_, BaseModel)


def _laid_over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    together = dict(below)
    for name, value in above.items():
        under = together.get(name)
        both = isinstance(under, Mapping) and isinstance(value, Mapping)
        together[name] = _laid_over(under, value) if both else value  # type: ignore[arg-type]
    return together

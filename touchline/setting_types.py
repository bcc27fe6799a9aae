"""What a section of the settings is, and kinds of values that a pattern or a list confines."""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints


class Section(BaseModel):
    """A group of settings; an unknown name is an error, not ignored."""

    # An error does not repeat the value: it may be a secret in the wrong place.
    model_config = ConfigDict(
        extra="forbid", frozen=True, hide_input_in_errors=True, allow_inf_nan=False
    )


def _without_user(url: str) -> str:
    parts = urlsplit(url)
    if "@" in parts.netloc or parts.query:
        raise ValueError("has no user, password or query: those are settings of their own")
    return url


Url = Annotated[str, AfterValidator(_without_user)]
"""An address, which is told in logs and errors: there are no secrets in it."""

User = Annotated[str, StringConstraints(pattern=r"^[^\s\"'\\;]*$")]


def _no_replay(version: str) -> str:
    if version == "replay":
        raise ValueError("a replay's job is called so")
    return version


Version = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_]{0,31}$"), AfterValidator(_no_replay)
]


OfMatches = Literal["normalize", "match_state", "history"]
"""Jobs that a version other than main can take the place of."""

BoardName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]

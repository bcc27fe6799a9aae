"""What F24 and MA3 have in common: the records that both are parsed to, before any mapping."""

from __future__ import annotations

import re
from typing import Annotated, Any, TypeVar

import msgspec

from udfs import limits
from udfs.contract import Rejected, Rejection
from udfs.model import NO_TEAMS, Teams
from udfs.reading import checked_match_id, checked_ms

T = TypeVar("T")

Id = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
OptionalId = Annotated[str, msgspec.Meta(max_length=64)]
Number = Annotated[int, msgspec.Meta(ge=0, le=99_999)]
Minute = Annotated[int, msgspec.Meta(ge=0, le=150)]
"""The latest real one is about 130, in a shoot-out; a later one is a damaged number."""
Second = Annotated[int, msgspec.Meta(ge=0, le=59)]
Coordinate = Annotated[float, msgspec.Meta(ge=-10, le=110)]
"""0 to 100, and up to 2 beyond where the ball has left the pitch. Refuses NaN."""


class RawEvent(msgspec.Struct, gc=False):
    """One version of one event, in the provider's numbers, with its times understood.

    id: the event's identity. version: epoch milliseconds.
    attributes: the qualifiers (id to value, "" for a flag) and what else is kept as it is, under
        the provider's name: `event_id`, a counter per team that qualifier 55 refers to; `outcome`;
        `keypass` and `assist`.
    """

    id: str
    type_id: int
    period_id: int
    minute: int
    second: int
    team_id: str
    player_id: str
    player_name: str
    outcome: str
    x: float | None
    y: float | None
    event_time_ms: int | None
    version: int
    attributes: dict[str, str]


class RawMatch(msgspec.Struct):
    """A document's match: what it says of it, its events, and the rows that could not be read.

    home_score, away_score: the score at the end, None where the document does not tell.
    """

    id: str
    teams: Teams = NO_TEAMS
    competition: str = ""
    season: str = ""
    home_score: int | None = None
    away_score: int | None = None
    events: list[RawEvent] = msgspec.field(default_factory=list)
    rejections: list[Rejection] = msgspec.field(default_factory=list)


def match_id(named: str, key: str | None) -> str:
    """The match's id: what the document names, else the message's key.

    Raises:
        Rejected: neither names one, or it has characters that no id has (ids are part of keys).
    """
    found = named or key or ""
    if not found:
        raise Rejected("the document does not name its match, and neither does the message's key")
    return checked_match_id(found)


def checked_version(version: int | None, last_modified_ms: int | None) -> int:
    """The order of an event's versions: `version` where the feed has it, else `last_modified`.

    Raises:
        Rejected: neither is there, or it is out of range (it would win for ever).
    """
    if version is not None:
        return checked_ms(version)
    if last_modified_ms is None:
        raise Rejected("neither a version nor a time of last modification")
    return last_modified_ms


_PADDING = re.compile(r"0+(?=[0-9])", re.ASCII)


def unpadded(number: str) -> str:
    """ "05" as "5"; what is no number stays as it is."""
    return _PADDING.sub("", number, count=1) if number[:1] == "0" else number


def converted(value: Any, kind: type[T]) -> T:
    """`value`, whose numbers may be texts, as a `kind`.

    Raises:
        Rejected: a field is missing, of the wrong type, or out of range.
    """
    try:
        return msgspec.convert(value, kind, strict=False)
    except msgspec.ValidationError as error:
        raise Rejected(str(error)) from error


def check_count(events: int) -> None:
    """Refuse a document with more events than any match has."""
    if events > limits.MAX_EVENTS:
        raise Rejected(f"{events:,} events are over the limit of {limits.MAX_EVENTS:,}")

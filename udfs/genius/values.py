"""Values that drift: a number may come as text, and absent, null and "" mean the same."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from udfs import limits
from udfs.contract import Rejected, Rejection
from udfs.genius.constants import AWAY_TEAM, HOME_TEAM, PROVIDER
from udfs.lenient import text
from udfs.model import FINAL_VERSION, Side
from udfs.reading import checked_match_id, read_json

T = TypeVar("T")

Scalar = bool | int | float | str | None

MAX_SCORE = 10_000
_SIDES = {HOME_TEAM: Side.HOME, AWAY_TEAM: Side.AWAY}
_TRUE_TEXTS = frozenset({"1", "true", "yes"})
_raw_items = msgspec.json.Decoder(list[msgspec.Raw] | None)


def whole(value: Scalar, name: str) -> int | None:
    """A whole number, None where there is none.

    Raises:
        Rejected: it is something else, or too large for a version or an id.
    """
    if type(value) is int and -FINAL_VERSION <= value <= FINAL_VERSION:
        return value
    if value is None or value == "":
        return None
    try:
        number = int(value)
    except (ValueError, OverflowError) as error:
        raise Rejected(f"{name} is not a whole number: {str(value)[:40]!r}") from error
    if isinstance(value, float) and number != value:
        raise Rejected(f"{name} is not a whole number: {value}")
    if not -FINAL_VERSION <= number <= FINAL_VERSION:
        raise Rejected(f"{name} is out of range: {number}")
    return number


def natural(value: Scalar, name: str) -> int | None:
    """As `whole`, and a negative one is refused: for ids and versions."""
    number = whole(value, name)
    if number is not None and number < 0:
        raise Rejected(f"{name} is negative: {number}")
    return number


def required(value: Scalar, name: str) -> int:
    """As `natural`, and an absent one is refused."""
    number = natural(value, name)
    if number is None:
        raise Rejected(f"{name} is missing")
    return number


def score(value: Scalar, name: str) -> int | None:
    """A score, None where the message asserts none."""
    number = whole(value, name)
    if number is not None and not 0 <= number <= MAX_SCORE:
        raise Rejected(f"{name} is not a score: {number}")
    return number


def flag(value: Scalar) -> bool:
    """Whether it is set: true, 1, "1" or "true"."""
    return value.lower() in _TRUE_TEXTS if isinstance(value, str) else bool(value)


def percent(value: Scalar, name: str) -> float | None:
    """A coordinate of 0 to 100, None where there is none; a ball out of the court is at its edge.

    Raises:
        Rejected: it is not a number.
    """
    if value is None or value == "":
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError) as error:
        raise Rejected(f"{name} is not a number: {str(value)[:40]!r}") from error
    if number != number:
        raise Rejected(f"{name} is not a number")
    return min(max(number, 0.0), 100.0)


def side_of(team_number: int | None) -> Side:
    """LiveStats' team number as a side."""
    return Side.UNKNOWN if team_number is None else _SIDES.get(team_number, Side.UNKNOWN)


def match_id_of(said: Scalar, key: str | None) -> str:
    """The canonical match id: what the message says, else what its sender named.

    Raises:
        Rejected: neither names the match, or what they say is no id.
    """
    native = text(said) or key
    if not native:
        raise Rejected("the message does not say which match it is of: name it with --match")
    return f"{PROVIDER}:{checked_match_id(native)}"


def local_team_id(match_id: str, team_number: int) -> str:
    """A team's id where the message names none: "1976446:1" is that match's home team."""
    return f"{match_id.removeprefix(PROVIDER + ':')}:{team_number}"


def joined(qualifiers: list[Scalar] | Scalar) -> str:
    """Qualifiers as one text; some documents have a list, some that text."""
    return ";".join(map(text, qualifiers)) if isinstance(qualifiers, list) else text(qualifiers)


def items(
    raw: msgspec.Raw,
    all_at_once: msgspec.json.Decoder[list[T] | None],
    one: msgspec.json.Decoder[T],
) -> tuple[list[T], list[Rejection]]:
    """A list's items. If one of them is not of its type the others are still read, one by one.

    Raises:
        Rejected: it is no list, or too long.
    """
    value = bytes(raw)
    if not value:
        return [], []
    refused: list[Rejection] = []
    try:
        found = all_at_once.decode(value) or []
    except (msgspec.DecodeError, UnicodeDecodeError):
        found = []
        for part in map(bytes, read_json(value, _raw_items) or []):
            try:
                found.append(read_json(part, one))
            except Rejected as error:
                refused.append(Rejection(str(error), part))
    if len(found) + len(refused) > limits.MAX_EVENTS:
        raise Rejected(f"more than {limits.MAX_EVENTS:,} events in one message")
    return found, refused

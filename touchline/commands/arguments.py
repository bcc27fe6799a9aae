"""Arguments that several commands share, checked: a wrong one ends the command with code 2."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from schemas.generated.touchline.v1.poll_pb2 import PollChoice
from udfs.clock import now_ms
from udfs.contract import Rejected
from udfs.reading import checked_ms, epoch_ms

PollArgument = Annotated[str, typer.Argument(metavar="ID", help="The poll's id.")]
Json = Annotated[bool, typer.Option("--json", help="For scripts.")]

_UNITS_MS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_DURATION = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)(ms|[smhd])", re.ASCII)


def duration_ms(text: str, option: str) -> int:
    """Milliseconds of `500ms`, `2s`, `1.5m`, `1h`, `7d`.

    Raises:
        typer.BadParameter: it is none of these.
    """
    found = _DURATION.fullmatch(text)
    if found is None:
        raise typer.BadParameter(f"{text!r}: a duration, as 500ms, 2s, 5m, 1h", param_hint=option)
    return round(float(found.group(1)) * _UNITS_MS[found.group(2)])


def moment_ms(text: str, option: str) -> int:
    """UTC epoch milliseconds of an ISO 8601 time, or of a distance from now: `+90s`, `-5s`.

    Raises:
        typer.BadParameter: it is neither, or not between 1970 and 2100.
    """
    try:
        if text.startswith(("+", "-")):
            distance_ms = duration_ms(text[1:], option)
            return checked_ms(now_ms() + (-distance_ms if text[0] == "-" else distance_ms))
        return epoch_ms(text)
    except Rejected as error:
        raise typer.BadParameter(
            f"{error}; an ISO 8601 time, or one from now, as +90s, +5m, +1h", param_hint=option
        ) from error


def share_of(text: str, option: str) -> float:
    """A share between 0 and 1 of `5%` or `0.05`.

    Raises:
        typer.BadParameter: it is not one.
    """
    number = text.removesuffix("%")
    try:
        share = float(number) / (100 if number != text else 1)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise typer.BadParameter(f"{text!r}: a share, as 5% or 0.05", param_hint=option)
    return share


def choice_of(text: str) -> PollChoice:
    """A choice of `ID=TITLE`, or `ID`, which is its own title."""
    id_, equals, title = text.partition("=")
    return PollChoice(id=id_, title=title if equals else id_)

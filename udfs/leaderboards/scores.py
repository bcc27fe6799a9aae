"""Scores as bytes -> columns that SQL counts, with the period that each belongs to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from google.protobuf.message import DecodeError  # type: ignore[import-untyped]

from schemas.generated.touchline.v1.score_pb2 import Score
from udfs.leaderboards.periods import period_of
from udfs.limits import EARLIEST_MS, LATEST_MS

MAX_BYTES = 16 * 1024
MAX_TEXT = 200
"""Characters of an id or a name."""

MAX_VALUE = 1 << 53
"""Of one score, either way: what JSON's readers and Redis's numbers have exactly."""

FUTURE_MS = 60_000
"""How far a score may be dated after its arrival: servers' clocks differ."""

COLUMNS = (
    "board", "member", "score_id", "name", "region", "value", "at_ms", "period", "ends_ms",
    "arrived_ms", "problem",
)  # fmt: skip
"""period, ends_ms: see `Period`. problem: why it is a dead letter; the others are then empty."""

Row = tuple[str, str, str, str, str, int, int, str, int, int, str]

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_REGION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}")


@dataclass(frozen=True)
class Schedule:
    """When a board starts anew.

    reset: a cron, empty if never.
    remembered_ms: for how long what a member scored is remembered; a score of a period that began
        before that cannot be added to it. 0: for ever.
    """

    reset: str = ""
    remembered_ms: int = 0


class _ScoreError(ValueError):
    """Why a score is a dead letter."""


class ScoreReader:
    """Reads scores.

    boards: those that scores may name.
    """

    def __init__(self, boards: Mapping[str, Schedule]) -> None:
        self._boards = dict(boards)
        self._message = Score()

    def read(self, bodies: Iterable[bytes], arrived_ms: Iterable[int]) -> list[Row]:
        """One batch; what cannot be read has a `problem`."""
        rows = []
        for body, arrived in zip(bodies, arrived_ms, strict=True):
            try:
                rows.append(self._read(bytes(body), arrived))
            except _ScoreError as problem:
                rows.append(("", "", "", "", "", 0, 0, "", 0, arrived, str(problem)))
        return rows

    def _read(self, body: bytes, arrived_ms: int) -> Row:
        if len(body) > MAX_BYTES:
            raise _ScoreError(f"{len(body)} bytes; a score has {MAX_BYTES} at most")
        score = self._message
        try:
            score.ParseFromString(body)
        except DecodeError as error:
            raise _ScoreError(f"not a touchline.v1.Score: {error}") from error
        _check(score)
        at_ms = score.at_ms
        if at_ms > arrived_ms + FUTURE_MS:
            raise _ScoreError(f"at_ms {at_ms} is {at_ms - arrived_ms} ms after its arrival")
        schedule = self._boards.get(score.board)
        if schedule is None:
            raise _ScoreError(f"there is no board {score.board[:MAX_TEXT]!r} of scores")
        period = period_of(schedule.reset, at_ms)
        if 0 < schedule.remembered_ms < arrived_ms - period.start_ms:
            raise _ScoreError(f"too late for the table {period.name} of {score.board}")
        return (
            score.board,
            score.member,
            score.score_id,
            score.name,
            score.region,
            score.value,
            at_ms,
            period.name,
            period.end_ms,
            arrived_ms,
            "",
        )


def _check(score: Score) -> None:
    """Raises _ScoreError for a score that no board can take."""
    if not (score.board and score.member and score.score_id and score.at_ms):
        names = ("board", "member", "score_id", "at_ms")
        missing = " and no ".join(name for name in names if not getattr(score, name))
        raise _ScoreError(f"no {missing}")
    if max(len(score.member), len(score.score_id), len(score.name)) > MAX_TEXT:
        raise _ScoreError(f"an id or the name has more than {MAX_TEXT} characters")
    if _CONTROL.search(score.member):
        raise _ScoreError(f"member {score.member!r}: a control character")
    if score.region and not _REGION.fullmatch(score.region):
        raise _ScoreError(f"region {score.region[:MAX_TEXT]!r}: letters, digits and -_. only")
    if not -MAX_VALUE <= score.value <= MAX_VALUE:
        raise _ScoreError(f"value {score.value} is beyond 2^53")
    if not EARLIEST_MS < score.at_ms < LATEST_MS:
        raise _ScoreError(f"at_ms {score.at_ms} is not between 1970 and 2100")

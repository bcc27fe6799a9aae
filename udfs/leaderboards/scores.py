"""Scores as bytes -> columns that SQL counts, with the period that each belongs to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from schemas.generated.touchline.v1.score_pb2 import Score
from udfs.leaderboards.periods import period_of
from udfs.limits import EARLIEST_MS, LATEST_MS
from udfs.records import UnreadableError, missing, parse

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
            except UnreadableError as problem:
                rows.append(("", "", "", "", "", 0, 0, "", 0, arrived, str(problem)))
        return rows

    def _read(self, body: bytes, arrived_ms: int) -> Row:
        score = self._message
        parse(score, body, MAX_BYTES, "score")
        _check(score)
        at_ms = score.at_ms
        if at_ms > arrived_ms + FUTURE_MS:
            raise UnreadableError(f"at_ms {at_ms} is {at_ms - arrived_ms} ms after its arrival")
        schedule = self._boards.get(score.board)
        if schedule is None:
            raise UnreadableError(f"there is no board {score.board[:MAX_TEXT]!r} of scores")
        period = period_of(schedule.reset, at_ms)
        if 0 < schedule.remembered_ms < arrived_ms - period.start_ms:
            raise UnreadableError(f"too late for the table {period.name} of {score.board}")
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
    """Raises UnreadableError for a score that no board can take."""
    if not (score.board and score.member and score.score_id and score.at_ms):
        raise UnreadableError(missing(score, ("board", "member", "score_id", "at_ms")))
    if max(len(score.member), len(score.score_id), len(score.name)) > MAX_TEXT:
        raise UnreadableError(f"an id or the name has more than {MAX_TEXT} characters")
    if _CONTROL.search(score.member):
        raise UnreadableError(f"member {score.member!r}: a control character")
    if score.region and not _REGION.fullmatch(score.region):
        raise UnreadableError(f"region {score.region[:MAX_TEXT]!r}: letters, digits and -_. only")
    if not -MAX_VALUE <= score.value <= MAX_VALUE:
        raise UnreadableError(f"value {score.value} is beyond 2^53")
    if not EARLIEST_MS < score.at_ms < LATEST_MS:
        raise UnreadableError(f"at_ms {score.at_ms} is not between 1970 and 2100")

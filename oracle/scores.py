"""What a score on the topic says, or that it is a dead letter: docs/leaderboards.md.

It knows nothing of `udfs.leaderboards`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from google.protobuf.message import DecodeError  # type: ignore[import-untyped]

from oracle.leaderboards import Given
from oracle.periods import lasts_longer, period_of
from schemas.generated.touchline.v1.score_pb2 import Score
from touchline.settings import Board

YEAR_2100_MS = 4_102_444_800_000
MAX_BYTES, MAX_TEXT, MAX_VALUE, MAX_AHEAD_MS = 16_384, 200, 2**53, 60_000
REGION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}")


class Scores:
    """Reads scores.

    state_ttl_ms: the setting: a table that began longer before a score arrives takes no more of
        them, but on boards whose tables last longer than half of that.
    """

    def __init__(self, boards: Mapping[str, Board], state_ttl_ms: int) -> None:
        self._boards = {name: board for name, board in boards.items() if not board.canonical}
        self._state_ttl_ms = state_ttl_ms
        self._lasting = {
            name
            for name, board in self._boards.items()
            if lasts_longer(board.reset, state_ttl_ms // 2)
        }

    def read(self, value: bytes, arrived_ms: int) -> Given | None:
        """A score; None: it is a dead letter. arrived_ms: the record's timestamp."""
        try:
            sent = Score.FromString(value)
        except DecodeError:
            return None
        if len(value) > MAX_BYTES or not _valid(sent) or sent.board not in self._boards:
            return None
        if sent.at_ms > arrived_ms + MAX_AHEAD_MS or self._forgotten(sent, arrived_ms):
            return None
        return Given(
            sent.board, sent.member, sent.score_id, sent.value, sent.at_ms, sent.region, sent.name
        )

    def _forgotten(self, sent: Score, arrived_ms: int) -> bool:
        began_ms = period_of(self._boards[sent.board].reset, sent.at_ms).start_ms
        return sent.board not in self._lasting and began_ms + self._state_ttl_ms < arrived_ms


def _valid(sent: Score) -> bool:
    return (
        all((sent.board, sent.member, sent.score_id))
        and all(len(text) <= MAX_TEXT for text in (sent.member, sent.score_id, sent.name))
        and not any(ord(letter) < 0x20 or ord(letter) == 0x7F for letter in sent.member)
        and (not sent.region or REGION.fullmatch(sent.region) is not None)
        and abs(sent.value) <= MAX_VALUE
        and 0 < sent.at_ms < YEAR_2100_MS
    )

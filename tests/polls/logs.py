"""The topics of polls as lists of records, written one record after the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from oracle.poll_lives import Position, Record
from schemas.generated.touchline.v1.poll_pb2 import (
    CREATE,
    FREE,
    PollChoice,
    PollControl,
    PollVote,
)

START_MS = 1_795_348_800_000
"""2026-11-22T12:00:00Z."""


class Topic:
    """A topic's records, in the order in which they were appended."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self._next: Counter[int] = Counter()

    def append(self, key: bytes, value: bytes, arrived_ms: int, partition: int = 0) -> Position:
        offset = self._next[partition]
        self._next[partition] += 1
        self.records.append(Record(key, value, partition, offset, arrived_ms))
        return Position(partition, offset)


class Logs:
    """Both topics. All times are milliseconds after `START_MS`."""

    def __init__(self) -> None:
        self.commands = Topic()
        self.votes = Topic()

    def create(
        self,
        at: int,
        poll: str = "motm",
        choices: Sequence[str] = ("raul", "iker", "unai"),
        opens: int | None = None,
        closes: int | None = None,
        **fields: Any,
    ) -> Position:
        """`fields` are those of PollControl, in its units; `opens` and `closes` as all times."""
        return self.command(at, CREATE, poll, **(definition(choices, opens, closes) | fields))

    def command(self, at: int, action: int, poll: str = "motm", **fields: Any) -> Position:
        """With a `command_id` of its own, unless it is given."""
        id_ = f"c{len(self.commands.records)}"
        sent = {"poll_id": poll, "command_id": id_, "action": action} | fields
        value = PollControl(**sent).SerializeToString()
        return self.commands.append(poll.encode(), value, START_MS + at)

    def vote(
        self,
        at: int,
        voter: str = "ann",
        choices: str = "raul",
        poll: str = "motm",
        voted: int | None = None,
        id_: str | None = None,
        voter_class: int = FREE,
        region: str = "",
        source: str = "",
        partition: int = 0,
    ) -> Position:
        """`choices` with blanks between. `voted` is `at`, and `id_` a new one, if not given."""
        vote = PollVote(
            poll_id=poll,
            voter_id=voter,
            vote_id=f"v{len(self.votes.records)}" if id_ is None else id_,
            choices=choices.split(),
            voted_ms=START_MS + (at if voted is None else voted),
            voter_class=voter_class,
            region=region,
            source=source,
        )
        return self.votes.append(voter.encode(), vote.SerializeToString(), START_MS + at, partition)


def definition(
    choices: Sequence[str], opens: int | None = None, closes: int | None = None
) -> dict[str, Any]:
    """What a valid CREATE needs, as fields of PollControl; the times are after `START_MS`."""
    return {
        "title": "Man of the match",
        "choices": [PollChoice(id=id_, title=id_.title()) for id_ in choices],
        "opens_ms": 0 if opens is None else START_MS + opens,
        "closes_ms": 0 if closes is None else START_MS + closes,
    }


def iso(after_ms: int) -> str:
    """A time so long after `START_MS`, below a minute, as a result has it."""
    return f"2026-11-22T12:00:{after_ms // 1000:02d}.{after_ms % 1000:03d}Z"

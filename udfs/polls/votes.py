"""Votes as bytes -> columns that SQL judges and counts."""

from __future__ import annotations

from collections.abc import Iterable

from schemas.generated.touchline.v1.poll_pb2 import PAID, PollVote
from udfs.limits import EARLIEST_MS, LATEST_MS
from udfs.polls import tally
from udfs.records import UnreadableError, missing, parse

MAX_BYTES = 64 * 1024
MAX_ID = 200
SEPARATOR = ","
"""Between the choices of a vote, from here on."""

"""Characters of a voter's, a vote's or a source's id."""

COLUMNS = (
    "poll_id", "voter_id", "vote_id", "choices", "voted_ms", "voter_class", "region", "source",
    "shed", "arrived_ms", "problem",
)  # fmt: skip
"""choices: sorted, each once, with commas between. source: the voter where none is given.
problem: why it is a dead letter; the other columns are then empty. shed: see `VoteReader`."""

Vote = tuple[str, str, str, str, int, str, str, str, bool, int, str]


def _unreadable(problem: str, arrived_ms: int) -> Vote:
    return ("", "", "", "", 0, "", "", "", False, arrived_ms, problem)


class VoteReader:
    """Reads votes.

    shed_after_ms: of load shedding; votes of the free class that have waited for longer when they
        are read are marked. 0: none is.
    """

    def __init__(self, shed_after_ms: int = 0) -> None:
        self._shed_after_ms = shed_after_ms
        self._message = PollVote()

    def read(self, bodies: Iterable[bytes], arrived_ms: Iterable[int], now_ms: int) -> list[Vote]:
        """One batch; what cannot be read has a `problem`."""
        votes = []
        for body, arrived in zip(bodies, arrived_ms, strict=True):
            try:
                votes.append(self._read(bytes(body), arrived, now_ms))
            except UnreadableError as problem:
                votes.append(_unreadable(str(problem), arrived))
        return votes

    def _read(self, body: bytes, arrived_ms: int, now_ms: int) -> Vote:
        vote = self._message
        parse(vote, body, MAX_BYTES, "vote")
        poll_id, voter_id, vote_id = vote.poll_id, vote.voter_id, vote.vote_id
        voted_ms, region, source = vote.voted_ms, vote.region, vote.source
        if not (poll_id and voter_id and vote_id and voted_ms):
            raise UnreadableError(missing(vote, ("poll_id", "voter_id", "vote_id", "voted_ms")))
        if max(len(poll_id), len(voter_id), len(vote_id), len(region), len(source)) > MAX_ID:
            raise UnreadableError(f"an id or the region has more than {MAX_ID} characters")
        if not EARLIEST_MS < voted_ms < LATEST_MS:
            raise UnreadableError(f"voted_ms {voted_ms} is not between 1970 and 2100")
        if region and not region.isprintable():
            raise UnreadableError(f"region {region!r}: a control character")
        chosen = set(vote.choices)
        if any(SEPARATOR in choice for choice in chosen):
            raise UnreadableError(f"choices {sorted(chosen)}: a comma, which is in no choice's id")
        choices = SEPARATOR.join(sorted(chosen))
        if not choices:
            raise UnreadableError("no choices")
        paid = vote.voter_class == PAID
        shed = not paid and 0 < self._shed_after_ms < now_ms - arrived_ms
        return (
            poll_id,
            voter_id,
            vote_id,
            choices,
            voted_ms,
            tally.PAID if paid else tally.FREE,
            region,
            source or voter_id,
            shed,
            arrived_ms,
            "",
        )

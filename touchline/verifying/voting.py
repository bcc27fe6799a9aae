"""Polls that are over: their final result in Redis and in ClickHouse, and ClickHouse's rows of each
vote, against the oracle."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Container, Iterator
from itertools import chain

from oracle.ballots import row
from oracle.differences import Difference, differences
from oracle.poll_lives import Record
from oracle.polls import Ballot, Document, Rules, truth
from schemas.redis import keys
from touchline.redis_reader import OtherKindError
from touchline.settings import Polls
from touchline.verifying.live import LiveState, of_another_kind
from touchline.verifying.past import RESULTS, VOTES, Past, name_of
from udfs.clock import now_ms

ARCHIVED = "ARCHIVED"
"""The status of a poll whose result goes from Redis after a while."""

NOT_COMPARED = ("revision", "votes_per_second")
"""When it was counted, and how fast votes came at that moment."""


class Voting:
    """What must have come of all commands and votes so far.

    A vote that cannot be read is no poll's, and a voter's limit counts all polls: hence they are
    judged together, and again only once there is something new: a record, or a moment at which
    something is due.
    """

    def __init__(self, settings: Polls) -> None:
        self._rules = Rules(
            settings.votes_per_source_s, settings.future_ms, settings.longest_h,
            settings.results_ms, settings.max_regions,
        )  # fmt: skip
        self._commands: list[Record] = []
        self._votes: list[Record] = []
        self._due_ms: float = 0
        self._judge(until_ms=0)

    def take_command(self, record: Record) -> None:
        """A record of the commands' topic."""
        self._commands.append(record)
        self._due_ms = 0

    def take_vote(self, record: Record) -> None:
        """A record of the votes' topic."""
        self._votes.append(record)
        self._due_ms = 0

    def differences_of(
        self, poll_ids: Container[str] | None, live: LiveState, past: Past
    ) -> Iterator[tuple[str, list[Difference]]]:
        """Each poll that has its final result, and where it is not what the topics say.

        poll_ids: only these; None: all.
        """
        now = now_ms()
        if now >= self._due_ms:
            self._judge(now)
        expected = self._expected
        for poll_id, final in expected.final.items():
            if final is None or not (poll_ids is None or poll_id in poll_ids):
                continue
            found = live.poll(poll_id)
            if found is None and expected.lives[poll_id].status == ARCHIVED:
                continue
            wrong = list(_of_result(poll_id, expected.results[poll_id], found))
            rows = {name: row(ballot) for name, ballot in self._ballots[poll_id].items()}
            wrong += differences(f"{VOTES} {poll_id}", rows, past.votes_of(poll_id))
            finals = [_comparable(one) for one in past.finals_of(poll_id)]
            wrong += differences(f"final {RESULTS} {poll_id}", [_comparable(final)], finals)
            yield poll_id, wrong

    def _judge(self, until_ms: int) -> None:
        self._expected = truth(self._commands, self._votes, self._rules, until_ms)
        self._ballots: dict[str, dict[str, Ballot]] = defaultdict(dict)
        for position, ballot in self._expected.ballots.items():
            self._ballots[ballot.vote.poll][name_of(*position)] = ballot
        lives = self._expected.lives.values()
        scheduled = ((one.definition.opens_ms, one.closes_ms, one.final_ms) for one in lives)
        moments = chain(
            (record.arrived_ms for record in chain(self._commands, self._votes)),
            (at for moments in scheduled for at in moments if at),
        )
        self._due_ms = min((at for at in moments if at > until_ms), default=math.inf)


def _of_result(
    poll_id: str, must_be: Document, found: Document | OtherKindError | None
) -> Iterator[Difference]:
    if isinstance(found, OtherKindError):
        yield of_another_kind(found, must_be)
        return
    yield from differences(keys.poll_results(poll_id), must_be, _comparable(found or {}))


def _comparable(result: Document) -> Document:
    return {name: value for name, value in result.items() if name not in NOT_COMPARED}

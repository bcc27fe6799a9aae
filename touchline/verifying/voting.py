"""Polls: their results in Redis, the final ones in ClickHouse, and ClickHouse's rows of each vote,
against the oracle."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Container, Iterator
from itertools import chain

from oracle.ballots import row
from oracle.differences import Difference, differences
from oracle.history import Row
from oracle.poll_lives import Record
from oracle.polls import Ballot, Document, Rules, result_at, truth
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


IN_TIME_MS = 10_000
"""How far the stores may be behind a poll that is not over."""


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

    def polls(self) -> list[str]:
        """All that were created."""
        self._judge_by_now()
        return list(self._expected.final)

    def differences_of(
        self, poll_ids: Container[str], live: LiveState, past: Past
    ) -> Iterator[tuple[str, list[Difference]]]:
        """Each of these polls, and where it is not what the topics say."""
        now = self._judge_by_now()
        for poll_id, final in self._expected.final.items():
            if poll_id in poll_ids:
                yield poll_id, list(self._of_poll(poll_id, final, now, live, past))

    def _of_poll(
        self, poll_id: str, final: Document | None, now: int, live: LiveState, past: Past
    ) -> Iterator[Difference]:
        found = live.poll(poll_id)
        if not (found is None and self._expected.lives[poll_id].status == ARCHIVED):
            must_be = (
                self._expected.results[poll_id] if final else self._so_far(poll_id, found, now)
            )
            yield from _of_result(poll_id, must_be, found)
        until_ms = math.inf if final else now - IN_TIME_MS
        ballots = self._ballots[poll_id].items()
        rows = {name: row(ballot) for name, ballot in ballots}
        yield from differences(
            f"{VOTES} {poll_id}", _until(until_ms, rows), _until(until_ms, past.votes_of(poll_id))
        )
        finals = [_comparable(one) for one in past.finals_of(poll_id)]
        must_be_final = [_comparable(final)] if final else []
        yield from differences(f"final {RESULTS} {poll_id}", must_be_final, finals)

    def _so_far(self, poll_id: str, found: Document | OtherKindError | None, now: int) -> Document:
        """What a poll that is not over has come to, at the moment to which Redis has counted. Where
        that is long ago, nothing has happened since."""
        counted_to = found.get("revision") if isinstance(found, dict) else None
        if not isinstance(counted_to, int) or counted_to < now - IN_TIME_MS:
            counted_to = now
        ballots = self._ballots[poll_id].values()
        return result_at(self._expected.lives[poll_id], ballots, counted_to, self._rules)

    def _judge_by_now(self) -> int:
        now = now_ms()
        if now >= self._due_ms:
            self._judge(now)
        return now

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


def _until(until_ms: float, rows: dict[str, Row]) -> dict[str, Row]:
    """Those of the votes that had arrived by then."""
    return {name: one for name, one in rows.items() if one["arrived_at"] <= until_ms}


def _comparable(result: Document) -> Document:
    return {name: value for name, value in result.items() if name not in NOT_COMPARED}

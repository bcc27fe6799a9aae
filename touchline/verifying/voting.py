"""Polls that are over: Redis's final result and ClickHouse's verdicts, against the oracle."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from oracle.differences import Difference, differences
from oracle.poll_lives import Record
from oracle.polls import Rules, Truth, Verdict, truth
from schemas.generated.touchline.v1.poll_pb2 import PollVote
from schemas.redis import keys
from touchline.settings import Polls
from touchline.verifying.live import LiveState
from touchline.verifying.past import Past
from udfs.clock import now_ms

ARCHIVED = "ARCHIVED"
"""The status of a poll whose result goes from Redis after a while."""

NOT_COMPARED = ("revision", "votes_per_second")
"""When it was counted, and how fast votes came at that moment."""


def differences_of_polls(
    commands: list[Record], votes: list[Record], settings: Polls, live: LiveState, past: Past
) -> Iterator[tuple[str, list[Difference]]]:
    """Each poll that has its final result, and where it is not what the topics say.

    A vote that cannot be read is no poll's, and a voter's limit counts all polls: hence they are
    judged together.
    """
    rules = Rules(
        settings.votes_per_source_s, settings.future_ms, settings.longest_h,
        settings.results_ms, settings.max_regions,
    )  # fmt: skip
    expected = truth(commands, votes, rules, until_ms=now_ms())
    verdicts = _verdicts(votes, expected)
    for poll_id, final in expected.final.items():
        found = live.poll(poll_id)
        archived = expected.lives[poll_id].status == ARCHIVED
        if final is None or (archived and found is None):
            continue
        shown = {name: value for name, value in (found or {}).items() if name not in NOT_COMPARED}
        wrong = list(differences(keys.poll_results(poll_id), expected.results[poll_id], shown))
        wrong += differences(
            f"poll_verdicts {poll_id}", dict(verdicts[poll_id]), past.rows_of_poll(poll_id)
        )
        yield poll_id, wrong


def _verdicts(votes: Iterable[Record], expected: Truth) -> dict[str, Counter[str]]:
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for vote in votes:
        verdict = expected.verdicts.get(vote.position)
        if isinstance(verdict, Verdict):
            found[PollVote.FromString(vote.value).poll_id][str(verdict)] += 1
    return found

"""`touchline verify` without a stack: tests/pipeline has it with one."""

from __future__ import annotations

from typing import Any, cast

import pytest

from schemas.generated.touchline.v1.poll_pb2 import OPEN
from tests.polls.logs import START_MS, Logs
from tests.touchline.test_exporter import SILENT
from touchline.errors import TouchlineError
from touchline.settings import Polls
from touchline.verifying import voting
from touchline.verifying.live import LiveState
from touchline.verifying.past import Past
from touchline.verifying.run import Verifier
from touchline.verifying.voting import Voting


def test_a_history_that_does_not_answer_is_told_in_a_line() -> None:
    verifier = Verifier(SILENT, None, 1.0, print)
    with pytest.raises(TouchlineError, match=r"no ClickHouse answers at http://127\.0\.0\.1:1"):
        verifier.__enter__()


class Nothing:
    """Stores that have nothing."""

    def poll(self, _: str) -> None:
        return None

    def rows_of_poll(self, _: str) -> dict[str, int]:
        return {}


def test_votes_are_judged_again_only_when_a_record_is_new_or_something_is_due(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    judged: list[int] = []

    def truth(commands: Any, votes: Any, rules: Any, until_ms: int) -> Any:
        judged.append(until_ms - START_MS)
        return judge(commands, votes, rules, until_ms)

    judge = voting.truth
    logs = Logs()
    logs.create(0, closes=1_000)
    logs.command(100, OPEN)
    logs.vote(200)
    all_votes = Voting(Polls())
    for record in logs.commands.records:
        all_votes.take_command(record)
    all_votes.take_vote(logs.votes.records[0])
    monkeypatch.setattr(voting, "truth", truth)

    def differing_at(ms: int) -> list[str]:
        monkeypatch.setattr(voting, "now_ms", lambda: START_MS + ms)
        found = all_votes.differences_of(None, cast(LiveState, Nothing()), cast(Past, Nothing()))
        return [poll for poll, wrong in found if wrong]

    assert [differing_at(ms) for ms in (500, 600, 999)] == [[], [], []]
    assert judged == [500]
    assert [differing_at(ms) for ms in (1_000, 1_001)] == [["motm"], ["motm"]]
    assert judged == [500, 1_000]
    logs.vote(1_400, "bo")
    all_votes.take_vote(logs.votes.records[1])
    differing_at(1_300)
    # This machine's clock is behind the broker's: that vote counts a moment later.
    differing_at(1_399)
    differing_at(1_400)
    assert judged == [500, 1_000, 1_300, 1_400]

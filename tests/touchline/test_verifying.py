"""`touchline verify` without a stack: tests/pipeline has it with one."""

from __future__ import annotations

from typing import Any, cast

import pytest

from oracle.differences import Difference
from oracle.polls import Rules
from schemas.generated.touchline.v1.poll_pb2 import OPEN, PAID
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


class Kept:
    """Stores that have what they are given."""

    def __init__(self, result: Any, votes: dict[str, Any], finals: list[Any]) -> None:
        self._result, self._votes, self._finals = result, votes, finals

    def poll(self, _: str) -> Any:
        return self._result

    def votes_of(self, _: str) -> dict[str, Any]:
        return self._votes

    def finals_of(self, _: str) -> list[Any]:
        return self._finals


NOTHING = Kept(None, {}, [])


def voting_of(logs: Logs) -> Voting:
    """Of all commands and votes so far."""
    all_votes = Voting(Polls())
    for record in logs.commands.records:
        all_votes.take_command(record)
    for record in logs.votes.records:
        all_votes.take_vote(record)
    return all_votes


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
    all_votes = voting_of(logs)
    monkeypatch.setattr(voting, "truth", truth)

    def look_at(ms: int) -> None:
        monkeypatch.setattr(voting, "now_ms", lambda: START_MS + ms)
        list(all_votes.differences_of(["motm"], cast(LiveState, NOTHING), cast(Past, NOTHING)))

    for ms in (500, 600, 999):
        look_at(ms)
    assert judged == [500]
    for ms in (1_000, 1_001):
        look_at(ms)
    assert judged == [500, 1_000]
    logs.vote(1_400, "bo")
    all_votes.take_vote(logs.votes.records[1])
    look_at(1_300)
    # This machine's clock is behind the broker's: that vote counts a moment later.
    look_at(1_399)
    look_at(1_400)
    assert judged == [500, 1_000, 1_300, 1_400]


def differences_of_a_poll(**changed: Any) -> list[Difference]:
    """Of a poll that is over, in which one voter's second vote took the place of the first one.

    changed: what is there instead, of `result`, `votes` and `finals`.
    """
    logs = Logs()
    logs.create(0, closes=1_000)
    logs.command(100, OPEN)
    logs.vote(200, voter_class=PAID, region="north")
    logs.vote(300, choices="unai")
    until_ms = START_MS + 10_000
    must_be = voting.truth(logs.commands.records, logs.votes.records, Rules(), until_ms)
    shared = {"voter_id": "ann", "source": "ann"}
    there = {
        "result": must_be.results["motm"] | {"revision": 7},
        "votes": {
            "0:0": shared | {
                "vote_id": "v0", "choices": "raul", "verdict": "counted", "previous": "",
                "previous_class": "", "previous_region": "", "voter_class": "paid",
                "region": "north", "voted_at": START_MS + 200, "arrived_at": START_MS + 200,
            },
            "0:1": shared | {
                "vote_id": "v1", "choices": "unai", "verdict": "changed", "previous": "raul",
                "previous_class": "paid", "previous_region": "north", "voter_class": "free",
                "region": "", "voted_at": START_MS + 300, "arrived_at": START_MS + 300,
            },
        },
        "finals": [(must_be.final["motm"] or {}) | {"revision": 7}],
    }  # fmt: skip
    kept = Kept(**{name: changed.get(name, value) for name, value in there.items()})
    found = voting_of(logs).differences_of(["motm"], cast(LiveState, kept), cast(Past, kept))
    return [one for _, wrong in found for one in wrong]


def test_a_poll_whose_results_and_rows_are_there_is_right() -> None:
    assert differences_of_a_poll() == []


def differences_of_an_open_poll(
    monkeypatch: pytest.MonkeyPatch, now: int, counted_to: int, kept: int, finals: int = 0
) -> list[Difference]:
    """Of a poll with a vote each second, the first after one second; times in ms from the start.

    now: when it is looked at. counted_to: the revision of what Redis has. kept: how many of the
    votes' rows ClickHouse has. finals: how many final results.
    """
    logs = Logs()
    logs.create(0, closes=100_000)
    logs.command(100, OPEN)
    for number in range(1, 21):
        logs.vote(number * 1_000, f"voter-{number}")
    until_ms = START_MS + counted_to
    counted = voting.truth(logs.commands.records, logs.votes.records, Rules(), until_ms)
    all_of_them = voting.truth(logs.commands.records, logs.votes.records, Rules())
    rows = {voting.name_of(*at): voting.row(one) for at, one in all_of_them.ballots.items()}
    result = counted.results["motm"] | {"revision": until_ms}
    there = Kept(result, dict(list(rows.items())[:kept]), [result] * finals)
    monkeypatch.setattr(voting, "now_ms", lambda: START_MS + now)
    found = voting_of(logs).differences_of(["motm"], cast(LiveState, there), cast(Past, there))
    return [one for _, wrong in found for one in wrong]


@pytest.mark.parametrize(
    ("now", "counted_to", "kept", "finals", "wrong"),
    [
        (20_600, 20_499, 20, 0, set()),
        (20_600, 18_499, 12, 0, set()),
        (90_000, 20_499, 20, 0, set()),
        (20_600, 9_499, 20, 0, {"poll:{motm}:results"}),
        (90_000, 19_499, 20, 0, {"poll:{motm}:results"}),
        (20_600, 20_499, 9, 0, {"poll_votes motm"}),
        (90_000, 20_499, 19, 0, {"poll_votes motm"}),
        (20_600, 20_499, 20, 1, {"final poll_results motm"}),
    ],
    ids=[
        "all is there", "both are seconds behind", "nothing has happened for long",
        "the result is too old", "the last vote is not counted",
        "an old vote is not in the history", "the last vote never came there",
        "it has a final result and is not over",
    ],
)  # fmt: skip
def test_a_poll_that_is_not_over_is_compared_as_of_what_was_counted(
    monkeypatch: pytest.MonkeyPatch,
    now: int,
    counted_to: int,
    kept: int,
    finals: int,
    wrong: set[str],
) -> None:
    found = differences_of_an_open_poll(monkeypatch, now, counted_to, kept, finals)
    assert {one.where for one in found} == wrong


def test_a_vote_that_is_not_in_the_history_is_found() -> None:
    wrong = differences_of_a_poll(votes={})
    assert {one.where for one in wrong} == {"poll_votes motm"}
    assert {one.path.split(".")[0] for one in wrong} == {"0:0", "0:1"}


@pytest.mark.parametrize("finals", [[], [{"id": "motm"}], [{}, {}]], ids=["no", "another", "two"])
def test_a_history_with_another_number_of_final_results_or_another_one_is_found(
    finals: list[Any],
) -> None:
    [wrong] = differences_of_a_poll(finals=finals)
    assert wrong.where == "final poll_results motm"

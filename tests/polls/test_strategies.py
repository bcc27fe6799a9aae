"""The random histories are worth it: they reach every rule, and they are logs."""

from __future__ import annotations

from functools import cache

from hypothesis import given, settings

from oracle.poll_lives import REMEMBERED_SPANS, Outcome
from oracle.polls import DeadLetter, Truth, Verdict, truth
from tests.polls.logs import START_MS
from tests.polls.strategies import POLLS, History, histories


@cache
def samples() -> list[tuple[History, Truth]]:
    """The same histories each time, as long as no code changes, of which Hypothesis takes constants
    for its choices; and what they must come to."""
    found: list[tuple[History, Truth]] = []

    @settings(max_examples=300, derandomize=True, database=None, deadline=None)
    @given(histories())
    def collect(history: History) -> None:
        found.append((history, truth(history.commands, history.votes, history.rules)))

    collect()
    return found


def test_all_verdicts_and_outcomes_occur() -> None:
    verdicts = {verdict for _, found in samples() for verdict in found.verdicts.values()}
    outcomes = {outcome for _, found in samples() for outcome in found.outcomes.values()}
    assert verdicts == {*Verdict, *DeadLetter}
    assert outcomes == set(Outcome)


def test_all_statuses_final_results_and_more_spans_than_are_remembered_occur() -> None:
    lives = [life for _, found in samples() for life in found.lives.values()]
    assert {status for life in lives for _, status in life.steps} == {
        "CREATED", "ACTIVE", "LOCKED", "COMPLETED", "TERMINATED", "ARCHIVED",
    }  # fmt: skip
    assert max(len(life.spans) for life in lives) > REMEMBERED_SPANS
    final = [document for _, found in samples() for document in found.final.values()]
    assert None in final
    assert any(document and document["voters"] for document in final)


def test_several_polls_are_voted_on_at_once() -> None:
    counted = [
        {id_ for id_, document in found.results.items() if document["voters"]}
        for _, found in samples()
    ]
    assert set(POLLS) in counted


def test_a_voters_records_are_in_one_partition_and_arrive_in_their_order() -> None:
    for history, _ in samples():
        for records in (history.commands, history.votes):
            assert len({(record.partition, record.offset) for record in records}) == len(records)
            times = [record.arrived_ms for record in records]
            assert times == sorted(times)
            assert all(time >= START_MS for time in times)
        keys = {(record.key, record.partition) for record in history.votes}
        assert len(keys) == len({key for key, _ in keys})

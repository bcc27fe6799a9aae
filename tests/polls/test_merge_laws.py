"""What redelivery and the order of different voters' records must not change, on the oracle."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from oracle.poll_lives import Position, Record
from oracle.polls import STANDS, DeadLetter, Rules, Truth, Verdict, truth
from tests.polls.logs import Topic
from tests.polls.strategies import PARTITIONS, History, histories

NO_PACE = 1_000_000
COMPARED = (*STANDS, Verdict.SUPERSEDED, Verdict.DUPLICATE)
OF_REDELIVERIES = ("duplicates", "late_rejected", "rejected")
"""What of a result counts refusals, and those that come again too."""

randoms = st.randoms(use_true_random=False)


def without_refusals(found: Truth) -> dict[str, dict[str, Any]]:
    """All results, without what redeliveries may change."""
    return {
        id_: {name: value for name, value in document.items() if name not in OF_REDELIVERIES}
        for id_, document in found.results.items()
    }


def paced_at(limit: int, rules: Rules) -> Rules:
    return replace(rules, votes_per_source_s=limit)


@settings(max_examples=40)
@given(histories())
def test_all_votes_delivered_twice_in_a_row_change_nothing_but_the_refusals(
    history: History,
) -> None:
    rules = history.rules
    once = truth(history.commands, history.votes, rules)
    # Each vote makes its source's pace twice as fast.
    twice = truth(
        history.commands,
        [
            copy
            for record in history.votes
            for copy in (
                record._replace(offset=2 * record.offset),
                record._replace(offset=2 * record.offset + 1),
            )
        ],
        paced_at(2 * rules.votes_per_source_s, rules),
    )
    for (partition, offset), verdict in once.verdicts.items():
        assert twice.verdicts[Position(partition, 2 * offset)] is verdict
        again = Verdict.DUPLICATE if verdict in COMPARED else verdict
        assert twice.verdicts[Position(partition, 2 * offset + 1)] is again
    assert without_refusals(twice) == without_refusals(once)
    for id_, document in once.results.items():
        after = twice.results[id_]
        assert after["late_rejected"] == 2 * document["late_rejected"]
        assert after["rejected"] == {name: 2 * n for name, n in document["rejected"].items()}
        compared = document["voters"] + document["changed"] + document["superseded"]
        assert after["duplicates"] == 2 * document["duplicates"] + compared


@settings(max_examples=40)
@given(histories(), randoms)
def test_a_vote_that_was_compared_changes_no_choice_when_it_comes_again_however_late(
    history: History, rng: random.Random
) -> None:
    rules = paced_at(NO_PACE, history.rules)
    verdicts = truth(history.commands, history.votes, rules).verdicts
    originals, copies, votes = redelivered(
        history.votes, [one for one in history.votes if verdicts[one.position] in COMPARED], rng
    )
    end_ms = max((record.arrived_ms for record in (*history.commands, *votes)), default=0)
    once = truth(history.commands, history.votes, rules, end_ms)
    again = truth(history.commands, votes, rules, end_ms)
    for before, after in originals:
        assert again.verdicts[after.position] is once.verdicts[before.position]
    for copy in copies:
        assert again.verdicts[copy.position] in {
            Verdict.DUPLICATE, Verdict.LATE, Verdict.LOCKED, DeadLetter.NO_POLL,
        }  # fmt: skip
    assert without_refusals(again) == without_refusals(once)


def redelivered(
    votes: list[Record], again: list[Record], rng: random.Random
) -> tuple[list[tuple[Record, Record]], list[Record], list[Record]]:
    """Copies of some votes are put behind them, somewhere in their partitions.

    Returns (the votes as they were and as they are, the copies, all that the topic has now).
    """
    topic = Topic()
    originals, copies = [], []
    waiting: list[Record] = []
    again_at = {record.position for record in again}

    def append(record: Record, arrived_ms: int) -> Record:
        topic.append(record.key, record.value, arrived_ms, record.partition)
        return topic.records[-1]

    now_ms = 0
    for record in votes:
        now_ms = record.arrived_ms
        originals.append((record, append(record, now_ms)))
        if record.position in again_at:
            waiting.append(record)
        rng.shuffle(waiting)
        while waiting and rng.random() < 0.4:
            copies.append(append(waiting.pop(), now_ms))
    copies += [append(record, now_ms + rng.choice([0, 1, 20, 5_000])) for record in waiting[:1]]
    return originals, copies, topic.records


@settings(max_examples=40)
@given(histories(), randoms)
def test_the_order_of_different_voters_records_of_a_millisecond_changes_nothing(
    history: History, rng: random.Random
) -> None:
    pairs = interleaved(history.votes, rng)
    before = truth(history.commands, history.votes, history.rules)
    after = truth(history.commands, [moved for _, moved in pairs], history.rules)
    for record, moved in pairs:
        assert after.verdicts[moved.position] is before.verdicts[record.position]
    assert after.results == before.results
    assert after.final == before.final


def interleaved(votes: list[Record], rng: random.Random) -> list[tuple[Record, Record]]:
    """Voters are put into any partitions, and their records into any order within a millisecond.

    Those of one voter keep their order. Returns (a record as it was, and as it is).
    """
    partitions: dict[bytes, int] = {}
    queues: dict[tuple[int, bytes], list[Record]] = {}
    for record in votes:
        partitions.setdefault(record.key, rng.randrange(PARTITIONS + 1))
        queues.setdefault((record.arrived_ms, record.key), []).append(record)
    turns = [(record.arrived_ms, record.key) for record in votes]
    rng.shuffle(turns)
    turns.sort(key=lambda turn: turn[0])
    topic = Topic()
    pairs = []
    for turn in turns:
        record = queues[turn].pop(0)
        topic.append(record.key, record.value, record.arrived_ms, partitions[record.key])
        pairs.append((record, topic.records[-1]))
    return pairs


@settings(max_examples=40)
@given(histories())
def test_a_final_result_is_what_had_arrived_then_and_stays(history: History) -> None:
    found = truth(history.commands, history.votes, history.rules)
    for id_, document in found.final.items():
        final_ms = found.lives[id_].final_ms
        if document is None:
            assert final_ms is None or final_ms > max(
                record.arrived_ms for record in (*history.commands, *history.votes)
            )
            continue
        then = truth(history.commands, history.votes, history.rules, final_ms)
        assert then.final[id_] == then.results[id_] == document
        before = truth(history.commands, history.votes, history.rules, (final_ms or 0) - 1)
        assert before.final.get(id_) is None


@settings(max_examples=40)
@given(histories())
def test_every_vote_is_in_its_polls_result_once(history: History) -> None:
    rules = history.rules
    found = truth(history.commands, history.votes, rules)
    alive = Counter(
        str(verdict) for verdict in found.verdicts.values() if isinstance(verdict, Verdict)
    )
    shown: Counter[str] = Counter()
    for id_, document in found.results.items():
        shown += Counter(document["rejected"])
        shown += Counter({
            "counted": document["voters"],
            "changed": document["changed"],
            "superseded": document["superseded"],
            "duplicate": document["duplicates"],
            "late": document["late_rejected"],
        })  # fmt: skip
        choices = document["choices"]
        assert document["votes"] == sum(one["votes"] for one in choices)
        assert all(one["votes"] == one["free_votes"] + one["paid_votes"] for one in choices)
        most = found.lives[id_].definition.max_choices or 1
        assert document["voters"] <= document["votes"] <= most * document["voters"]
    assert shown <= alive
    if not any(found.final.values()):
        assert shown == alive

"""A contender: a poll in Bytewax, with recovery.

    python -m bytewax.recovery RECOVERY_FOLDER 1                                  (in `.venv-bench`)
    python -m bytewax.run 'bench.bytewax_polls:flow("BOOTSTRAP", "VOTES", "BALLOTS", "RESULTS")' \\
        -r RECOVERY_FOLDER -s 10 -b 0

There are as many states as voters of a poll, and one for each poll: a dict of its counters.
"""

from __future__ import annotations

from collections.abc import Iterable

from bytewax import operators as op
from bytewax.connectors.kafka import (
    KafkaSink,
    KafkaSinkMessage,
    KafkaSource,
    KafkaSourceMessage,
)
from bytewax.dataflow import Dataflow

from bench.one_vote import (
    TICK,
    Cast,
    Pace,
    Standing,
    ballot_of,
    changes_of,
    judge,
    read,
    result_of,
    tick_ballot,
)
from schemas.generated.touchline.v1.poll_pb2 import Ballot

Origin = tuple[int, int, int]
"""Partition, offset and time in ms."""

Voted = tuple[Cast, Origin]
Keyed = tuple[str, Ballot]
"""Poll, and a ballot in it."""


def flow(bootstrap: str, votes: str, ballots: str, results: str) -> Dataflow:
    """The dataflow."""
    dataflow = Dataflow("polls")
    source = op.input("votes", dataflow, KafkaSource([bootstrap], [votes]))
    cast = op.map("read", source, _read)
    judged = op.stateful_flat_map("judge", cast, _judged)
    by_poll = op.map("by_poll", judged, lambda keyed: keyed[1])
    counted = op.stateful_flat_map("count", by_poll, Counting().count)
    encoded = op.map("encode_result", counted, lambda keyed: _message(*keyed))
    op.output("results", encoded, KafkaSink([bootstrap], results))
    encoded = op.flat_map("encode_ballot", by_poll, _ballot_message)
    op.output("ballots", encoded, KafkaSink([bootstrap], ballots))
    return dataflow


def _read(message: KafkaSourceMessage[bytes, bytes]) -> tuple[str, Voted]:
    assert message.partition is not None
    assert message.offset is not None
    assert message.timestamp is not None
    vote = read(message.value)
    origin = (message.partition, message.offset, message.timestamp[1])
    return f"{vote.poll_id}|{vote.voter_id}", (vote, origin)


def _judged(known: Standing | None, voted: Voted) -> tuple[Standing | None, list[Keyed]]:
    vote, origin = voted
    if not vote.voter_id:
        return None, [(vote.poll_id, tick_ballot(vote.poll_id))]
    known, verdict, replaced = judge(known, vote)
    return known, [(vote.poll_id, ballot_of(vote, verdict, replaced, *origin))]


class Counting:
    """Counts ballots, with a state that is a dict."""

    def __init__(self) -> None:
        self._pace = Pace()

    def count(
        self, counters: dict[str, int] | None, ballot: Ballot
    ) -> tuple[dict[str, int], Iterable[bytes]]:
        """Count a ballot; gives the poll's result if it is time for one."""
        counters = {} if counters is None else counters
        if ballot.verdict != TICK:
            for counter, step in changes_of(ballot):
                counters[counter] = counters.get(counter, 0) + step
        if self._pace.is_due(ballot.poll_id) or ballot.verdict == TICK:
            return counters, [result_of(ballot.poll_id, counters.items())]
        return counters, []


def _ballot_message(keyed: Keyed) -> Iterable[KafkaSinkMessage[bytes, bytes]]:
    poll_id, ballot = keyed
    if ballot.verdict != TICK:
        yield _message(poll_id, ballot.SerializeToString())


def _message(poll_id: str, value: bytes) -> KafkaSinkMessage[bytes, bytes]:
    return KafkaSinkMessage(poll_id.encode(), value)

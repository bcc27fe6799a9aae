"""A contender: a poll in Quix Streams, its own state store and its defaults.

    python -m bench.quix_polls BOOTSTRAP VOTES BALLOTS RESULTS STATE_FOLDER      (in `.venv-bench`)

Votes are judged by voter and counted by poll; what is counted by another key than it is read by,
Quix sends through a topic of its own. A ballot is written once it is counted.
"""

from __future__ import annotations

import sys
from typing import Any

from quixstreams import Application, State, message_context

from bench.one_vote import (
    DUPLICATE,
    TICK,
    Pace,
    ballot_of,
    changes_of,
    judge,
    read,
    result_of,
    tick_ballot,
)
from schemas.generated.touchline.v1.poll_pb2 import Ballot

COUNTERS = "counters"
"""In a poll's state: the names of its counters, each of which is a state too."""


def run(bootstrap: str, votes: str, ballots: str, results: str, state_folder: str) -> None:
    """Run until it is stopped by a signal."""
    app = Application(
        broker_address=bootstrap,
        consumer_group="bench-quix-polls",
        auto_offset_reset="earliest",
        state_dir=state_folder,
        loglevel="WARNING",
    )
    frame = app.dataframe(app.topic(votes, value_deserializer="bytes"))
    frame = frame.apply(_judged, stateful=True, metadata=True)
    frame = frame.group_by(
        lambda ballot: Ballot.FromString(ballot).poll_id,
        name="poll",
        value_deserializer="bytes",
        key_deserializer="str",
        value_serializer="bytes",
        key_serializer="str",
    )
    counted = frame.apply(Counting().count, stateful=True)
    counted = counted.filter(lambda result: result is not None)
    counted.to_topic(app.topic(results, value_serializer="bytes", key_serializer="str"))
    written = frame.filter(lambda ballot: Ballot.FromString(ballot).verdict != TICK)
    written.to_topic(app.topic(ballots, value_serializer="bytes", key_serializer="str"))
    app.run()


# Quix keeps state by the message's key, which is the voter.
def _judged(value: bytes, _key: bytes, timestamp: int, _headers: Any, state: State) -> bytes:
    vote = read(value)
    if not vote.voter_id:
        return _encoded(tick_ballot(vote.poll_id))
    known, verdict, replaced = judge(state.get(vote.poll_id), vote)
    if verdict != DUPLICATE:
        state.set(vote.poll_id, known)
    where = message_context()
    origin = (where.partition, where.offset, timestamp)
    return _encoded(ballot_of(vote, verdict, replaced, *origin))


def _encoded(ballot: Ballot) -> bytes:
    return bytes(ballot.SerializeToString())


class Counting:
    """The counters of polls, each a state: a vote changes one or two, not all of a poll's."""

    def __init__(self) -> None:
        self._pace = Pace()

    def count(self, encoded: bytes, state: State) -> bytes | None:
        """Count a ballot; gives the poll's result if it is time for one."""
        ballot = Ballot.FromString(encoded)
        if ballot.verdict != TICK:
            for counter, step in changes_of(ballot):
                number = state.get(counter)
                if number is None:
                    state.set(COUNTERS, [*state.get(COUNTERS, []), counter])
                state.set(counter, (number or 0) + step)
        if self._pace.is_due(ballot.poll_id) or ballot.verdict == TICK:
            counters = [(counter, state.get(counter)) for counter in state.get(COUNTERS, [])]
            return result_of(ballot.poll_id, counters)
        return None


if __name__ == "__main__":
    run(*sys.argv[1:])

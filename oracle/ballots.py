"""The rows that ClickHouse's `poll_votes` must hold: every vote that is no dead letter."""

from __future__ import annotations

from oracle.history import Row
from oracle.polls import Ballot, Vote


def row(ballot: Ballot) -> Row:
    """The columns of a vote's row but for its poll and its place in Kafka; times in UTC epoch
    milliseconds."""
    vote, verdict, replaced = ballot
    return {
        "voter_id": vote.voter,
        "vote_id": vote.id,
        "choices": _choices(vote),
        "verdict": str(verdict),
        "previous": _choices(replaced) if replaced else "",
        "previous_class": _class(replaced) if replaced else "",
        "previous_region": replaced.region if replaced else "",
        "voter_class": _class(vote),
        "region": vote.region,
        "source": vote.source,
        "voted_at": vote.voted_ms,
        "arrived_at": vote.arrived_ms,
    }


def _choices(vote: Vote) -> str:
    return ",".join(sorted(vote.choices))


def _class(vote: Vote) -> str:
    return "paid" if vote.paid else "free"

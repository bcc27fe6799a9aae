"""What the oracle says of hand-written logs, in short."""

from __future__ import annotations

from typing import Any

from oracle.poll_lives import Outcome
from oracle.polls import Rules, Truth, truth
from schemas.generated.touchline.v1.poll_pb2 import OPEN
from tests.polls.logs import START_MS, Logs


def opened(**fields: Any) -> Logs:
    """A poll that was created at 0 and opened at 100."""
    logs = Logs()
    logs.create(0, **fields)
    logs.command(100, OPEN)
    return logs


def judged(logs: Logs, rules: Rules | None = None, until: int | None = None) -> Truth:
    until_ms = None if until is None else START_MS + until
    return truth(logs.commands.records, logs.votes.records, rules or Rules(), until_ms)


def verdicts(logs: Logs, rules: Rules | None = None) -> list[str]:
    """Of the votes as they were appended."""
    found = judged(logs, rules).verdicts
    return [found[record.position] for record in logs.votes.records]


def outcomes(logs: Logs) -> list[Outcome]:
    """Of the commands as they were appended."""
    found = judged(logs).outcomes
    return [found[record.position] for record in logs.commands.records]


def steps(logs: Logs, until: int | None = None) -> list[tuple[int, str]]:
    """The statuses of the poll and since when it had them."""
    life = judged(logs, until=until).lives["motm"]
    return [(at_ms - START_MS, status) for at_ms, status in life.steps]


def heads(document: dict[str, Any] | None) -> dict[str, int]:
    """Choice -> votes, those without any left out."""
    assert document is not None
    return {choice["id"]: choice["votes"] for choice in document["choices"] if choice["votes"]}

"""Counts of a poll's votes -> its results.

The votes themselves are counted in SQL, in slices of `results_ms`; what a slice adds comes here as
one text a poll.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from udfs.in_order import Rows
from udfs.polls.lifecycle import ARCHIVED, Poll
from udfs.polls.versions import decode
from udfs.rendering import iso_time

FIELD, ITEM = "\x1f", "\x1e"
"""Between the fields of a change, and between the changes of a slice: control characters that are
meant for it, and that no vote has."""

ENTERS, LEAVES, VERDICT = "+", "-", "="
"""A change's first field. One that enters or leaves has class, region and choices (with commas);
a verdict has its name. The last field of all is how many there were."""

UPDATE, FINAL, ARCHIVAL = "update", "final", "archived"

COLUMNS = ("poll_id", "revision", "event", "status", "document")
"""A result: `event` says why there is one, `document` is that of docs/polls.md, as JSON."""

OWN_NAMES = {"superseded": "superseded", "duplicate": "duplicates", "late": "late_rejected"}
"""Verdict -> the result's field that has its number; others are in `rejected`."""

FREE, PAID = "free", "paid"


@dataclass
class Tally:
    """What is known of a poll: its last version, and what stands.

    standing: (class, region, choices) -> voters.
    archived: what it becomes once its result is final.
    """

    poll: Poll | None = None
    standing: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    verdicts: Counter[str] = field(default_factory=Counter)
    archived: Poll | None = None
    is_final: bool = False


class PollResults:
    """The `Core` of results: rows of (version as JSON, slice of changes), one of them empty."""

    def __init__(self, results_ms: int) -> None:
        self._results_ms = results_ms

    def advance(
        self, state: Tally | None, key: str, at_ms: int, rows: Rows
    ) -> tuple[Tally | None, list[tuple[Any, ...]], list[int]]:
        """See `Core`. One result at most for a moment, which is its revision."""
        tally = state or Tally()
        cast = 0
        for version, changes in rows:
            if changes:
                cast += _apply(tally, changes)
                continue
            poll = decode(version)
            if tally.poll is not None and poll.status == ARCHIVED:
                tally.archived = poll  # comes after the final result
            else:
                tally.poll = poll
        if tally.poll is None:  # its CREATE was before the part that a replay reads
            return None, [], []
        final_ms = self._final_slice_ms(tally.poll)
        wakes = [final_ms] if final_ms is not None and not tally.is_final else []
        if final_ms is not None and not tally.is_final and at_ms >= final_ms:
            tally.is_final = True
            return tally, [self._row(tally, at_ms, FINAL, 0)], [at_ms + 1] if tally.archived else []
        if tally.is_final:
            if tally.archived is None:
                return tally, [], []
            tally.poll = tally.archived
            return None, [self._row(tally, at_ms, ARCHIVAL, 0)], []
        return tally, [self._row(tally, at_ms, UPDATE, cast)] if rows else [], wakes

    def _final_slice_ms(self, poll: Poll) -> int | None:
        """The last moment of the slice in which the final moment is."""
        if poll.final_ms is None:
            return None
        return poll.final_ms - poll.final_ms % self._results_ms + self._results_ms - 1

    def _row(self, tally: Tally, at_ms: int, event: str, cast: int) -> tuple[Any, ...]:
        assert tally.poll is not None
        rate = round(cast * 1000 / self._results_ms, 1)
        document = result_of(tally, at_ms, rate)
        text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
        return tally.poll.id, at_ms, event, tally.poll.status, text


def _apply(tally: Tally, changes: str) -> int:
    """Take a slice over; gives how many votes entered."""
    entered = 0
    for change in changes.split(ITEM):
        sign, *what, number = change.split(FIELD)
        n = int(number)
        if sign == VERDICT:
            tally.verdicts[what[0]] += n
            continue
        voter_class, region, choices = what
        place = (voter_class, region, choices)
        tally.standing[place] += n if sign == ENTERS else -n
        if not tally.standing[place]:
            del tally.standing[place]
        entered += n if sign == ENTERS else 0
        tally.verdicts["changed"] += n if sign == LEAVES else 0
    return entered


def result_of(tally: Tally, revision: int, votes_per_second: float) -> dict[str, Any]:
    """The document of docs/polls.md, "Results"."""
    poll = tally.poll
    assert poll is not None
    votes: dict[str, Counter[str]] = {FREE: Counter(), PAID: Counter()}
    regions: dict[str, Counter[str]] = {}
    for (voter_class, region, choices), n in sorted(tally.standing.items()):
        for choice in choices.split(","):
            votes[voter_class][choice] += n
            if region:
                regions.setdefault(region, Counter())[choice] += n
    free_weight, paid_weight = poll.weights
    choices_of = [
        {
            "id": id_,
            "title": title,
            "votes": votes[FREE][id_] + votes[PAID][id_],
            "free_votes": votes[FREE][id_],
            "paid_votes": votes[PAID][id_],
            "weight": votes[FREE][id_] * free_weight + votes[PAID][id_] * paid_weight,
        }
        for id_, title in poll.choices.items()
    ]
    counted = {name: tally.verdicts[verdict] for verdict, name in OWN_NAMES.items()}
    rejected = {
        verdict: n
        for verdict, n in sorted(tally.verdicts.items())
        if n and verdict != "changed" and verdict not in OWN_NAMES
    }
    return {
        "id": poll.id,
        "title": poll.title,
        "match_id": poll.match_id,
        "event_id": poll.event_id,
        "status": poll.status,
        "revision": revision,
        "final": tally.is_final,
        "choices": choices_of,
        "voters": tally.standing.total(),
        "votes": sum(one.total() for one in votes.values()),
        "changed": tally.verdicts["changed"],
        **counted,
        "rejected": rejected,
        "votes_per_second": votes_per_second,
        "regions": {region: dict(counts) for region, counts in regions.items()},
        "created_at": iso_time(poll.created_ms),
        "started_at": iso_time(poll.spans[0].opened if poll.spans else None),
        "ends_at": iso_time(poll.closes_ms),
        "ended_at": iso_time(poll.ended_ms),
    }

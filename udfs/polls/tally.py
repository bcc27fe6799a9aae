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

OTHER = "other"
"""The region that votes count for which came when there were too many."""


@dataclass
class Tally:
    """What is known of a poll: its last version, and what stands.

    voters: those whose vote stands. heads: (class, choice) -> votes.
    regions: region -> choice -> votes; those stay of which nobody's vote stands any more.
    archived: what it becomes once its result is final.
    """

    poll: Poll | None = None
    voters: int = 0
    heads: Counter[tuple[str, str]] = field(default_factory=Counter)
    regions: dict[str, Counter[str]] = field(default_factory=dict)
    verdicts: Counter[str] = field(default_factory=Counter)
    archived: Poll | None = None
    is_final: bool = False


class PollResults:
    """The `Core` of results: rows of (version as JSON, slice of changes), one of them empty.

    max_regions: a poll without a list of regions tells so many apart, those that came first; the
    rest is one, `OTHER`. Gateways say the region: it could be another one with each vote.
    """

    def __init__(self, results_ms: int, max_regions: int) -> None:
        self._results_ms = results_ms
        self._max_regions = max_regions

    def advance(
        self, state: Tally | None, key: str, at_ms: int, rows: Rows
    ) -> tuple[Tally | None, list[tuple[Any, ...]], list[int]]:
        """See `Core`. One result at most for a moment, which is its revision."""
        tally = state or Tally()
        cast = 0
        for version, changes in rows:
            if changes:
                cast += self._apply(tally, changes)
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

    def _apply(self, tally: Tally, changes: str) -> int:
        """Take a slice over; gives how many votes entered."""
        entered = 0
        parts = [change.split(FIELD) for change in changes.split(ITEM)]
        self._admit(tally, sorted({what[1] for sign, *what, _ in parts if sign == ENTERS}))
        for sign, *what, number in parts:
            n = int(number)
            if sign == VERDICT:
                tally.verdicts[what[0]] += n
                continue
            voter_class, region, choices = what
            change = n if sign == ENTERS else -n
            tally.voters += change
            counts = tally.regions[region if region in tally.regions else OTHER] if region else None
            for choice in choices.split(","):
                tally.heads[voter_class, choice] += change
                if counts is not None:
                    counts[choice] += change
            entered += n if sign == ENTERS else 0
            tally.verdicts["changed"] += n if sign == LEAVES else 0
        return entered

    def _admit(self, tally: Tally, regions: list[str]) -> None:
        """Make room for regions, in this order: a slice's changes have none of their own."""
        listed = tally.poll is not None and bool(tally.poll.regions)
        for region in regions:
            if region and region not in tally.regions:
                free = listed or len(tally.regions) < self._max_regions
                tally.regions.setdefault(region if free else OTHER, Counter())


def result_of(tally: Tally, revision: int, votes_per_second: float) -> dict[str, Any]:
    """The document of docs/polls.md, "Results"."""
    poll = tally.poll
    assert poll is not None
    heads = tally.heads
    free_weight, paid_weight = poll.weights
    choices_of = [
        {
            "id": id_,
            "title": title,
            "votes": heads[FREE, id_] + heads[PAID, id_],
            "free_votes": heads[FREE, id_],
            "paid_votes": heads[PAID, id_],
            "weight": heads[FREE, id_] * free_weight + heads[PAID, id_] * paid_weight,
        }
        for id_, title in poll.choices.items()
    ]
    counted = {name: tally.verdicts[verdict] for verdict, name in OWN_NAMES.items()}
    regions = {
        region: {id_: counts[id_] for id_ in poll.choices if counts[id_]}
        for region, counts in sorted(tally.regions.items())
        if any(counts.values())
    }
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
        "voters": tally.voters,
        "votes": heads.total(),
        "changed": tally.verdicts["changed"],
        **counted,
        "rejected": rejected,
        "votes_per_second": votes_per_second,
        "regions": regions,
        "created_at": iso_time(poll.created_ms),
        "started_at": iso_time(poll.spans[0].opened if poll.spans else None),
        "ends_at": iso_time(poll.closes_ms),
        "ended_at": iso_time(poll.ended_ms),
    }

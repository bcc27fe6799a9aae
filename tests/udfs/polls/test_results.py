"""Versions of a poll and slices of its changes -> its results."""

from __future__ import annotations

import json
from typing import Any

from schemas.generated.touchline.v1.poll_pb2 import (
    ARCHIVE,
    CLOSE,
    CREATE,
    OPEN,
    TERMINATE,
    PollChoice,
    PollControl,
)
from udfs.polls import tally, versions
from udfs.polls.tally import FIELD, ITEM, PollResults
from udfs.polls.versions import PollVersions

START_MS = 1_795_348_800_000
SLICE_MS = 500
MAX_REGIONS = 3


class Steps:
    """Both steps as the job has them, time by time."""

    def __init__(self) -> None:
        self._versions, self._results = PollVersions(24), PollResults(SLICE_MS, MAX_REGIONS)
        self._poll: Any = None
        self._tally: Any = None
        self._sent = 0
        self.wakes: set[int] = set()
        self.told: list[tuple[int, str, dict[str, Any]]] = []

    def command(self, at: int, action: int, **fields: Any) -> None:
        self._sent += 1
        body = PollControl(
            poll_id="motm", command_id=str(self._sent), action=action, **fields
        ).SerializeToString()
        at_ms = START_MS + at
        self._poll, found, _ = self._versions.advance(
            self._poll, "motm", at_ms, [(0, self._sent, body)]
        )
        texts = [dict(zip(versions.COLUMNS, one, strict=True)) for one in found]
        assert [one["refusal"] for one in texts] == [None]
        self._news(at_ms, [(texts[0]["poll"], "")])

    def slice(self, at: int, *changes: tuple[Any, ...]) -> None:
        text = ITEM.join(FIELD.join(map(str, change)) for change in changes)
        self._news(START_MS + at, [("", text)])

    def wake(self, at: int) -> None:
        assert START_MS + at in self.wakes
        self._news(START_MS + at, [])

    def _news(self, at_ms: int, rows: list[tuple[Any, ...]]) -> None:
        self._tally, found, wakes = self._results.advance(self._tally, "motm", at_ms, rows)
        self.wakes.update(wakes)
        for row in found:
            one = dict(zip(tally.COLUMNS, row, strict=True))
            assert one["revision"] == at_ms
            self.told.append((at_ms - START_MS, one["event"], json.loads(one["document"])))

    def opened(self, **fields: Any) -> Steps:
        choices = [PollChoice(id="raul", title="Raúl"), PollChoice(id="iker")]
        self.command(0, CREATE, title="Best?", choices=choices, grace_ms=1_000, **fields)
        self.command(100, OPEN)
        return self

    @property
    def last(self) -> dict[str, Any]:
        return self.told[-1][2]

    def votes(self) -> dict[str, int]:
        return {choice["id"]: choice["votes"] for choice in self.last["choices"]}


def test_votes_that_enter_and_leave_are_added_up() -> None:
    steps = Steps().opened(paid_weight=3)
    steps.slice(
        499, ("+", "free", "es", "raul", 4), ("+", "paid", "", "iker", 1), ("=", "duplicate", 2)
    )
    steps.slice(999, ("-", "free", "es", "raul", 1), ("+", "free", "es", "iker", 1))
    assert steps.votes() == {"raul": 3, "iker": 2}
    assert [choice["weight"] for choice in steps.last["choices"]] == [3, 4]
    assert (steps.last["voters"], steps.last["changed"], steps.last["duplicates"]) == (5, 1, 2)
    assert steps.last["regions"] == {"es": {"iker": 1, "raul": 3}}
    assert steps.last["votes_per_second"] == 2.0


def test_regions_that_come_when_there_are_too_many_are_one() -> None:
    steps = Steps().opened()
    steps.slice(499, *(("+", "free", region, "raul", 1) for region in ("uk", "es")))
    later = [("+", "free", region, "raul", 1) for region in ("us", "uk", "fr", "de")]
    steps.slice(999, *later)
    assert steps.last["regions"] == {
        "de": {"raul": 1}, "es": {"raul": 1}, "other": {"raul": 2}, "uk": {"raul": 2},
    }  # fmt: skip
    steps.slice(1_499, ("-", "free", "us", "raul", 1), ("-", "free", "de", "raul", 1))
    assert steps.last["regions"] == {
        "es": {"raul": 1}, "other": {"raul": 1}, "uk": {"raul": 2},
    }  # fmt: skip
    steps.slice(1_999, ("+", "free", "it", "iker", 1))
    assert steps.last["regions"]["other"] == {"iker": 1, "raul": 1}, "no place becomes free"
    assert steps.last["voters"] == 5


def test_a_polls_own_regions_are_all_told_apart() -> None:
    regions = [f"r{number}" for number in range(9)]
    steps = Steps().opened(regions=regions)
    steps.slice(499, *(("+", "free", region, "raul", 1) for region in regions))
    assert steps.last["regions"] == {region: {"raul": 1} for region in regions}


def test_a_vote_for_several_choices_is_one_voter() -> None:
    steps = Steps().opened(max_choices=2)
    steps.slice(499, ("+", "free", "", "iker,raul", 7))
    assert steps.votes() == {"raul": 7, "iker": 7}
    assert (steps.last["voters"], steps.last["votes"]) == (7, 14)


def test_verdicts_are_reported_by_name() -> None:
    steps = Steps().opened()
    steps.slice(499, ("=", "late", 1), ("=", "superseded", 2), ("=", "paced", 3), ("=", "early", 4))
    assert (steps.last["late_rejected"], steps.last["superseded"]) == (1, 2)
    assert steps.last["rejected"] == {"early": 4, "paced": 3}


def test_the_final_result_comes_once_with_the_slice_of_its_deadline() -> None:
    steps = Steps().opened()
    steps.slice(499, ("+", "free", "", "raul", 1))
    steps.command(700, CLOSE)
    assert steps.last["status"] == "COMPLETED"
    assert not steps.last["final"]
    steps.slice(1_999, ("+", "free", "", "iker", 2))
    at, event, document = steps.told[-1]
    assert (at, event, document["final"]) == (1_999, "final", True)
    assert steps.votes() == {"raul": 1, "iker": 2}
    told = len(steps.told)
    steps.slice(2_499, ("=", "late", 1))
    assert len(steps.told) == told, "nothing changes a final result"


def test_the_final_result_comes_without_a_vote_too() -> None:
    steps = Steps().opened()
    steps.command(700, CLOSE)
    steps.wake(1_999)
    assert [event for _, event, _ in steps.told].count("final") == 1


def test_terminate_is_final_with_the_slice_in_which_it_came() -> None:
    steps = Steps().opened()
    steps.command(700, TERMINATE)
    steps.wake(999)
    assert (steps.last["status"], steps.last["final"]) == ("TERMINATED", True)


def test_an_archival_that_is_there_first_waits_for_the_final_result() -> None:
    steps = Steps().opened()
    steps.command(700, TERMINATE)
    steps.command(750, ARCHIVE)
    steps.wake(999)
    steps.wake(1_000)
    assert [event for _, event, _ in steps.told][-2:] == ["final", "archived"]
    assert (steps.last["status"], steps.last["final"]) == ("ARCHIVED", True)


def test_a_command_that_is_too_long_is_refused_and_the_poll_is_what_it_was() -> None:
    core = PollVersions(24)
    choices = [PollChoice(id="raul"), PollChoice(id="iker")]
    sent = PollControl(
        poll_id="motm", command_id="1", action=CREATE, title="Best?", choices=choices,
        match_id="m" * versions.MAX_BYTES,
    )  # fmt: skip
    poll, found, _ = core.advance(None, "motm", START_MS, [(0, 1, sent.SerializeToString())])
    [refused] = [dict(zip(versions.COLUMNS, one, strict=True)) for one in found]
    assert poll is None
    assert "a command has 524288 at most" in refused["refusal"]
    assert refused["body"] == sent.SerializeToString()

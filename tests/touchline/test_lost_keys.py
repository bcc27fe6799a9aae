"""What is taken for a match that has lost a part."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from touchline.lost_keys import StoredMatch


def event(home_score: int | None = None, match_status: str | None = None) -> str:
    return json.dumps({"home_score": home_score, "match_status": match_status, "type": "GOAL"})


MOMENTUM = frozenset(f"momentum:{end}" for end in range(310_000, 600_001, 10_000))
WINDOWS = frozenset({"minute:60000", "attack:300000"}) | MOMENTUM

WHOLE = StoredMatch(
    written=frozenset({
        "match", "HOME", "AWAY", "period:1", "minute:60000", "attack:300000", "opta:1", "opta:2",
        "opta:3",
    }),
    state={
        "events": 2, "home": {"name": "A", "points": 1}, "away": {"points": 0},
        "periods": {"1": {"home": 1}},
    },
    windows=WINDOWS,
    bodies={"opta:1": event(home_score=0), "opta:2": event(match_status="LIVE")},
    timeline=frozenset({"opta:1", "opta:2"}),
    scores=frozenset({"opta:1"}),
    statuses=frozenset({"opta:2"}),
)  # fmt: skip
"""opta:3 was written, and then taken back."""


def without(document: dict[str, Any] | None, name: str) -> dict[str, Any]:
    return {key: value for key, value in (document or {}).items() if key != name}


def test_a_match_with_all_that_was_written_is_whole() -> None:
    assert WHOLE.is_whole()


@pytest.mark.parametrize(
    "lost",
    [
        {"state": None},
        {"state": without(WHOLE.state, "events")},
        {"state": without(WHOLE.state, "home")},
        {"state": without(WHOLE.state, "periods")},
        {"state": {**(WHOLE.state or {}), "home": {"name": "A"}}},
        {"state": {**(WHOLE.state or {}), "periods": {"2": {}}}},
        {"windows": frozenset()},
        {"windows": WINDOWS - {"minute:60000"}},
        {"windows": WINDOWS - {"attack:300000"}},
        {"windows": WINDOWS - {"momentum:600000"}},
        {"bodies": {}},
        {"timeline": frozenset()},
        {"bodies": {}, "timeline": frozenset(), "scores": frozenset(), "statuses": frozenset()},
        {"scores": frozenset()},
        {"statuses": frozenset()},
    ],
)
def test_a_match_that_has_lost_anything_is_not_whole(lost: dict[str, Any]) -> None:
    assert not replace(WHOLE, **lost).is_whole()


def test_a_match_of_which_nothing_is_known_to_be_written_yet_is_whole() -> None:
    nothing = StoredMatch(frozenset(), {"events": 0}, frozenset(), {}, *[frozenset[str]()] * 3)
    assert nothing.is_whole()

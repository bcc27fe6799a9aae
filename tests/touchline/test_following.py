"""Following the live matches, of a store that a test plays."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, cast

import pytest

from touchline import following
from touchline.following import follow, refresh
from touchline.live import LiveStore
from touchline.live_board import Board
from touchline.settings import Settings


class Store:
    def __init__(self, *match_ids: str) -> None:
        self.there = {match_id: {"events": 1} for match_id in match_ids}

    def matches(self, match_ids: Iterable[str]) -> dict[str, Any]:
        return {one: self.there[one] for one in match_ids if one in self.there}

    def last_events(self, match_ids: Iterable[str], _: int) -> dict[str, list[Any]]:
        return {one: [{"type": "GOAL"}] for one in match_ids}

    def updates(self, _: float) -> Iterator[dict[str, int]]:
        while True:
            yield {}


@pytest.mark.parametrize(("every_s", "left"), [(0.0, ["opta:2"]), (1e9, ["opta:1", "opta:2"])])
def test_a_match_that_has_expired_leaves_the_board_when_it_is_looked_for(
    monkeypatch: pytest.MonkeyPatch, every_s: float, left: list[str]
) -> None:
    monkeypatch.setattr(following, "EXPIRED_EVERY_S", every_s)
    store, board = Store("opta:1", "opta:2"), Board()
    live = cast(LiveStore, store)
    refresh(board, live, ["opta:1", "opta:2"])
    del store.there["opta:1"]
    ticks = follow(board, live, Settings(), None)
    next(ticks)
    assert list(board.matches) == left
    ticks.close()  # type: ignore[attr-defined]

"""`touchline watch` for scripts, of a store that a test plays."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from typer.testing import CliRunner

from touchline.commands import watch


class Store:
    """Two matches; the second one is written once more, and then the reader goes away."""

    def __init__(self, _: object) -> None:
        self.goals = 0

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None: ...

    def match_ids(self) -> list[str]:
        return ["opta:1", "opta:2"]

    def match(self, match_id: str) -> Any:
        return self.matches([match_id])[match_id]

    def matches(self, match_ids: Iterable[str]) -> dict[str, Any]:
        return {one: {"match_id": one, "score": {"home": self.goals}} for one in match_ids}

    def last_events(self, match_ids: Iterable[str], _: int) -> dict[str, list[Any]]:
        return {one: [{"type": "GOAL"}] if self.goals else [] for one in match_ids}

    def updates(self, _: float) -> Iterator[dict[str, int]]:
        yield {}
        self.goals = 1
        yield {"opta:2": 0}
        raise KeyboardInterrupt


@pytest.fixture(autouse=True)
def store(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "LiveStore", Store)


State = tuple[str, int, list[dict[str, str]]]
"""A match's id, its home score, its last events."""


def states(*arguments: str) -> list[State]:
    result = CliRunner().invoke(watch.app, [*arguments, "--json"])
    assert result.exit_code == 0, result.output
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    return [(line["match_id"], line["score"]["home"], line["last_events"]) for line in lines]


BEFORE: list[State] = [("opta:1", 0, []), ("opta:2", 0, [])]
AFTER: list[State] = [("opta:2", 1, [{"type": "GOAL"}])]


def test_json_has_each_match_and_then_each_new_state() -> None:
    assert states("--all") == [*BEFORE, *AFTER]


def test_json_of_one_match_has_no_other() -> None:
    assert states("opta:1") == BEFORE[:1]
    assert states("opta:2") == [*BEFORE[1:], *AFTER]


def test_json_once_has_what_there_is() -> None:
    assert states("--all", "--once") == BEFORE

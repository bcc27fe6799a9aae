"""`touchline rebuild`: what it is asked for, and what it says."""

from __future__ import annotations

from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from tests.mock_kafka import mock_kafka
from touchline.commands import rebuild
from touchline.commands.rebuild import Rebuilt, lines_of, parts_of


@pytest.mark.parametrize(
    ("only", "match", "parts"),
    [
        ("", None, ["matches", "polls", "leaderboards"]),
        ("leaderboards, polls", None, ["polls", "leaderboards"]),
        ("", "opta:1", ["matches"]),
        ("matches", "opta:1", ["matches"]),
    ],
)
def test_what_is_asked_for_is_made_again(only: str, match: str | None, parts: list[str]) -> None:
    assert parts_of(only, match) == parts


@pytest.mark.parametrize(
    ("only", "match", "problem"),
    [
        ("polls,scores", None, "'scores' is none of matches, polls, leaderboards"),
        ("polls", "opta:1", "polls and leaderboards are of no match"),
        ("matches,polls", "opta:1", "polls and leaderboards are of no match"),
    ],
)
def test_what_cannot_be_asked_for_is_told(only: str, match: str | None, problem: str) -> None:
    with pytest.raises(typer.BadParameter, match=problem):
        parts_of(only, match)


def test_each_part_has_a_line_and_one_for_what_is_missing() -> None:
    lines = list(lines_of("polls", Rebuilt(1_200, 4, 1.5, 1, 2, ("poll-results[0] begins at 9",))))
    assert [" ".join(line.split()) for line in lines] == [
        "polls 1,200 records read 4 rows written 1.5 s",
        "1 had lost a part and were made anew",
        "2 left out: Redis would no longer have them",
        "poll-results[0] begins at 9",
    ]


def test_it_asks_and_where_nobody_can_answer_it_wants_to_be_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with mock_kafka("poll-results") as kafka:
        monkeypatch.setenv("TOUCHLINE_KAFKA__BOOTSTRAP", kafka.bootstrap)
        result: Any = CliRunner().invoke(rebuild.app, ["redis", "--only", "polls"])
    assert "rebuild asks before it writes" in str(result.exception)


def test_a_broker_that_does_not_answer_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with mock_kafka("other") as kafka:
        monkeypatch.setenv("TOUCHLINE_KAFKA__BOOTSTRAP", kafka.bootstrap)
        result: Any = CliRunner().invoke(rebuild.app, ["redis", "--only", "polls", "--yes"])
    assert "has no topic poll-results" in str(result.exception)

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from touchline.commands.replay import app
from touchline.errors import TouchlineError


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("--job", "polls", "--from-offset", "0=17"), "a part of what polls has read"),
        (
            ("--job", "leaderboards", "--from-timestamp", "2026-08-22T14:00:00Z"),
            "a part of what leaderboards has read",
        ),
        (("--job", "polls", "--to", "0=99"), "two topics"),
        (("--job", "polls", "--match", "opta:1"), "votes are of a poll"),
        (("--job", "polls", "--set", "polls.shed_free_after_ms=2000"), "votes are shed"),
        (("--from-offset", "0=17", "--from-beginning"), "one place"),
    ],
)
def test_a_replay_whose_results_would_be_others_is_refused(
    arguments: tuple[str, ...], why: str
) -> None:
    result = CliRunner().invoke(app, arguments)
    assert isinstance(result.exception, TouchlineError)
    assert why in result.exception.message

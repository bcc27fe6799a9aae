"""`touchline verify`: what it says of what it found, and its exit code."""

from __future__ import annotations

import json
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from oracle.differences import Difference
from touchline.commands import verify
from touchline.verifying.run import Verified

WRONG = Difference("match:{opta:1}:state", "score.home", 2, 1)


def run(monkeypatch: pytest.MonkeyPatch, verified: Verified, *options: str) -> Result:
    class Verifier:
        def __init__(self, *_: Any) -> None: ...

        def __enter__(self) -> Verifier:
            return self

        def __exit__(self, *_: object) -> None: ...

        def run(self) -> Verified:
            return verified

    monkeypatch.setattr(verify, "Verifier", Verifier)
    return CliRunner().invoke(verify.app, list(options))


@pytest.mark.parametrize(
    ("verified", "code", "last"),
    [
        (Verified(), 0, "no difference"),
        (Verified(expired=["opta:1"]), 0, "no difference"),
        (Verified(moving=["match opta:1"]), 3, "no difference in what stood still"),
        (Verified(wrong=[WRONG]), 1, "1 differences"),
        (Verified(wrong=[WRONG], moving=["match opta:1"]), 1, "1 differences"),
        (Verified(unknown=["opta:9"], moving=["match opta:1"]), 1, "stood still"),
    ],
)
def test_the_exit_code_says_right_wrong_or_never_seen_to_be_right(
    monkeypatch: pytest.MonkeyPatch, verified: Verified, code: int, last: str
) -> None:
    result = run(monkeypatch, verified)
    assert result.exit_code == code
    assert result.output.rstrip().endswith(last)
    told = json.loads(run(monkeypatch, verified, "--json").output)
    assert told["same"] is (code == 0)


def test_what_had_news_all_the_time_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    output = run(monkeypatch, Verified(moving=["match opta:1"])).output
    assert "1 had news all the time, and never were as they must be: match opta:1" in output

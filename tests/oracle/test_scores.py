"""The oracle's own reader of scores, beside the job's: they are written apart, and must agree."""

from __future__ import annotations

import ast
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import oracle
from jobs.score_boards import schedules
from oracle.leaderboards import Given
from oracle.periods import lasts_longer, period_of
from oracle.scores import Scores
from schemas.generated.touchline.v1.score_pb2 import Score
from touchline import verifying
from touchline.settings import Board
from udfs.leaderboards import periods
from udfs.leaderboards.scores import COLUMNS, ScoreReader

DAY = 86_400_000
NOON = 1_795_348_800_000
"""2026-11-22T12:00:00Z."""

TTL = 90 * DAY
BOARDS = {
    "game": Board(),
    "weekly": Board(reset="0 0 * * 1"),
    "lunch": Board(reset="30 12 * * *"),
    "yearly": Board(reset="0 0 1 1 *"),
    "top": Board(measure="points"),
}
SENT = {"board": "game", "member": "ann", "score_id": "s", "value": 3, "at_ms": NOON}


def both(body: bytes, arrived_ms: int) -> tuple[Given | None, Given | None]:
    """The score as the oracle and as the job reads it."""
    [row] = ScoreReader(schedules(BOARDS, TTL)).read([body], [arrived_ms])
    read: dict[str, Any] = dict(zip(COLUMNS, row, strict=True))
    names = ("board", "member", "score_id", "value", "at_ms", "region", "name")
    job = None if read["problem"] else Given(**{name: read[name] for name in names})
    return Scores(BOARDS, TTL).read(body, arrived_ms), job


@pytest.mark.parametrize(
    ("changed", "taken"),
    [
        ({}, True),
        ({"name": "Ann", "region": "es-1.b_C"}, True),
        ({"name": "a\x01b"}, True),
        *(({name: ""}, False) for name in ("board", "member", "score_id")),
        *(({name: "x" * 200}, True) for name in ("member", "score_id", "name")),
        *(({name: "x" * 201}, False) for name in ("member", "score_id", "name")),
        *(({"member": f"a{letter}"}, False) for letter in ("\x00", "\x1f", "\x7f")),
        ({"member": "a\x80 é"}, True),
        *(({"region": text}, False) for text in ("-es", "e s", "x" * 33, "es\n")),
        ({"region": "x" * 32}, True),
        *(({"value": value}, True) for value in (2**53, -(2**53), 0)),
        *(({"value": value}, False) for value in (2**53 + 1, -(2**53) - 1)),
        *(({"at_ms": at}, False) for at in (0, -1, 4_102_444_800_000, NOON + 60_001)),
        *(({"at_ms": at}, True) for at in (1, NOON + 60_000)),
        *(({"board": name}, False) for name in ("none", "top")),
        # A week that began 90 days before, and the one after it.
        ({"board": "weekly", "at_ms": NOON - 91 * DAY}, False),
        ({"board": "weekly", "at_ms": NOON - 83 * DAY}, True),
        ({"board": "lunch", "at_ms": NOON - 90 * DAY}, False),
        ({"board": "lunch", "at_ms": NOON - 89 * DAY}, True),
        ({"board": "yearly", "at_ms": NOON - 900 * DAY}, True),
    ],
)
def test_a_score_is_read_or_refused_as_the_job_does(changed: dict[str, Any], taken: bool) -> None:
    sent = SENT | changed
    given, job = both(Score(**sent).SerializeToString(), NOON)
    assert given == job
    assert given == (Given(**sent) if taken else None)


@pytest.mark.parametrize("body", [b"", b"\xff", b"\x0a\x01\xff", b"\x72" + b"\x80\x80\x02"])
def test_what_is_no_score_is_refused(body: bytes) -> None:
    assert both(body, NOON) == (None, None)


@pytest.mark.parametrize(("extra", "taken"), [(0, True), (1, False)])
def test_a_score_has_so_many_bytes_at_most(extra: int, taken: bool) -> None:
    known = Score(**SENT).SerializeToString()
    size = 16_384 + extra - len(known) - 4
    # A text that nobody knows yet, in a field with the number 1000: tag, length in two bytes.
    body = known + b"\xc2\x3e" + bytes([size & 0x7F | 0x80, size >> 7]) + b"x" * size
    assert len(body) == 16_384 + extra
    given, job = both(body, NOON)
    assert (given is not None, job is not None) == (taken, taken)


@pytest.mark.parametrize("reset", ["", "0 0 * * 1", "30 12 * * *", "*/7 * * * *", "0 0 29 2 *"])
@pytest.mark.parametrize("at_ms", [1, NOON, NOON + 1_799_999, NOON + 1_800_000, NOON + 450 * DAY])
def test_a_period_is_named_and_begins_as_the_jobs_does(reset: str, at_ms: int) -> None:
    wanted = periods.period_of(reset, at_ms)
    assert period_of(reset, at_ms) == (wanted.name, wanted.start_ms)


@pytest.mark.parametrize("reset", ["", "0 0 * * 1", "0 0 1 * *", "0 0 1 1 *"])
@pytest.mark.parametrize("days", [6, 7, 30, 31, 365, 366])
def test_how_long_tables_last_is_judged_as_the_job_does(reset: str, days: int) -> None:
    assert lasts_longer(reset, days * DAY) == periods.outlasts(reset, days * DAY)


OURS = {"bench", "chaos", "connectors", "jobs", "oracle", "schemas", "touchline", "udfs"}
ALLOWED = ("oracle", "schemas.generated", "touchline.settings", "jobs.measures")
ADAPTERS = ("udfs.codec", "udfs.feed", "udfs.registry")


def imported(package: ModuleType) -> set[str]:
    """Of our own modules, those that a package's import from."""
    found = {
        node.module
        for file in Path(package.__path__[0]).glob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.ImportFrom) and node.module
    }
    return {module for module in found if module.split(".")[0] in OURS}


def test_the_oracle_uses_of_the_jobs_only_the_adapters_and_what_an_event_counts_for() -> None:
    used = imported(oracle)
    assert {"udfs.registry", "jobs.measures"} <= used
    assert not {module for module in used if not module.startswith((*ALLOWED, *ADAPTERS))}


def test_verify_uses_nothing_of_the_jobs() -> None:
    used = imported(verifying)
    assert "oracle.scores" in used
    of_jobs = {module for module in used if module.split(".")[0] in ("jobs", "udfs")}
    assert of_jobs == {"udfs.clock"}

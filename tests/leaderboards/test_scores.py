"""What becomes of a score's bytes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.generated.touchline.v1.score_pb2 import Score
from udfs.leaderboards.scores import COLUMNS, FUTURE_MS, MAX_BYTES, MAX_VALUE, Schedule, ScoreReader

NOON = 1_795_348_800_000
DAY = 86_400_000
BOARDS = {"game": Schedule(), "daily": Schedule("0 0 * * *", 90 * DAY)}


def read(arrived: int = NOON, **fields: Any) -> dict[str, Any]:
    sent = {"board": "game", "member": "ann", "score_id": "1", "value": 5, "at_ms": NOON} | fields
    return read_bytes(Score(**sent).SerializeToString(), arrived)


def read_bytes(body: bytes, arrived: int = NOON) -> dict[str, Any]:
    [row] = ScoreReader(BOARDS).read([body], [arrived])
    return dict(zip(COLUMNS, row, strict=True))


def test_a_score_is_read_with_the_period_it_belongs_to() -> None:
    row = read(board="daily", region="es", name="Ann", arrived=NOON + 1)
    assert row == {
        "board": "daily", "member": "ann", "score_id": "1", "name": "Ann", "region": "es",
        "value": 5, "at_ms": NOON, "period": "2026-11-22", "ends_ms": NOON + DAY // 2,
        "arrived_ms": NOON + 1, "problem": "",
    }  # fmt: skip


def test_the_time_of_the_score_and_not_of_its_arrival_decides_the_period() -> None:
    assert read(board="daily", arrived=NOON + 40 * DAY)["period"] == "2026-11-22"


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"board": ""}, "no board"),
        ({"member": "", "score_id": ""}, "no member and no score_id"),
        ({"at_ms": 0}, "no at_ms"),
        ({"board": "other"}, "there is no board 'other' of scores"),
        ({"member": "a" * 201}, "more than 200 characters"),
        ({"name": "a" * 201}, "more than 200 characters"),
        ({"member": "a\x1fb"}, "a control character"),
        ({"region": "e:s"}, "letters, digits"),
        ({"region": "e}s"}, "letters, digits"),
        ({"value": MAX_VALUE + 1}, "beyond 2^53"),
        ({"value": -MAX_VALUE - 1}, "beyond 2^53"),
        ({"at_ms": -5}, "not between 1970 and 2100"),
        ({"at_ms": 5_000_000_000_000, "arrived": 5_000_000_000_000}, "not between 1970 and 2100"),
        ({"at_ms": NOON + FUTURE_MS + 1}, "60001 ms after its arrival"),
    ],
)
def test_a_score_that_cannot_count_says_why(fields: dict[str, Any], problem: str) -> None:
    row = read(**fields)
    assert problem in row["problem"]
    assert (row["board"], row["member"], row["value"]) == ("", "", 0)


@pytest.mark.parametrize(
    "fields",
    [
        {"value": MAX_VALUE},
        {"value": -MAX_VALUE},
        {"value": 0},
        {"at_ms": NOON + FUTURE_MS},
        {"name": "Zoë 👩\u200d🚀"},
        {"member": "a:b {c}"},
    ],
)
def test_what_is_only_unusual_counts(fields: dict[str, Any]) -> None:
    assert read(**fields)["problem"] == ""


def test_a_score_of_a_table_that_is_no_longer_remembered_is_too_late() -> None:
    start = NOON - DAY // 2
    assert read(board="daily", arrived=start + 90 * DAY)["problem"] == ""
    row = read(board="daily", arrived=start + 90 * DAY + 1)
    assert row["problem"] == "too late for the table 2026-11-22 of daily"
    assert read(board="game", arrived=start + 9_000 * DAY)["problem"] == ""


def test_bytes_that_are_no_score_or_too_many_are_refused() -> None:
    assert "not a touchline.v1.Score" in read_bytes(b"\xff\xff")["problem"]
    assert "16384 at most" in read_bytes(b"\x00" * (MAX_BYTES + 1))["problem"]


def test_one_bad_score_does_not_spoil_a_batch() -> None:
    good = Score(board="game", member="ann", score_id="1", at_ms=NOON).SerializeToString()
    rows = ScoreReader(BOARDS).read([good, b"\xff", good], [NOON] * 3)
    assert [bool(row[-1]) for row in rows] == [False, True, False]


@given(st.binary(max_size=200))
def test_any_bytes_become_a_score_or_a_dead_letter(body: bytes) -> None:
    row = read_bytes(body)
    assert row["problem"] or row["board"] in BOARDS

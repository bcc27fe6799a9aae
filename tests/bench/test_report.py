from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench.report import Report


def test_a_table_is_shown_and_its_rows_are_lines_of_the_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "results.jsonl"
    file.write_text("of the run before\n")
    report = Report(as_json=False, lines=file)
    report.rows("latency", "How long", [{"rate": 500, "p50_ms": 85.2}, {"rate": 2000, "p50_ms": 1}])
    report.rows("replay", "How fast", [{"job": "history"}])
    assert "How long" in capsys.readouterr().out
    assert [json.loads(line) for line in file.read_text().splitlines()] == [
        {"part": "latency", "rate": 500, "p50_ms": 85.2},
        {"part": "latency", "rate": 2000, "p50_ms": 1},
        {"part": "replay", "job": "history"},
    ]


def test_with_json_the_lines_are_the_output(capsys: pytest.CaptureFixture[str]) -> None:
    Report(as_json=True).rows("replay", "How fast", [{"job": "history"}])
    assert json.loads(capsys.readouterr().out) == {"part": "replay", "job": "history"}

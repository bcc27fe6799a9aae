"""How the contenders are set up."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import pytest

from bench import contenders
from bench.bed import Bed
from bench.contenders import Run, bytewax, normalize
from touchline.flink_client import Submission
from touchline.settings import Settings


class PaperBed:
    """Notes what is submitted, and starts nothing."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.settings = Settings()
        self.submitted: list[Submission] = []

    @contextmanager
    def jobs(self, submission: Submission) -> Iterator[None]:
        self.submitted.append(submission)
        yield

    def flink_processes(self) -> list[int]:
        return []


def test_normalize_takes_a_checkpoint_as_often_as_bytewax_takes_a_snapshot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands = []

    @contextmanager
    def noted(command: Sequence[str], _log: Path) -> Iterator[Run]:
        commands.append(list(command))
        yield Run(list)

    monkeypatch.setattr(contenders, "program", Path)
    monkeypatch.setattr(contenders, "_process", noted)
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: None)
    paper = PaperBed(tmp_path)
    bed = cast(Bed, paper)
    with normalize(bed, "feed.opta", "out", parallelism=2), bytewax(bed, "in", "out", "match"):
        pass
    [submission] = paper.submitted
    [command] = commands
    snapshot_s = float(command[command.index("-s") + 1])
    jobs = Settings.load(submission.overrides).jobs
    assert (jobs.checkpoint_interval_ms, jobs.parallelism) == (snapshot_s * 1000, 2)

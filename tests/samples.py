"""The providers' sample files. They belong to their providers and are no part of the project: a
test that needs one is skipped where the folder is missing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

_PROJECT = Path(__file__).parent.parent
FEEDS = Path(os.environ.get("TOUCHLINE_FEEDS", _PROJECT.parent / "shared" / "feeds"))


def sample(path: str) -> Path:
    """The sample file `path` (`opta/…xml`); skips the test if it is not there."""
    file = FEEDS / path
    if not file.exists():
        pytest.skip(f"no sample {path}: set TOUCHLINE_FEEDS to the folder of feed samples")
    return file

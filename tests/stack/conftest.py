"""What tests of the stack share."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def compose_loader(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The loader, built by Go."""
    go = shutil.which("go")
    assert go is not None, "the compose files are read by a Go program: install Go"
    source = Path(__file__).parent / "compose_config"
    program = tmp_path_factory.mktemp("compose") / "compose-config"
    subprocess.run([go, "build", "-o", str(program), "."], cwd=source, check=True)
    return program

"""The other engines' Python environment, `.venv-bench`: made on first use."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

from bench.report import step
from touchline.errors import TouchlineError
from touchline.stack.tools import PROJECT

FOLDER = PROJECT / ".venv-bench"
REQUIREMENTS = PROJECT / "bench" / "requirements.txt"


def program(name: str) -> Path:
    """A program of the environment, which is made if it is missing or out of date.

    Raises:
        TouchlineError: it cannot be made; the hint has what uv says.
    """
    stamp = FOLDER / ".stamp"
    wanted = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
    if not stamp.exists() or stamp.read_text() != wanted:
        with step("making .venv-bench (Quix Streams, Bytewax, py-spy)"):
            uv = str(Path(sys.executable).with_name("uv"))
            _run(uv, "venv", "-q", "--clear", "--python", sys.executable, str(FOLDER))
            python = str(FOLDER / "bin" / "python")
            _run(uv, "pip", "install", "-q", "--python", python, "-r", str(REQUIREMENTS))
        stamp.write_text(wanted)
    return FOLDER / "bin" / name


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise TouchlineError("the environment .venv-bench cannot be made", done.stderr.strip())

"""The compose files as a compose implementation reads them: by Docker Compose's own loader."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from touchline.stack.tools import PROJECT

PLAIN = PROJECT / "docker-compose.yml"
SECURE = PROJECT / "docker-compose.secure.yml"


def merged(loader: Path, *files: Path) -> dict[str, Any]:
    """What the files describe together, each over the ones before it.

    Raises:
        ValueError: they are not valid; what the implementation says of it.
    """
    done = subprocess.run([str(loader), *map(str, files)], capture_output=True, text=True)
    if done.returncode:
        raise ValueError(done.stderr.strip())
    found: dict[str, Any] = json.loads(done.stdout)
    return found

"""Results of polls, as docs/polls.md has them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

PAGE = Path(__file__).resolve().parents[2] / "docs" / "polls.md"

_EXAMPLE = re.compile(r"```json\n(\{.*?\n\})\n```", re.DOTALL)


def example(**changes: Any) -> dict[str, Any]:
    """The page's example, an active poll with 21 voters, with some fields changed."""
    found = _EXAMPLE.search(PAGE.read_text())
    assert found is not None
    return {**json.loads(found.group(1)), **changes}


def without_votes(**changes: Any) -> dict[str, Any]:
    """The same poll before anyone has voted."""
    document = example()
    counts = {"votes": 0, "free_votes": 0, "paid_votes": 0, "weight": 0}
    document["choices"] = [{**choice, **counts} for choice in document["choices"]]
    for name in ("voters", "votes", "changed", "superseded", "duplicates", "late_rejected"):
        document[name] = 0
    nothing: dict[str, Any] = {"rejected": {}, "regions": {}, "votes_per_second": 0.0}
    return {**document, **nothing, **changes}

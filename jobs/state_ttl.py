"""How long a step keeps its state, where that is not the job's `jobs.state_ttl_h`."""

from __future__ import annotations

FOR_EVER = "0 s"
"""A time to live of state that does not end."""


def state_ttl(view: str, ttl: str) -> str:
    """A hint for a SELECT with GROUP BY from a view; none if `ttl` is empty."""
    return f"/*+ STATE_TTL('{view}' = '{ttl}') */" if ttl else ""

"""The search index over the documents of all matches."""

from __future__ import annotations

import redis

from schemas.redis import keys


def create_match_index(client: redis.Redis, version: str = keys.MAIN) -> bool:
    """Make the search index over a version's matches if it is missing; True if it was."""
    name = keys.versioned(keys.MATCH_INDEX, version)
    # Who only writes may look, and needs no right to make one.
    listed = client.execute_command("FT._LIST")
    if name in (one.decode() if isinstance(one, bytes) else one for one in listed):
        return False
    try:
        client.execute_command("FT.CREATE", name, *keys.match_index_definition(version))
    except redis.ResponseError as error:
        if "already exists" not in str(error).lower():
            raise
        return False
    return True

"""All that a version of match_state holds in Redis, to be compared with another one's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from schemas.redis import keys
from touchline.comparing import Parts
from touchline.rollout import RolloutReader
from touchline.settings import Redis

MATCH, PLAYER = "match ", "player "
"""Before the id of an owner."""

STATS = "stats"


class VersionReader(RolloutReader):
    """Redis, read only. A context manager.

    matches: only these, and of players only what they did in these; none: all.

    Every method raises TouchlineError if Redis does not answer.
    """

    def __init__(self, settings: Redis, matches: Sequence[str] = ()) -> None:
        super().__init__(settings)
        self._matches = matches

    def owners(self, versions: Sequence[str]) -> list[str]:
        """The matches and players that one of the versions holds something of."""
        if self._matches:
            return self._chosen(versions)
        matches = {one for version in versions for one in self.ids_of(version)}
        pattern = keys.player_stats("*")
        players = {
            one for version in versions for one in self._owners(keys.versioned(pattern, version))
        }
        return [f"{MATCH}{one}" for one in sorted(matches)] + [
            f"{PLAYER}{one}" for one in sorted(players)
        ]

    def read(self, owners: Sequence[str], version: str) -> list[Parts]:
        """What the version has of each."""
        with self._readable(), self._redis.pipeline(transaction=False) as pipeline:
            for owner in owners:
                for kind, key in _keys_of(owner).values():
                    name = keys.versioned(key, version)
                    if kind == "document":
                        pipeline.execute_command("JSON.GET", name)
                    elif kind == "hash":
                        pipeline.hgetall(name)
                    else:
                        pipeline.zrange(name, 0, -1, withscores=True)
            answers = iter(pipeline.execute())
        return [
            {part: self._named(part, next(answers)) for part in _keys_of(owner)} for owner in owners
        ]

    def _chosen(self, versions: Sequence[str]) -> list[str]:
        """Those of the chosen matches that there are, and the players in them."""
        owners = [f"{MATCH}{match_id}" for match_id in self._matches]
        there: dict[str, None] = {}
        players: set[str] = set()
        for version in versions:
            for owner, parts in zip(owners, self.read(owners, version), strict=True):
                if any(parts.values()):
                    there[owner] = None
                for key, body in parts["events"].items():
                    if player := msgspec.json.decode(body).get("player_id"):
                        players.add(f"{PLAYER}{key.partition(':')[0]}:{player}")
        return [*there, *sorted(players)]

    def _named(self, part: str, answer: Any) -> dict[str, Any]:
        """Name -> value; a whole document has none."""
        if isinstance(answer, list):
            return dict(answer)
        if isinstance(answer, dict):
            return answer
        if not answer:
            return {}
        if part == STATS and self._matches:
            done = msgspec.json.decode(answer).get("matches", {})
            chosen = {one: done[one] for one in self._matches if one in done}
            return {"": msgspec.json.encode({"matches": chosen}).decode()}
        return {"": answer}


def _keys_of(owner: str) -> dict[str, tuple[str, str]]:
    """Part -> what Redis has it as, and where."""
    if owner.startswith(PLAYER):
        return {STATS: ("document", keys.player_stats(owner.removeprefix(PLAYER)))}
    match_id = owner.removeprefix(MATCH)
    return {
        "state": ("document", keys.match_state(match_id)),
        "timeline": ("sorted set", keys.match_timeline(match_id)),
        "events": ("hash", keys.match_events(match_id)),
        "scores": ("sorted set", keys.match_scores(match_id)),
        "statuses": ("sorted set", keys.match_statuses(match_id)),
        "windows": ("hash", keys.match_windows(match_id)),
    }

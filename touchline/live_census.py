"""What the live store tells of matches as a crowd: how many there are, and which are written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import redis

from schemas.redis import keys
from touchline.redis_reader import RedisReader
from touchline.settings import Redis

TICK_S = 1.0
MOST_GROUPS = 1_000
"""Of a census: providers times statuses are some dozen."""
ON = "@status:{LIVE|BREAK}"
"""The matches that are on, in Redis's query language."""
TRUE = "1"
"""What it makes of JSON's `true`."""


class Census(RedisReader):
    """The matches of a version of the jobs in Redis, read only. A context manager.

    Every method raises TouchlineError if Redis does not answer.
    """

    def __init__(
        self, settings: Redis, version: str = keys.MAIN, answer_s: float | None = None
    ) -> None:
        super().__init__(settings, answer_s)
        self._version = version

    def matches(self) -> dict[tuple[str, str], int]:
        """How many matches there are, by provider and status; none without the search index."""
        return self._counted("*", "status")

    def disagreeing(self) -> dict[str, int]:
        """How many of the matches that are on have a score that is not what their events add up to:
        of each provider that has a match on. None without the search index."""
        # Not a field of the index: read from the documents, of those that are on only.
        flag = ("LOAD", 3, "$.quality.score_disagrees", "AS", "disagrees")
        found: Counter[str] = Counter()
        for (provider, disagrees), matches in self._counted(ON, "disagrees", *flag).items():
            found[provider] += matches if disagrees == TRUE else 0
        return dict(found)

    def _counted(self, query: str, field: str, *load: str | int) -> dict[tuple[str, str], int]:
        """The matches that a query finds, by provider and a field."""
        index = keys.versioned(keys.MATCH_INDEX, self._version)
        with self._readable():
            try:
                _, *rows = self._redis.execute_command(
                    "FT.AGGREGATE", index, query, *load, "GROUPBY", 2, "@provider", f"@{field}",
                    "REDUCE", "COUNT", 0, "AS", "matches", "LIMIT", 0, MOST_GROUPS,
                )  # fmt: skip
            except redis.ResponseError as error:
                if "no such index" in str(error).lower():
                    return {}
                raise
        groups = [dict(zip(row[::2], row[1::2], strict=True)) for row in rows]
        return {
            (group["provider"] or "", group[field] or ""): int(group["matches"]) for group in groups
        }

    def told(self) -> Iterator[tuple[str, int] | None]:
        """For ever: each match whose state is written, with the time (UTC epoch ms) at which the
        newest message in it was received; where that is not known it is left out. None is given
        when there was nothing for a second."""
        with self._readable(), self._redis.pubsub(ignore_subscribe_messages=True) as channel:
            channel.subscribe(keys.versioned(keys.UPDATES, self._version))
            while True:
                message = channel.get_message(timeout=TICK_S)
                if message is None:
                    yield None
                    continue
                match_id, received_ms, what = message["data"].rsplit(" ", 2)
                if what == "state" and int(received_ms):
                    yield match_id, int(received_ms)

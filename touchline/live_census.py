"""What the live store tells of matches as a crowd: how many there are, and which are written."""

from __future__ import annotations

from collections.abc import Iterator

import redis

from schemas.redis import keys
from touchline.redis_reader import RedisReader
from touchline.settings import Redis

TICK_S = 1.0
MOST_GROUPS = 1_000
"""Of a census: providers times statuses are some dozen."""


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
        index = keys.versioned(keys.MATCH_INDEX, self._version)
        with self._readable():
            try:
                _, *rows = self._redis.execute_command(
                    "FT.AGGREGATE", index, "*", "GROUPBY", 2, "@provider", "@status",
                    "REDUCE", "COUNT", 0, "AS", "matches", "LIMIT", 0, MOST_GROUPS,
                )  # fmt: skip
            except redis.ResponseError as error:
                if "no such index" in str(error).lower():
                    return {}
                raise
        groups = [dict(zip(row[::2], row[1::2], strict=True)) for row in rows]
        return {
            (group["provider"] or "", group["status"] or ""): int(group["matches"])
            for group in groups
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

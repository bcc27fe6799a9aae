"""The live store: reading matches as the jobs have written them."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence

import msgspec
import redis

from schemas.redis import keys
from touchline.errors import TouchlineError
from touchline.redis_reader import Document, RedisReader, those

NONE = "`touchline ingest` feeds matches, `touchline jobs` shows who reads"


class LiveStore(RedisReader):
    """Redis, read only. A context manager.

    Every method raises TouchlineError if Redis does not answer.
    """

    def match_ids(self) -> list[str]:
        """All matches that have a state, by id."""
        return self._owners(keys.match_state("*"))

    def matches(self, match_ids: Iterable[str]) -> dict[str, Document]:
        """The states of those of the matches that have one, in the given order."""
        wanted = list(match_ids)
        found = self._documents([keys.match_state(match_id) for match_id in wanted])
        return {match_id: one for match_id, one in zip(wanted, found, strict=True) if one}

    def match(self, match_id: str) -> Document:
        """One match's state.

        Raises:
            TouchlineError: there is none; the hint says which matches there are.
        """
        found = self.matches([match_id])
        if match_id not in found:
            raise TouchlineError(f"no match {match_id!r} in Redis", those(self.match_ids(), NONE))
        return found[match_id]

    def last_events(self, match_ids: Sequence[str], count: int) -> dict[str, list[Document]]:
        """The latest events of each match in the order of the game, the last one first."""
        with self._readable(), self._redis.pipeline(transaction=False) as pipeline:
            for match_id in match_ids:
                pipeline.zrevrange(keys.match_timeline(match_id), 0, count - 1)
            members = pipeline.execute()
            asked = [
                (match_id, names)
                for match_id, names in zip(match_ids, members, strict=True)
                if names
            ]
            for match_id, names in asked:
                pipeline.hmget(keys.match_events(match_id), names)
            bodies = pipeline.execute()
        events: dict[str, list[Document]] = {match_id: [] for match_id in match_ids}
        for (match_id, _), texts in zip(asked, bodies, strict=True):
            events[match_id] = [msgspec.json.decode(text) for text in texts if text]
        return events

    def accounting(self, topic: str) -> dict[str, int]:
        """What became of a feed's messages: received, accepted, superseded, duplicate, rejected."""
        with self._readable():
            counts: dict[str, str] = self._redis.hgetall(keys.ingest(topic))
        return {name: int(count) for name, count in counts.items()}

    def search(self, query: str, limit: int) -> tuple[int, list[Document]]:
        """How many matches a query finds, and the states of the first ones.

        Raises:
            TouchlineError: the query is not valid, or there is no index.
        """
        with self._readable():
            try:
                total, *rest = self._redis.execute_command(
                    "FT.SEARCH", keys.MATCH_INDEX, query, "LIMIT", 0, limit, "DIALECT", 2
                )
            except redis.ResponseError as error:
                text = str(error)
                missing = "no such index" in text.lower()
                hint = (
                    "`touchline migrate` makes it"
                    if missing
                    else 'as in: touchline search "@sport:{soccer} @home:Brazil"'
                )
                raise TouchlineError(f"search: {text}", hint) from error
        # key, [path, document], key, [path, document], …
        return int(total), [msgspec.json.decode(fields[-1]) for fields in rest[1::2]]

    def updates(self, tick_s: float) -> Iterator[dict[str, int]]:
        """For ever, every `tick_s`: the matches that were written since, each with the time (UTC
        epoch ms) at which the newest message in it was received; 0 if that is not known."""
        with self._readable(), self._redis.pubsub(ignore_subscribe_messages=True) as channel:
            channel.subscribe(keys.UPDATES)
            while True:
                changed: dict[str, int] = {}
                deadline = time.monotonic() + tick_s
                while (left_s := deadline - time.monotonic()) > 0:
                    if message := channel.get_message(timeout=left_s):
                        match_id, received_ms, _what = message["data"].rsplit(" ", 2)
                        changed[match_id] = max(changed.get(match_id, 0), int(received_ms))
                yield changed

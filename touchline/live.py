"""The live store: reading matches as the jobs have written them."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import msgspec
import redis

from schemas.redis import keys
from touchline.errors import TouchlineError
from touchline.settings import Redis

Document = dict[str, Any]
"""JSON as it is in Redis: a match's state, or an event of its timeline."""

_STATE_KEYS = keys.match_state("*").replace("{", "\\{").replace("}", "\\}")
_BEFORE, _AFTER = keys.match_state("\0").split("\0")
SCAN_COUNT = 1_000


class LiveStore:
    """Redis, read only. A context manager.

    Every method raises TouchlineError if Redis does not answer.
    """

    def __init__(self, settings: Redis) -> None:
        self._settings = settings
        self._redis = redis.Redis.from_url(
            settings.url, decode_responses=True, socket_connect_timeout=5.0
        )

    def __enter__(self) -> LiveStore:
        return self

    def __exit__(self, *_: object) -> None:
        self._redis.close()

    def match_ids(self) -> list[str]:
        """All matches that have a state, by id."""
        with self._readable():
            found = self._redis.scan_iter(match=_STATE_KEYS, count=SCAN_COUNT)
            return sorted(match_id_of(key) for key in found)

    def matches(self, match_ids: Iterable[str]) -> dict[str, Document]:
        """The states of those of the matches that have one, in the given order."""
        wanted = list(match_ids)
        if not wanted:
            return {}
        with self._readable(), self._redis.pipeline(transaction=False) as pipeline:
            for match_id in wanted:
                pipeline.execute_command("JSON.GET", keys.match_state(match_id))
            answers = pipeline.execute()
        return {
            match_id: msgspec.json.decode(text)
            for match_id, text in zip(wanted, answers, strict=True)
            if text
        }

    def match(self, match_id: str) -> Document:
        """One match's state.

        Raises:
            TouchlineError: there is none; the hint says which matches there are.
        """
        found = self.matches([match_id])
        if match_id not in found:
            raise TouchlineError(f"no match {match_id!r} in Redis", _those(self.match_ids()))
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

    @contextmanager
    def _readable(self) -> Iterator[None]:
        try:
            yield
        except (redis.ConnectionError, redis.TimeoutError) as error:
            raise TouchlineError(
                f"no Redis answers at {self._settings.url.rpartition('@')[2]}",
                "start the stack with `touchline up`, or set redis.url",
            ) from error


def match_id_of(key: str) -> str:
    """The match of a state key."""
    return key.removeprefix(_BEFORE).removesuffix(_AFTER)


def _those(match_ids: Sequence[str], limit: int = 20) -> str:
    if not match_ids:
        return "there are none: `touchline ingest` feeds matches, `touchline jobs` shows who reads"
    more = f" and {len(match_ids) - limit} more" if len(match_ids) > limit else ""
    return f"there are: {', '.join(match_ids[:limit])}{more}"

"""The Redis sink: batches of versioned writes, one round trip each.

A vectorised function that writes its batch and returns how much it wrote. Flink finishes every
bundle before it takes a checkpoint, so that a batch is either written or read again after a
recovery; what is then written twice, `schemas/redis/apply.lua` ignores.
"""

from __future__ import annotations

import logging
import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from connectors.access import redis_options
from connectors.live_write import ACCOUNTING, EVENTS, PLACE_UNIT, RANKINGS, LiveWrite
from connectors.patience import Patience, RefusedError
from schemas.redis import keys
from touchline.settings import Redis
from udfs.clock import now_ms

log = logging.getLogger(__name__)

APPLY_LUA = Path(keys.__file__).with_name("apply.lua").read_text()

WRITES_PER_CALL = 500
"""Writes of one owner in one call of the script: bounds the time for which it blocks Redis."""


ANSWER_S = 10.0
"""A connection that says nothing for so long is given up, and made again: it may be one on which
packets are lost. A batch of the largest size is through in a tenth of it."""

CONNECT_S = 5.0

_NOT_NOW = (
    *("OOM", "READONLY", "MISCONF", "NOREPLICAS", "BUSY", "LOADING", "NOSCRIPT"),
    *("MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN"),
)
"""Codes of errors that are about the server, not about what is written."""

_NEVER = ("NOPERM", "ERR ACL failure", "ERR Unknown Redis command")
"""Of errors that all writes would have, until somebody gives the permission or loads the module:
no write becomes a dead letter for them."""


class _Kept(msgspec.Struct):
    """Until when a standing's table is kept, UTC epoch ms; 0: for ever."""

    until: int


_Keys = tuple[str, ...]
"""The keys of an owner."""

_Packed = tuple[str, str, str, str, float]
"""A write as the script gets it: operation, member, revision, body, place."""

_KEYS_OF = {
    **dict.fromkeys(("state", "window", "attack", *EVENTS), "match"),
    **dict.fromkeys(RANKINGS, "table"),
}
"""Kinds of writes whose owner has the same keys: a member is once in them, whatever the kind. (To
ask `_owner_of` for each row costs most of what it saves to look at the newest rows only.)"""

_EVERYBODY = ":global"
_until = msgspec.json.Decoder(_Kept)


@lru_cache(maxsize=100_000)
def _owner_of(kind: str, owner: str, version: str) -> tuple[str, tuple[str, ...]]:
    """The script's operation and its keys."""
    operation, names = _places_of(kind, owner)
    return operation, tuple(keys.versioned(name, version) for name in names)


def _places_of(kind: str, owner: str) -> tuple[str, tuple[str, ...]]:
    if kind == "player":
        return "merge", (keys.player_stats(owner), keys.player_revisions(owner))
    if kind == "poll":
        return "replace", (keys.poll_results(owner), keys.poll_revisions(owner))
    if kind == ACCOUNTING:
        return "count", (keys.ingest(owner), keys.ingest_revisions(owner))
    if kind in RANKINGS:
        return kind, (
            keys.leaderboard_ranks(owner),
            keys.leaderboard_revisions(owner),
            keys.leaderboard_members(owner),
        )
    operation = {"state": "merge", "window": "field"}.get(kind, kind)
    return operation, keys.of_match(owner)


_TOLD = {"state": "state", "event": "timeline", "drop": "timeline"}
"""Kind of write -> what is told of it on the channel."""


def is_away(error: Exception) -> bool:
    """Whether Redis cannot be reached, or takes no writes from anybody at the moment."""
    if isinstance(error, redis.ResponseError):
        return isinstance(error, _NOT_NOW_ERRORS) or str(error).startswith(_NOT_NOW)
    return isinstance(error, (redis.ConnectionError, redis.TimeoutError))


_NOT_NOW_ERRORS = (
    redis.exceptions.OutOfMemoryError,
    redis.exceptions.ReadOnlyError,
    redis.exceptions.NoScriptError,
)
"""Those of the codes above that the client knows, and takes out of the text."""


_NO_WRITE = 0
"""Where the script says of no write that it failed."""


class _Outcome(NamedTuple):
    """What became of one call of the script.

    refused: by member. undescribed: why a match's clock, period, status and score could not be
    looked up; empty if they were, or need not be.
    """

    owner: _Keys
    applied: int
    refused: dict[str, str]
    undescribed: str = ""


def _outcome(owner: _Keys, writes: Sequence[_Packed], reply: Any) -> _Outcome:
    if isinstance(reply, int):
        return _Outcome(owner, reply, {})
    applied, *failed = reply
    refused = {}
    undescribed = ""
    for place, why in zip(failed[::2], failed[1::2], strict=True):
        text = why.decode("utf-8", "replace") if isinstance(why, bytes) else str(why)
        if text.startswith((*_NOT_NOW, *_NEVER)):
            raise redis.ResponseError(text)
        if place == _NO_WRITE:
            undescribed = text
        else:
            refused[writes[place - 1][1]] = text
    return _Outcome(owner, applied, refused, undescribed)


class RedisWriter:
    """Applies batches of writes; any number of writers may write the same keys.

    version: whose keys and channels they are, see `keys.versioned`.
    patience_s: for how long a Redis that is away is waited for; `patience` tells of it.

    undescribed: how often a match could not be described so far, see `apply.lua`. The log names it.
        No write is lost by that: the next one to the match describes it.
    """

    def __init__(
        self,
        client: redis.Redis,
        settings: Redis,
        generation: int = 0,
        version: str = keys.MAIN,
        patience_s: float = 0.0,
    ) -> None:
        self._client = client
        self._settings = settings
        self._generation = generation
        self._version = version
        self._apply = client.register_script(APPLY_LUA)
        self.patience = Patience("Redis", client.ping, is_away, patience_s)
        self.undescribed = 0
        self._told: set[str] = set()

    @classmethod
    def connect(
        cls,
        settings: Redis,
        generation: int = 0,
        version: str = keys.MAIN,
        patience_s: float = 0.0,
        answer_s: float = ANSWER_S,
    ) -> RedisWriter:
        """A writer to the server of the settings.

        answer_s: after how long without an answer a connection is given up.
        """
        client = redis.Redis.from_url(
            settings.url,
            **redis_options(settings),
            socket_timeout=answer_s,
            socket_connect_timeout=CONNECT_S,
            socket_keepalive=True,
            retry=Retry(NoBackoff(), retries=0),  # it is the patience that tries again
        )
        return cls(client, settings, generation, version, patience_s)

    def write(self, writes: Iterable[LiveWrite]) -> int:
        """Apply the writes and tell their matches on the channel `match-updates`.

        Returns how many were newer than what was there.

        Raises:
            RefusedError: Redis refused some of the writes (a key of another type, for example).
            StoreAwayError: Redis was away for longer than the patience.
        """
        newest: dict[tuple[str, str, str], tuple[int, LiveWrite]] = {}
        told: dict[tuple[str, str], int] = {}
        for row, write in enumerate(writes):
            kind, name, member, _, major, minor, received_ms, _ = write
            # Of what a batch says of a member, only the newest is sent.
            place = (_KEYS_OF.get(kind, kind), name, member)
            found = newest.get(place)
            if found is None or found[1][4:6] < (major, minor):
                newest[place] = (row, write)
            if what := _TOLD.get(kind):
                told[name, what] = max(told.get((name, what), 0), received_ms)
        calls: dict[_Keys, list[_Packed]] = defaultdict(list)
        rows: dict[tuple[_Keys, str], int] = {}
        tables: dict[str, float] = {}
        generation = f"{self._generation:06d}"
        for row, (kind, name, member, at, major, minor, _, body) in newest.values():
            operation, owner = _owner_of(kind, name, self._version)
            revision = f"{major:016d}.{generation}.{minor:020d}"
            ranked = operation in RANKINGS
            number = at if ranked else at / PLACE_UNIT
            calls[owner].append((operation, member, revision, body, number))
            rows[owner, member] = row
            if ranked and name.endswith(_EVERYBODY):
                until = _until.decode(body).until or math.inf
                tables[name] = max(tables.get(name, 0.0), until)
        outcomes = self.patience.call(lambda: self._send(calls, told, tables))
        for outcome in outcomes:
            self._tell(outcome)
        applied = sum(outcome.applied for outcome in outcomes)
        refused = {
            rows[outcome.owner, member]: why
            for outcome in outcomes
            for member, why in outcome.refused.items()
        }
        if refused:
            raise RefusedError(refused, applied)
        return applied

    def _tell(self, outcome: _Outcome) -> None:
        """Log a match that cannot be described, once until it can be again."""
        document = outcome.owner[0]
        if not outcome.undescribed:
            if outcome.applied:
                self._told.discard(document)
            return
        self.undescribed += 1
        if document not in self._told:
            self._told.add(document)
            log.error(
                "%s: its clock, status and score stay as they were: %s",
                document,
                outcome.undescribed,
            )

    def _send(
        self,
        calls: dict[_Keys, list[_Packed]],
        told: dict[tuple[str, str], int],
        tables: dict[str, float],
    ) -> list[_Outcome]:
        pipeline = self._client.pipeline(transaction=False)
        sent: list[tuple[_Keys, list[_Packed]]] = []
        for owner_keys, writes in calls.items():
            live, ended = self._ttls(owner_keys)
            for start in range(0, len(writes), WRITES_PER_CALL):
                part = writes[start : start + WRITES_PER_CALL]
                packed = msgspec.msgpack.encode(part)
                self._apply(keys=owner_keys, args=(packed, live, ended), client=pipeline)
                sent.append((owner_keys, part))
        channel = keys.versioned(keys.UPDATES, self._version)
        for (match_id, what), received_ms in told.items():
            pipeline.publish(channel, f"{match_id} {received_ms} {what}")
        for table, until_ms in tables.items():
            _list_period(pipeline, table, until_ms, self._version)
        replies = pipeline.execute(raise_on_error=False)
        for reply in replies:
            if isinstance(reply, redis.ResponseError):
                raise reply
        return [
            _outcome(owner_keys, part, reply)
            for (owner_keys, part), reply in zip(sent, replies, strict=False)
        ]

    def _ttls(self, owner_keys: Sequence[str]) -> tuple[int, int]:
        """While a match is on, and after it."""
        ended = self._settings.ended_ttl_s
        name = owner_keys[0].removeprefix(keys.versioned("", self._version))
        if name.startswith(("ingest:", "leaderboard:")):
            return 0, 0
        if name.startswith("poll:"):
            return 0, ended
        return (ended if name.startswith("player:") else self._settings.live_ttl_s), ended


def _list_period(
    pipeline: redis.client.Pipeline, table: str, until_ms: float, version: str
) -> None:
    """Put a table into the list of its board's, and take those out that are gone."""
    board, _, period = table.removesuffix(_EVERYBODY).partition(":")
    periods = keys.versioned(keys.leaderboard_periods(board), version)
    pipeline.zadd(periods, {period: until_ms}, gt=True)
    pipeline.zremrangebyscore(periods, "-inf", now_ms())

"""The live store: reading matches as the jobs have written them, each as the version of the jobs
has it that `touchline rollout` has chosen."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence

import msgspec
import redis

from schemas.redis import keys
from touchline.errors import TouchlineError
from touchline.redis_reader import Document, those
from touchline.rollout import Rollout, RolloutReader, decode

NONE = "`touchline ingest` feeds matches, `touchline jobs` shows who reads"
MOST_FOUND = 10_000
"""By a search in two versions, in each: which of them a match is read from is looked up here."""


class LiveStore(RolloutReader):
    """Redis, read only. A context manager.

    Every method raises TouchlineError if Redis does not answer.
    """

    def match_ids(self) -> list[str]:
        """All matches that have a state, by id."""
        rollout = self.rollout()
        return sorted(
            match_id
            for version in rollout.read
            for match_id in self.ids_of(version)
            if rollout.version_of(match_id) == version
        )

    def matches(self, match_ids: Iterable[str]) -> dict[str, Document]:
        """The states of those of the matches that have one, in the given order."""
        wanted = list(match_ids)
        version_of = self.rollout().version_of
        found = self._documents(
            [keys.versioned(keys.match_state(one), version_of(one)) for one in wanted]
        )
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
        version_of = self.rollout().version_of
        with self._readable(), self._redis.pipeline(transaction=False) as pipeline:
            for match_id in match_ids:
                timeline = keys.versioned(keys.match_timeline(match_id), version_of(match_id))
                pipeline.zrevrange(timeline, 0, count - 1)
            members = pipeline.execute()
            asked = [
                (match_id, names)
                for match_id, names in zip(match_ids, members, strict=True)
                if names
            ]
            for match_id, names in asked:
                written = keys.versioned(keys.match_events(match_id), version_of(match_id))
                pipeline.hmget(written, names)
            bodies = pipeline.execute()
            events: dict[str, list[Document]] = {match_id: [] for match_id in match_ids}
            for (match_id, _), texts in zip(asked, bodies, strict=True):
                events[match_id] = [msgspec.json.decode(text) for text in texts if text]
        return events

    def accounting(self, topic: str) -> dict[str, int]:
        """What became of a feed's messages: received, accepted, superseded, duplicate, rejected."""
        name = keys.versioned(keys.ingest(topic), self.rollout().base)
        with self._readable(name):
            return {what: int(count) for what, count in self._redis.hgetall(name).items()}

    def search(self, query: str, limit: int) -> tuple[int, list[Document]]:
        """How many matches a query finds, and the states of the first ones.

        Raises:
            TouchlineError: the query is not valid, or there is no index.
        """
        rollout = self.rollout()
        if len(rollout.read) == 1:
            total, found = self._search(rollout.read[0], query, limit)
            return total, list(found.values())
        shown = [
            document
            for version in rollout.read
            for match_id, document in self._search(version, query, MOST_FOUND)[1].items()
            if rollout.version_of(match_id) == version
        ]
        return len(shown), shown[:limit]

    def updates(self, tick_s: float) -> Iterator[dict[str, int]]:
        """For ever, every `tick_s`: the matches that were written since, or are read from another
        version since, each with the time (UTC epoch ms) at which the newest message in it was
        received; 0 if that is not known."""
        with self._readable(), self._redis.pubsub(ignore_subscribe_messages=True) as channel:
            channel.subscribe(keys.ROLLOUT_UPDATES)
            rollout = self.rollout()
            versions = _listen(channel, rollout)
            while True:
                changed: dict[str, int] = {}
                deadline = time.monotonic() + tick_s
                while (left_s := deadline - time.monotonic()) > 0:
                    message = channel.get_message(timeout=left_s)
                    if message and message["channel"] == keys.ROLLOUT_UPDATES:
                        before, rollout = rollout, decode(message["data"])
                        versions |= _listen(channel, rollout)
                        for match_id in self.match_ids():
                            if before.version_of(match_id) != rollout.version_of(match_id):
                                changed.setdefault(match_id, 0)
                    elif message:
                        match_id, received_ms, _what = message["data"].rsplit(" ", 2)
                        if rollout.version_of(match_id) == versions[message["channel"]]:
                            changed[match_id] = max(changed.get(match_id, 0), int(received_ms))
                yield changed

    def _search(self, version: str, query: str, limit: int) -> tuple[int, dict[str, Document]]:
        index = keys.versioned(keys.MATCH_INDEX, version)
        before, after = keys.versioned(keys.match_state("*"), version).split("*")
        with self._readable():
            try:
                total, *rest = self._redis.execute_command(
                    "FT.SEARCH", index, query, "LIMIT", 0, limit, "DIALECT", 2
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
        return int(total), {
            key.removeprefix(before).removesuffix(after): msgspec.json.decode(fields[-1])
            for key, fields in zip(rest[::2], rest[1::2], strict=True)
        }


def _listen(channel: redis.client.PubSub, rollout: Rollout) -> dict[str, str]:
    """Have the matches told of the versions that are read; gives the version of each channel."""
    versions = {keys.versioned(keys.UPDATES, version): version for version in rollout.read}
    channel.subscribe(*versions)
    return versions

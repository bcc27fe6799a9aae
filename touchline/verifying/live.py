"""What Redis has of matches, players and feeds, against the oracle."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
import redis

from oracle.differences import Difference, differences
from oracle.matches import Match, PlayerInMatch, names_of, player_document
from oracle.timelines import (
    Placed,
    asserts_score,
    body,
    in_order,
    place_of_status,
    says_status,
)
from schemas.redis import keys
from touchline.redis_reader import Document, OtherKindError, RedisReader, answers_of, part
from touchline.settings import Redis

READ_TOGETHER = 50
READ_OF_A_MATCH = 6
"""All of its keys but the revisions."""


class LiveState(RedisReader):
    """Redis, read only. A context manager.

    version: of the job match_state, whose matches, players and counters these are.

    Every method raises TouchlineError if Redis does not answer.
    """

    def __init__(self, settings: Redis, version: str = keys.MAIN) -> None:
        super().__init__(settings)
        self._version = version

    def differences_of(self, matches: Sequence[Match]) -> Iterator[tuple[str, list[Difference]]]:
        """Each match, and where what Redis has of it is not what must be."""
        for first in range(0, len(matches), READ_TOGETHER):
            some = matches[first : first + READ_TOGETHER]
            with self._readable(), self._redis.pipeline(transaction=False) as pipeline:
                for match in some:
                    names = self._keys_of(match.match_id)
                    pipeline.execute_command("JSON.GET", names.state)
                    pipeline.zrange(names.timeline, 0, -1, withscores=True)
                    pipeline.hgetall(names.events)
                    pipeline.zrange(names.scores, 0, -1, withscores=True)
                    pipeline.zrange(names.statuses, 0, -1, withscores=True)
                    pipeline.hgetall(names.windows)
                answers = iter(answers_of(pipeline.execute(raise_on_error=False)))
            for match in some:
                names = self._keys_of(match.match_id)
                found = [next(answers) for _ in range(READ_OF_A_MATCH)]
                yield match.match_id, list(_of_match(match, names, found))

    def differences_of_players(
        self, players: Mapping[str, dict[str, PlayerInMatch]], match_id: str | None
    ) -> Iterator[tuple[str, list[Difference]]]:
        """Each player. match_id: only the player's part in it is looked at."""
        names = list(players)
        for first in range(0, len(names), READ_TOGETHER):
            some = names[first : first + READ_TOGETHER]
            stats = [self._named(keys.player_stats(player)) for player in some]
            found = self._documents_or_not(stats)
            for player, key, document in zip(some, stats, found, strict=True):
                parts = players[player]
                if match_id is not None:
                    parts = {match_id: parts[match_id]}
                if isinstance(document, OtherKindError):
                    yield player, [of_another_kind(document, player_document(parts))]
                    continue
                if match_id is not None:
                    document = document and _only(document, match_id)
                yield player, list(_of_player(key, parts, document))

    def differences_of_feed(self, topic: str, counts: Mapping[str, int]) -> list[Difference]:
        """What became of all that came in on a topic."""
        key = self._named(keys.ingest(topic))
        must_be = {name: n for name, n in counts.items() if n}
        try:
            with self._readable(key):
                found = {name: int(n) for name, n in self._redis.hgetall(key).items()}
        except OtherKindError as error:
            return [of_another_kind(error, must_be)]
        return list(differences(key, must_be, {name: n for name, n in found.items() if n}))

    def has_match(self, match_id: str) -> bool:
        """Whether there is anything of the match."""
        with self._readable():
            names = self._keys_of(match_id)
            return bool(self._redis.exists(names.state, names.timeline))

    def match_ids(self) -> list[str]:
        """All matches that have a state."""
        return self._owners(self._named(keys.match_state("*")))

    def poll(self, poll_id: str) -> Document | OtherKindError | None:
        """A poll's result as it is there, or that its key holds something else."""
        return self._documents_or_not([keys.poll_results(poll_id)])[0]

    def _named(self, name: str) -> str:
        return keys.versioned(name, self._version)

    def _keys_of(self, match_id: str) -> keys.MatchKeys:
        return keys.of_match(match_id, self._version)


def of_another_kind(error: OtherKindError, must_be: Any) -> Difference:
    """A key that holds something else than what must be there."""
    return Difference(error.key, "", must_be, error.why)


def _of_match(match: Match, names: keys.MatchKeys, found: list[Any]) -> Iterator[Difference]:
    standing = in_order(match.current.values())
    asserting = [placed for placed in standing if asserts_score(placed)]
    bodies = {placed.member: body(placed.event) for placed in standing}
    statuses = {
        placed.member: place_of_status(placed) for placed in standing if says_status(placed)
    }
    parts: tuple[tuple[str, Any, Callable[[Any], Any]], ...] = (
        (names.state, match.state(), _document),
        (names.timeline, _places(standing), dict),
        (names.events, bodies, _decoded),
        (names.scores, _places(asserting), dict),
        (names.statuses, statuses, dict),
        (names.windows, match.windows(), _decoded),
    )
    for (key, must_be, read), answer in zip(parts, found, strict=True):
        if isinstance(answer, redis.ResponseError):
            yield Difference(key, "", must_be, str(answer))
        else:
            yield from differences(key, must_be, read(answer))


def _of_player(
    key: str, parts: dict[str, PlayerInMatch], document: dict[str, Any] | None
) -> Iterator[Difference]:
    found = dict(document or {})
    name = found.pop("name", None)
    if name not in names_of(parts):
        yield Difference(key, "name", " or ".join(sorted(names_of(parts))), name)
    yield from differences(key, player_document(parts), found)


def _only(document: dict[str, Any], match_id: str) -> dict[str, Any]:
    found = part(document, "matches").get(match_id)
    return document | {"matches": {match_id: found} if found else {}}


def _places(timeline: Sequence[Placed]) -> dict[str, float]:
    return {placed.member: placed.place for placed in timeline}


def _document(text: str | None) -> Any:
    return msgspec.json.decode(text) if text else None


def _decoded(texts: Mapping[str, str]) -> dict[str, Any]:
    return {name: _json_or_text(text) for name, text in texts.items()}


def _json_or_text(text: str) -> Any:
    """What is no JSON is wrong as it stands."""
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text

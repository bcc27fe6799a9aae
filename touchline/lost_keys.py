"""Matches, players, polls and tables of which Redis has lost a part.

A write that is no newer than what its field was last written by changes nothing. So what is lost is
only written again once the revisions, which say that it was written, are gone as well: what lacks
something is deleted, and then made again as a whole. A key that holds something else than what
belongs there is lost as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import msgspec

from connectors.live_write import LiveWrite
from jobs.measures import momentum_ends
from schemas.redis import keys
from touchline.redis_reader import OtherKindError, RedisReader, document_of, part
from touchline.settings import Redis

_WINDOWS = ("minute:", "attack:")


@dataclass(frozen=True)
class StoredMatch:
    """What Redis has of a match.

    written: the members of the match that have a revision. state: its document, None if there is
        none. windows: the windows that are there. bodies: of its events, by event.
    timeline, scores, statuses: the events that are listed there.
    """

    written: frozenset[str]
    state: dict[str, Any] | None
    windows: frozenset[str]
    bodies: dict[str, str]
    timeline: frozenset[str]
    scores: frozenset[str]
    statuses: frozenset[str]

    def is_whole(self) -> bool:
        """Whether all is there that was written."""
        events = {name: _event.decode(body) for name, body in self.bodies.items()}
        return (
            self.state is not None
            and {one for one in self.written if one.startswith(_WINDOWS)} <= self.windows
            and all(_momentum(one) <= self.windows for one in self.written)
            and all(_has(self.state, one) for one in self.written)
            and self.timeline == events.keys()
            and len(events) == self.state.get("events")
            and self.scores == {name for name, event in events.items() if event.asserts_score}
            and self.statuses == {name for name, event in events.items() if event.match_status}
        )


class _Event(msgspec.Struct):
    home_score: int | None
    match_status: str | None

    @property
    def asserts_score(self) -> bool:
        return self.home_score is not None


_event = msgspec.json.Decoder(_Event)


def _momentum(written: str) -> set[str]:
    """The windows that Redis has added up of what a revision says was written."""
    kind, _, step_ms = written.partition(":")
    if kind != "attack":
        return set()
    return {f"momentum:{end_ms}" for end_ms in momentum_ends(int(step_ms))}


def _has(state: dict[str, Any], written: str) -> bool:
    """Whether a match's document has what a revision says was written."""
    if written in ("HOME", "AWAY"):
        return "points" in part(state, written.lower())
    if written == "match":
        return "events" in state
    if written == "names":
        return "provider" in state
    kind, _, number = written.partition(":")
    return kind != "period" or number in part(state, "periods")


class LostKeys(RedisReader):
    """Finds what lacks a part of a version's keys, and deletes it. A context manager.

    Every method raises TouchlineError if Redis does not answer.
    """

    def __init__(self, settings: Redis, version: str) -> None:
        super().__init__(settings)
        self._version = version

    def matches(self, match: str = "*") -> set[str]:
        """The matches that lack something. match: only this one."""
        found = set(self._owners(self._key(keys.match_revisions("*"))))
        return _lacking(self._lacks_of_match, found if match == "*" else found & {match})

    def players(self) -> set[str]:
        """The players whose totals of a match are gone."""
        found = self._owners(self._key(keys.player_revisions("*")))
        return _lacking(self._lacks_of_player, found)

    def delete_matches(self, match_ids: Iterable[str]) -> None:
        """Delete all that there is of them."""
        for match_id in match_ids:
            self._delete(*keys.of_match(match_id))

    def delete_players(self, players: Iterable[str]) -> None:
        """Delete their totals."""
        for player in players:
            self._delete(keys.player_stats(player), keys.player_revisions(player))

    def polls(self, writes: Iterable[LiveWrite]) -> set[str]:
        """Of the polls that are to be written, those whose result is gone but not its revision."""
        return _lacking(self._lacks_of_poll, (write.owner for write in writes))

    def tables(self, writes: Iterable[LiveWrite]) -> set[str]:
        """Of the tables that are to be written, those that lack a member who was written."""
        ranked: dict[str, set[str]] = {}
        for write in writes:
            members = ranked.setdefault(write.owner, set())
            if write.kind == "rank":
                members.add(write.member)
        return _lacking(lambda table: self._lacks_of_table(table, ranked[table]), ranked)

    def delete_polls(self, polls: Iterable[str]) -> None:
        """Delete all that there is of them."""
        for poll in polls:
            self._delete(keys.poll_results(poll), keys.poll_revisions(poll))

    def delete_tables(self, tables: Iterable[str]) -> None:
        """Delete all that there is of them."""
        for table in tables:
            self._delete(
                keys.leaderboard_ranks(table),
                keys.leaderboard_members(table),
                keys.leaderboard_revisions(table),
            )

    def _lacks_of_match(self, match_id: str) -> bool:
        match = self._match(match_id)
        with self._readable():
            return not match.is_whole()

    def _lacks_of_player(self, player: str) -> bool:
        with self._readable():
            written = set(self._redis.hkeys(self._key(keys.player_revisions(player))))
        [stats] = self._documents([self._key(keys.player_stats(player))])
        return not written <= part(stats, "matches").keys()

    def _lacks_of_poll(self, poll: str) -> bool:
        with self._readable():
            said = self._redis.hlen(self._key(keys.poll_revisions(poll)))
        [result] = self._documents([self._key(keys.poll_results(poll))])
        return bool(said) and result is None

    def _lacks_of_table(self, table: str, ranked: set[str]) -> bool:
        with self._readable(), self._redis.pipeline(transaction=True) as pipeline:
            pipeline.hkeys(self._key(keys.leaderboard_revisions(table)))
            pipeline.hkeys(self._key(keys.leaderboard_members(table)))
            pipeline.zrange(self._key(keys.leaderboard_ranks(table)), 0, -1)
            written, members, ranks = pipeline.execute()
        there = set(members)
        return not ranked & set(written) <= there or {keys.member_of(one) for one in ranks} != there

    def _match(self, match_id: str) -> StoredMatch:
        with self._readable(), self._redis.pipeline(transaction=True) as pipeline:
            pipeline.hkeys(self._key(keys.match_revisions(match_id)))
            pipeline.execute_command("JSON.GET", self._key(keys.match_state(match_id)))
            pipeline.hkeys(self._key(keys.match_windows(match_id)))
            pipeline.hgetall(self._key(keys.match_events(match_id)))
            for listed in (keys.match_timeline, keys.match_scores, keys.match_statuses):
                pipeline.zrange(self._key(listed(match_id)), 0, -1)
            written, state, windows, bodies, *lists = pipeline.execute()
        timeline, scores, statuses = map(frozenset, lists)
        return StoredMatch(
            frozenset(written),
            document_of(self._key(keys.match_state(match_id)), state),
            frozenset(windows),
            bodies,
            timeline,
            scores,
            statuses,
        )

    def _key(self, name: str) -> str:
        return keys.versioned(name, self._version)

    def _delete(self, *names: str) -> None:
        with self._readable():
            self._redis.unlink(*map(self._key, names))


def _lacking(lacks: Callable[[str], bool], owners: Iterable[str]) -> set[str]:
    """The owners that lack a part, or of which a key holds something else."""
    found = set()
    for owner in owners:
        try:
            lost = lacks(owner)
        except OtherKindError:
            lost = True
        if lost:
            found.add(owner)
    return found

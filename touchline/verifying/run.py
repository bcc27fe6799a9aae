"""Reads what was sent, looks at what the stores hold, and looks again at what still moves.

On a running system the stores are a little behind the feeds, and the feeds go on. So a difference
counts only if it is still there after a time without news of its match; until then the topics are
read on, and what they say by then is what must be there.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field

from confluent_kafka import Message

from oracle.differences import Difference
from oracle.feeds import Arrival
from oracle.leaderboards import Table, Tables
from oracle.matches import Match
from oracle.poll_lives import Record
from oracle.truth import Truth
from touchline.errors import TouchlineError
from touchline.leaderboards import TableStore
from touchline.live import NONE
from touchline.redis_reader import those
from touchline.settings import Settings
from touchline.topic_log import TopicLog
from touchline.verifying.boards import Boards
from touchline.verifying.live import LiveState
from touchline.verifying.past import Past
from touchline.verifying.voting import Voting
from touchline.versions import history_of, version_of

LOOK_AGAIN_S = 1.0
TELL_EVERY = 5_000

MOVING = 5
"""Patiences after which what has news all the time is given up."""

KINDS = MATCH, PLAYER, FEED, POLL, TABLE = "match", "player", "feed", "poll", "table"

Tell = Callable[[str], None]
Looks = Iterable[tuple[str, list[Difference]]]
Look = Callable[[list[str]], Looks]


@dataclass
class Verified:
    """What was compared, and what was wrong.

    messages: of the feeds. versions: of events, superseded ones too.
    moving: what had news all the time, and was never as it must be when it was looked at.
    gone: topic -> records that it no longer has: what they said cannot be verified.
    expired: matches of which Redis has nothing any more, whose last message is older than its TTL.
    unknown: matches in Redis that no feed has.
    tables: of leaderboards; None if there were never any, as where the job does not run.
    """

    messages: int = 0
    matches: int = 0
    versions: int = 0
    players: int = 0
    polls: int = 0
    tables: int | None = None
    feeds: int = 0
    seconds: float = 0.0
    wrong: list[Difference] = field(default_factory=list)
    moving: list[str] = field(default_factory=list)
    expired: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    gone: dict[str, int] = field(default_factory=dict)

    @property
    def same(self) -> bool:
        """Whether all that could be compared is as it must be, and was seen to be."""
        return not (self.wrong or self.unknown or self.moving)


class Verifier:
    """One run. A context manager.

    match_id: only this match, with its part of its players; no counters, polls or leaderboards.
    patience_s: for how long a difference must stay, without news, to count.
    """

    def __init__(
        self, settings: Settings, match_id: str | None, patience_s: float, tell: Tell
    ) -> None:
        self._settings = settings
        self._match_id = match_id
        self._patience_s = patience_s
        self._tell = tell
        self._truth = Truth(settings.matches.aliases)
        self._news: dict[str, dict[str, float]] = {kind: {} for kind in KINDS}
        self._voting = Voting(settings.polls)
        self._boards = Boards(settings)
        self._expected: Tables = {}
        self._open = ExitStack()
        self.result = Verified()

    def __enter__(self) -> Verifier:
        settings, kafka = self._settings, self._settings.kafka
        self._providers = {kafka.feed(name): name for name in settings.feeds.providers}
        with ExitStack() as opened:
            enter = opened.enter_context
            self._feeds = enter(TopicLog(kafka, list(self._providers)))
            self._polls = enter(TopicLog(kafka, [kafka.poll_control, kafka.poll_votes]))
            self._scores = enter(TopicLog(kafka, [kafka.scores]))
            version = version_of(settings.jobs, "match_state")
            self._live = enter(LiveState(settings.redis, version))
            self._tables = enter(TableStore(settings.redis, settings.leaderboards))
            self._past = Past(history_of(settings))
            opened.callback(self._past.close)
            self._open = opened.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def run(self) -> Verified:
        """Compare all.

        Raises:
            TouchlineError: a store or the broker does not answer, or there is no such match.
        """
        began = time.monotonic()
        result, truth = self.result, self._truth
        self._read_on()
        matches = self._asked()
        result.matches = len(matches)
        self._settle(MATCH, "ClickHouse", matches, self._in_past)
        self._settle(MATCH, "Redis", matches, self._in_live)
        players = [one for one, parts in truth.players.items() if self._match_id in (None, *parts)]
        result.players = len(players)
        self._settle(PLAYER, "players", players, self._of_players)
        if self._match_id is None:
            feeds = list(truth.feeds.counts)
            result.feeds = len(feeds)
            self._settle(FEED, "counters", feeds, self._of_feeds)
            self._read_votes()
            polls = self._voting.polls()
            result.polls = len(polls)
            self._settle(POLL, "polls", polls, self._of_polls)
            if self._past.has_tables():
                tables = list(self._tables_now())
                result.tables = len(tables)
                self._settle(TABLE, "leaderboards", tables, self._of_tables)
            result.unknown = [one for one in self._live.match_ids() if one not in truth.matches]
        logs = (self._feeds, self._polls, self._scores)
        result.gone = {topic: n for log in logs for topic, n in log.missing.items() if n}
        result.versions = sum(len(truth.histories[match_id]) for match_id in matches)
        result.seconds = time.monotonic() - began
        return result

    def _asked(self) -> list[str]:
        known = sorted(self._truth.histories)
        if self._match_id is None:
            return known
        if self._match_id not in known:
            raise TouchlineError(f"no feed has a match {self._match_id!r}", those(known, NONE))
        return [self._match_id]

    def _read_on(self) -> None:
        """What the feeds have by now."""
        for message in self._feeds.read():
            if message.value() is None:
                continue
            now = time.monotonic()
            topic = str(message.topic())
            self._news[FEED][topic] = now
            place = (int(message.partition()), int(message.offset()), int(message.timestamp()[1]))
            arrival = Arrival(self._providers[topic], topic, *place, message.key(), message.value())
            for match_id in self._truth.take(arrival):
                self._news[MATCH][match_id] = now
                if match := self._truth.matches.get(match_id):
                    self._news[PLAYER].update(dict.fromkeys(match.players, now))
            self.result.messages += 1
            if self.result.messages % TELL_EVERY == 0:
                self._tell(f"reading the feeds: {self.result.messages:,} messages")

    def _settle(self, kind: str, what: str, names: list[str], look: Look) -> None:
        """Look at all, and again at those that differ, until that counts."""
        began = time.monotonic()
        pending = names
        while pending:
            wrong: dict[str, list[Difference]] = {}
            for number, (name, found) in enumerate(look(pending), 1):
                if found:
                    wrong[name] = found
                self._tell(f"{what}: {number:,} of {len(pending):,}, {len(wrong):,} differ")
            now = time.monotonic()
            news = self._news[kind]
            settled = [
                name for name in wrong if now - max(began, news.get(name, 0.0)) > self._patience_s
            ]
            self.result.wrong += [one for name in settled for one in wrong[name]]
            pending = [name for name in wrong if name not in settled]
            if pending and now - began > MOVING * self._patience_s:
                self.result.moving += [f"{kind} {name}" for name in pending]
                return
            if pending:
                self._tell(f"{what}: {len(pending):,} are not there yet, looking again")
                time.sleep(LOOK_AGAIN_S)
                self._read_on()

    def _in_past(self, match_ids: list[str]) -> Looks:
        return self._past.differences_of(self._truth.histories, match_ids)

    def _in_live(self, match_ids: list[str]) -> Looks:
        matches = self._truth.matches
        known = [matches[one] for one in match_ids if one in matches]
        for match_id, found in self._live.differences_of(known):
            if found and self._has_expired(matches[match_id]):
                self.result.expired.append(match_id)
            else:
                yield match_id, found

    def _has_expired(self, match: Match) -> bool:
        age_s = time.time() - match.received_ms / 1000
        return age_s > self._settings.redis.live_ttl_s and not self._live.has_match(match.match_id)

    def _of_players(self, players: list[str]) -> Looks:
        parts = {player: self._truth.players[player] for player in players}
        return self._live.differences_of_players(parts, self._match_id)

    def _of_feeds(self, topics: list[str]) -> Looks:
        for topic in topics:
            counts = self._truth.feeds.counts[topic]
            yield topic, self._live.differences_of_feed(topic, counts)

    def _of_polls(self, poll_ids: list[str]) -> Looks:
        self._read_votes()
        return self._voting.differences_of(poll_ids, self._live, self._past)

    def _read_votes(self) -> None:
        """What the topics of polls have by now."""
        for message in self._polls.read():
            if message.value() is None:
                continue
            if message.topic() == self._settings.kafka.poll_control:
                self._voting.take_command(_record(message))
            else:
                self._voting.take_vote(_record(message))

    def _tables_now(self) -> dict[str, Table]:
        """What tables there must be by now, by name; one that changed has news."""
        for message in self._scores.read():
            self._boards.take(_record(message))
        expected = self._boards.tables(self._truth.matches)
        now = time.monotonic()
        for table, places in expected.items():
            if self._expected.get(table) != places:
                self._news[TABLE][":".join(table)] = now
        self._expected = expected
        return {":".join(table): table for table in expected}

    def _of_tables(self, names: list[str]) -> Looks:
        known = self._tables_now()
        wanted = {name: known[name] for name in names if name in known}
        yield from self._boards.differences_of(wanted, self._expected, self._tables, self._past)


def _record(message: Message) -> Record:
    return Record(
        message.key() or b"",
        message.value() or b"",
        int(message.partition()),
        int(message.offset()),
        int(message.timestamp()[1]),
    )

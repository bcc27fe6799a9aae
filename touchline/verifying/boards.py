"""The tables of leaderboards in Redis and ClickHouse, against the oracle."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from itertools import product
from typing import Any

from oracle.differences import Difference, differences
from oracle.leaderboards import (
    Fact,
    Given,
    Place,
    Table,
    Tables,
    match_period,
    match_tables,
    tables,
)
from oracle.matches import Match
from oracle.periods import period_of
from oracle.poll_lives import Record
from oracle.scores import Scores
from oracle.timelines import happened_ms
from schemas.generated.touchline.v1.match_event_pb2 import ACTIVE, EventType
from schemas.redis import keys
from touchline.leaderboards import ALL, Standing, TableStore
from touchline.leaderboards import Table as LiveTable
from touchline.redis_reader import OtherKindError
from touchline.settings import Board, Settings
from touchline.verifying.live import of_another_kind
from touchline.verifying.past import Past
from udfs.clock import now_ms

DAY_MS = 86_400_000


class Boards:
    """What the tables must be, of all scores and events so far.

    settings: those that the job has.
    """

    def __init__(self, settings: Settings) -> None:
        self._boards: Mapping[str, Board] = settings.leaderboards
        self._canonical = {name: one for name, one in self._boards.items() if one.canonical}
        self._reader = Scores(settings.leaderboards, settings.jobs.state_ttl_ms)
        self._scores: list[Given] = []
        self._newest_ms: dict[tuple[str, str], int] = {}

    def take(self, record: Record) -> None:
        """A score, in the order of its partition. One that is a dead letter counts for nothing."""
        score = self._reader.read(record.value, record.arrived_ms)
        if score is None:
            return
        self._scores.append(score)
        period = period_of(self._boards[score.board].reset, score.at_ms)
        self._written((score.board, period.name), record.arrived_ms)

    def tables(self, matches: Mapping[str, Match]) -> Tables:
        """All of them."""
        standing = [
            (_fact(event), event.received_ms)
            for match in matches.values()
            for event in match.current.values()
            if event.status == ACTIVE
        ]
        for (fact, received_ms), (name, board) in product(standing, self._canonical.items()):
            self._written((name, match_period(board, fact)), received_ms)
        facts = (fact for fact, _ in standing)
        return tables(self._boards, self._scores) | match_tables(self._canonical, facts)

    def differences_of(
        self, wanted: Mapping[str, Table], expected: Tables, live: TableStore, past: Past
    ) -> Iterator[tuple[str, list[Difference]]]:
        """Each table by its name, and where it is not what it must be."""
        stored = past.tables_of({board for board, _, _ in wanted.values()})
        for name, table in wanted.items():
            must_be = _by_rank(expected[table])
            where = f"leaderboard_tables {name}"
            wrong = list(differences(where, must_be, _by_rank(stored.get(table, []))))
            try:
                found = list(map(_place, live.top(LiveTable(*table), ALL)))
            except OtherKindError as error:
                yield name, [*wrong, of_another_kind(error, must_be)]
                continue
            if found or not self._may_be_gone(table):
                wrong += differences(keys.leaderboard_members(name), must_be, _by_rank(found))
            yield name, wrong

    def _written(self, table: tuple[str, str], at_ms: int) -> None:
        self._newest_ms[table] = max(self._newest_ms.get(table, 0), at_ms)

    def _may_be_gone(self, table: Table) -> bool:
        """Whether Redis may have let go of a table: some days after it ended, and after the newest
        that is in it came."""
        board, period, _ = table
        settings = self._boards[board]
        if settings.endless:
            return False
        return now_ms() > self._newest_ms[board, period] + settings.keep_closed_days * DAY_MS


def _fact(event: Any) -> Fact:
    return Fact(
        event.match_id,
        f"{event.provider}:{event.player_id}" if event.player_id else "",
        event.player_name,
        EventType.Name(event.type),
        event.points,
        event.sport,
        event.competition,
        event.season,
        happened_ms(event),
    )


def _place(one: Standing) -> Place:
    return Place(one.member, one.value, one.since_ms, one.scores, one.name)


def _by_rank(places: Iterable[Place]) -> dict[str, dict[str, Any]]:
    """`1` -> the first place."""
    return {str(rank): asdict(place) for rank, place in enumerate(places, 1)}

"""The leaderboards' views over bounded tables: one run, a board for each case, and the oracle."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from pyflink.table import DataTypes

from connectors.live_write import LiveWrite
from jobs.leaderboards import JOB
from jobs.pipeline import Options, create_views, environment_of
from oracle.leaderboards import (
    LARGEST,
    Place,
    Table,
    day_of,
    match_tables,
    tables,
)
from tests.jobs.mini_cluster import bounded, match_events, rows_of
from tests.leaderboards.cases import (
    ALL_BOARDS,
    BOARDS,
    DAY,
    DELIVERIES,
    EVENTS,
    HISTORIES,
    KINDS,
    LAST,
    MATCH_BOARDS,
    MATCHES,
    NOON,
    RULE_SCORES,
    UNREADABLE,
    body_of,
    standing,
)
from tests.leaderboards.store import TableStore
from touchline.settings import Settings

pytestmark = pytest.mark.flink

SCORES_LOG = {
    "score_key": DataTypes.BYTES(),
    "body": DataTypes.BYTES(),
    "partition": DataTypes.INT(),
    "offset": DataTypes.BIGINT(),
    "arrived_at": DataTypes.TIMESTAMP_LTZ(3),
}


class Outcome:
    """What the views made of the scores and the events of all cases."""

    def __init__(self) -> None:
        settings = Settings(leaderboards=ALL_BOARDS)
        environment = environment_of(JOB, settings, Options())
        scores = [*(score for one in HISTORIES.values() for score in one), *RULE_SCORES]
        bodies = [*(body_of(score) for score in scores), *UNREADABLE]
        arrived = datetime.fromtimestamp((LAST + DAY) / 1000, UTC)
        bounded(
            environment,
            "scores_rows",
            SCORES_LOG,
            [
                (bytearray(b"k"), bytearray(body), 0, offset, arrived)
                for offset, body in enumerate(bodies)
            ],
        )
        environment.create_temporary_view(
            "scores_log", environment.sql_query("SELECT *, PROCTIME() AS proctime FROM scores_rows")
        )
        match_events(environment, EVENTS)
        create_views(environment, JOB.views(settings))
        self.plan = environment.explain_sql(
            "SELECT board FROM lasting_totals UNION ALL SELECT board FROM lasting_sums"
            " UNION ALL SELECT board FROM lasting_picks"
        )
        rows = rows_of(
            environment,
            "SELECT 'write', `write` FROM writes"
            " UNION ALL SELECT 'error', error FROM score_dead_letters",
        )
        self.writes = [LiveWrite.parse(text) for kind, text in rows if kind == "write"]
        self.errors = [text for kind, text in rows if kind == "error"]
        self.store = TableStore().apply(self.writes)

    def table(self, table: Table) -> list[Place]:
        return self.store.table(table, ALL_BOARDS[table[0]])

    def tables_of(self, board: str) -> dict[Table, list[Place]]:
        return {
            table: self.table(table)
            for table, members in self.store.standings.items()
            if table[0] == board and members
        }


@pytest.fixture(scope="module")
def outcome() -> Outcome:
    return Outcome()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("how", DELIVERIES)
def test_tables_of_scores_are_those_of_the_oracle(outcome: Outcome, kind: str, how: str) -> None:
    board = f"{kind}.{how}"
    expected = tables(BOARDS, HISTORIES[board])
    assert len(expected) >= 3
    assert outcome.tables_of(board) == expected


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("how", DELIVERIES[1:])
def test_redelivery_shuffles_and_replays_give_the_same_tables(
    outcome: Outcome, kind: str, how: str
) -> None:
    def content(how: str) -> dict[tuple[str, str], list[Place]]:
        return {table[1:]: places for table, places in outcome.tables_of(f"{kind}.{how}").items()}

    assert content(how) == content("in-order")


def test_of_scores_with_the_same_id_the_first_one_counts(outcome: Outcome) -> None:
    places = outcome.table(("same-id", "all", "global"))
    assert [(place.member, place.value) for place in places] == [("bo", 6), ("ann", 5)]


def test_a_total_beyond_64_bits_stays_at_the_limit(outcome: Outcome) -> None:
    [place] = outcome.table(("large", "all", "global"))
    assert place.value == LARGEST


def test_values_that_are_one_number_to_redis_are_in_their_order(outcome: Outcome) -> None:
    places = outcome.table(("precise", "all", "global"))
    assert [place.value for place in places] == [(1 << 56) + 1, 1 << 56]
    assert float(places[0].value) == float(places[1].value)


def test_of_two_that_set_at_the_same_moment_the_later_arrival_stands(outcome: Outcome) -> None:
    [place] = outcome.table(("same-moment", "all", "global"))
    assert place.value == 4


def test_a_late_score_counts_in_the_closed_table_that_it_belongs_to(outcome: Outcome) -> None:
    closed = outcome.table(("not-in-order", day_of(NOON), "global"))
    assert [place.value for place in closed] == [3]


def test_a_closed_table_is_kept_for_some_days_and_an_endless_one_for_ever(outcome: Outcome) -> None:
    def until(board: str, period: str) -> int:
        return int(outcome.store.standings[board, period, "global"]["ann"]["until"])

    assert until("same-id", "all") == 0
    assert until("not-in-order", day_of(NOON)) == LAST + DAY + 30 * DAY


@pytest.mark.parametrize("reason", UNREADABLE.values())
def test_what_no_board_can_take_is_a_dead_letter(outcome: Outcome, reason: str) -> None:
    assert len(outcome.errors) == len(UNREADABLE)
    assert any(reason in error for error in outcome.errors)


@pytest.mark.parametrize("board", MATCH_BOARDS)
def test_tables_of_matches_are_those_of_the_oracle(outcome: Outcome, board: str) -> None:
    expected = match_tables({board: MATCH_BOARDS[board]}, standing(EVENTS))
    assert expected
    assert outcome.tables_of(board) == expected


@pytest.mark.parametrize("how", ["shuffled", "twice", "replayed"])
def test_merge_laws_hold_for_the_tables_of_matches(outcome: Outcome, how: str) -> None:
    def content(how: str) -> list[Place]:
        shift = list(MATCHES).index(how) * 7 * DAY
        places = outcome.table(("points", f"opta:{how}", "global"))
        return [replace(place, since_ms=place.since_ms - shift) for place in places]

    assert [place.value for place in content("in-order")] == [2, 1, 1, 1]
    assert content(how) == content("in-order")


def test_a_goal_given_to_another_player_takes_the_first_one_out_of_the_table(
    outcome: Outcome,
) -> None:
    members = outcome.store.standings["points", "opta:in-order", "global"]
    assert members["opta:8"]["value"] == 1
    assert "opta:7" not in members


def test_what_makes_up_a_table_without_an_end_is_kept_for_ever(outcome: Outcome) -> None:
    """Of scores, of events, of a match and of all matches; a hint that Flink does not take up is
    no error to it."""
    assert outcome.plan.count("stateTtlHints=[[[STATE_TTL options:[0 s]]]]") == 4


def test_no_standing_is_sent_that_never_was(outcome: Outcome) -> None:
    """A correction is a step from what was to what is: no revision goes back on the way."""
    for seen in outcome.store.revisions.values():
        assert seen == sorted(set(seen))


def test_a_correction_that_changes_nothing_sends_nothing(outcome: Outcome) -> None:
    sent = [
        write
        for write in outcome.writes
        if write.owner == "points:opta:in-order:global" and write.member == "opta:10"
    ]
    assert [write.place for write in sent] == [1, 2, 1]


def test_only_members_of_matches_ever_leave(outcome: Outcome) -> None:
    left = {write.owner.split(":")[0] for write in outcome.writes if write.kind == "unrank"}
    assert left
    assert left <= set(MATCH_BOARDS)

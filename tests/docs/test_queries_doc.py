"""The queries of the docs: each runs on the tables that the migrations make, and finds what it is
there to find."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from docs.run_queries import PAGE, filled, queries
from tests.history_tables import history_with
from touchline import history
from touchline.demo_queries import QUERIES, STANDINGS, TRY_NEXT
from touchline.settings import ClickHouse

POLLS_PAGE = PAGE.with_name("polls.md")
KICK_OFF_MS = 1_787_407_200_000
KICK_OFF, END, LATER = "2026-08-22 14:00:00", "2026-08-22 15:50:00", "2026-08-22 16:20:00"
SOCCER = {
    "match_id": "opta:2400001",
    "provider": "opta",
    "sport": "soccer",
    "competition": "A league",
    "season": "2026",
    "primary": True,
    "status": "ACTIVE",
    "version": KICK_OFF_MS,
}
SHOT = {
    **SOCCER,
    "side": "HOME",
    "x": 90,
    "y": 50,
    "period": 1,
    "clock": "12:30",
    "player_id": "9",
    "player_name": "Iker",
    "happened_at": KICK_OFF,
    "points": 1,
}
BASKET = {
    "match_id": "genius:7",
    "provider": "genius",
    "sport": "basketball",
    "primary": True,
    "status": "ACTIVE",
    "side": "AWAY",
    "player_id": "4",
    "points": 2,
    "type": "TWO_POINT_MADE",
    "period": 1,
    "clock": "09:30",
    "happened_at": END,
    "event_id": "1",
}
EVENTS: list[dict[str, Any]] = [
    {**SHOT, "event_id": "1", "type": "GOAL", "received_at": KICK_OFF, "arrival": 1},
    {**SOCCER, "event_id": "2", "type": "MATCH_END", "match_status": "ENDED", "home_score": 1,
     "away_score": 1, "happened_at": END, "received_at": END, "arrival": 2},
    {**SHOT, "event_id": "1", "version": KICK_OFF_MS + 8_400_000, "type": "GOAL",
     "received_at": LATER, "arrival": 3},
    {**SHOT, "event_id": "3", "type": "SHOT_BLOCKED", "side": "AWAY", "points": 0, "arrival": 4},
    BASKET,
]  # fmt: skip
"""A match with a goal that was corrected half an hour after the end, and another."""


POLLS = ("motm", "next-goal")
VOTE: dict[str, Any] = {
    "voter_id": "ann", "vote_id": "1", "choices": "raul", "verdict": "counted", "region": "es",
    "voter_class": "free", "source_offset": 1, "arrived_at": KICK_OFF,
}  # fmt: skip
VOTES = [
    VOTE,
    {**VOTE, "vote_id": "2", "choices": "iker", "verdict": "changed", "previous": "raul",
     "previous_class": "free", "previous_region": "es", "source_offset": 2, "arrived_at": END},
]  # fmt: skip
ABROAD = {"poll_id": "abroad"}
MOVED = [{**VOTES[0], **ABROAD}, {**VOTES[1], **ABROAD, "region": "fr"}]
"""Who has changed their mind in another region."""
FINAL: dict[str, Any] = {
    "revision": KICK_OFF_MS, "counted_until": END, "event": "final",
    "result": json.dumps({"votes": 1, "choices": [{"id": "iker", "title": "Iker", "votes": 1}]}),
}  # fmt: skip
"""A voter who has changed their mind, and what came of it."""


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClickHouse]:
    """The embedded ClickHouse with all migrations applied and the events above."""
    rows = {
        "match_events": EVENTS,
        "poll_votes": [{**vote, "poll_id": poll} for poll in POLLS for vote in VOTES] + MOVED,
        "poll_results": [{**FINAL, "poll_id": poll} for poll in POLLS],
    }
    with history_with(tmp_path_factory.mktemp("queries"), rows) as made:
        yield made


@pytest.mark.stack
@pytest.mark.parametrize("sql", queries(PAGE.read_text()))
def test_each_query_of_the_page_runs_and_finds_something(settings: ClickHouse, sql: str) -> None:
    assert history.query(settings, sql).rows


@pytest.mark.stack
@pytest.mark.parametrize("sql", [*(sql for _, sql in QUERIES), STANDINGS, TRY_NEXT])
def test_each_query_of_the_demo_finds_something(settings: ClickHouse, sql: str) -> None:
    assert history.query(settings, sql).rows


@pytest.mark.stack
@pytest.mark.parametrize(
    "sql", re.findall(r"\| `(SELECT .+ FROM poll_.+)` \|", POLLS_PAGE.read_text())
)
def test_each_query_of_the_page_of_polls_finds_something(settings: ClickHouse, sql: str) -> None:
    assert history.query(settings, sql).rows


@pytest.mark.stack
def test_a_vote_that_was_changed_counts_where_it_went(settings: ClickHouse) -> None:
    regions = "SELECT region, choice, votes FROM poll_regions WHERE poll_id = 'motm'"
    assert history.query(settings, regions).rows == [("es", "iker", 1)]
    curve = "SELECT choice, entered, standing FROM poll_curve WHERE poll_id = 'motm'"
    assert sorted(history.query(settings, curve).rows) == [
        ("iker", 1, 1), ("raul", 0, 0), ("raul", 1, 1),
    ]  # fmt: skip


@pytest.mark.stack
def test_a_vote_leaves_the_region_that_it_was_changed_from(settings: ClickHouse) -> None:
    minutes = (
        "SELECT region, choice, toString(minute), entered, standing FROM poll_region_minutes"
        " WHERE poll_id = 'abroad' ORDER BY minute, region"
    )
    assert history.query(settings, minutes).rows == [
        ("es", "raul", KICK_OFF, 1, 1), ("es", "raul", END, 0, 0), ("fr", "iker", END, 1, 1),
    ]  # fmt: skip


def test_the_page_has_the_queries_and_each_has_a_place_for_its_result() -> None:
    page = PAGE.read_text()
    assert len(queries(page)) == page.count("```sql\n") >= 10


def test_results_are_filled_in_below_their_queries() -> None:
    page = "```sql\nSELECT 1\n```\n\n```text\nRESULT 1\n```\n\nand\n"
    once = filled(page, lambda sql: sql.upper().replace("SELECT ", ""))
    assert once == page.replace("RESULT 1", "1")
    assert filled(once, lambda _: "2\n") == page.replace("RESULT 1", "2")

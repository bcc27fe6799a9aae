"""What is said more than once, of boards and standings, is the same each time."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

import schemas.clickhouse
from connectors.leaderboard_tables import STANDING, STANDING_CLASS
from jobs.leaderboard_history import STANDINGS
from jobs.leaderboard_views import leaderboard_views
from jobs.score_boards import schedules
from schemas.generated.touchline.v1.score_pb2 import Standing
from schemas.redis import keys
from tests.leaderboards.writes import rank
from touchline.leaderboards import period_at
from touchline.settings import Board, Settings, SettingsError

MIGRATION = next(Path(next(iter(schemas.clickhouse.__path__))).glob("0006_*.sql")).read_text()
PAGE = (Path(__file__).parents[2] / "docs" / "leaderboards.md").read_text()
NOON = 1_795_348_800_000
DAY = 86_400_000


def test_flinks_table_of_standings_has_the_messages_fields() -> None:
    columns = re.findall(r"`?(\w+)`? (STRING|BIGINT|BOOLEAN)", STANDING)
    kinds = {"STRING": "TYPE_STRING", "BIGINT": "INT64", "BOOLEAN": "TYPE_BOOL"}
    fields = Standing.DESCRIPTOR.fields
    assert [name for name, _ in columns] == [field.name for field in fields]
    kind_of = {9: "TYPE_STRING", 3: "INT64", 18: "INT64", 8: "TYPE_BOOL"}
    assert [kinds[kind] for _, kind in columns] == [kind_of[field.type] for field in fields]
    assert STANDING_CLASS.endswith(".Standing")


def test_the_history_writes_every_column_of_its_table() -> None:
    table = MIGRATION.split("ENGINE", 1)[0]
    assert re.findall(r"^    (\w+) ", table, re.MULTILINE) == list(STANDINGS.columns)


def test_a_member_is_read_from_what_orders_it() -> None:
    body = rank("game:all:global", "a:b 1", -7, 1).body
    text = re.findall(r'"rank": "([^"]+)"', body)[0]
    assert keys.member_of(text) == "a:b 1"


def test_scores_are_read_for_boards_that_count_them_only() -> None:
    boards = {"game": Board(), "goals": Board(measure="goals", per="season")}
    assert list(schedules(boards, 90 * DAY)) == ["game"]


def test_only_tables_that_end_soon_are_forgotten() -> None:
    boards = {
        "never": Board(),
        "daily": Board(reset="0 0 * * *"),
        "yearly": Board(reset="0 0 1 1 *"),
    }
    remembered = {name: one.remembered_ms for name, one in schedules(boards, 90 * DAY).items()}
    assert remembered == {"never": 0, "daily": 90 * DAY, "yearly": 0}


def test_without_boards_every_score_is_a_dead_letter_and_nothing_is_written() -> None:
    assert list(leaderboard_views({}, DAY)) == ["scores", "score_dead_letters", "first_scores"]


def test_without_a_board_of_matches_nothing_reads_them() -> None:
    assert "versions" not in leaderboard_views({"game": Board()}, DAY)
    assert "claims" not in leaderboard_views({"goals": Board(measure="goals")}, DAY)


@pytest.mark.parametrize(
    ("board", "period"),
    [
        (Board(), "all"),
        (Board(reset="0 0 * * 1"), "2026-11-16"),
        (Board(measure="goals"), "all"),
        (Board(measure="goals", reset="0 0 * * 1"), "2026-11-16"),
        (Board(measure="goals", per="day"), "2026-11-22"),
        (Board(measure="goals", per="match"), ""),
        (Board(measure="goals", per="season"), ""),
    ],
)
def test_the_present_table_is_told_by_the_clock_where_it_can_be(board: Board, period: str) -> None:
    assert period_at(board, NOON) == period


# --- settings


def test_boards_of_ones_own_take_the_place_of_the_default_ones() -> None:
    assert {"top-scorers", "match-points", "game"} == set(Settings.load().leaderboards)
    found = Settings.load(['leaderboards.quiz={"operator":"best","order":"ascending"}'])
    assert found.leaderboards == {"quiz": Board(operator="best", order="ascending")}


@pytest.mark.parametrize(
    ("board", "reason"),
    [
        ('quiz={"measure":"luck"}', "measure 'luck' is not known"),
        ('quiz={"measure":"goals","operator":"most"}', "operator"),
        (
            'quiz={"measure":"goals","per":"day","reset":"0 0 * * *"}',
            "a table per day has no reset",
        ),
        ('quiz={"per":"day"}', "scores have no per"),
        ('quiz={"reset":"often"}', "five fields"),
        ('quiz={"keep_closed_days":0}', "greater than or equal to 1"),
        ('quiz={"colour":"red"}', "colour: not known"),
        ("a'b={}", "should match pattern"),
        ("a:b={}", "should match pattern"),
    ],
)
def test_a_board_that_makes_no_sense_is_refused_with_its_reason(board: str, reason: str) -> None:
    with pytest.raises(SettingsError, match=reason):
        Settings.load([f"leaderboards.{board}"])


# --- docs/leaderboards.md


def test_the_page_lists_every_setting_of_a_board_with_its_default() -> None:
    section = PAGE.split("## Boards")[1].split("## Sending")[0]
    listed = dict(re.findall(r"^\| `(\w+)` \| (?:`(\w+)`|empty) \|", section, re.MULTILINE))
    assert listed == {name: str(value) for name, value in Board()}


def test_the_pages_example_of_boards_is_one_that_the_settings_take() -> None:
    example = tomllib.loads(PAGE.split("```toml\n")[1].split("```")[0])
    found = Settings(**example).leaderboards
    assert {name: board.operator for name, board in found.items()} == {
        "game": "increment", "quiz": "best", "laps": "best", "top-scorers": "increment",
        "best-night": "best",
    }  # fmt: skip


def test_the_page_names_the_default_boards() -> None:
    named = PAGE.split("The default boards are ")[1].split(".")[0]
    assert re.findall(r"`([\w-]+)` \(", named) == list(Settings().leaderboards)

"""`touchline leaderboard` and `touchline score`: what they ask for, and how it is shown."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar

import pytest
from typer.testing import CliRunner, Result

from schemas.generated.touchline.v1.score_pb2 import Score
from tests.mock_kafka import mock_kafka, records
from touchline import leaderboards
from touchline.commands import leaderboard, score
from touchline.errors import TouchlineError
from touchline.leaderboards import Standing, Table, TableStore
from touchline.settings import Kafka

NOON = 1_795_348_800_000
PLACES = [
    Standing(1, "ann", "Ann A.", 1_200, NOON, 3),
    Standing(2, "bo", "", 30, NOON + 5, 1),
    Standing(3, "cy", "\x1b[31mCy", 30, NOON + 9, 1),
]


class FakeStore(TableStore):
    """The tables of a board, without a Redis; keeps what it was asked for."""

    asked: ClassVar[list[tuple[Any, ...]]] = []

    def periods(self, board: str) -> list[str]:
        return {"match-points": ["opta:2", "opta:1"], "game": ["all"]}.get(board, [])

    def size(self, table: Table) -> int:
        return 1_234

    def top(self, table: Table, limit: int = 10) -> list[Standing]:
        self.asked.append(("top", table, limit))
        return PLACES[:limit]

    def among(self, table: Table, members: Sequence[str]) -> list[Standing]:
        self.asked.append(("among", table, list(members)))
        return [one for one in PLACES if one.member in members]

    def around(self, table: Table, member: str, size: int = 5) -> list[Standing]:
        self.asked.append(("around", table, member, size))
        return PLACES


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    made: list[tuple[Any, ...]] = []
    monkeypatch.setattr(FakeStore, "asked", made)
    monkeypatch.setattr(leaderboard, "TableStore", FakeStore)
    boards = {
        "top-scorers": {"measure": "points", "per": "season"},
        "match-points": {"measure": "points", "per": "match"},
        "game": {},
        "quiz": {"reset": "0 0 * * *", "operator": "best", "order": "ascending"},
    }
    monkeypatch.setenv("TOUCHLINE_LEADERBOARDS", json.dumps(boards))
    return made


def run(*arguments: str) -> Result:
    return CliRunner().invoke(leaderboard.app, list(arguments))


def error_of(result: Result) -> TouchlineError:
    assert isinstance(result.exception, TouchlineError), result.output
    return result.exception


# --- tables


def test_top_shows_places_names_values_and_how_many_there_are(asked: list[Any]) -> None:
    lines = run("top", "game").stdout.splitlines()
    assert lines[0] == "game  all  global  1,234 members"
    assert lines[2].split() == ["1", "ann", "Ann", "A.", "1,200", "3", "2026-11-22T12:00:00.000Z"]
    assert asked == [("top", Table("game", "all"), 10)]


def test_a_name_cannot_steer_the_terminal(asked: list[Any]) -> None:
    assert "\x1b" not in run("top", "game").stdout


def test_json_has_the_table_and_its_standings(asked: list[Any]) -> None:
    said = json.loads(run("top", "game", "--limit", "1", "--json").stdout)
    assert said == {
        "board": "game", "period": "all", "segment": "global", "members": 1_234,
        "standings": [
            {"rank": 1, "member": "ann", "name": "Ann A.", "value": 1_200, "since_ms": NOON,
             "scores": 3, "since": "2026-11-22T12:00:00.000Z"}
        ],
    }  # fmt: skip


def test_friends_are_asked_for_by_name(asked: list[Any]) -> None:
    result = run("top", "game", "--friends", "cy, ann,", "--segment", "region:es")
    assert asked == [("among", Table("game", "all", "region:es"), ["cy", "ann"])]
    assert "bo" not in result.stdout


def test_the_table_of_a_moment_is_found_by_the_boards_resets(asked: list[Any]) -> None:
    run("top", "quiz", "--at", "2026-11-20T23:59:59Z")
    run("top", "quiz")
    today = datetime.now(UTC).strftime("%Y-%m-%d")
    assert [table.period for _, table, _ in asked] == ["2026-11-20", today]


def test_without_a_clock_the_table_that_was_written_last_is_shown(asked: list[Any]) -> None:
    run("top", "match-points")
    run("top", "match-points", "--period", "opta:1")
    assert [table.period for _, table, _ in asked] == ["opta:2", "opta:1"]


def test_a_moment_does_not_say_which_match_is_meant(asked: list[Any]) -> None:
    error = error_of(run("top", "match-points", "--at", "-1h"))
    assert "a table per match" in error.message
    assert "--period" in error.hint


def test_period_and_moment_are_not_given_together(asked: list[Any]) -> None:
    assert "both say" in error_of(run("top", "quiz", "--at", "-1h", "--period", "x")).message


def test_a_board_without_a_table_yet_is_an_error_with_a_hint(asked: list[Any]) -> None:
    error = error_of(run("top", "top-scorers"))
    assert error.message == "no table of top-scorers in Redis"
    assert "touchline jobs" in error.hint


@pytest.mark.parametrize("command", [("top", "nope"), ("around", "nope", "x"), ("history", "nope")])
def test_an_unknown_board_is_an_error_that_lists_the_boards(
    asked: list[Any], command: tuple[str, ...]
) -> None:
    error = error_of(run(*command))
    assert error.message == "no board 'nope' in the settings"
    assert "quiz" in error.hint


def test_around_asks_for_so_many_on_either_side(asked: list[Any]) -> None:
    assert run("around", "game", "bo", "--size", "2").exit_code == 0
    assert asked == [("around", Table("game", "all"), "bo", 2)]


def test_list_says_what_each_board_counts_and_which_tables_there_are(asked: list[Any]) -> None:
    lines = {line.split()[0]: line for line in run("list").stdout.splitlines()}
    assert "points per match" in lines["match-points"]
    assert "opta:2 (1,234), opta:1 (1,234)" in lines["match-points"]
    assert "scores, best, ascending, reset 0 0 * * *" in lines["quiz"]
    assert "none yet" in lines["quiz"]
    found = json.loads(run("list", "--json").stdout)
    assert found[2]["tables"] == [{"period": "all", "members": 1_234}]


# --- history


@pytest.fixture
def history(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    made: list[tuple[Any, ...]] = []
    row = {"period": "all", "value": 1_200, "since": datetime(2026, 11, 22, 12, tzinfo=UTC)}

    def answer(settings: object, *arguments: Any) -> list[dict[str, Any]]:
        made.append(arguments)
        return [row] if "empty" not in arguments else []

    monkeypatch.setattr(leaderboards, "past_tables", answer)
    monkeypatch.setattr(leaderboards, "progress", answer)
    return made


def test_history_of_a_board_and_of_a_member_are_shown(
    asked: list[Any], history: list[tuple[Any, ...]]
) -> None:
    assert "1,200  2026-11-22T12:00:00.000Z" in run("history", "game").stdout
    said = json.loads(run("history", "game", "ann", "--limit", "5", "--json").stdout)
    assert said == [{"period": "all", "value": 1_200, "since": "2026-11-22T12:00:00.000Z"}]
    assert history == [("game", "global", "", 10), ("game", "ann", "global", "", 5)]


def test_a_history_that_is_empty_says_so(asked: list[Any], history: list[tuple[Any, ...]]) -> None:
    assert run("history", "game", "--period", "empty").stdout == "nothing yet\n"
    assert json.loads(run("history", "game", "--period", "empty", "--json").stdout) == []


# --- scores


@pytest.fixture
def kafka(monkeypatch: pytest.MonkeyPatch, asked: list[Any]) -> Iterator[Kafka]:
    with mock_kafka("scores") as made:
        monkeypatch.setenv("TOUCHLINE_KAFKA__BOOTSTRAP", made.bootstrap)
        yield made


def send(*arguments: str) -> Result:
    return CliRunner().invoke(score.app, list(arguments))


def test_a_score_is_sent_under_its_board_and_member(kafka: Kafka) -> None:
    result = send(
        "game", "ann", "-5", "--id", "s1", "--region", "es", "--name", "Ann", "--at",
        "2026-11-22T12:00:00Z",
    )  # fmt: skip
    assert result.stdout == "game  ann  -5  (score s1)\n"
    [record] = records(kafka, "scores")
    assert record.key() == b"game:ann"
    assert Score.FromString(record.value()) == Score(
        board="game", member="ann", score_id="s1", value=-5, at_ms=NOON, region="es", name="Ann"
    )


def test_scores_without_an_id_get_one_each(kafka: Kafka) -> None:
    said = [json.loads(send("game", "ann", "5", "--json").stdout) for _ in range(2)]
    assert said[0]["score_id"] != said[1]["score_id"]
    assert (said[0]["value"], said[0]["member"]) == (5, "ann")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("match-points", "ann", "5"), "match-points counts what happens in matches"),
        (("nope", "ann", "5"), "no board 'nope'"),
        (("game", "ann", "5", "--region", "e s"), "not a score: region 'e s'"),
        (("game", "ann", "5", "--at", "+1h"), "after its arrival"),
    ],
)
def test_a_score_that_the_job_would_refuse_is_refused_at_once(
    kafka: Kafka, arguments: tuple[str, ...], message: str
) -> None:
    assert message in error_of(send(*arguments)).message
    assert records(kafka, "scores") == []


@pytest.mark.parametrize("value", ["many", "1.5", str((1 << 53) + 1)])
def test_a_value_is_a_whole_number_of_53_bits(kafka: Kafka, value: str) -> None:
    assert send("game", "ann", value).exit_code == 2


def test_no_broker_is_an_error_with_a_hint(
    monkeypatch: pytest.MonkeyPatch, asked: list[Any]
) -> None:
    monkeypatch.setenv("TOUCHLINE_KAFKA__BOOTSTRAP", "127.0.0.1:1")
    monkeypatch.setattr("connectors.feeds.publisher.ANSWER_S", 0.2)
    error = error_of(send("game", "ann", "5"))
    assert "no Kafka broker answers at 127.0.0.1:1" in error.message
    assert "touchline submit leaderboards" in error.hint

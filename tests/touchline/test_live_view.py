"""What a match looks like, and the figures of a live view."""

from __future__ import annotations

from io import StringIO
from typing import Any

from rich.console import Console, RenderableType

from touchline.live_view import (
    Board,
    event_text,
    flags_of,
    line_of,
    matches_table,
    moment_of,
    news_of,
    score_of,
    short_id,
    state_panel,
)

MATCH: dict[str, Any] = {
    "match_id": "opta:1",
    "sport": "soccer",
    "status": "LIVE",
    "period": "2",
    "clock": "73:39",
    "score": {"home": 2, "away": 1, "computed": {"home": 2, "away": 1}},
    "home": {"id": "h", "name": "Brazil", "shots": 9, "corners": 0},
    "away": {"id": "a", "name": "Croatia", "shots": 4, "corners": 0},
    "home_possession": 0.6,
    "events": 1200,
    "deleted": 3,
    "periods": {"2": {"home": 1, "away": 0}, "1": {"home": 1, "away": 1}},
    "quality": {"score_disagrees": False, "provisional": 0},
}
GOAL = {"type": "GOAL", "clock": "70:01", "period": 2, "side": "HOME", "player_name": "Oscar"}


def shown(what: RenderableType) -> str:
    console = Console(file=StringIO(), width=200)
    console.print(what)
    return console.file.getvalue()  # type: ignore[attr-defined,no-any-return]


def test_a_shoot_out_stands_behind_the_score() -> None:
    score = {"home": 1, "away": 1, "shootout": {"home": 4, "away": 3}}
    assert score_of({"score": score}) == "1:1 (4:3)"
    assert score_of(MATCH) == "2:1"


def test_a_match_that_has_not_started_has_no_moment() -> None:
    assert moment_of({"period": "0", "clock": ""}) == ""
    assert moment_of(MATCH) == "2  73:39"


def test_an_event_that_is_not_known_has_its_providers_name() -> None:
    assert event_text({"type": "OTHER", "provider_type": "ball_recovery"}) == "ball recovery"
    assert event_text(GOAL) == "70:01 goal, Oscar"


def test_a_disagreement_about_the_score_is_a_flag_with_both_scores() -> None:
    score = {"home": 2, "away": 1, "computed": {"home": 1, "away": 1}}
    flags = flags_of({"score": score, "quality": {"score_disagrees": True, "provisional": 2}})
    assert "1:1" in flags[0]
    assert "2:1" in flags[0]
    assert flags[1] == "2 events are not confirmed"


def test_a_state_shows_totals_that_are_not_zero_and_periods_in_order() -> None:
    text = shown(state_panel("opta:1", MATCH, [GOAL]))
    for part in ("Brazil", "Croatia", "2:1", "60%", "shots", "1 1:1   2 1:0", "Oscar", "1,200"):
        assert part in text
    assert "corners" not in text


def test_a_state_with_nothing_but_its_id_can_be_shown() -> None:
    assert "genius:1" in shown(state_panel("genius:1", {"match_id": "genius:1"}, []))


def test_a_table_has_a_row_for_each_match() -> None:
    text = shown(matches_table({"opta:1": MATCH, "opta:2": {}}, {"opta:1": GOAL}))
    assert "Brazil" in text
    assert "opta:2" in text
    assert "goal, Oscar" in text


def test_names_are_no_markup() -> None:
    match = {**MATCH, "home": {"name": "[bold]Team[/]"}}
    assert "[bold]Team[/]" in shown(matches_table({"opta:1": match}, {}))
    assert "[bold]Team[/]" in shown(state_panel("opta:1", match, []))


def test_a_new_clock_alone_is_no_news() -> None:
    assert news_of(MATCH) == news_of({**MATCH, "clock": "74:00"})
    assert news_of(MATCH) != news_of({**MATCH, "status": "ENDED"})


def test_a_line_has_the_match_its_score_and_its_last_event() -> None:
    assert line_of("opta:1", MATCH, GOAL) == (
        "opta:1  Brazil 2:1 Croatia  LIVE 2  73:39  70:01 goal, Oscar"
    )


def test_a_long_id_is_cut() -> None:
    assert short_id("opta:1") == "opta:1"
    assert len(short_id("sportradar:9a3a2a1c-6b2f-4a1a-9d0d-3f8d0f2c8b11")) == 20


def test_the_rate_is_that_of_the_last_seconds() -> None:
    board = Board()
    for second, events in enumerate((0, 1_000, 1_000, 1_000, 1_000, 1_400)):
        board.update({"opta:1": {"events": events - 10, "deleted": 10}}, {})
        board.tick(now_s=float(second))
    assert board.rate() == 100.0


def test_the_latency_is_the_median_and_leaves_out_what_is_not_known() -> None:
    board = Board()
    board.update({}, {}, received=[0, 900, 950, 500], now_ms=1_000)
    assert board.latency_ms() == 100


def test_a_board_before_the_first_update_says_so() -> None:
    assert "no update yet" in Board().numbers()


def test_a_board_keeps_the_last_event_of_a_match_that_has_no_new_one() -> None:
    board = Board()
    board.update({"opta:1": MATCH}, {"opta:1": [GOAL]})
    board.update({"opta:1": MATCH}, {"opta:1": []})
    assert board.last["opta:1"] == GOAL


def test_a_match_that_is_gone_leaves_the_board_and_its_rate_as_they_would_be_without_it() -> None:
    board = Board()
    for second, events in enumerate((0, 100, 200)):
        board.update({"opta:1": {"events": 5_000}, "opta:2": {"events": events}}, {})
        board.tick(now_s=float(second))
    board.update({}, {"opta:1": [GOAL]})
    board.keep({"opta:2": MATCH})
    board.tick(now_s=2.0)
    assert (list(board.matches), board.last) == (["opta:2"], {})
    assert (board.events(), board.rate()) == (200, 100.0)

"""Several matches on a terminal of any width, and the figures below them."""

from __future__ import annotations

import pytest

from tests.touchline.test_live_view import GOAL, MATCH, shown
from touchline.live_board import Board, MatchesTable, short_id

LONG = {
    **MATCH,
    "home": {"name": "Wolverhampton Wanderers"},
    "away": {"name": "Borussia Mönchengladbach"},
    "score": {"home": 1, "away": 1, "shootout": {"home": 4, "away": 3}},
    "clock": "120:00",
}


@pytest.mark.parametrize("width", [60, 80, 100, 120, 200])
def test_score_clock_and_status_are_whole_on_a_terminal_of_any_width(width: int) -> None:
    matches = {"opta:1": MATCH, "sportradar:9a3a2a1c-6b2f-4a1a-9d0d-3f8d0f2c8b11": LONG}
    text = shown(MatchesTable(matches, {"opta:1": GOAL}), width)
    for part in ("Brazil", "2:1", "Croatia", "1:1 (4:3)", "73:39", "120:00", "LIVE"):
        assert part in text
    assert max(map(len, text.splitlines())) <= width


def test_a_wider_terminal_shows_more() -> None:
    def widths(part: str) -> list[int]:
        table = MatchesTable({"opta:1009316": MATCH}, {"opta:1009316": GOAL})
        return [width for width in range(50, 130) if part in shown(table, width)]

    first = {part: widths(part)[0] for part in ("opta:1009316", "goal, Oscar", "1,200")}
    assert list(first) == sorted(first, key=lambda part: first[part])
    assert all(widths(part) == list(range(found, 130)) for part, found in first.items())


def test_no_matches_are_a_table_without_rows() -> None:
    assert "home" in shown(MatchesTable({}, {}), 80)


def test_a_teams_name_is_no_markup() -> None:
    match = {**MATCH, "home": {"name": "[bold]Team[/]"}}
    assert "[bold]Team[/]" in shown(MatchesTable({"opta:1": match}, {}))


def test_a_table_has_a_row_for_each_match() -> None:
    text = shown(MatchesTable({"opta:1": MATCH, "opta:2": {}}, {"opta:1": GOAL}))
    assert "Brazil" in text
    assert "opta:2" in text
    assert "goal, Oscar" in text


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

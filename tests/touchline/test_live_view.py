"""What a match and its events look like."""

from __future__ import annotations

from io import StringIO
from typing import Any

from rich.console import Console, RenderableType

from touchline.live_view import (
    event_text,
    flags_of,
    line_of,
    moment_of,
    news_of,
    score_of,
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


def shown(what: RenderableType, width: int = 200) -> str:
    console = Console(file=StringIO(), width=width)
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


def test_an_event_of_neither_team_has_no_side() -> None:
    text = shown(state_panel("opta:1", MATCH, [{**GOAL, "side": "SIDE_UNKNOWN"}]))
    assert "Oscar" in text
    assert "side" not in text.lower()


def test_a_state_with_nothing_but_its_id_can_be_shown() -> None:
    assert "genius:1" in shown(state_panel("genius:1", {"match_id": "genius:1"}, []))


def test_names_are_no_markup() -> None:
    match = {**MATCH, "home": {"name": "[bold]Team[/]"}}
    assert "[bold]Team[/]" in shown(state_panel("opta:1", match, []))


def test_a_new_clock_alone_is_no_news() -> None:
    assert news_of(MATCH) == news_of({**MATCH, "clock": "74:00"})
    assert news_of(MATCH) != news_of({**MATCH, "status": "ENDED"})


def test_a_line_has_the_match_its_score_and_its_last_event() -> None:
    assert line_of("opta:1", MATCH, GOAL) == (
        "opta:1  Brazil 2:1 Croatia  LIVE 2  73:39  70:01 goal, Oscar"
    )

"""What a poll looks like."""

from __future__ import annotations

from io import StringIO

import pytest
from rich.console import Console, RenderableType

from tests.touchline.poll_results import example, without_votes
from touchline.poll_view import (
    duration_text,
    ends_text,
    leader_name,
    leader_share,
    leaders_of,
    line_of,
    poll_panel,
    polls_table,
    shares_of,
)
from touchline.polls import Result
from udfs.reading import epoch_ms

NOW = epoch_ms("2026-11-22T12:00:48Z")
FINAL = example(
    status="COMPLETED", final=True, ended_at="2026-11-22T12:05:00.000Z", votes_per_second=0.0
)
COUNTING = {**FINAL, "final": False}


def shown(what: RenderableType, width: int = 100) -> str:
    console = Console(file=StringIO(), width=width, record=True)
    console.print(what)
    return console.export_text()


def with_weights(*weights: int) -> Result:
    """A poll with so many choices, of which each has this weight and as many votes."""
    return example(
        choices=[
            {
                "id": f"c{number}",
                "title": f"Choice {number}",
                "votes": weight,
                "free_votes": weight,
                "paid_votes": 0,
                "weight": weight,
            }
            for number, weight in enumerate(weights)
        ],
        regions={},
    )


def row_of(text: str, start: str) -> str:
    """The line in which a text begins, without the frame."""
    (line,) = (line for line in text.splitlines() if line.strip("│ ").startswith(start))
    return line.strip("│ ")


def test_shares_are_of_the_weights_and_add_up() -> None:
    assert shares_of(example()) == {"raul": 16 / 25, "muniain": 9 / 25}


def test_before_the_first_vote_nobody_has_a_share_or_leads() -> None:
    assert set(shares_of(without_votes()).values()) == {0.0}
    assert leaders_of(without_votes()) == []
    assert (leader_name(without_votes()), leader_share(without_votes())) == ("", "")


def test_a_paid_vote_can_make_the_leader_that_has_fewer_heads() -> None:
    first, second = example()["choices"]
    heavy = example(choices=[first, {**second, "weight": 17}])
    assert leaders_of(heavy) == ["muniain"]


@pytest.mark.parametrize(
    ("weights", "name", "share"),
    [
        ((3, 2), "Choice 0", "60.0%"),
        ((2, 0, 2), "Choice 0 = Choice 2", "50.0%"),
        ((1, 1, 1, 1), "Choice 0 = Choice 1 = 2 more", "25.0%"),
    ],
)
def test_those_who_lead_together_are_named_together(
    weights: tuple[int, ...], name: str, share: str
) -> None:
    result = with_weights(*weights)
    assert (leader_name(result), leader_share(result)) == (name, share)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-5, "0:00"), (59, "0:59"), (252, "4:12"), (3_600, "1:00:00"), (3_852, "1:04:12"),
        (86_400, "1 d 00:00"), (7 * 86_400 - 1, "6 d 23:59"),
    ],
)  # fmt: skip
def test_a_duration_is_as_long_as_it_needs_to_be(seconds: int, text: str) -> None:
    assert duration_text(seconds * 1000) == text


def test_a_poll_ends_then_counts_and_then_has_ended() -> None:
    assert ends_text(without_votes(ends_at=None), NOW) == ""
    assert ends_text(example(), NOW) == "in 4:12"
    assert ends_text(COUNTING, NOW) == "counting"
    assert ends_text(FINAL, NOW) == "ended 12:05:00Z"


def test_a_line_has_what_there_is_to_say() -> None:
    assert line_of(example(), NOW) == "motm  ACTIVE  21 voters  Raúl García 64.0%  in 4:12"
    assert line_of(FINAL, NOW).endswith("ended 12:05:00Z  final")
    assert line_of(without_votes(status="CREATED", ends_at=None), NOW) == "motm  CREATED  0 voters"
    assert "1 voter " in line_of(example(voters=1), NOW)


@pytest.mark.parametrize("width", [100, 70])
def test_a_bar_is_as_long_as_its_share(width: int) -> None:
    text = shown(poll_panel(with_weights(100, 50, 50, 0), NOW), width)
    bars = [row_of(text, f"Choice {number}").count("█") for number in range(4)]
    assert bars[0] in (2 * bars[1], 2 * bars[1] + 1)
    assert bars[1] == bars[2] > 3
    assert bars[3] == 0


@pytest.mark.parametrize("width", [100, 70])
def test_every_line_of_a_poll_fits_the_terminal(width: int) -> None:
    lines = shown(poll_panel(example(title="A question " * 30), NOW), width).splitlines()
    assert {len(line) for line in lines} == {width}


def test_a_poll_is_not_as_wide_as_a_pipe() -> None:
    assert {len(line) for line in shown(poll_panel(example(), NOW), 10_000).splitlines()} == {100}


def test_a_poll_in_full_has_its_figures() -> None:
    text = shown(poll_panel(example(late_rejected=7), NOW))
    for part in (
        "motm", "Man of the match", "ACTIVE  ends in 4:12  6.0 votes/s  opta:1009316",
        "21 voters   21 votes (19 free, 2 paid)", "3 changed   0 superseded   1 duplicate",
        "refused: 7 late   4 paced",
        "created 2026-11-22 12:00:00Z   opened 12:01:00Z   ends 12:05:00Z",
    ):  # fmt: skip
        assert part in text
    assert row_of(text, "Raúl García").split()[-4:] == ["64.0%", "12", "2", "16"]
    assert row_of(text, "es").split()[:2] == ["es", "21"]
    assert "Raúl García 57%   Iker Muniain 43%" in text


def test_a_final_result_says_so_and_has_no_rate() -> None:
    text = shown(poll_panel(FINAL, NOW))
    assert "COMPLETED  ended 12:05:00Z  final" in text
    assert "votes/s" not in text
    assert "ended 12:05:00Z" in text.splitlines()[-2]


def test_a_step_on_another_day_has_its_day() -> None:
    text = shown(poll_panel(example(ends_at="2026-11-23T00:05:00.000Z"), NOW))
    assert "opened 12:01:00Z   ends 2026-11-23 00:05:00Z" in text


def test_paid_votes_and_weights_are_shown_only_where_there_are_any() -> None:
    heads = shown(poll_panel(with_weights(3, 2), NOW)).split("\n\n")[0]
    assert "paid " not in row_of(heads, "share")
    assert "weight" not in heads
    assert row_of(shown(poll_panel(example(), NOW)), "share").split() == [
        "share", "votes", "paid", "weight",
    ]  # fmt: skip


def test_nothing_refused_and_no_regions_take_no_room() -> None:
    text = shown(poll_panel(without_votes(), NOW))
    assert "refused" not in text
    assert "region" not in text


def test_of_many_regions_the_largest_are_shown_and_the_others_counted() -> None:
    regions = {f"r{number}": {"raul": number + 1, "muniain": 0} for number in range(13)}
    text = shown(poll_panel(example(regions=regions), NOW))
    assert row_of(text, "r12").split() == ["r12", "13", "Raúl", "García", "100%"]
    assert "3 more regions" in text
    assert "r2 " not in text


def test_a_region_in_which_no_vote_stands_any_more_can_be_shown() -> None:
    text = shown(poll_panel(example(regions={"es": {"raul": 0}}), NOW))
    assert row_of(text, "es").split() == ["es", "0"]


def test_a_table_has_a_row_for_each_poll_and_cuts_titles_not_numbers() -> None:
    long = example(id="goal-of-the-month", title="Which goal of the month " * 5, voters=223_465)
    text = shown(polls_table([long, FINAL, COUNTING], NOW), 70)
    assert max(len(line) for line in text.splitlines()) == 70
    row = row_of(text, "goal-of-the-month")
    for part in ("Whic", "…", "ACTIVE", "223,465", "64.0%", "in 4:12"):
        assert part in row
    assert "12:05:00Z" in text
    assert "counting" in text


def test_titles_are_no_markup() -> None:
    choice = {**example()["choices"][0], "title": "[bold]a[/]"}
    result = example(title="[red]b[/]", id="c", choices=[choice], regions={"es": {"raul": 1}})
    text = shown(poll_panel(result, NOW)) + shown(polls_table([result], NOW))
    assert text.count("[bold]a[/]") == 3
    assert text.count("[red]b[/]") == 2

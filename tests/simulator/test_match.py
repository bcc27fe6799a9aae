"""Stories: what can happen in a match, and what cannot."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from random import Random

import pytest

from simulator import basketball, soccer
from simulator.match import MINUTE, Play, score_of
from udfs.model import EventType, Side

SOCCER = [soccer.plays(Random(f"story {seed}")) for seed in range(150)]
BASKETBALL = [basketball.plays(Random(seed), 12 * MINUTE) for seed in range(60)]
BOTH = pytest.mark.parametrize("stories", [SOCCER, BASKETBALL], ids=["soccer", "basketball"])


def score(plays: tuple[Play, ...]) -> tuple[int, int]:
    scores = [score_of(play) for play in plays]
    return sum(home for home, _ in scores), sum(away for _, away in scores)


def types(plays: tuple[Play, ...]) -> Counter[EventType]:
    return Counter(play.type for play in plays)


@BOTH
def test_plays_are_numbered_in_order_and_time_does_not_go_back(
    stories: list[tuple[Play, ...]],
) -> None:
    for plays in stories:
        assert [play.number for play in plays] == list(range(1, len(plays) + 1))
        # A card or a substitution follows a tenth of a second after what led to it.
        assert all(b.at_ms - a.at_ms >= -100 for a, b in pairwise(plays))


@BOTH
def test_a_match_starts_and_ends_once_and_so_does_each_period(
    stories: list[tuple[Play, ...]],
) -> None:
    for plays in stories:
        assert plays[0].type is EventType.MATCH_START
        assert plays[-1].type is EventType.MATCH_END
        for edge in (EventType.PERIOD_START, EventType.PERIOD_END):
            periods = [play.period for play in plays if play.type is edge]
            assert periods == sorted(set(periods))
            assert periods[-1] == plays[-1].period


@BOTH
def test_the_same_seed_plays_the_same_match(stories: list[tuple[Play, ...]]) -> None:
    again = (
        soccer.plays(Random("story 7"))
        if stories is SOCCER
        else basketball.plays(Random(7), 12 * MINUTE)
    )
    assert again == stories[7]
    assert again != stories[8]


def test_an_own_goal_counts_for_the_other_team() -> None:
    play = Play(1, EventType.OWN_GOAL, Side.HOME, 1, 0, 0)
    assert score_of(play) == (0, 1)


def test_a_shoot_out_follows_only_a_drawn_match_and_does_not_change_its_score() -> None:
    shootouts = [plays for plays in SOCCER if plays[-1].period == soccer.SHOOTOUT_PERIOD]
    assert shootouts
    for plays in shootouts:
        home, away = score(plays)
        assert home == away
        in_shootout = [play for play in plays if play.period == soccer.SHOOTOUT_PERIOD]
        scored = Counter(p.side for p in in_shootout if p.type is EventType.SHOOTOUT_GOAL)
        assert scored[Side.HOME] != scored[Side.AWAY]
        assert not any(play.type is EventType.GOAL for play in in_shootout)


def test_soccer_has_all_that_a_match_can_have() -> None:
    seen = set().union(*(types(plays) for plays in SOCCER))
    assert seen >= {
        EventType.GOAL, EventType.OWN_GOAL, EventType.SHOT_ON_TARGET, EventType.SHOT_OFF_TARGET,
        EventType.SHOT_BLOCKED, EventType.CORNER, EventType.PASS, EventType.FOUL,
        EventType.YELLOW_CARD, EventType.SECOND_YELLOW_CARD, EventType.RED_CARD,
        EventType.OFFSIDE, EventType.SUBSTITUTION, EventType.SHOOTOUT_GOAL,
        EventType.SHOOTOUT_MISS,
    }  # fmt: skip


def test_nobody_who_was_sent_off_plays_on() -> None:
    for plays in SOCCER:
        off: set[tuple[Side, int]] = set()
        for play in plays:
            assert (play.side, play.player) not in off
            if play.type in (EventType.RED_CARD, EventType.SECOND_YELLOW_CARD):
                off.add((play.side, play.player))


def test_soccer_scores_are_like_soccer_scores() -> None:
    goals = [sum(score(plays)) for plays in SOCCER]
    assert 1.5 < sum(goals) / len(goals) < 5


def test_basketball_never_ends_drawn_and_sometimes_goes_to_overtime() -> None:
    assert all(home != away for home, away in map(score, BASKETBALL))
    assert any(plays[-1].period > basketball.QUARTERS for plays in BASKETBALL)


def test_basketball_scores_are_like_basketball_scores() -> None:
    points = [sum(score(plays)) / 2 for plays in BASKETBALL]
    assert 80 < sum(points) / len(points) < 130

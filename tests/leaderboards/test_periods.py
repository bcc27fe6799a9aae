"""Which table a moment belongs to."""

from __future__ import annotations

import random
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from udfs.leaderboards.periods import FOREVER, check, outlasts, period_of
from udfs.limits import LATEST_MS

DAY = 86_400_000
CRONS = ("0 0 * * *", "*/5 * * * *", "30 12 * * 1", "0 0 1 * *", "0 0 1 1 *", "15 3 * * 6,0")


def at(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def test_a_board_that_is_never_reset_has_one_table() -> None:
    assert period_of("", at("2026-11-22T12:00")) == FOREVER
    assert FOREVER.name == "all"


@pytest.mark.parametrize(
    ("reset", "moment", "name", "end"),
    [
        ("0 0 * * *", "2026-11-22T12:00", "2026-11-22", "2026-11-23"),
        ("0 0 * * 1", "2026-11-22T12:00", "2026-11-16", "2026-11-23"),
        ("30 12 * * *", "2026-11-22T12:29:59.999", "2026-11-21T1230Z", "2026-11-22T12:30"),
        ("30 12 * * *", "2026-11-22T12:30", "2026-11-22T1230Z", "2026-11-23T12:30"),
        ("0 0 1 * *", "2026-11-22T12:00", "2026-11-01", "2026-12-01"),
        ("0 0 29 2 *", "2026-11-22T12:00", "2024-02-29", "2028-02-29"),
    ],
)
def test_a_period_is_named_after_the_reset_it_began_with(
    reset: str, moment: str, name: str, end: str
) -> None:
    period = period_of(reset, at(moment))
    assert (period.name, period.end_ms) == (name, at(end))


def test_the_moment_of_a_reset_belongs_to_the_new_table() -> None:
    midnight = at("2026-11-22")
    assert period_of("0 0 * * *", midnight).name == "2026-11-22"
    assert period_of("0 0 * * *", midnight - 1).name == "2026-11-21"


@given(st.integers(0, LATEST_MS), st.sampled_from(CRONS))
def test_every_moment_is_in_its_period_and_periods_follow_each_other(
    moment: int, reset: str
) -> None:
    period = period_of(reset, moment)
    assert period.start_ms <= moment < period.end_ms
    assert period_of(reset, period.end_ms - 1) == period
    assert period_of(reset, period.end_ms).start_ms == period.end_ms


def test_what_was_looked_up_before_makes_no_difference() -> None:
    dice = random.Random(5)
    moments = [dice.randrange(at("2020-01-01"), at("2030-01-01")) for _ in range(300)]
    for moment in moments:
        day = datetime.fromtimestamp(moment / 1000, UTC).strftime("%Y-%m-%d")
        assert period_of("0 0 * * *", moment).name == day


@pytest.mark.parametrize(
    ("reset", "reason"),
    [
        ("0 0 * *", "five fields"),
        ("0 0 * * * *", "five fields"),
        ("@daily", "five fields"),
        ("60 * * * *", "is not a cron"),
        ("0 0 30 2 *", "is not a cron"),
    ],
)
def test_what_is_no_cron_is_refused_with_its_reason(reset: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        check(reset)


@pytest.mark.parametrize("reset", CRONS)
def test_a_cron_is_let_through(reset: str) -> None:
    check(reset)


def test_the_longest_of_a_crons_periods_decides_whether_it_outlasts() -> None:
    assert not outlasts("0 0 * * *", DAY)
    assert outlasts("0 0 * * 1,2", 5 * DAY)
    assert not outlasts("0 0 1 * *", 31 * DAY)
    assert outlasts("0 0 1 * *", 30 * DAY)
    assert outlasts("", 1_000_000 * DAY)

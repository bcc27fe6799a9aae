from __future__ import annotations

from chaos.watching import Update, caught_up_s, fresh_again_s, lags, since


def test_fresh_is_the_first_update_of_a_message_that_came_after_the_fault() -> None:
    updates = [Update(10.5, 9.9), Update(12.0, 10.0), Update(14.0, 13.5), Update(15.0, 14.8)]
    assert fresh_again_s(updates, 10.2) == 14.0 - 10.2


def test_nothing_is_fresh_if_no_later_message_came() -> None:
    assert fresh_again_s([Update(12.0, 9.0)], 10.0) is None


def test_the_lag_is_the_age_of_the_newest_message_in_redis() -> None:
    curve = lags([Update(100.0, 99.5), Update(101.0, 100.75)], 100.0, 101.25)
    assert curve == [(0.0, 0.5), (0.25, 0.75), (0.5, 1.0), (0.75, 1.25), (1.0, 0.25), (1.25, 0.5)]


def test_an_update_of_an_older_message_makes_nothing_older() -> None:
    assert lags([Update(100.0, 99.5), Update(100.1, 90.0)], 100.25, 100.25) == [(0.0, 0.75)]


def test_a_store_is_not_late_by_the_time_in_which_nothing_was_fed() -> None:
    seen = [Update(100.0, 60.0), Update(100.5, 60.0), Update(101.0, 100.5)]
    assert lags(since(seen, 100.0), 100.0, 101.25) == [(1.0, 0.5), (1.25, 0.75)]


def test_what_is_late_for_good_has_not_caught_up() -> None:
    curve = [(0.0, 0.5), (1.0, 5.0), (2.0, 6.0)]
    assert caught_up_s(curve, 0.0) is None
    assert caught_up_s([*curve, (3.0, 0.1), (4.0, 0.1)], 0.0) == 2.25
    assert caught_up_s([(0.0, 9.0), (1.0, 0.1), (2.0, 0.2)], 1.0) == 0.0

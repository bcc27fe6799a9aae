"""What is measured of a contender, and which contenders are."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from bench.polls import ratio_of
from bench.speed import Speed, chosen, speed_of
from touchline.errors import TouchlineError


class Engine(NamedTuple):
    name: str


class Meter:
    """Two cores, all the time."""

    def between(self, start: float, end: float) -> float:
        return 2 * (end - start)


ENGINES = [Engine("Touchline polls"), Engine("Quix Streams"), Engine("Bytewax")]


def test_engines_are_chosen_by_parts_of_their_names_in_any_case() -> None:
    assert chosen(ENGINES, ["quix", "BYTE"]) == ENGINES[1:]
    assert chosen(ENGINES, [""]) == ENGINES


def test_a_name_that_no_engine_has_is_an_error_that_names_them() -> None:
    with pytest.raises(TouchlineError, match="no engine's name has spark in it") as error:
        chosen(ENGINES, ["spark"])
    assert "Quix Streams; Bytewax" in error.value.hint


def test_the_first_quarter_of_the_outputs_is_not_measured() -> None:
    times = [0.0] * 10 + [100.0 + number for number in range(30)]
    speed = speed_of(times, 80, Meter())  # type: ignore[arg-type]
    # 30 of 40 outputs, which are of 60 of 80 inputs, in 29 s.
    assert speed == Speed(round(60 / 29, 1), round(58 / 60 * 1e6, 2), 29.0, 2.0)


def test_outputs_that_come_all_at_once_are_no_figure() -> None:
    with pytest.raises(TouchlineError, match="at once"):
        speed_of([1.0, 5.0, 5.0, 5.0], 4, Meter())  # type: ignore[arg-type]


def test_a_hot_poll_is_compared_by_time_and_by_cpu_a_vote() -> None:
    hot, even = Speed(4_000, 300.0, 10, 1.2), Speed(5_000, 240.0, 8, 1.2)
    ratio = ratio_of(hot, even)
    assert (ratio.time_a_vote, ratio.cpu_s_a_vote) == (1.25, 1.25)

"""Which version a match is read from."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchline.errors import TouchlineError
from touchline.rollout import Rollout, decode, place_of

IDS = [f"opta:{number}" for number in range(2_000)]


def test_without_a_value_all_is_read_from_main() -> None:
    assert decode(None) == Rollout("main")
    assert decode(None).version_of("opta:1") == "main"
    assert decode(None).read == ("main",)


def test_the_place_of_a_match_is_one_that_other_languages_find_too() -> None:
    assert place_of("123456789") == 0xCBF43926 % 100  # the check value of CRC-32
    assert [place_of(one) for one in ("opta:1009316", "genius:1976446", "é")] == [53, 99, 26]


@given(st.text(min_size=1), st.integers(0, 100), st.integers(0, 100))
def test_a_match_that_was_moved_stays_moved_when_more_are(
    match_id: str, one: int, other: int
) -> None:
    few, many = (Rollout("main", "green", percent) for percent in sorted((one, other)))
    if few.version_of(match_id) == "green":
        assert many.version_of(match_id) == "green"


@pytest.mark.parametrize("percent", [0, 1, 5, 20, 100])
def test_about_so_many_matches_are_read_from_the_version(percent: int) -> None:
    rollout = Rollout("main", "green", percent)
    moved = [one for one in IDS if rollout.version_of(one) == "green"]
    assert abs(len(moved) - len(IDS) * percent / 100) < 40
    assert set(map(rollout.version_of, IDS)) == set(rollout.read)


def test_a_rollout_goes_from_the_shadow_to_the_base() -> None:
    rollout = Rollout().started("green")
    assert rollout.read == ("main",)
    assert rollout.at(20).read == ("main", "green")
    assert rollout.at(100).finished() == Rollout("green")
    assert rollout.at(100).finished().started("main") == Rollout("green", "main")


def test_a_rollout_goes_back_and_away() -> None:
    assert Rollout().started("green").at(20).at(0).dropped() == Rollout()


@pytest.mark.parametrize(
    ("refused", "why"),
    [
        (lambda: Rollout().at(5), "no version is being rolled out"),
        (lambda: Rollout().finished(), "no version"),
        (lambda: Rollout().started("main"), "already"),
        (lambda: Rollout().started("green").started("blue"), "green is being rolled out"),
        (lambda: Rollout("main", "green", 20).dropped(), "20 %"),
        (lambda: Rollout("main", "green", 20).finished(), "only 20 %"),
        (lambda: decode("{"), "no rollout"),
        (lambda: decode('{"percent": "many"}'), "no rollout"),
    ],
)
def test_a_step_that_makes_no_sense_is_refused(refused: object, why: str) -> None:
    with pytest.raises(TouchlineError, match=why):
        refused()  # type: ignore[operator]

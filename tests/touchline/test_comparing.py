"""What two versions hold, compared while they change."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from touchline.comparing import Difference, Looks, Place, differences, value_at

MATCH = "match opta:1"


def state(**says: Any) -> dict[str, dict[str, Any]]:
    return {"state": {"": json.dumps(says)}}


def found(one: dict[str, Any], other: dict[str, Any]) -> list[tuple[str, str | None, str | None]]:
    return [(place.field, a, b) for place, a, b in differences(MATCH, one, other)]


def test_a_field_that_differs_is_named_with_both_values() -> None:
    one = state(score={"home": 2, "away": 1}, clock="10:00")
    other = state(clock="10:00", score={"away": 1, "home": 3})
    assert found(one, other) == [("state.score.home", "2", "3")]


def test_the_order_of_fields_is_no_difference() -> None:
    assert found(state(a=1, b={"c": 2, "d": 3}), {"state": {"": '{"b":{"d":3,"c":2},"a":1}'}}) == []


def test_what_only_one_has_is_a_difference() -> None:
    assert found(state(a=1), {"state": {}}) == [("state", '{"a":1}', None)]
    one = {"events": {"opta:7": '{"type":"GOAL"}'}, "timeline": {"opta:7": 5.0}}
    assert found({"events": {}, "timeline": {}}, one) == [
        ("events.opta:7", None, '{"type":"GOAL"}'),
        ("timeline.opta:7", None, "5.0"),
    ]


def test_an_empty_object_is_not_a_missing_one() -> None:
    assert found(state(periods={}), state()) == [("state.periods", "{}", None)]


def test_a_version_that_is_late_does_not_differ() -> None:
    looks = Looks()
    looks.first(MATCH, state(events=7), state(events=6))
    looks.again(MATCH, state(events=9), state(events=8))
    assert looks.owners() == [MATCH]
    looks.again(MATCH, state(events=11), state(events=9))
    assert looks.left() == []


def test_a_version_that_is_ahead_does_not_differ_either() -> None:
    looks = Looks()
    looks.first(MATCH, state(clock="1"), state(clock="2"))
    looks.again(MATCH, state(clock="2"), state(clock="3"))
    assert looks.left() == []


def test_counters_that_stay_as_far_apart_while_they_grow_differ() -> None:
    looks = Looks()
    looks.first(MATCH, state(events=100), state(events=101))
    for events in (101, 102, 104):
        looks.again(MATCH, state(events=events), state(events=events + 1))
    assert [(one, other) for _, one, other in looks.left()] == [("104", "105")]


def test_a_counter_that_is_late_by_now_more_now_less_does_not_differ() -> None:
    looks = Looks()
    looks.first(MATCH, state(events=100), state(events=101))
    looks.again(MATCH, state(events=101), state(events=103))
    assert looks.left() == []


def test_a_difference_that_lasts_is_told_with_the_values_of_the_last_look() -> None:
    looks = Looks()
    looks.first(MATCH, state(goals=1, events=1), state(goals=2, events=0))
    looks.again(MATCH, state(goals=3, events=1), state(goals=4, events=1))
    assert looks.left() == [Difference(Place(MATCH, "state", "", ("goals",)), "3", "4")]


def test_an_event_that_was_taken_back_in_both_is_no_difference() -> None:
    looks = Looks()
    looks.first(MATCH, {"events": {"e": '{"x":1}'}}, {"events": {"e": '{"x":2}'}})
    looks.again(MATCH, {"events": {}}, {"events": {}})
    assert looks.left() == []


def test_what_is_ignored_does_not_count() -> None:
    looks = Looks(("state.quality.*", "windows.momentum:*"))
    one = state(quality={"provisional": 1}, clock="1") | {"windows": {"momentum:1": "{}"}}
    looks.first(MATCH, one, state(quality={"provisional": 2}, clock="2"))
    assert [place.field for place, _, _ in looks.left()] == ["state.clock"]


NAMES = st.sampled_from("abc")
VALUES: Any = st.recursive(
    st.none() | st.integers(0, 2) | st.text("xy", max_size=1) | st.lists(st.integers(0, 1)),
    lambda inner: st.dictionaries(NAMES, inner, max_size=3),
)
DOCUMENTS = st.dictionaries(NAMES, VALUES, max_size=3).map(
    lambda one: {"state": {"": json.dumps(one)}}
)


@given(DOCUMENTS, DOCUMENTS)
def test_documents_are_the_same_exactly_if_nothing_differs(one: Any, other: Any) -> None:
    same = json.loads(one["state"][""]) == json.loads(other["state"][""])
    assert (list(differences(MATCH, one, other)) == []) == same


@given(DOCUMENTS, DOCUMENTS)
def test_each_difference_is_what_is_at_its_place(one: Any, other: Any) -> None:
    for place, left, right in differences(MATCH, one, other):
        assert left != right
        assert (value_at(place, one), value_at(place, other)) == (left, right)

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from udfs.merge import last_write_wins
from udfs.model import EventType, MatchEvent, Side, Status


def event(
    event_id: str = "1",
    version: int = 1,
    body: str = "",
    *,
    status: Status = Status.ACTIVE,
    side: Side = Side.HOME,
    points: int = 0,
    game_time_ms: int = 0,
    match_id: str = "opta:1",
    provider: str = "opta",
) -> MatchEvent:
    return MatchEvent(
        match_id=match_id,
        event_id=event_id,
        provider=provider,
        sport="soccer",
        type=EventType.GOAL,
        provider_type=body,
        version=version,
        status=status,
        side=side,
        points=points,
        game_time_ms=game_time_ms,
    )


def test_the_highest_version_wins_in_whatever_order_they_arrive() -> None:
    old, new = event(version=1), event(version=2)
    assert last_write_wins([old, new]) == last_write_wins([new, old]) == [new]


def test_equal_versions_go_to_the_later_arrival() -> None:
    first, second = event(body="first"), event(body="second")
    assert last_write_wins([first, second]) == [second]
    assert last_write_wins([second, first]) == [first]


def test_a_tombstone_stays_and_keeps_an_older_version_from_coming_back() -> None:
    tombstone = event(version=2, status=Status.DELETED)
    assert last_write_wins([tombstone, event(version=1)]) == [tombstone]


def test_a_delete_can_be_taken_back_by_a_newer_version() -> None:
    back = event(version=3)
    assert last_write_wins([event(version=2, status=Status.DELETED), back]) == [back]


def test_an_event_is_known_by_match_provider_and_id() -> None:
    others = [event(), event(match_id="opta:2"), event(provider="genius"), event("2")]
    assert len(last_write_wins(others)) == 4


def test_the_order_is_that_of_the_game_and_then_of_the_id() -> None:
    events = [event("2", game_time_ms=5), event("9", game_time_ms=1), event("1", game_time_ms=5)]
    assert [e.event_id for e in last_write_wins(events)] == ["9", "1", "2"]


versions = st.builds(
    event,
    event_id=st.sampled_from("abcd"),
    version=st.integers(1, 4),
    body=st.sampled_from("xyz"),
    status=st.sampled_from(Status),
    points=st.integers(0, 3),
    game_time_ms=st.integers(0, 3),
)
feeds = st.lists(versions, max_size=30)


def shuffled(events: list[MatchEvent], rng: random.Random) -> list[MatchEvent]:
    """Any order that keeps the order of an event's equal versions."""
    groups: dict[tuple[str, int], list[MatchEvent]] = {}
    for one in events:
        groups.setdefault((one.event_id, one.version), []).append(one)
    order = [(one.event_id, one.version) for one in events]
    rng.shuffle(order)
    rest = {key: iter(group) for key, group in groups.items()}
    return [next(rest[key]) for key in order]


@given(feeds, st.randoms(use_true_random=False))
def test_a_shuffle_that_keeps_the_order_of_equal_versions_changes_nothing(
    events: list[MatchEvent], rng: random.Random
) -> None:
    assert last_write_wins(shuffled(events, rng)) == last_write_wins(events)


@given(feeds, st.integers(0, 30))
def test_a_replay_of_a_whole_prefix_before_going_on_changes_nothing(
    events: list[MatchEvent], length: int
) -> None:
    prefix = events[:length]
    assert last_write_wins(prefix + events) == last_write_wins(events)


@given(feeds)
def test_a_replay_of_everything_changes_nothing(events: list[MatchEvent]) -> None:
    assert last_write_wins(events + events) == last_write_wins(events)


@given(feeds, st.integers(0, 30))
def test_what_was_merged_in_parts_is_what_is_merged_at_once(
    events: list[MatchEvent], at: int
) -> None:
    parts = last_write_wins(events[:at]) + events[at:]
    assert last_write_wins(parts) == last_write_wins(events)


@given(feeds, st.lists(st.integers(1, 3), min_size=30, max_size=30))
def test_a_message_sent_several_times_in_a_row_changes_nothing(
    events: list[MatchEvent], times: list[int]
) -> None:
    repeated = [one for one, count in zip(events, times, strict=False) for _ in range(count)]
    assert last_write_wins(repeated) == last_write_wins(events)


@given(feeds)
def test_merging_what_is_merged_changes_nothing(events: list[MatchEvent]) -> None:
    merged = last_write_wins(events)
    assert last_write_wins(merged) == merged
    assert len(merged) == len({one.event_id for one in events})

"""The laws of the snapshot difference, on made-up matches and on a real one."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from tests.samples import sample
from udfs.contract import Message, Parsed
from udfs.genius.adapter import GeniusAdapter
from udfs.model import EventType, MatchEvent, Status
from udfs.snapshots import ARRIVAL_VERSION, RECEIVED_TIME, changes, manifest_of

MATCH = "genius:1"
POLL_MS = 5_000

Content = dict[str, int]
"""event id -> points: what a snapshot says, the rest of an event being the same."""

contents = st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 3), max_size=6)


def polled(content: Content, arrival: int) -> Parsed:
    """A snapshot of a feed that has neither versions nor a clock."""
    return snapshot(
        [
            event(
                event_id,
                points,
                version=arrival,
                event_time_ms=arrival * POLL_MS,
                attributes=dict((RECEIVED_TIME, ARRIVAL_VERSION)),
            )
            for event_id, points in content.items()
        ]
    )


def edited(content: Content, arrival: int) -> Parsed:
    """A snapshot of a feed that has both; an event's version is its points."""
    return snapshot(
        [event(event_id, points, version=points) for event_id, points in content.items()]
    )


def snapshot(events: list[MatchEvent]) -> Parsed:
    return Parsed(events, snapshot=True, match_id=MATCH)


def event(event_id: str, points: int = 0, **changed: object) -> MatchEvent:
    base = MatchEvent(
        match_id=MATCH,
        event_id=event_id,
        provider="genius",
        sport="basketball",
        type=EventType.TWO_POINT_MADE,
        provider_type="2pt",
        version=1,
        points=points,
    )
    return msgspec.structs.replace(base, **changed)


def sent(snapshots: list[Parsed]) -> list[tuple[MatchEvent, int]]:
    """What the snapshots, polled one after the other, become: events with their arrivals."""
    stream: list[tuple[MatchEvent, int]] = []
    previous: bytes | None = None
    for arrival, parsed in enumerate(snapshots):
        stream += [(change, arrival) for change in changes(previous, parsed, arrival)]
        previous = manifest_of(parsed)
    return stream


def last_write_wins(stream: list[tuple[MatchEvent, int]]) -> dict[str, MatchEvent]:
    """The active events, by the highest (version, arrival)."""
    current: dict[str, tuple[MatchEvent, int]] = {}
    for change, arrival in stream:
        known = current.get(change.event_id)
        if known is None or (change.version, arrival) >= (known[0].version, known[1]):
            current[change.event_id] = (change, arrival)
    return {
        event_id: change
        for event_id, (change, _) in current.items()
        if change.status is Status.ACTIVE
    }


@given(st.lists(contents, min_size=1, max_size=8))
def test_the_changes_of_any_polls_give_the_events_of_the_last_poll(polls: list[Content]) -> None:
    stream = sent([polled(content, arrival) for arrival, content in enumerate(polls)])
    result = {event_id: found.points for event_id, found in last_write_wins(stream).items()}
    assert result == polls[-1]


@given(st.lists(contents, min_size=1, max_size=8))
def test_the_same_holds_for_a_feed_with_versions_that_only_grow(polls: list[Content]) -> None:
    highest: Content = {}
    grown: list[Content] = []
    for content in polls:
        grown.append({key: max(value, highest.get(key, 0)) for key, value in content.items()})
        highest |= grown[-1]
    stream = sent([edited(content, arrival) for arrival, content in enumerate(grown)])
    expected = {found.event_id: found for found in edited(grown[-1], 0).events}
    assert last_write_wins(stream) == expected


@given(contents)
def test_the_same_poll_twice_changes_nothing(content: Content) -> None:
    for poll in (polled, edited):
        assert changes(manifest_of(poll(content, 1)), poll(content, 2), arrival=2) == []


@given(contents)
def test_without_a_poll_before_all_events_are_new(content: Content) -> None:
    parsed = polled(content, 1)
    assert changes(None, parsed, arrival=1) == parsed.events


def test_an_unchanged_event_keeps_the_time_of_its_first_sight() -> None:
    stream = sent([polled({"a": 2}, 0), polled({"a": 2, "b": 3}, 1)])
    assert last_write_wins(stream)["a"].event_time_ms == 0
    assert last_write_wins(stream)["b"].event_time_ms == POLL_MS


def test_a_feeds_own_time_is_content() -> None:
    before = snapshot([event("a", event_time_ms=1)])
    after = snapshot([event("a", event_time_ms=2)])
    assert changes(manifest_of(before), after, arrival=2) == after.events


def test_a_new_version_of_the_same_content_is_a_change() -> None:
    after = snapshot([event("a", version=2)])
    assert changes(manifest_of(snapshot([event("a")])), after, arrival=2) == after.events


def test_an_older_version_from_a_stale_cache_does_not_win() -> None:
    new, stale = edited({"a": 3}, 0), edited({"a": 1}, 1)
    assert last_write_wins(sent([new, stale]))["a"].points == 3


def test_a_tombstone_says_what_it_takes_back() -> None:
    (tombstone,) = changes(manifest_of(edited({"a": 2}, 1)), snapshot([]), arrival=9)
    assert tombstone == MatchEvent(
        match_id=MATCH,
        event_id="a",
        provider="genius",
        sport="basketball",
        type=EventType.TWO_POINT_MADE,
        provider_type="",
        version=2,
        status=Status.DELETED,
    )


def test_a_tombstone_of_a_feed_without_versions_has_the_arrival_as_its_version() -> None:
    (tombstone,) = changes(manifest_of(polled({"a": 2}, 1)), snapshot([]), arrival=9)
    assert tombstone.version == 9


def test_of_two_events_with_one_id_the_higher_version_counts() -> None:
    parsed = snapshot([event("a", 3, version=3), event("a", 1, version=1)])
    assert [found.points for found in changes(None, parsed, arrival=1)] == [3]
    assert changes(manifest_of(parsed), snapshot([event("a", 3, version=3)]), arrival=2) == []


def test_a_real_document_without_one_action_deletes_that_action_only() -> None:
    value = sample("genius/nbl_fibalivestats_1976446.json").read_bytes()
    document = msgspec.json.decode(value)
    first = GeniusAdapter().parse(Message(value, "1976446", 1, 1_000))
    removed = document["pbp"].pop(300)
    later = Message(msgspec.json.encode(document), "1976446", 2, 6_000)
    second = GeniusAdapter().parse(later)
    (tombstone,) = changes(manifest_of(first), second, arrival=2)
    assert (tombstone.event_id, tombstone.status) == (str(removed["actionNumber"]), Status.DELETED)


def test_the_manifest_of_a_real_match_is_small() -> None:
    value = sample("genius/nbl_fibalivestats_1976446.json").read_bytes()
    parsed = GeniusAdapter().parse(Message(value, "1976446", 1, 1_000))
    assert len(manifest_of(parsed)) < 20 * len(parsed.events)

from __future__ import annotations

from connectors.feeds.recovery import MOST_MATCHES, RECENT_S, FetchTimelines, recovery_for
from tests.connectors.feeds.clock import FakeClock

BEAT = b'{"heartbeat":{"interval":5000}}'
PUSH = b'{"payload":{"game":{"id":"%b"},"event":{"id":"e"}}}'


def test_livestats_resumes_from_the_last_message_id_and_keeps_the_key() -> None:
    recovery = recovery_for("genius", None)
    recovery.saw(b'{"type":"action","messageId":41}')
    recovery.saw(b'{"type":"action","messageId":42}')
    recovery.saw(b'{"type":"ping"}')
    assert (
        recovery.resumed("https://live.example/read/7?ak=KEY")
        == "https://live.example/read/7?ak=KEY&fromMessageId=42"
    )


def test_a_second_gap_replaces_the_message_id() -> None:
    recovery = recovery_for("genius", None)
    recovery.saw(b'{"messageId":"43"}')
    assert recovery.resumed("https://h/?fromMessageId=1") == "https://h/?fromMessageId=43"


def test_livestats_without_a_message_yet_connects_as_before() -> None:
    recovery = recovery_for("genius", None)
    assert recovery.resumed("https://h/read/7?ak=KEY") == "https://h/read/7?ak=KEY"


def test_sportradar_fetches_the_timeline_of_every_match_seen_once() -> None:
    recovery = recovery_for("sportradar", "https://api.example/games/{match}/pbp.json")
    for match in (b"a-1", b"b-2", b"a-1"):
        recovery.saw(PUSH % match)
    recovery.saw(b'{"heartbeat":{"interval":5000}}')
    assert recovery.documents() == [
        "https://api.example/games/b-2/pbp.json",
        "https://api.example/games/a-1/pbp.json",
    ]


def matches_after(*seen: tuple[float, bytes]) -> list[str]:
    """The matches whose timelines are fetched after messages at these times."""
    clock = FakeClock()
    recovery = FetchTimelines("sportradar", "{match}", clock)
    for time_s, message in seen:
        clock.now = time_s
        recovery.saw(message)
    clock.now += 10 * RECENT_S  # a gap
    return recovery.documents()


def test_a_match_that_was_over_before_the_gap_is_not_asked_for() -> None:
    seen = [(0.0, PUSH % b"old"), (1.0, PUSH % b"on"), (RECENT_S, PUSH % b"new")]
    assert matches_after(*seen) == ["old", "on", "new"]
    assert matches_after(*seen, (RECENT_S + 0.5, PUSH % b"new")) == ["on", "new"]
    assert matches_after(*seen, (RECENT_S + 0.5, BEAT)) == ["on", "new"]


def test_a_match_that_goes_on_stays_however_long_ago_it_began() -> None:
    seen = [(0.0, PUSH % b"long"), (1.0, PUSH % b"short"), (RECENT_S, PUSH % b"long")]
    assert matches_after(*seen, (RECENT_S + 2.0, BEAT)) == ["long"]


def test_only_so_many_matches_are_kept_the_last_ones() -> None:
    seen = [(float(place), PUSH % str(place).encode()) for place in range(MOST_MATCHES + 20)]
    assert matches_after(*seen) == [str(place) for place in range(20, MOST_MATCHES + 20)]


def test_a_timeline_without_a_placeholder_is_fetched_as_it_is() -> None:
    assert recovery_for("sportradar", "https://api.example/t.json").documents() == [
        "https://api.example/t.json"
    ]


def test_a_provider_without_recovery_just_connects_again() -> None:
    recovery = recovery_for("opta", None)
    recovery.saw(b"<Games/>")
    assert recovery.resumed("https://h/") == "https://h/"
    assert recovery.documents() == []

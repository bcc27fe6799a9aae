from __future__ import annotations

from connectors.feeds.recovery import recovery_for

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
        "https://api.example/games/a-1/pbp.json",
        "https://api.example/games/b-2/pbp.json",
    ]


def test_a_timeline_without_a_placeholder_is_fetched_as_it_is() -> None:
    assert recovery_for("sportradar", "https://api.example/t.json").documents() == [
        "https://api.example/t.json"
    ]


def test_a_provider_without_recovery_just_connects_again() -> None:
    recovery = recovery_for("opta", None)
    recovery.saw(b"<Games/>")
    assert recovery.resumed("https://h/") == "https://h/"
    assert recovery.documents() == []

from __future__ import annotations

import pytest

from connectors.feeds.files import Received
from connectors.feeds.pacing import LONGEST_GAP_MS, due, parse_speed, played, time_of
from tests.connectors.feeds.clock import FakeClock


def at(seconds: float | None, name: str = "m") -> Received:
    return Received(name.encode(), None, "test", None if seconds is None else int(seconds * 1000))


def due_times(messages: list[Received], speed: float) -> list[float]:
    return [due_s for due_s, _ in due(messages, "test", speed)]


def test_at_1x_messages_are_as_far_apart_as_they_were() -> None:
    assert due_times([at(100), at(101), at(104.5)], 1.0) == [0, 1, 4.5]


def test_at_60x_a_minute_takes_a_second() -> None:
    assert due_times([at(0), at(60), at(120)], 60.0) == [0, 1, 2]


def test_a_message_without_a_time_comes_with_its_predecessor() -> None:
    assert due_times([at(None), at(10), at(None), at(12)], 1.0) == [0, 0, 0, 2]


def test_an_earlier_time_does_not_turn_back_the_clock() -> None:
    assert due_times([at(10), at(20), at(15), at(21)], 1.0) == [0, 10, 10, 11]


def test_nobody_waits_for_a_correction_of_the_next_day() -> None:
    after = LONGEST_GAP_MS / 1000 + 1
    assert due_times([at(0), at(after), at(after + 2)], 1.0) == [0, 0, 2]


def test_sources_are_played_side_by_side() -> None:
    clock = FakeClock()
    first = [at(1_000, "a"), at(1_004, "b")]
    second = [at(50, "x"), at(52, "y"), at(55, "z")]
    messages = played([first, second], "test", 2.0, clock=clock, sleep=clock.sleep)
    assert [message.value for message in messages] == [b"a", b"x", b"y", b"b", b"z"]
    assert clock.sleeps == pytest.approx([1.0, 1.0, 0.5])


def test_at_max_speed_nothing_waits_and_sources_follow_one_another() -> None:
    clock = FakeClock()
    messages = played(
        [[at(0, "a"), at(99, "b")], [at(0, "x")]], "test", None, clock=clock, sleep=clock.sleep
    )
    assert [message.value for message in messages] == [b"a", b"b", b"x"]
    assert clock.sleeps == []


def test_a_slow_reader_catches_up() -> None:
    clock = FakeClock()
    for message in played([[at(0), at(1), at(2)]], "test", 1.0, clock=clock, sleep=clock.sleep):
        if message.time_ms == 0:
            clock.now += 5
    assert clock.sleeps == []


@pytest.mark.parametrize(
    ("text", "factor"), [("1x", 1.0), ("60x", 60.0), ("0.5x", 0.5), ("max", None)]
)
def test_speeds_are_read(text: str, factor: float | None) -> None:
    assert parse_speed(text) == factor


@pytest.mark.parametrize("text", ["", "fast", "60", "x", "-1x", "0x", "1xx", "nanx"])
def test_other_speeds_are_errors(text: str) -> None:
    with pytest.raises(ValueError, match="a speed is"):
        parse_speed(text)


@pytest.mark.parametrize(
    ("provider", "value"),
    [
        ("opta", b'<Event id="1" last_modified="2018-08-20T20:00:23" version="1"/>'),
        ("opta", b'{"lastModified": "2018-08-20T20:00:23Z"}'),
        ("sportradar", b'{"event":{"id":"1","updated":"2018-08-20T20:00:23Z"}}'),
        ("sportradar", b'{"event":{"id":"1","deleted":"2018-08-20T20:00:23+00:00"}}'),
        ("genius", b'{"messageTimestampUtc":"2018-08-20T20:00:23.0000000Z"}'),
        ("genius", b'{"MessageTimestampUtc":"2018-08-20T20:00:23.0000000Z"}'),
        ("genius", b'{"timeActual": "2018-08-20T20:00:23.0Z"}'),
    ],
)
def test_the_time_of_a_message_is_seen_without_parsing(provider: str, value: bytes) -> None:
    assert time_of(provider, value) == 1_534_795_223_000


def test_a_message_may_have_no_time_or_a_wrong_one() -> None:
    assert time_of("sportradar", b'{"heartbeat":{"interval":5000}}') is None
    assert time_of("sportradar", b'{"updated":"2018-99-20T20:00:23Z"}') is None
    assert time_of("unheard-of", b'{"updated":"2018-08-20T20:00:23Z"}') is None

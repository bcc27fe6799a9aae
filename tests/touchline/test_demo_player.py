"""The demo's player, with a Kafka broker within librdkafka."""

from __future__ import annotations

import time
from collections.abc import Sequence

import pytest

from tests.mock_kafka import mock_kafka, records
from touchline.demo_feeds import Cue
from touchline.demo_player import Player
from touchline.errors import TouchlineError

CUES = [Cue(place / 100, "opta", "1", b"%d" % place) for place in range(100)]


def until_over(player: Player, timeout_s: float = 20.0) -> None:
    deadline = time.monotonic() + timeout_s
    while player.playing():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_every_cue_is_sent_in_order() -> None:
    with mock_kafka("feed.opta") as kafka:
        player = Player(kafka, seconds=0.2)
        player.load(lambda: CUES)
        player.play()
        until_over(player)
        values = [record.value() for record in records(kafka, "feed.opta")]
    assert values == [cue.value for cue in CUES]
    assert player.sent == {"opta": 100}


def until_sent(player: Player, count: int, timeout_s: float = 20.0) -> None:
    deadline = time.monotonic() + timeout_s
    while player.sent.get("opta", 0) < count:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_only_the_first_cues_are_sent_before_the_play() -> None:
    with mock_kafka("feed.opta") as kafka:
        player = Player(kafka, seconds=0.01)
        player.load(lambda: CUES)
        until_sent(player, 2)
        time.sleep(0.3)  # for more, if it did not wait
        assert player.playing()
        assert player.sent == {"opta": 2}
        player.close()
        assert player.sent == {"opta": 2}


def test_a_closed_player_stops_at_once() -> None:
    with mock_kafka("feed.opta") as kafka:
        player = Player(kafka, seconds=100_000)
        player.load(lambda: CUES)
        player.play()
        since = time.monotonic()
        player.close()
        assert time.monotonic() - since < 60
        assert not player.playing()


def test_a_file_that_cannot_be_read_is_an_error_of_the_play() -> None:
    def missing() -> Sequence[Cue]:
        raise FileNotFoundError("no such file")

    with mock_kafka("feed.opta") as kafka:
        player = Player(kafka, seconds=1)
        player.load(missing)
        player.play()
        player.close()
        with pytest.raises(TouchlineError, match="no such file"):
            player.playing()

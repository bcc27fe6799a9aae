"""What Kafka is asked, and how its topics are read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from connectors.feeds.publisher import Publisher
from tests.mock_kafka import mock_kafka
from touchline import broker as module
from touchline.broker import Broker, BrokerError, Place
from touchline.settings import Kafka
from touchline.topic_log import TopicLog

FEED = "feed.opta"
EMPTY = "feed.sportradar"
NOBODY = "127.0.0.1:1"


class Moving(Consumer):  # type: ignore[misc]
    """A consumer of a cluster that is only just choosing who leads its partitions."""

    moves = 0

    def get_watermark_offsets(self, *args: Any, **options: Any) -> tuple[int, int]:
        if Moving.moves:
            Moving.moves -= 1
            raise KafkaException(KafkaError(KafkaError.NOT_LEADER_FOR_PARTITION))
        return super().get_watermark_offsets(*args, **options)  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def kafka() -> Iterator[Kafka]:
    with mock_kafka(FEED, EMPTY, "feed.genius") as settings:
        yield settings


@pytest.fixture(scope="module")
def place(kafka: Kafka) -> Place:
    """Where the first of five records is, which are numbered from 0."""
    publish(kafka, range(5))
    with Broker(kafka) as broker:
        (first, *_) = broker.read(FEED)
    return Place(FEED, first.partition(), 0)


def publish(kafka: Kafka, numbers: range) -> None:
    with Publisher(kafka, FEED) as publisher:
        for number in numbers:
            publisher.send(str(number).encode(), "always the same match")


def test_a_topic_is_read_from_its_beginning_or_from_some_before_its_end(
    kafka: Kafka, place: Place
) -> None:
    with Broker(kafka) as broker:
        assert [one.value() for one in broker.read(FEED)] == [b"0", b"1", b"2", b"3", b"4"]
        assert [one.value() for one in broker.read(FEED, last=2)] == [b"3", b"4"]
        assert next(one.value() for one in broker.read(FEED, last=9)) == b"0"
        assert list(broker.read(EMPTY)) == []


def test_one_record_is_found_by_its_place_and_none_where_there_is_none(
    kafka: Kafka, place: Place
) -> None:
    with Broker(kafka) as broker:
        found = broker.at(Place(FEED, place.partition, 3))
        assert found is not None
        assert found.value() == b"3"
        assert broker.at(Place(FEED, place.partition, 5)) is None
        with pytest.raises(BrokerError, match=r"feed\.opta has no partition 99"):
            broker.at(Place(FEED, 99, 0))


def test_a_log_goes_on_where_it_was(kafka: Kafka, place: Place) -> None:
    with TopicLog(kafka, [FEED, "feed.missing"]) as log:
        assert [one.value() for one in log.read()] == [b"0", b"1", b"2", b"3", b"4"]
        assert list(log.read()) == []
        assert log.missing == {FEED: 0}


def test_a_topic_that_is_missing_has_no_end_and_cannot_be_read(kafka: Kafka) -> None:
    with Broker(kafka) as broker:
        assert broker.ends(["feed.none"]) == {}
        with pytest.raises(BrokerError, match=r"has no topic feed\.none"):
            list(broker.read("feed.none"))


def test_a_partition_whose_broker_is_only_being_chosen_is_waited_for(
    kafka: Kafka, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "Consumer", Moving)
    with Broker(kafka) as broker:
        monkeypatch.setattr(Moving, "moves", 3)
        assert broker.firsts(FEED)[place.partition] == 0
    with Broker(kafka, answer_s=0.3) as broker:
        monkeypatch.setattr(Moving, "moves", 10_000)
        with pytest.raises(BrokerError, match=r"feed\.opta\[0\] .*Not leader"):
            broker.bounds(TopicPartition(FEED, 0))


def test_lag_is_what_a_group_has_not_committed(kafka: Kafka, place: Place) -> None:
    with Broker(kafka) as broker:
        assert broker.lag("touchline-normalize", [FEED, "feed.missing"]) == {}
        reader = Consumer({"bootstrap.servers": kafka.bootstrap, "group.id": "touchline-normalize"})
        reader.commit(offsets=[TopicPartition(FEED, place.partition, 2)], asynchronous=False)
        reader.close()
        assert broker.lag("touchline-normalize", [FEED, "feed.missing"]) == {FEED: 3}


def test_a_broker_that_is_silent_is_an_error_that_names_it() -> None:
    with (
        pytest.raises(BrokerError, match=f"no Kafka broker answers at {NOBODY}"),
        Broker(Kafka(bootstrap=NOBODY), answer_s=0.5) as broker,
    ):
        broker.ends([])

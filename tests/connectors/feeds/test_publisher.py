from __future__ import annotations

import pytest

from connectors.feeds.publisher import Publisher, PublishError
from tests.mock_kafka import mock_kafka, records
from touchline.settings import Kafka

TOPIC = "feed.opta"


def test_bytes_key_and_headers_arrive_as_given() -> None:
    value = b"\xef\xbb\xbf<Games/>\r\n\x00"
    with mock_kafka(TOPIC) as kafka:
        with Publisher(kafka, TOPIC) as publisher:
            publisher.send(value, "1009316", {"source": "füße.xml"})
        (record,) = records(kafka, TOPIC)
    assert record.value() == value
    assert record.key() == b"1009316"
    assert record.headers() == [("source", "füße.xml".encode())]


def test_a_message_without_a_match_has_no_key() -> None:
    with mock_kafka(TOPIC) as kafka:
        with Publisher(kafka, TOPIC) as publisher:
            publisher.send(b'{"heartbeat":{}}', None)
        (record,) = records(kafka, TOPIC)
    assert record.key() is None


def test_the_order_of_a_match_holds_in_one_partition() -> None:
    sent = [(f"match-{n % 7}", b"%d" % n) for n in range(2_000)]
    with mock_kafka(TOPIC) as kafka:
        with Publisher(kafka, TOPIC) as publisher:
            for key, value in sent:
                publisher.send(value, key)
        received = records(kafka, TOPIC)
    for match in {key for key, _ in sent}:
        of_match = [record for record in received if record.key() == match.encode()]
        assert len({record.partition() for record in of_match}) == 1
        assert [record.value() for record in of_match] == [v for k, v in sent if k == match]


def test_the_partition_is_that_of_kafkas_java_clients() -> None:
    with mock_kafka(TOPIC) as kafka:
        with Publisher(kafka, TOPIC) as publisher:
            publisher.send(b"x", "1009316")
        (record,) = records(kafka, TOPIC)
    assert record.partition() == (murmur2(b"1009316") & 0x7FFFFFFF) % 4


def test_a_full_buffer_waits_and_loses_nothing() -> None:
    with mock_kafka(TOPIC) as kafka:
        with Publisher(kafka, TOPIC, {"queue.buffering.max.messages": 10}) as publisher:
            for number in range(500):
                publisher.send(b"%d" % number, "m")
        received = [int(record.value()) for record in records(kafka, TOPIC)]
    assert received == list(range(500))


def test_a_message_over_the_limit_is_an_error() -> None:
    with mock_kafka(TOPIC) as kafka:
        small = kafka.model_copy(update={"max_message_bytes": 2_000})
        with (
            pytest.raises(PublishError, match=f"{TOPIC}: .*too large"),
            Publisher(small, TOPIC) as publisher,
        ):
            publisher.send(bytes(40_000), "m")


def test_a_message_that_is_not_delivered_is_an_error_at_the_end() -> None:
    nowhere = Kafka(bootstrap="127.0.0.1:1")
    config = {"message.timeout.ms": 200}
    with (
        pytest.raises(PublishError, match="timed out"),
        Publisher(nowhere, TOPIC, config) as publisher,
    ):
        publisher.send(b"x", "m")


def test_everything_is_sent_when_ctrl_c_ends_the_run() -> None:
    def interrupted(publisher: Publisher) -> None:
        with publisher:
            for number in range(100):
                publisher.send(b"%d" % number, "m")
            raise KeyboardInterrupt

    with mock_kafka(TOPIC) as kafka:
        with pytest.raises(KeyboardInterrupt):
            interrupted(Publisher(kafka, TOPIC))
        assert len(records(kafka, TOPIC)) == 100


def test_a_broker_that_is_not_there_is_found_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.feeds.publisher.ANSWER_S", 0.2)
    publisher = Publisher(Kafka(bootstrap="127.0.0.1:1"), TOPIC)
    with pytest.raises(PublishError, match=r"no Kafka broker answers at 127\.0\.0\.1:1"):
        publisher.check()


def test_a_topic_that_is_not_there_is_found_at_once() -> None:
    with mock_kafka(TOPIC) as kafka:
        Publisher(kafka, TOPIC).check()
        with pytest.raises(PublishError, match=r"has no topic feed\.none"):
            Publisher(kafka, "feed.none").check()


def murmur2(data: bytes) -> int:
    """Kafka's hash of a key, from its documentation, as an unsigned number of 32 bits."""
    mask, m = 0xFFFFFFFF, 0x5BD1E995
    h = (0x9747B28C ^ len(data)) & mask
    whole = len(data) // 4 * 4
    for at in range(0, whole, 4):
        k = int.from_bytes(data[at : at + 4], "little") * m & mask
        k = (k ^ k >> 24) * m & mask
        h = (h * m & mask) ^ k
    if rest := data[whole:]:
        h = (h ^ int.from_bytes(rest, "little")) * m & mask
    h = (h ^ h >> 13) * m & mask
    return h ^ h >> 15

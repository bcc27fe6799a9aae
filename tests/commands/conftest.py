"""A broker and a store for the commands on polls."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from schemas.generated.touchline.v1.poll_pb2 import PollControl, PollVote
from tests.mock_kafka import mock_kafka, records
from tests.mock_redis import MockRedis, mock_redis
from touchline.settings import Kafka


@pytest.fixture(scope="module")
def poll_kafka() -> Iterator[Kafka]:
    with mock_kafka("poll-control", "poll-votes") as broker:
        yield broker


@pytest.fixture
def redis(poll_kafka: Kafka, monkeypatch: pytest.MonkeyPatch) -> Iterator[MockRedis]:
    """An empty store; the commands use it and the broker."""
    monkeypatch.setenv("TOUCHLINE_KAFKA__BOOTSTRAP", poll_kafka.bootstrap)
    with mock_redis() as server:
        monkeypatch.setenv("TOUCHLINE_REDIS__URL", server.url)
        yield server


def sent_after(kafka: Kafka, topic: str, before: int) -> list[Any]:
    """The topic's records but for those that were there before, each test having its own."""
    return sorted(records(kafka, topic), key=lambda record: record.timestamp())[before:]


@pytest.fixture
def commands(poll_kafka: Kafka) -> Any:
    """Gives the commands that the test has sent, as often as it is called."""
    before = len(records(poll_kafka, "poll-control"))
    return lambda: [
        PollControl.FromString(record.value())
        for record in sent_after(poll_kafka, "poll-control", before)
    ]


@pytest.fixture
def votes(poll_kafka: Kafka) -> Any:
    """Gives the votes that the test has sent, with their keys."""
    before = len(records(poll_kafka, "poll-votes"))
    return lambda: [
        (record.key().decode(), PollVote.FromString(record.value()))
        for record in sent_after(poll_kafka, "poll-votes", before)
    ]

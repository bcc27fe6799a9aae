"""Stores and topics as on the first day: what another module wrote is no part of a pipeline."""

from __future__ import annotations

import time

import redis
from confluent_kafka.admin import AdminClient

from connectors.access import librdkafka, redis_options
from connectors.clickhouse_sink import connect
from touchline.settings import ClickHouse, Kafka, Redis, Settings

ANSWER_S = 60.0
POLL_S = 0.2
INTERNAL = "__"


def empty(settings: Settings) -> None:
    """Delete all topics, all keys and the database; `prepare` makes them again."""
    _topics(settings.kafka)
    _keys(settings.redis)
    _database(settings.clickhouse)


def _topics(settings: Kafka) -> None:
    admin = AdminClient(librdkafka(settings))
    names = _names(admin)
    deleting = admin.delete_topics(names, operation_timeout=ANSWER_S) if names else {}
    for deleted in deleting.values():
        deleted.result()
    # The broker lists them for a while, and nobody would make again what is listed.
    deadline = time.monotonic() + ANSWER_S
    while _names(admin):
        assert time.monotonic() < deadline, "topics that were deleted are still there"
        time.sleep(POLL_S)


def _names(admin: AdminClient) -> list[str]:
    listed = admin.list_topics(timeout=ANSWER_S).topics
    return [name for name in listed if not name.startswith(INTERNAL)]


def _keys(settings: Redis) -> None:
    with redis.Redis.from_url(settings.url, **redis_options(settings)) as client:
        client.flushall()


def _database(settings: ClickHouse) -> None:
    with connect(settings, "default") as client:
        client.command(f"DROP DATABASE IF EXISTS `{settings.database}`")

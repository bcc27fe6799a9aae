"""The stack's Redis, and the sink to it."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest
import redis

from connectors.redis_sink import RedisWriter
from touchline.settings import Redis, Settings


@pytest.fixture
def client(stack: dict[str, dict[str, str]]) -> Iterator[redis.Redis]:
    client: redis.Redis = redis.Redis.from_url(Settings.load().redis.url, decode_responses=True)
    yield client
    client.close()


@pytest.fixture
def match_id() -> str:
    return f"test:{uuid4()}"


@pytest.fixture
def writer(client: redis.Redis) -> RedisWriter:
    return RedisWriter(client, Redis(live_ttl_s=100, ended_ttl_s=1000))

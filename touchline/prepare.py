"""What must be there before a job runs: topics, tables, and the search index."""

from __future__ import annotations

from dataclasses import dataclass

import redis

from connectors.access import redis_options
from connectors.redis_sink import create_match_index
from touchline import history
from touchline.errors import TouchlineError
from touchline.settings import Redis, Settings
from touchline.stack.kafka import create_topics


@dataclass(frozen=True)
class Prepared:
    """What was missing and has been made: migrations by name, and the search index."""

    migrations: list[str]
    index: bool


def prepare(settings: Settings) -> Prepared:
    """Make what is missing in Kafka, ClickHouse and Redis.

    Raises:
        TouchlineError: one of them does not answer; the text names it.
    """
    create_topics(settings)
    return migrate(settings)


def migrate(settings: Settings) -> Prepared:
    """The stores' part of it: ClickHouse's tables and Redis's index."""
    return Prepared(history.migrate(settings.clickhouse), _create_index(settings.redis))


def _create_index(settings: Redis) -> bool:
    client = redis.Redis.from_url(
        settings.url, socket_connect_timeout=5.0, **redis_options(settings)
    )
    try:
        return create_match_index(client)
    except redis.ConnectionError as error:
        raise TouchlineError(
            f"no Redis answers at {settings.url}",
            "start the stack with `touchline up`, or set redis.url",
        ) from error
    except redis.ResponseError as error:
        raise TouchlineError(
            f"Redis refuses the search index: {error}", "it needs the modules JSON and Search"
        ) from error
    finally:
        client.close()

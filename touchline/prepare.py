"""What must be there before a job runs: topics, tables, and the search index."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import redis

from connectors.access import redis_options
from connectors.match_index import create_match_index
from touchline import history
from touchline.errors import TouchlineError
from touchline.settings import Redis, Settings
from touchline.stack.kafka import create_topics
from touchline.versions import history_of, of_version, version_of


@dataclass(frozen=True)
class Prepared:
    """What was missing and has been made: migrations by name, and the search index."""

    migrations: list[str]
    index: bool


def prepare(settings: Settings, jobs: Iterable[str] = ()) -> Prepared:
    """Make what is missing in Kafka, ClickHouse and Redis.

    jobs: those that will run; the topics that they write may be a version's own.

    Raises:
        TouchlineError: one of them does not answer; the text names it.
    """
    for one in [settings, *(of_version(settings, job) for job in jobs)]:
        create_topics(one)
    return migrate(settings)


def migrate(settings: Settings) -> Prepared:
    """The stores' part of it: ClickHouse's tables and Redis's index."""
    index = _create_index(settings.redis, version_of(settings.jobs, "match_state"))
    return Prepared(history.migrate(history_of(settings)), index)


def _create_index(settings: Redis, version: str) -> bool:
    client = redis.Redis.from_url(
        settings.url, socket_connect_timeout=5.0, **redis_options(settings)
    )
    try:
        return create_match_index(client, version)
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

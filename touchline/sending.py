"""Sending messages to a job's topics, for commands."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from connectors.feeds.publisher import Publisher, PublishError
from touchline.errors import TouchlineError
from touchline.settings import Kafka


def new_id() -> str:
    """An id for a message that no other one has."""
    return uuid.uuid4().hex


@contextmanager
def sending(kafka: Kafka, topic: str, job: str) -> Iterator[Publisher]:
    """A publisher to one of a job's topics; leaving it waits until Kafka has all.

    Raises:
        TouchlineError: Kafka does not answer, has no such topic, or does not take a message.
    """
    try:
        with Publisher(kafka, topic) as publisher:
            publisher.check()
            yield publisher
    except PublishError as error:
        raise TouchlineError(
            str(error),
            f"is Kafka running? `touchline status`; `touchline submit {job}` makes the topics",
        ) from error

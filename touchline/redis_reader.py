"""What all that is read from Redis shares: the connection, the error, documents by their keys."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Self

import msgspec
import redis
from redis.exceptions import NoPermissionError

from connectors.access import redis_options
from touchline.errors import TouchlineError
from touchline.settings import Redis

ANSWER_S = 5.0
SCAN_COUNT = 1_000
LISTED = 20

OF_ANOTHER_KIND = ("WRONGTYPE", "wrong Redis type")
"""What Redis says when a key holds something else than what is asked for."""

Document = dict[str, Any]
"""JSON as it is in Redis: a match's state, an event of its timeline, a poll's result."""


class OtherKindError(TouchlineError):
    """A key holds something else than what belongs there.

    key: empty if it is not known which. why: Redis's own words.
    """

    def __init__(self, key: str, why: str) -> None:
        super().__init__(
            f"{key or 'a key'} in Redis holds something else: {why}",
            "delete it; `touchline rebuild redis` makes what a match, player, poll or table lacks",
        )
        self.key = key
        self.why = why


class RedisReader:
    """Redis, read only. A context manager.

    answer_s: how long an answer may take; None: as long as the connection is there.

    Every method of a subclass raises TouchlineError if Redis does not answer, or refuses;
    OtherKindError, which is one, if a key holds something else.
    """

    def __init__(self, settings: Redis, answer_s: float | None = None) -> None:
        self._settings = settings
        self._redis = redis.Redis.from_url(
            settings.url,
            decode_responses=True,
            socket_connect_timeout=ANSWER_S,
            socket_timeout=answer_s,
            **redis_options(settings),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._redis.close()

    def _owners(self, pattern: str) -> list[str]:
        """Whose keys there are, sorted. pattern: such a key, of the owner `*`."""
        before, after = pattern.split("*")
        escaped = pattern.replace("{", "\\{").replace("}", "\\}")
        with self._readable():
            found = self._redis.scan_iter(match=escaped, count=SCAN_COUNT)
            # SCAN may give a key twice.
            return sorted({key.removeprefix(before).removesuffix(after) for key in found})

    def _documents(self, names: Sequence[str]) -> list[Document | None]:
        """The documents at these keys; None where there is none."""
        found: list[Document | None] = []
        for one in self._documents_or_not(names):
            if isinstance(one, OtherKindError):
                raise one
            found.append(one)
        return found

    def _documents_or_not(self, names: Sequence[str]) -> list[Document | OtherKindError | None]:
        """The same, with the error of each key that holds something else."""
        if not names:
            return []
        with self._readable(), self._redis.pipeline(transaction=False) as pipeline:
            for name in names:
                pipeline.execute_command("JSON.GET", name)
            answers = answers_of(pipeline.execute(raise_on_error=False))
        return [_document_or_not(name, one) for name, one in zip(names, answers, strict=True)]

    @contextmanager
    def _readable(self, key: str = "") -> Iterator[None]:
        """Where Redis is asked, and its answer is read. key: the one that is read, if it is one."""
        try:
            yield
        except (redis.AuthenticationError, NoPermissionError) as error:
            raise TouchlineError(
                f"Redis at {self._settings.url} refuses: {error}",
                "see redis.user and redis.password",
            ) from error
        except (redis.ConnectionError, redis.TimeoutError) as error:
            raise TouchlineError(
                f"no Redis answers at {self._settings.url}",
                "start the stack with `touchline up`, or set redis.url",
            ) from error
        except redis.RedisError as error:
            if _of_another_kind(error):
                raise OtherKindError(key, str(error)) from error
            raise TouchlineError(f"Redis at {self._settings.url}: {error}") from error
        except ValueError as error:  # no JSON, no number, no UTF-8
            raise OtherKindError(key, str(error)) from error


def document_of(key: str, answer: str | None) -> Document | None:
    """What JSON.GET has answered.

    Raises:
        OtherKindError: it is no JSON object.
    """
    found = msgspec.json.decode(answer) if answer else None
    if found is None or isinstance(found, dict):
        return found
    raise OtherKindError(key, "it is no JSON object")


def _document_or_not(key: str, answer: Any) -> Document | OtherKindError | None:
    if isinstance(answer, redis.ResponseError):
        return OtherKindError(key, str(answer))
    try:
        return document_of(key, answer)
    except OtherKindError as error:
        return error


def part(document: Document | None, name: str) -> Document:
    """What a document has there; nothing if that is no object."""
    found = (document or {}).get(name)
    return found if isinstance(found, dict) else {}


def answers_of(answers: list[Any]) -> list[Any]:
    """The answers of a pipeline; that a key holds something else is one, too.

    Raises:
        redis.RedisError: of any other failure among them.
    """
    for answer in answers:
        if isinstance(answer, Exception) and not _of_another_kind(answer):
            raise answer
    return answers


def _of_another_kind(error: Exception) -> bool:
    return isinstance(error, redis.ResponseError) and any(
        text in str(error) for text in OF_ANOTHER_KIND
    )


def those(ids: Sequence[str], without: str) -> str:
    """A hint: which there are, not all of very many. without: what it says if there are none."""
    if not ids:
        return f"there are none: {without}"
    more = f" and {len(ids) - LISTED} more" if len(ids) > LISTED else ""
    return f"there are: {', '.join(ids[:LISTED])}{more}"

"""What the HTTP clients share: which answers are worth another try, and URLs without secrets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import httpx

from connectors.feeds.retry import TransientError
from udfs import limits

RETRIED = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Statuses that ask for patience; every other one from 400 on will be the same the next time."""

CONNECT_TIMEOUT_S = 10.0
LONGEST_RETRY_AFTER_S = 300.0


class RefusedError(Exception):
    """The server said no in a way that trying again does not change (404, 401 …)."""


def client(headers: Mapping[str, str], read_timeout_s: float | None) -> httpx.Client:
    """A client that follows redirects, as providers' push servers ask for, and that waits
    `read_timeout_s` for the next bytes (None: for ever)."""
    return httpx.Client(
        headers=dict(headers),
        follow_redirects=True,
        timeout=httpx.Timeout(read_timeout_s, connect=CONNECT_TIMEOUT_S),
    )


def redacted(url: str) -> str:
    """`url` without user, password and query: providers put API keys there."""
    parsed = httpx.URL(url)
    return str(parsed.copy_with(username=None, password=None, query=None, fragment=None))


@contextmanager
def opened(http: httpx.Client, url: str, headers: Mapping[str, str]) -> Iterator[httpx.Response]:
    """A response with status 200 or 304 whose body is not read yet.

    Raises:
        TransientError: the connection or the server failed, here or while the body was read.
        RefusedError: the server will not give this.
    """
    try:
        with http.stream("GET", url, headers=dict(headers)) as response:
            _check(response, url)
            yield response
    except httpx.ReadTimeout as error:
        raise TransientError(f"{redacted(url)}: no byte came in time") from error
    except (httpx.TransportError, httpx.DecodingError) as error:
        raise TransientError(f"{redacted(url)}: {error or type(error).__name__}") from error
    except (httpx.InvalidURL, httpx.TooManyRedirects) as error:
        raise RefusedError(f"{redacted(url)}: {error}") from error


def body(http: httpx.Client, url: str, headers: Mapping[str, str]) -> tuple[httpx.Response, bytes]:
    """A whole answer and its body (empty for 304), which may have as many bytes as a message.

    Raises:
        TransientError, RefusedError: as `opened`; RefusedError too for a body over the limit.
    """
    with opened(http, url, headers) as response:
        received = bytearray()
        for chunk in response.iter_bytes():
            received += chunk
            if len(received) > limits.MAX_MESSAGE_BYTES:
                raise RefusedError(
                    f"{redacted(url)}: over the limit of {limits.MAX_MESSAGE_BYTES:,} bytes"
                )
        return response, bytes(received)


def _check(response: httpx.Response, url: str) -> None:
    status = response.status_code
    if status in (200, 304):
        return
    text = f"{redacted(url)}: HTTP {status} {response.reason_phrase}".rstrip()
    if status in RETRIED:
        raise TransientError(text, _retry_after_s(response))
    raise RefusedError(text)


def _retry_after_s(response: httpx.Response) -> float:
    """The seconds of a `Retry-After`; its other form, a date, is left to the backoff."""
    text = response.headers.get("retry-after", "")
    return min(float(text), LONGEST_RETRY_AFTER_S) if text.isdecimal() else 0.0

from __future__ import annotations

from itertools import islice

import pytest

from connectors.feeds.http import RefusedError
from connectors.feeds.http_poll import PolledSnapshot
from connectors.feeds.retry import Retrier
from tests.connectors.feeds.clock import FakeClock
from tests.connectors.feeds.loopback import Exchange, Server, serving
from touchline.settings import Feeds

ONE = b'{"pbp":[{"actionNumber":1}]}'
TWO = b'{"pbp":[{"actionNumber":2},{"actionNumber":1}]}'


def polled(server: Server, clock: FakeClock, count: int) -> list[bytes]:
    retrier = Retrier(Feeds(), clock=clock, sleep=clock.sleep, dice=lambda: 0.5)
    feed = PolledSnapshot(server.url(), 5.0, retrier, clock=clock, sleep=clock.sleep)
    return list(islice(feed.messages(), count))


def test_an_unchanged_body_is_not_sent_again() -> None:
    with serving(
        *[lambda exchange, body=body: exchange.document(body) for body in (ONE, ONE, TWO)]
    ) as server:
        assert polled(server, FakeClock(), 2) == [ONE, TWO]
        assert len(server.paths) == 3


def test_validators_are_sent_back_and_304_is_no_message() -> None:
    modified = "Wed, 21 Oct 2026 07:28:00 GMT"

    def with_validators(exchange: Exchange) -> None:
        exchange.document(ONE, ETag='"v1"', Last_Modified=modified)

    with serving(
        with_validators,
        lambda exchange: exchange.document(b"", 304),
        lambda exchange: exchange.document(TWO),
    ) as server:
        assert polled(server, FakeClock(), 2) == [ONE, TWO]
        first, second, third = server.headers
    assert first["If-None-Match"] is None
    for headers in (second, third):
        assert headers["If-None-Match"] == '"v1"'
        assert headers["If-Modified-Since"] == modified


def test_a_body_that_comes_back_after_a_change_is_a_message() -> None:
    with serving(
        *[lambda exchange, body=body: exchange.document(body) for body in (ONE, TWO, ONE)]
    ) as server:
        assert polled(server, FakeClock(), 3) == [ONE, TWO, ONE]


def test_the_interval_lies_between_two_polls() -> None:
    clock = FakeClock()
    with serving(
        *[lambda exchange, body=body: exchange.document(body) for body in (ONE, TWO)]
    ) as server:
        polled(server, clock, 2)
    # On a loaded machine a poll may be tried again: that wait is a fraction of a second.
    assert [sleep for sleep in clock.sleeps if sleep >= 1.0] == [5.0]


def test_a_failing_server_is_tried_again_with_backoff() -> None:
    clock = FakeClock()
    with serving(
        lambda exchange: exchange.document(b"", 500),
        lambda exchange: exchange.document(b"", 502),
        lambda exchange: exchange.document(ONE),
    ) as server:
        assert polled(server, clock, 1) == [ONE]
    assert clock.sleeps == pytest.approx([0.05, 0.1])


def test_a_document_that_is_not_there_is_an_error_at_once() -> None:
    clock = FakeClock()
    with (
        serving(lambda exchange: exchange.document(b"", 404)) as server,
        pytest.raises(RefusedError, match="HTTP 404"),
    ):
        polled(server, clock, 1)
    assert clock.sleeps == []


def test_a_body_over_the_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("udfs.limits.MAX_MESSAGE_BYTES", 10)
    with (
        serving(lambda exchange: exchange.document(ONE)) as server,
        pytest.raises(RefusedError, match="over the limit of 10 bytes"),
    ):
        polled(server, FakeClock(), 1)

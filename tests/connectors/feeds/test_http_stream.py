from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from threading import Event

import pytest

from connectors.feeds.http import RefusedError
from connectors.feeds.http_stream import STABLE_S, HttpStream
from connectors.feeds.recovery import FetchTimelines, Recovery, recovery_for
from connectors.feeds.retry import GaveUpError, Retrier
from tests.connectors.feeds.clock import FakeClock
from tests.connectors.feeds.loopback import Exchange, Server, serving
from touchline.settings import Feeds

BEAT = b'{"heartbeat":{"interval":5000}}'
FIRST = b'{"payload":{"game":{"id":"m1"},"event":{"id":"e1"}}}'
OTHER = b'{"payload":{"game":{"id":"m2"},"event":{"id":"e1"}}}'
OTHER_TIMELINE = b'{"id":"m2","periods":[]}'
SECOND = b'{"payload":{"game":{"id":"m1"},"event":{"id":"e2"}}}'
PATIENT = Feeds(heartbeat_s=60.0, silent_after_heartbeats=3)
"""A pause of the machine is no silence: it is taken for one after minutes only."""

HASTY = Feeds(heartbeat_s=60.0, retry_limit=3)

TIMELINE = b'{"id":"m1","periods":[]}'


def messages_of(
    server: Server,
    feeds: Feeds = PATIENT,
    *,
    provider: str = "sportradar",
    path: str = "/feed",
    recover_from: str | None = None,
    headers: dict[str, str] | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> list[bytes]:
    """All messages until the server's script is over."""
    clock = FakeClock()
    recovery: Recovery = recovery_for(provider, recover_from)
    retrier = Retrier(feeds, clock=clock, sleep=clock.sleep)
    stream = HttpStream(server.url(path), feeds, retrier, recovery, headers=headers, tell=tell)
    received: list[bytes] = []
    with pytest.raises(RefusedError, match="410"):
        received.extend(_collected(stream, received))
    return received


def _collected(
    stream: HttpStream, into: list[bytes], seen: Callable[[bytes], None] = lambda _: None
) -> list[bytes]:
    for message in stream.messages():
        into.append(message)
        seen(message)
    return []


def two_chunks_that_cut_a_message(exchange: Exchange) -> None:
    exchange.stream()
    exchange.chunk(BEAT + b"\n" + FIRST[:20])
    exchange.chunk(FIRST[20:] + SECOND)
    exchange.end()


def one_message_then_it_breaks(exchange: Exchange) -> None:
    exchange.stream()
    exchange.chunk(FIRST)


def the_rest(exchange: Exchange) -> None:
    exchange.stream()
    exchange.chunk(SECOND)
    exchange.end()


def test_messages_are_as_received_however_the_chunks_cut_them() -> None:
    with serving(two_chunks_that_cut_a_message) as server:
        assert messages_of(server) == [BEAT, FIRST, SECOND]


def test_a_stream_that_dies_is_connected_to_again() -> None:
    with serving(one_message_then_it_breaks, the_rest) as server:
        assert messages_of(server) == [FIRST, SECOND]


def test_a_message_cut_off_by_a_broken_connection_is_kept() -> None:
    def cut(exchange: Exchange) -> None:
        exchange.stream()
        exchange.chunk(FIRST[:30])

    with serving(cut, the_rest) as server:
        assert messages_of(server) == [FIRST[:30], SECOND]


def test_a_stream_whose_heartbeat_stops_is_connected_to_again() -> None:
    feeds = Feeds(heartbeat_s=0.5, silent_after_heartbeats=2)
    over = Event()

    def silent_after_a_beat(exchange: Exchange) -> None:
        exchange.stream()
        exchange.chunk(BEAT)
        over.wait(60.0)

    # Of the rest there is enough, should the machine pause for as long as a stream may be silent.
    with serving(silent_after_a_beat, *[the_rest] * feeds.retry_limit) as server:
        clock = FakeClock()
        retrier = Retrier(feeds, clock=clock, sleep=clock.sleep)
        stream = HttpStream(server.url(), feeds, retrier, recovery_for("sportradar", None))
        assert list(islice(stream.messages(), 2)) == [BEAT, SECOND]
        over.set()


def test_blank_bytes_are_no_heartbeat() -> None:
    clock = FakeClock()

    def dripping(exchange: Exchange) -> None:
        exchange.stream()
        for _ in range(20):
            clock.now += PATIENT.heartbeat_s / 2
            exchange.chunk(b"\r\n")
            exchange.stay_silent(0.01)

    with serving(dripping, the_rest) as server:
        told: list[str] = []
        retrier = Retrier(
            PATIENT,
            clock=clock,
            sleep=clock.sleep,
            notify=lambda failure: told.append(str(failure.error)),
        )
        stream = HttpStream(
            server.url(), PATIENT, retrier, recovery_for("sportradar", None), clock=clock
        )
        assert next(stream.messages()) == SECOND
    assert told[0].startswith("silent for")


def test_after_a_gap_livestats_resumes_from_the_last_message() -> None:
    def two_messages(exchange: Exchange) -> None:
        exchange.stream()
        exchange.chunk(b'{"messageId":1}\r\n{"messageId":2}\r\n')

    def from_the_second(exchange: Exchange) -> None:
        exchange.stream()
        exchange.chunk(b'{"messageId":2}\r\n{"messageId":3}\r\n')
        exchange.end()

    with serving(two_messages, from_the_second) as server:
        received = messages_of(server, provider="genius", path="/read?ak=K")
        paths = server.paths
    assert received == [b'{"messageId":%d}' % number for number in (1, 2, 2, 3)]
    assert paths[:3] == ["/read?ak=K", "/read?ak=K&fromMessageId=2", "/read?ak=K&fromMessageId=3"]


def test_after_a_gap_the_timeline_of_the_match_comes_before_new_messages() -> None:
    with serving(
        one_message_then_it_breaks,
        the_rest,
        lambda exchange: exchange.document(TIMELINE),
    ) as server:
        recover_from = server.url("/games/{match}.json")
        received = messages_of(server, recover_from=recover_from)
        paths = server.paths
    assert received == [FIRST, TIMELINE, SECOND]
    assert paths[:3] == ["/feed", "/feed", "/games/m1.json"]


def test_a_timeline_that_fails_is_asked_for_again() -> None:
    with serving(
        one_message_then_it_breaks,
        the_rest,
        lambda exchange: exchange.document(b"", 503),
        lambda exchange: exchange.document(TIMELINE),
    ) as server:
        received = messages_of(server, recover_from=server.url("/games/{match}.json"))
    assert received == [FIRST, TIMELINE, SECOND]


def of_two_matches(exchange: Exchange) -> None:
    exchange.stream()
    exchange.chunk(FIRST + OTHER)


def test_after_a_timeline_that_fails_those_before_it_are_not_fetched_again() -> None:
    with serving(
        of_two_matches,
        the_rest,
        lambda exchange: exchange.document(TIMELINE),
        lambda exchange: exchange.document(b"", 503),
        lambda exchange: exchange.document(OTHER_TIMELINE),
    ) as server:
        received = messages_of(server, recover_from=server.url("/games/{match}.json"))
        paths = server.paths
    assert received == [FIRST, OTHER, TIMELINE, OTHER_TIMELINE, SECOND]
    assert paths[1:5] == ["/feed", "/games/m1.json", "/games/m2.json", "/games/m2.json"]


@pytest.mark.parametrize("status", [403, 404])
def test_a_timeline_that_is_refused_is_told_and_the_stream_goes_on(status: int) -> None:
    told: list[str] = []
    with serving(
        of_two_matches,
        the_rest,
        lambda exchange: exchange.document(b"", status),
        lambda exchange: exchange.document(OTHER_TIMELINE),
    ) as server:
        received = messages_of(
            server, recover_from=server.url("/games/{match}.json?key=SECRET"), tell=told.append
        )
    assert received == [FIRST, OTHER, OTHER_TIMELINE, SECOND]
    (text,) = told
    assert f"/games/m1.json: HTTP {status}" in text
    assert "SECRET" not in text


def what_fails_slowly() -> tuple[FakeClock, Retrier, Callable[[Exchange], None]]:
    """A clock, a retrier by it that gives up, and a server's answer that takes a long time."""
    clock = FakeClock()

    def slow_failure(exchange: Exchange) -> None:
        clock.now += 10 * STABLE_S
        exchange.document(b"", 503)

    return clock, Retrier(HASTY, clock=clock, sleep=clock.sleep, dice=lambda: 0.5), slow_failure


def test_a_timeline_that_goes_on_failing_ends_the_stream_however_long_each_try_takes() -> None:
    clock, retrier, slow_failure = what_fails_slowly()
    with serving(one_message_then_it_breaks, the_rest, *[slow_failure] * 3) as server:
        recovery = FetchTimelines("sportradar", server.url("/games/{match}.json"))
        stream = HttpStream(server.url(), HASTY, retrier, recovery, clock=clock)
        received: list[bytes] = []
        with pytest.raises(GaveUpError, match="3 tries in a row"):
            _collected(stream, received)
        assert len(server.paths) == 5
    assert received == [FIRST]


def test_a_connection_that_takes_long_and_fails_has_not_worked() -> None:
    clock, retrier, slow_failure = what_fails_slowly()
    with serving(*[slow_failure] * 3) as server:
        stream = HttpStream(server.url(), HASTY, retrier, recovery_for("opta", None), clock=clock)
        with pytest.raises(GaveUpError, match="HTTP 503"):
            list(stream.messages())


def test_a_document_is_taken_once() -> None:
    clock = FakeClock()
    with serving(lambda exchange: exchange.document(FIRST)) as server:
        retrier = Retrier(PATIENT, clock=clock, sleep=clock.sleep)
        stream = HttpStream(server.url(), PATIENT, retrier, recovery_for("opta", None))
        assert list(stream.messages()) == [FIRST]
        assert len(server.paths) == 1


def test_a_server_that_is_away_is_tried_with_backoff_and_then_given_up() -> None:
    clock = FakeClock()
    feeds = Feeds(retry_limit=4)
    retrier = Retrier(feeds, clock=clock, sleep=clock.sleep, dice=lambda: 0.5)
    with serving(*[lambda exchange: exchange.document(b"", 503)] * 4) as server:
        stream = HttpStream(server.url(), feeds, retrier, recovery_for("opta", None), clock=clock)
        with pytest.raises(GaveUpError, match="HTTP 503"):
            list(stream.messages())
    assert clock.sleeps == pytest.approx([0.05, 0.1, 30.0])


def test_streams_that_end_at_once_count_as_failures_and_long_lived_ones_do_not() -> None:
    clock = FakeClock()
    feeds = Feeds(retry_limit=3)

    def short(exchange: Exchange) -> None:
        one_message_then_it_breaks(exchange)

    def long(exchange: Exchange) -> None:
        exchange.stream()
        exchange.chunk(SECOND)

    def after_second(message: bytes) -> None:
        clock.now += STABLE_S if message == SECOND else 0.0

    retrier = Retrier(feeds, clock=clock, sleep=clock.sleep, dice=lambda: 0.5)
    with serving(short, short, long, short, short, short) as server:
        stream = HttpStream(server.url(), feeds, retrier, recovery_for("opta", None), clock=clock)
        received: list[bytes] = []
        with pytest.raises(GaveUpError):
            _collected(stream, received, after_second)
    assert received == [FIRST, FIRST, SECOND, FIRST, FIRST]


def test_a_retry_after_header_is_obeyed() -> None:
    clock = FakeClock()
    retrier = Retrier(PATIENT, clock=clock, sleep=clock.sleep)
    with serving(
        lambda exchange: exchange.document(b"", 429, Retry_After="12"),
        lambda exchange: exchange.document(FIRST),
    ) as server:
        stream = HttpStream(server.url(), PATIENT, retrier, recovery_for("opta", None))
        assert list(stream.messages()) == [FIRST]
    assert clock.sleeps == [12.0]


def test_a_refusal_does_not_show_the_key_in_the_url() -> None:
    clock = FakeClock()
    retrier = Retrier(PATIENT, clock=clock, sleep=clock.sleep)
    with serving(lambda exchange: exchange.document(b"", 403)) as server:
        stream = HttpStream(
            server.url("/feed?api_key=SECRET"), PATIENT, retrier, recovery_for("opta", None)
        )
        with pytest.raises(RefusedError) as refused:
            list(stream.messages())
    assert "HTTP 403" in str(refused.value)
    assert "SECRET" not in str(refused.value)


def test_headers_go_with_every_request() -> None:
    with serving(one_message_then_it_breaks, the_rest) as server:
        messages_of(server, headers={"x-api-key": "K"})
        assert [headers["x-api-key"] for headers in server.headers] == ["K"] * 3

from __future__ import annotations

import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.feeds.framing import PIECE_BYTES, Framer
from tests.cpu import cpu_seconds
from udfs.contract import Message, Rejected
from udfs.registry import ADAPTERS

HEARTBEAT = b'{"heartbeat":{"interval":5000}}'
GAME = (
    b'{"payload":{"event":{"description":"a } b { c \\" d [ \\\\"}},"list":[1,[2,{"a":null}],{}]}'
)
PRETTY = json.dumps(json.loads(GAME), indent=3).encode()
F24 = b"<?xml version='1.0'?>\n<!-- <Games> -->\n<Games a='>'>\n <Game/>{</Games>"


def framed(stream: bytes, size: int = 0, limit: int = PIECE_BYTES) -> list[bytes]:
    framer = Framer(limit)
    messages: list[bytes] = []
    for at in range(0, len(stream), size or max(1, len(stream))):
        messages += framer.feed(stream[at : at + (size or len(stream))])
    return messages + framer.close()


def without_whitespace(value: bytes) -> bytes:
    return b"".join(value.split())


def test_messages_follow_one_another_with_or_without_newlines_between_them() -> None:
    stream = HEARTBEAT + HEARTBEAT + b"\n" + GAME + b"\r\n" + GAME + b"\n\n  " + HEARTBEAT
    assert framed(stream) == [HEARTBEAT, HEARTBEAT, GAME, GAME, HEARTBEAT]


def test_crlf_json_lines_come_out_without_their_line_ends() -> None:
    assert framed(b'{"a":1}\r\n{"b":2}\r\n') == [b'{"a":1}', b'{"b":2}']


def test_pretty_printed_objects_come_out_whole() -> None:
    assert framed(PRETTY + PRETTY + b"\n" + PRETTY) == [PRETTY] * 3


def test_a_top_level_array_is_one_message() -> None:
    stream = b'[\n{"a":1},\n{"b":[{}, []]}\n]\n[]{}'
    assert framed(stream) == [b'[\n{"a":1},\n{"b":[{}, []]}\n]', b"[]", b"{}"]


def test_an_xml_document_is_one_message_and_ends_with_its_root() -> None:
    assert framed(F24 + b"\n" + F24 + HEARTBEAT + b"<a/><b>x</b >") == [
        F24,
        F24,
        HEARTBEAT,
        b"<a/>",
        b"<b>x</b >",
    ]


def test_xml_with_a_dtd_is_framed_and_left_to_the_reader_to_refuse() -> None:
    bomb = b'<!DOCTYPE x [ <!ENTITY a "b">\n <!ENTITY c "]"> ]><x>&a;</x>'
    assert framed(bomb + HEARTBEAT) == [bomb, HEARTBEAT]


def test_a_byte_order_mark_is_left_out() -> None:
    assert framed(b"\xef\xbb\xbf" + HEARTBEAT, size=1) == [HEARTBEAT]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64])
def test_chunks_may_be_cut_anywhere(size: int) -> None:
    stream = b"\n".join([HEARTBEAT, PRETTY, F24, GAME + HEARTBEAT, '{"ü":"é€"}'.encode()])
    assert framed(stream, size) == framed(stream)
    assert len(framed(stream)) == 6


def test_a_message_comes_out_as_soon_as_it_is_complete() -> None:
    framer = Framer()
    assert framer.feed(HEARTBEAT[:-1]) == []
    assert framer.feed(HEARTBEAT[-1:]) == [HEARTBEAT]
    assert framer.feed(F24) == [F24]
    assert framer.close() == []


@pytest.mark.parametrize("cut", range(1, len(GAME)))
def test_a_truncated_message_costs_no_message_on_the_lines_after_it(cut: int) -> None:
    framer = Framer()
    messages = framer.feed(GAME[:cut] + b"\n" + GAME + b"\n" + HEARTBEAT + b"\n") + framer.close()
    assert messages == [GAME[:cut].rstrip(), GAME, HEARTBEAT]
    assert framer.damaged == 1


def test_a_message_cut_short_at_the_end_of_the_stream_comes_out_too() -> None:
    assert framed(HEARTBEAT + GAME[:39]) == [HEARTBEAT, GAME[:39]]
    assert framed(F24[:-3]) == [F24[:-3]]


def test_a_truncated_message_without_a_newline_after_it_ends_at_the_next_boundary() -> None:
    stream = b'{"payload":{"a":"b' + HEARTBEAT + GAME + HEARTBEAT
    assert framed(stream) == [b'{"payload":{"a":"b' + HEARTBEAT, GAME, HEARTBEAT]


def test_a_truncated_array_does_not_swallow_the_lines_after_it() -> None:
    cut = b'{"events":[{"id":1},'
    assert framed(cut + b"\n" + HEARTBEAT + b"\n" + GAME) == [cut, HEARTBEAT, GAME]


def test_text_between_messages_comes_out_as_a_message_of_its_own() -> None:
    stream = b"HTTP/1.1 502\nBad gateway\n" + HEARTBEAT + b"}]\n" + GAME + b"\n\x00\xff"
    assert framed(stream) == [b"HTTP/1.1 502\nBad gateway", HEARTBEAT, b"}]", GAME, b"\x00\xff"]


def test_a_truncated_xml_document_ends_where_the_next_one_starts() -> None:
    assert framed(F24[:40] + F24, size=5) == [F24[:40], F24]


def test_brackets_that_do_not_match_are_damage() -> None:
    assert framed(b'{"a":[}\n' + HEARTBEAT) == [b'{"a":[}', HEARTBEAT]


def test_nesting_past_the_limit_is_damage_and_takes_no_quadratic_time() -> None:
    deep = b'[\n{"a":' * 200_000
    messages = framed(deep)
    assert without_whitespace(b"".join(messages)) == without_whitespace(deep)
    assert_linear(deep)


def test_a_message_past_the_limit_comes_out_in_pieces_that_are_the_message() -> None:
    long = b'{"text":"' + b"x" * 2_500 + b'","list":[{}]}'
    for size in (0, 1, 100):
        messages = framed(HEARTBEAT + long + HEARTBEAT, size, limit=1_000)
        assert messages[0] == messages[-1] == HEARTBEAT
        assert b"".join(messages[1:-1]) == long
        assert max(map(len, messages)) <= 1_000


@pytest.mark.parametrize("provider", sorted(ADAPTERS))
def test_the_pieces_of_a_message_past_the_limit_are_refused_as_too_long(provider: str) -> None:
    long = b'{"game":"' + b"x" * (2 * PIECE_BYTES) + b'"}'
    *pieces, _ = framed(long, 1 << 20)
    assert len(pieces) == 2
    for piece in pieces:
        with pytest.raises(Rejected, match="over the limit"):
            ADAPTERS[provider].parse(Message(piece, "1"))


def test_utf_16_that_ends_with_a_newline_keeps_its_last_bytes() -> None:
    document = '{"a": 1}\n'.encode("utf-16-be")
    assert b"".join(framed(document)) == document


def test_memory_is_bounded_by_the_limit_and_one_chunk() -> None:
    framer = Framer(limit=10_000)
    for prefix in (b'{"a":"', b"garbage ", b"<a>"):
        framer.feed(prefix)
        for _ in range(50):
            framer.feed(b"y" * 3_000)
            assert len(framer._buffer) <= 13_000
        framer.close()


def test_damaged_and_oversized_messages_are_counted() -> None:
    framer = Framer(limit=100)
    framer.feed(b"garbage\n" + HEARTBEAT + b'{"a":"' + b"x" * 300 + b'"}' + HEARTBEAT)
    framer.close()
    assert (framer.damaged, framer.oversized) == (1, 1)


PIECES = st.sampled_from(
    [HEARTBEAT, GAME, PRETTY, F24, b"\n", b"\r\n", b" ", b"{", b"}", b'"', b"\\", b"[", b"]", b",",
     b":", b"<", b"<?xml ", b"</Games>", b"x", b"\xef\xbb\xbf", b"\x00", b"\n{", b"}{"]
)  # fmt: skip


@given(st.lists(PIECES | st.binary(max_size=4), max_size=30), st.integers(1, 50))
def test_no_byte_is_ever_lost_wherever_the_chunks_are_cut(parts: list[bytes], size: int) -> None:
    stream = b"".join(parts)
    expected = without_whitespace(stream.removeprefix(b"\xef\xbb\xbf"))
    for messages in (framed(stream, size), framed(stream, size, limit=20)):
        assert without_whitespace(b"".join(messages)) == expected


@given(st.lists(st.sampled_from([HEARTBEAT, GAME, PRETTY, F24]), max_size=8), st.randoms())
def test_whole_messages_come_out_as_they_are(messages: list[bytes], rng: random.Random) -> None:
    stream = b"".join(message + rng.choice([b"", b"\n", b"\r\n"]) for message in messages)
    assert framed(stream, rng.randint(1, 200)) == messages


def test_a_capture_of_several_megabytes_takes_no_quadratic_time() -> None:
    stream = (PRETTY + b"\n" + GAME) * 14_000
    assert len(framed(stream, 65_536)) == 28_000
    assert_linear(stream)


def assert_linear(stream: bytes) -> None:
    """Ten times as much takes about ten times as long, where a quadratic time is a hundred."""
    tenth = cpu_seconds(lambda: framed(stream[: len(stream) // 10], 65_536))
    assert cpu_seconds(lambda: framed(stream, 65_536)) < 40 * tenth

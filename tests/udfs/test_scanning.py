"""The short cut for live documents: what it gives is what the parser gives, or nothing."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.udfs.feed_messages import simulated
from udfs import scanning
from udfs.contract import Rejected
from udfs.scanning import Element, scan_xml, skeleton_of

DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'
LIVE = simulated("opta")
COMMENT = "<!-- produced on: 2024-11-04T12:55:05 -->"


def filled(value: bytes) -> list[Element] | None:
    """A document's elements by its skeleton."""
    known = skeleton_of(value)
    if known is None:
        return None
    skeleton, values = known
    return [
        (depth, tag, {name: values[place] for name, place in attributes.items()})
        for depth, tag, attributes in skeleton.elements
    ]


def agrees(value: bytes) -> bool:
    """Whether the short cut gives what the parser gives, or leaves the document to it."""
    by_skeleton = filled(value)
    try:
        return by_skeleton is None or by_skeleton == scan_xml(value)
    except Rejected:
        return False


def test_every_simulated_live_document_takes_the_short_cut() -> None:
    for value in LIVE:
        assert filled(value) == scan_xml(value)


def test_documents_that_differ_in_their_values_only_have_one_skeleton() -> None:
    one, other = skeleton_of(b'<a b="1"/>'), skeleton_of(b'<a b="2"/>')
    assert one is not None
    assert other is not None
    assert one.skeleton is other.skeleton
    assert (one.values, other.values) == (["1"], ["2"])


@pytest.mark.parametrize("before", ["\ufeff", DECLARATION, COMMENT, f"{DECLARATION}\n{COMMENT}\n"])
def test_what_stands_before_the_root_is_passed_over(before: str) -> None:
    assert filled(f'{before}<a b="ü"/>'.encode()) == [(0, "a", {"b": "ü"})]


@pytest.mark.parametrize(
    "value",
    [
        '<a b="x &amp; y"/>',
        '<a b="&unknown;"/>',
        '<a b="x < y"/>',
        '<a b="x\ny"/>',
        '<a b="\x01"/>',
        '<a b="\ufffe"/>',
        "<a b='x'/>",
        "<a b='\"x\"'/>",
        '<a b="x"/>"',
        '<a b="x"/>"junk"',
        '<a>"text"</a>',
        '<a><!-- "x" --></a>',
        '<a b="x" b="y"/>',
        '<a b="x"></c>',
        '<a b="x"/><a b="x"/>',
        '<a b="x"',
        '<a b="x',
        '<!DOCTYPE a [<!ENTITY x "y">]><a b="x"/>',
        '<!-- x -- y --><a b="x"/>',
        '<!-- \x01 --><a b="x"/>',
        '<?xml version="1.0" encoding="latin-1"?><a b="x"/>',
        '<?xml version="1.0" encoding="no-such"?><a b="x"/>',
        '<a b="' + "x" * 20_000 + '"/>',
        "<a>" * 65 + '<b c="x"/>' + "</a>" * 65,
    ],
)
def test_what_is_out_of_the_ordinary_is_left_to_the_parser(value: str) -> None:
    assert filled(value.encode()) is None


def test_other_bytes_than_utf_8_are_left_to_the_parser() -> None:
    assert filled('<a b="ü"/>'.encode("latin-1")) is None
    assert filled('<a b="ü"/>'.encode("utf-16")) is None


PIECES = [
    '<a b="1">', '<a c="2" b="x">', "</a>", '<b d="&"/>', '<b d="é"/>', "<c>", "</c>", "text",
    '"', "'", "<", ">", "&amp;", "&", " ", "\n", "<!-- -->", "]]>", "<![CDATA[", "\x0b",
    DECLARATION, '="', "/>", "<?p?>", "<!DOCTYPE a>",
]  # fmt: skip


@settings(deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=12))
@example(['<a b="1">', "\x0b", "</a>"])
@example(['<a b="1">', "</a>", "\x0b"])
@example(["\x0b", '<a b="1">', "</a>"])
def test_any_markup_gives_what_the_parser_gives_or_nothing(pieces: list[str]) -> None:
    assert agrees("".join(pieces).encode())


@settings(deadline=None)
@given(st.integers(), st.integers(0, 255))
def test_any_changed_byte_gives_what_the_parser_gives_or_nothing(seed: int, byte: int) -> None:
    random = Random(seed)
    value = bytearray(random.choice(LIVE))
    value[random.randrange(len(value))] = byte
    assert agrees(bytes(value))


def test_the_skeletons_that_are_remembered_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanning, "_skeletons", {})
    monkeypatch.setattr(scanning, "_MAX_SKELETONS", 10)
    for number in range(25):
        assert filled(f'<a{number} b="1"/>'.encode()) == [(0, f"a{number}", {"b": "1"})]
        assert len(scanning._skeletons) <= 10
    long = "c" * scanning._MAX_MARKUP
    assert filled(f'<{long} b="1"/>'.encode()) == [(0, long, {"b": "1"})]
    assert not any(long in markup[0] for markup in scanning._skeletons)

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.cpu import cpu_seconds
from udfs import limits
from udfs.contract import Rejected
from udfs.reading import check_size, checked_ms, epoch_ms, read_json, read_xml
from udfs.scanning import scan_xml


class Typed(msgspec.Struct):
    name: str = ""
    number: float = 0


anything = msgspec.json.Decoder()
typed = msgspec.json.Decoder(Typed)
xml_readers = pytest.mark.parametrize("read", [scan_xml, read_xml])
Read = Callable[[bytes], Any]


def refused(read: Read, value: bytes, reason: str) -> None:
    with pytest.raises(Rejected, match=reason):
        read(value)


def to_read_the_longest() -> float:
    """The CPU seconds for a message as long as one may be, with nothing but blanks in it."""
    longest = b"[" + b" " * (limits.MAX_MESSAGE_BYTES - 2) + b"]"
    return cpu_seconds(lambda: read_json(longest, anything))


# --- size


@pytest.mark.parametrize("value", [b"", b" ", b"\n\r\t "])
def test_an_empty_message_is_refused(value: bytes) -> None:
    for read in (check_size, read_xml, scan_xml, lambda v: read_json(v, anything)):
        with pytest.raises(Rejected, match="empty message"):
            read(value)


def test_a_message_of_50_mb_is_refused_unread() -> None:
    value = b"[" + b" " * (50 * 1024 * 1024) + b"]"
    for read in (read_xml, scan_xml, lambda v: read_json(v, anything)):
        reason = r"52,428,802 bytes is over the limit of 16,777,216"
        assert cpu_seconds(partial(refused, read, value, reason)) < to_read_the_longest()


def test_a_message_of_exactly_the_limit_is_read() -> None:
    value = b"[" + b" " * (limits.MAX_MESSAGE_BYTES - 2) + b"]"
    assert read_json(value, anything) == []


# --- JSON


def test_json_with_a_byte_order_mark_is_read() -> None:
    assert read_json(b'\xef\xbb\xbf{"name": "\xc3\xa4"}', typed).name == "ä"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_json_in_utf_16_is_refused(encoding: str) -> None:
    with pytest.raises(Rejected, match=r"not UTF-8|malformed JSON"):
        read_json('{"name": "ä"}'.encode(encoding), typed)


def test_json_in_latin_1_is_refused_with_the_place() -> None:
    with pytest.raises(Rejected, match="not UTF-8"):
        read_json('{"name": "ä"}'.encode("latin-1"), typed)


@pytest.mark.parametrize(
    "value",
    [
        b"{",
        b'{"name": "a',
        b'{"name": }',
        b"{} {}",
        b"NaN",
        b'{"number": NaN}',
        b'{"other": NaN}',
        b'{"number": Infinity}',
        b'{"name": "\\ud800"}',
        b'{"name": "a\nb"}',
        b"{'name': 1}",
        b"\x00",
    ],
)
def test_malformed_json_is_refused(value: bytes) -> None:
    with pytest.raises(Rejected, match="malformed JSON"):
        read_json(value, typed)


@pytest.mark.parametrize("value", [b'{"number": 1e999}', b'{"number": "1"}', b"[]", b'"x"'])
def test_json_of_another_type_is_refused(value: bytes) -> None:
    with pytest.raises(Rejected, match="unexpected JSON"):
        read_json(value, typed)


def nested(depth: int, opening: str = "[", closing: str = "]") -> bytes:
    return (opening * depth + closing * depth).encode()


def test_json_may_be_as_deep_as_the_limit_and_no_deeper() -> None:
    assert read_json(nested(limits.MAX_DEPTH), anything)
    with pytest.raises(Rejected, match="nested deeper than 64 levels"):
        read_json(nested(limits.MAX_DEPTH + 1), anything)


def test_depth_counts_arrays_and_objects_alike() -> None:
    half = limits.MAX_DEPTH // 2
    inside = b"[" * half + b"]" * half
    assert read_json(b'{"a":' * half + inside + b"}" * half, anything)
    with pytest.raises(Rejected, match="nested deeper"):
        read_json(b'{"a":' * half + b"[" + inside + b"]" + b"}" * half, anything)


def test_depth_is_limited_in_members_that_nobody_reads_too() -> None:
    with pytest.raises(Rejected, match="nested"):
        read_json(b'{"unknown":' + nested(limits.MAX_DEPTH) + b"}", typed)


@pytest.mark.parametrize("depth", [1_000, 100_000])
def test_very_deep_json_is_refused_and_not_a_crash(depth: int) -> None:
    for value in (nested(depth), b'{"unknown":' + nested(depth) + b"}", b"[" * depth):
        with pytest.raises(Rejected, match=r"nested|malformed|unexpected"):
            read_json(value, anything)


def test_brackets_in_texts_are_no_depth() -> None:
    texts = ["[" * 200, "{" * 200, '"' * 200 + "[" * 200, "\\" * 3 + "[" * 99, "]" * 99, '\\"[']
    value = msgspec.json.encode([texts, [[{"[" * 99: texts}]]])
    assert read_json(value, anything)[0] == texts


def test_brackets_in_texts_do_not_hide_depth() -> None:
    value = b'["]",' * 65 + b"0" + b"]" * 65
    with pytest.raises(Rejected, match="nested deeper"):
        read_json(value, anything)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(alphabet='[]{}"\\a\n', max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(alphabet='[]{}"\\', max_size=4), inner, max_size=4)
    ),
    max_leaves=60,
)


def depth_of(value: object) -> int:
    if isinstance(value, dict):
        return 1 + max((depth_of(inner) for inner in value.values()), default=0)
    if isinstance(value, list):
        return 1 + max((depth_of(inner) for inner in value), default=0)
    return 0


@given(json_values, st.integers(limits.MAX_DEPTH - 6, limits.MAX_DEPTH))
@example([], limits.MAX_DEPTH)
def test_any_json_is_read_exactly_if_it_is_within_the_depth(value: object, wrapped: int) -> None:
    for _ in range(wrapped):
        value = [value]
    encoded = msgspec.json.encode(value)
    if depth_of(value) <= limits.MAX_DEPTH:
        assert read_json(encoded, anything) == value
    else:
        with pytest.raises(Rejected, match="nested deeper"):
            read_json(encoded, anything)


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_rejected(value: bytes) -> None:
    readers: list[Read] = [read_xml, scan_xml, lambda v: read_json(v, anything)]
    for read in readers:
        try:
            read(value)
        except Rejected as error:
            assert str(error)  # noqa: PT017 - both ways are right, silence is not


# --- XML

BOMB = b"""<?xml version="1.0"?>
<!DOCTYPE a [<!ENTITY x0 "ha"><!ENTITY x1 "&x0;&x0;&x0;&x0;&x0;&x0;&x0;&x0;&x0;&x0;">
<!ENTITY x2 "&x1;&x1;&x1;&x1;&x1;&x1;&x1;&x1;&x1;&x1;">
<!ENTITY x3 "&x2;&x2;&x2;&x2;&x2;&x2;&x2;&x2;&x2;&x2;">
<!ENTITY x4 "&x3;&x3;&x3;&x3;&x3;&x3;&x3;&x3;&x3;&x3;">
<!ENTITY x5 "&x4;&x4;&x4;&x4;&x4;&x4;&x4;&x4;&x4;&x4;">
<!ENTITY x6 "&x5;&x5;&x5;&x5;&x5;&x5;&x5;&x5;&x5;&x5;">
<!ENTITY x7 "&x6;&x6;&x6;&x6;&x6;&x6;&x6;&x6;&x6;&x6;">
<!ENTITY x8 "&x7;&x7;&x7;&x7;&x7;&x7;&x7;&x7;&x7;&x7;">
<!ENTITY x9 "&x8;&x8;&x8;&x8;&x8;&x8;&x8;&x8;&x8;&x8;">]>
"""


@xml_readers
@pytest.mark.parametrize("body", [b"<a>&x9;</a>", b'<a b="&x9;"/>', b"<a/>"])
def test_an_entity_bomb_is_refused_at_once(read: Read, body: bytes) -> None:
    because = r"DTD|malformed XML"
    assert cpu_seconds(partial(refused, read, BOMB + body, because)) < to_read_the_longest()


@xml_readers
def test_an_external_entity_is_not_fetched(read: Read, tmp_path: Any) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    value = f'<!DOCTYPE a [<!ENTITY x SYSTEM "file://{secret}">]><a>&x;</a>'.encode()
    with pytest.raises(Rejected, match="XML with a DTD is refused"):
        read(value)


@xml_readers
def test_an_external_dtd_is_refused(read: Read) -> None:
    with pytest.raises(Rejected, match="XML with a DTD is refused"):
        read(b'<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd"><a/>')


@xml_readers
@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_a_dtd_is_found_in_every_encoding(read: Read, encoding: str) -> None:
    with pytest.raises(Rejected, match="XML with a DTD is refused"):
        read('<!DOCTYPE a [<!ENTITY x "y">]><a/>'.encode(encoding))


@xml_readers
def test_xml_may_be_as_deep_as_the_limit_and_no_deeper(read: Read) -> None:
    assert len(read(nested(limits.MAX_DEPTH, "<a>", "</a>")))
    with pytest.raises(Rejected, match="nested deeper than 64 levels"):
        read(nested(limits.MAX_DEPTH + 1, "<a>", "</a>"))


@xml_readers
def test_very_deep_xml_is_refused_and_not_a_crash(read: Read) -> None:
    with pytest.raises(Rejected, match=r"nested deeper|malformed"):
        read(nested(100_000, "<a>", "</a>"))


def test_more_elements_than_the_limit_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_ELEMENTS", 1_000)
    assert len(scan_xml(b"<a>" + b"<b/>" * 999 + b"</a>")) == 1_000
    with pytest.raises(Rejected, match="more than 1,000 elements"):
        scan_xml(b"<a>" + b"<b/>" * 1_000 + b"</a>")


@xml_readers
@pytest.mark.parametrize(
    "value",
    [
        b"<a>",
        b"<a",
        b"<a></b>",
        b'<a b="1" b="2"/>',
        b"<a/><b/>",
        b"<a>&nbsp;</a>",
        b'<a b="\x01"/>',
        b"<a>\x00</a>",
        b"text",
        b'<?xml version="1.0" encoding="no-such"?><a/>',
        '<?xml version="1.0" encoding="utf-8"?><a b="ä"/>'.encode("latin-1"),
        '<a b="ä"/>'.encode("latin-1"),
    ],
)
def test_malformed_xml_is_refused(read: Read, value: bytes) -> None:
    with pytest.raises(Rejected, match="malformed XML"):
        read(value)


ENCODINGS = ["utf-8", "utf-16", "iso-8859-1", "windows-1252", "us-ascii"]


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_xml_is_read_in_its_declared_encoding(encoding: str) -> None:
    name = "Muller" if encoding == "us-ascii" else "Müller"
    value = f'<?xml version="1.0" encoding="{encoding}"?><a b="{name}"/>'.encode(encoding)
    assert scan_xml(value) == [(0, "a", {"b": name})]
    assert read_xml(value).get("b") == name


@pytest.mark.parametrize("value", [b"\xef\xbb\xbf<a/>", "<a/>".encode("utf-16"), b"\n <a/>\n"])
def test_byte_order_marks_and_white_space_around_xml_are_passed_over(value: bytes) -> None:
    assert scan_xml(value) == [(0, "a", {})]
    assert read_xml(value).tag == "a"


def test_the_scan_gives_start_tags_with_their_depth_in_document_order() -> None:
    value = b'<!-- c --><a x="1"><b>text<c y="&amp;&#228;"/></b><![CDATA[<d/>]]><e/></a>'
    assert scan_xml(value) == [
        (0, "a", {"x": "1"}),
        (1, "b", {}),
        (2, "c", {"y": "&ä"}),
        (1, "e", {}),
    ]


# --- times and texts


@pytest.mark.parametrize(
    "text",
    ["", "soon", "2024-13-01", "2024-02-30T00:00:00Z", "2024-01-01T25:00:00", "12:00", "٢٠٢٤"],
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(Rejected, match="not a time"):
        epoch_ms(text)


@pytest.mark.parametrize(
    "text",
    [
        "1969-12-31T23:59:59Z",
        "2100-01-02T00:00:00Z",
        "0001-01-01T00:00:00+23:59",
        "0001-01-01T00:00:00",
        "9999-12-31T23:59:59-23:59",
        "9999-12-31T23:59:59",
    ],
)
@pytest.mark.parametrize("zone", ["UTC", "Europe/London", "Pacific/Kiritimati"])
def test_an_absurd_time_is_refused(text: str, zone: str) -> None:
    with pytest.raises(Rejected, match="time out of range"):
        epoch_ms(text, ZoneInfo(zone))


def test_a_time_without_an_offset_is_in_the_given_zone() -> None:
    assert epoch_ms("1970-06-01T00:00:00") == 13046400000
    assert epoch_ms("2024-07-01T00:00:00", ZoneInfo("Europe/London")) == 1719788400000
    assert epoch_ms("2024-07-01T00:00:00Z", ZoneInfo("Europe/London")) == 1719792000000


@pytest.mark.parametrize("milliseconds", [-1, limits.LATEST_MS + 1, 10**30])
def test_milliseconds_out_of_range_are_refused(milliseconds: int) -> None:
    with pytest.raises(Rejected, match="time out of range"):
        checked_ms(milliseconds)

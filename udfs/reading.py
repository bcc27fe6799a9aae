"""Reading untrusted bytes: bounded JSON and XML, and times. Raises `Rejected` with a reason."""

from __future__ import annotations

import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from typing import TypeVar

import msgspec
from lxml import etree

from udfs import limits
from udfs.contract import Rejected

T = TypeVar("T")

_match_id = re.compile(r"[0-9A-Za-z_.:-]{1,64}", re.ASCII)

_BRACKETS_AND_QUOTES = b'[]{}"'
_NOT_STRUCTURE = bytes(set(range(256)) - set(_BRACKETS_AND_QUOTES))
_BRACES_TO_BRACKETS = bytes.maketrans(b"{}", b"[]")
_json_escape = re.compile(rb"\\.", re.DOTALL)
_json_string = re.compile(rb'"[^"]*"')
_too_deep_xml = etree.XPath("boolean(" + "/*" * (limits.MAX_DEPTH + 1) + ")")


@lru_cache(maxsize=4_096)
def checked_match_id(native: str) -> str:
    """A provider's id of a match. It becomes a part of keys, in whose hash tags a brace would end.

    Raises:
        Rejected: it is empty, too long, or has characters that no provider's ids have.
    """
    if _match_id.fullmatch(native) is None:
        raise Rejected(f"not a match id: {native[:80]!r}")
    return native


def read_json(value: bytes, decoder: msgspec.json.Decoder[T]) -> T:
    """Decode one JSON document; a UTF-8 byte order mark before it is passed over.

    Raises:
        Rejected: too large, not UTF-8, truncated, nested too deeply, NaN, or not of the type.
    """
    check_size(value)
    if value.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        raise Rejected("not UTF-8: JSON with a UTF-16 byte order mark")
    value = value.removeprefix(BOM_UTF8)
    try:
        decoded = decoder.decode(value)
    except msgspec.ValidationError as error:
        raise Rejected(f"unexpected JSON: {error}") from error
    except msgspec.DecodeError as error:
        raise Rejected(f"malformed JSON: {error}") from error
    except UnicodeDecodeError as error:
        raise Rejected(f"not UTF-8: {error.reason} at byte {error.start}") from error
    except RecursionError as error:
        raise Rejected("JSON is nested too deeply") from error
    if not _is_shallow(value):
        raise Rejected(f"JSON is nested deeper than {limits.MAX_DEPTH} levels")
    return decoded


def _is_shallow(document: bytes) -> bool:
    """Whether well-formed JSON has at most MAX_DEPTH levels.

    A message of a live feed has fewer brackets than that. In a longer document they are counted
    without a Python loop over its bytes: nothing but the brackets is kept, and each round takes the
    innermost pairs away, which is one level.
    """
    if document.count(b"[") + document.count(b"{") <= limits.MAX_DEPTH:
        return True
    if b"\\" in document:
        document = _json_escape.sub(b"", document)
    structure = document.translate(_BRACES_TO_BRACKETS, _NOT_STRUCTURE).replace(b'""', b"")
    if b'"' in structure:
        structure = _json_string.sub(b"", structure)
    for _ in range(limits.MAX_DEPTH):
        structure = structure.replace(b"[]", b"")
        if not structure:
            return True
    return False


def read_xml(value: bytes) -> etree._Element:
    """Parse one XML document and return its root. DTDs and entities are refused, not expanded.

    Raises:
        Rejected: too large, truncated, in a wrong encoding, with a DTD, or nested too deeply.
    """
    check_size(value)
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
    )
    try:
        root = etree.fromstring(value.lstrip(), parser)
    except etree.XMLSyntaxError as error:
        raise Rejected(f"malformed XML: {error.msg}") from error
    except ValueError as error:
        raise Rejected(f"malformed XML: {error}") from error
    if root.getroottree().docinfo.doctype:
        raise Rejected("XML with a DTD is refused")
    if _too_deep_xml(root):
        raise Rejected(f"XML is nested deeper than {limits.MAX_DEPTH} levels")
    return root


def check_size(value: bytes) -> None:
    """Refuse an empty message and one past the limit."""
    if len(value) > limits.MAX_MESSAGE_BYTES:
        raise Rejected(
            f"message of {len(value):,} bytes is over the limit of {limits.MAX_MESSAGE_BYTES:,}"
        )
    if not value or value.isspace():
        raise Rejected("empty message")


def epoch_ms(text: str, zone: tzinfo = UTC) -> int:
    """UTC epoch milliseconds of an ISO 8601 time; `zone` is that of a time without an offset.

    Raises:
        Rejected: not a time, or outside of 1970 to 2100.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise Rejected(f"not a time: {text[:40]!r}") from error
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone)
    return checked_ms(round(moment.timestamp() * 1000))


def checked_ms(milliseconds: int) -> int:
    """Return `milliseconds` if they are between 1970 and 2100, refuse them otherwise."""
    if not limits.EARLIEST_MS <= milliseconds <= limits.LATEST_MS:
        raise Rejected(f"time out of range: {milliseconds} ms")
    return milliseconds

"""Scanning untrusted XML for its start tags, for feeds that say all in attributes.

`scan_xml` reads every document, in less time than a tree and a walk through it would take.
`skeleton_of` is a short cut for the short documents of live feeds.
"""

from __future__ import annotations

import re
from typing import NamedTuple, TypeAlias
from xml.parsers import expat

from udfs import limits
from udfs.contract import Rejected
from udfs.reading import check_size

Element: TypeAlias = tuple[int, str, dict[str, str]]
"""A start tag: its depth (the root's is 0), its name and its attributes."""


def scan_xml(value: bytes) -> list[Element]:
    """The start tags of an XML document, in its order; text is left out.

    The encoding is the declared one. DTDs are refused where they start, so no entity is ever
    defined.

    Raises:
        Rejected: too large, truncated, in a wrong encoding, with a DTD, or nested too deeply.
    """
    check_size(value)
    elements: list[Element] = []
    ended: list[str] = []

    def start(tag: str, attributes: dict[str, str]) -> None:
        depth = len(elements) - len(ended)
        if depth >= limits.MAX_DEPTH:
            raise Rejected(f"XML is nested deeper than {limits.MAX_DEPTH} levels")
        if len(elements) >= limits.MAX_ELEMENTS:
            raise Rejected(f"XML with more than {limits.MAX_ELEMENTS:,} elements")
        elements.append((depth, tag, attributes))

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.EndElementHandler = ended.append
    parser.StartDoctypeDeclHandler = _refuse_dtd
    try:
        parser.Parse(value.lstrip(), True)
    except Rejected:
        raise
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise Rejected(f"malformed XML: {error}") from error
    return elements


def _refuse_dtd(*_: object) -> None:
    raise Rejected("XML with a DTD is refused")


_PROLOG = re.compile(
    r'(?:<\?xml version="1\.0" encoding="UTF-8"\?>)?[ \t\r\n]*'
    r"(?:<!--(?:-?[ \n!-,.-~])*-->[ \t\r\n]*)*"
)
_MAX_DOCUMENT, _MAX_MARKUP, _MAX_SKELETONS = 16_384, 4_096, 2_048


class Skeleton:
    """A document without its values. Compared by identity: there is one of each, see `skeleton_of`.

    elements: the start tags as `scan_xml` gives them, with the place of each value in the list of
        all values in the value's stead.
    """

    __slots__ = ("elements",)

    def __init__(self, elements: list[tuple[int, str, dict[str, int]]]) -> None:
        self.elements = elements


_skeletons: dict[tuple[str, ...], Skeleton | None] = {}
"""The skeletons met so far by their markup, None for one that is not to be used."""

_NEW = Skeleton([])


class Known(NamedTuple):
    """A document as its skeleton and its values, in the document's order."""

    skeleton: Skeleton
    values: list[str]


def skeleton_of(value: bytes) -> Known | None:
    """A short document, like one of a live feed, as its skeleton and its values.

    Documents of a live feed differ in their attributes' values far more than in their markup. Split
    at its quotes a document is markup and values by turns; the markup is parsed once, by
    `scan_xml`, and remembered. None for a document that this is not right for, or that is damaged:
    that is for `scan_xml` to tell.
    """
    if len(value) > _MAX_DOCUMENT:
        return None
    try:
        text = value.lstrip().decode()
    except UnicodeDecodeError:
        return None
    prolog = _PROLOG.match(text)
    parts = text[prolog.end() if prolog else 0 :].split('"')
    markup, values = tuple(parts[::2]), parts[1::2]
    skeleton = _skeletons.get(markup, _NEW)
    if skeleton is _NEW:
        skeleton = _learn(markup)
    if skeleton is None or len(markup) == len(values) or not _is_literal("".join(values)):
        return None
    return Known(skeleton, values)


def _is_literal(values: str) -> bool:
    """Whether XML takes these attribute values as they are."""
    return values.isprintable() and "<" not in values and "&" not in values


def _learn(markup: tuple[str, ...]) -> Skeleton | None:
    """The skeleton of a markup, remembered within bounds."""
    skeleton = _parsed(markup)
    if sum(map(len, markup)) <= _MAX_MARKUP:
        if len(_skeletons) >= _MAX_SKELETONS:
            _skeletons.clear()
        _skeletons[markup] = skeleton
    return skeleton


def _parsed(markup: tuple[str, ...]) -> Skeleton | None:
    """The markup with numbers for its values, parsed. None if it is damaged, or if something in
    quotes is not the whole value of an attribute."""
    numbered = [markup[0]]
    for number, piece in enumerate(markup[1:]):
        numbered += (str(number), piece)
    try:
        elements = scan_xml('"'.join(numbered).encode())
    except Rejected:
        return None
    if [text for *_, attributes in elements for text in attributes.values()] != numbered[1::2]:
        return None
    return Skeleton(
        [
            (depth, tag, {name: int(text) for name, text in attributes.items()})
            for depth, tag, attributes in elements
        ]
    )

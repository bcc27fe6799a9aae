"""Opta's adapter: tells F24 from MA3, parses, maps."""

from __future__ import annotations

from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE

from udfs.contract import Message, Parsed, Rejected, read_as
from udfs.opta.f24 import parse_f24
from udfs.opta.ma3 import parse_ma3
from udfs.opta.mapping import PROVIDER, to_events
from udfs.opta.raw import RawMatch
from udfs.reading import check_size

PEEKED_BYTES = 256
"""Where a document's first character is looked for."""


class OptaAdapter:
    """Opta F24 and Stats Perform MA3: whole documents and single events.

    Deletes are explicit in both, so a document is never taken for a snapshot.
    """

    name = PROVIDER

    def parse(self, message: Message) -> Parsed:
        """Read one document; the events and rejections of all its matches.

        Raises:
            Rejected: neither F24 nor MA3, or damaged as a whole.
        """
        check_size(message.value)
        beginning = message.value[:PEEKED_BYTES].removeprefix(BOM_UTF8).lstrip()
        if beginning.startswith((b"<", BOM_UTF16_LE, BOM_UTF16_BE)):
            return read_as("F24", _f24, message)
        if beginning.startswith((b"{", b"[")):
            return read_as("MA3", _ma3, message)
        raise Rejected(f"neither XML (F24) nor JSON (MA3): begins with {beginning[:20]!r}")


def _f24(message: Message) -> Parsed:
    return _parsed(parse_f24(message.value, message.key))


def _ma3(message: Message) -> Parsed:
    return _parsed([parse_ma3(message.value, message.key)])


def _parsed(matches: list[RawMatch]) -> Parsed:
    parsed = Parsed()
    for match in matches:
        parsed.events += to_events(match)
        parsed.rejections += match.rejections
    return parsed

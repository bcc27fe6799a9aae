"""Which match a message belongs to, seen at a glance: the key it gets in Kafka.

Messages of one match must share a partition, so each needs its match's id before anything has
parsed it. A regular expression over the first bytes (and the last, where a provider puts its
metadata) is enough for nearly all: of a message whose members come in another order, and of a
provider without an expression here, the adapter is asked. The id is the adapter's own, without the
provider's prefix: a test compares them over all samples.
"""

from __future__ import annotations

import re
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Callable
from pathlib import PurePath

from udfs.contract import Message, Rejected
from udfs.registry import ADAPTERS
from udfs.sportradar.values import bare_id

HEAD_BYTES = 4_096
"""Every sample names its match in its first 900 bytes; comments may stand before."""

TAIL_BYTES = 4_096
"""Sportradar's push messages end with `metadata`, players' lists of some 1,000 bytes included."""

_F24_GAME = re.compile(rb'<Game\b[^>]*?\sid\s*=\s*["\']([^"\']+)["\']')
_MA3_MATCH = re.compile(rb'"matchInfo"\s*:\s*\{[^{}]*?"id"\s*:\s*"([^"]+)"')
_SPORTRADAR_BODY = (
    re.compile(rb'"game"\s*:\s*\{\s*"id"\s*:\s*"([^"]+)"'),
    re.compile(rb'"sport_event"\s*:\s*\{\s*"id"\s*:\s*"([^"]+)"'),
    re.compile(rb'\A\s*\{\s*"id"\s*:\s*"([^"]+)"'),
)
_SPORTRADAR_METADATA = (
    re.compile(rb'"sport_event_id"\s*:\s*"([^"]+)"'),
    re.compile(rb'"match"\s*:\s*"([^"]+)"'),
)
_GENIUS = (
    re.compile(rb'"[fF]ixtureId"\s*:\s*"?([^",}\s]+)'),
    re.compile(rb'"(?:gameId|matchId)"\s*:\s*"?([^",}\s]+)'),
)


def key_for(provider: str, value: bytes, given: str | None, named: str | None) -> str | None:
    """The key of a message: the match that it names itself, else the one `given` by the user, else
    the one its source is `named` after. The message comes first, as it does for the adapter, or a
    match that came with `--match` and one that came without would be in two partitions."""
    return match_key(provider, value) or given or named


def match_key(provider: str, value: bytes) -> str | None:
    """The id of the match that `value` names, None if it names none (a heartbeat, an unknown
    provider's message)."""
    sniff = _SNIFFERS.get(provider)
    found = sniff(value) if sniff else ""
    return found or _read(provider, value) or None


def _read(provider: str, value: bytes) -> str:
    """The id of the match that the adapter finds; empty if it cannot tell, or read it."""
    adapter = ADAPTERS.get(provider)
    if adapter is None:
        return ""
    try:
        parsed = adapter.parse(Message(value))
    except Rejected:
        return ""
    ids = (parsed.match_id, *(event.match_id for event in parsed.events))
    return next((id_.partition(":")[2] for id_ in ids if id_), "")


def key_of_file(path: str, *, whole_document: bool) -> str | None:
    """The match id that a file's name holds, or None.

    An Opta name (`f24-23-2018-1009316-eventdetails.xml`) gives its game, any other the id after its
    last `_` (`nbl_fibalivestats_1976446.json` gives 1976446). A file that is one document is one
    match whatever its name: then the name itself is the id. A capture may hold many.
    """
    stem = PurePath(path).stem
    if opta := _OPTA_FILE.search(stem):
        return opta.group(1)
    last = stem.rpartition("_")[2]
    if _ID_IN_NAME.fullmatch(last):
        return last
    return _NOT_IN_IDS.sub("-", stem)[:LONGEST_ID] if whole_document else None


_OPTA_FILE = re.compile(r"f\d+-\d+-\d+-(\d+)(?:-|$)")
_ID_IN_NAME = re.compile(r"\d{3,}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-z]{25}")
"""A number, a UUID (Sportradar), or 25 letters and digits (Stats Perform)."""
_NOT_IN_IDS = re.compile(r"[^0-9A-Za-z_.-]+")
LONGEST_ID = 64


def _opta(value: bytes) -> str:
    if value.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        value = value[: 2 * HEAD_BYTES].decode("utf-16", "ignore").encode()
    found = _F24_GAME.search(value, 0, HEAD_BYTES) or _MA3_MATCH.search(value)
    return _text(found)


def _sportradar(value: bytes) -> str:
    found = _first(_SPORTRADAR_BODY, value, 0, HEAD_BYTES) or _first(
        _SPORTRADAR_METADATA, value, max(0, len(value) - TAIL_BYTES), len(value)
    )
    return bare_id(_text(found))


def _genius(value: bytes) -> str:
    return _text(_first(_GENIUS, value, 0, HEAD_BYTES))


_SNIFFERS: dict[str, Callable[[bytes], str]] = {
    "opta": _opta,
    "sportradar": _sportradar,
    "genius": _genius,
}


def _first(
    patterns: tuple[re.Pattern[bytes], ...], value: bytes, start: int, end: int
) -> re.Match[bytes] | None:
    for pattern in patterns:
        if found := pattern.search(value, start, end):
            return found
    return None


def _text(found: re.Match[bytes] | None) -> str:
    return found.group(1).decode("utf-8", "replace") if found else ""

"""What a document that is not F24 or MA3 looks like: for the reason of its rejection."""

from __future__ import annotations

from codecs import BOM_UTF8

import msgspec

from udfs.scanning import Element

XML_ROOTS = {
    "SoccerFeed": "an Opta SoccerFeed (results: F1, F7, F9, F40)",
    "match": "a Stats Perform match in XML (MA1): MA3 is read as JSON",
    "matchEvents": "Stats Perform MA3 in XML: MA3 is read as JSON",
    "Games": "an F24 document",
}

JSON_MEMBERS = (
    (("matchInfo", "liveData"), "Stats Perform MA1 (no events in liveData)"),
    (("matchInfo",), "a Stats Perform document without liveData"),
    (("payload", "metadata"), "a Sportradar push message"),
    (("heartbeat",), "a Sportradar heartbeat"),
    (("sport_event",), "a Sportradar sport event"),
    (("periods", "home", "away"), "a Sportradar play-by-play"),
    (("fixtureId",), "a Genius Sports match event"),
    (("FixtureId",), "a Genius Sports match event"),
    (("messageId", "type"), "a Genius Sports LiveStats stream message"),
    (("tm", "pbp"), "a Genius Sports LiveStats data.json"),
    (("meta", "game"), "an NBA live play-by-play"),
    (("subscription", "event"), "a Twitch EventSub notification"),
)
"""Members that tell a kind of document, the more telling ones first."""

SHOWN_MEMBERS = 5

_members = msgspec.json.Decoder(dict[str, msgspec.Raw])
_items = msgspec.json.Decoder(list[msgspec.Raw])


def describe_xml(elements: list[Element]) -> str:
    """Words for an XML document."""
    root = elements[0][1]
    known = XML_ROOTS.get(root)
    if known is None:
        return f"XML with the root {root[:40]!r}"
    if root != "SoccerFeed":
        return known
    kind = next((a.get("Type", "") for _, tag, a in elements if tag == "SoccerDocument"), "")
    return f"{known} of type {kind[:40]!r}" if kind else known


def describe_json(value: bytes) -> str:
    """Words for a JSON document that can be decoded."""
    value = value.removeprefix(BOM_UTF8)
    try:
        items = _items.decode(value)
    except msgspec.DecodeError:
        return _describe_one(value)
    return f"a list, the first of it {_describe_one(items[0])}" if items else "an empty list"


def _describe_one(value: bytes | msgspec.Raw) -> str:
    try:
        members = _members.decode(value)
    except msgspec.DecodeError:
        return "JSON that is no object"
    except UnicodeDecodeError:
        return "JSON with a name that is not UTF-8"
    for names, kind in JSON_MEMBERS:
        if all(name in members for name in names):
            return kind
    shown = ", ".join(name[:40] for name in list(members)[:SHOWN_MEMBERS])
    return f"JSON with the members {shown}" if shown else "an empty JSON object"

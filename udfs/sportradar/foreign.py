"""What a message that is not Sportradar's looks like, for the reason of its rejection."""

from __future__ import annotations

HEAD_BYTES = 4_096

MARKS: tuple[tuple[bytes, str], ...] = (
    (b"<Games", "Opta F24"),
    (b"<SoccerFeed", "Opta F7"),
    (b"<!DOCTYPE html", "a web page"),
    (b"<html", "a web page"),
    (b'"matchInfo"', "Stats Perform (Opta) MA1 or MA3"),
    (b'"liveData"', "Stats Perform (Opta) MA3"),
    (b'"fixtureId"', "Genius Sports Match Events"),
    (b'"FixtureId"', "Genius Sports Match Events"),
    (b'"innings"', "a play-by-play of baseball, which is not read"),
    (b'"pbp"', "Genius Sports LiveStats data.json"),
    (b'"tm"', "Genius Sports LiveStats data.json"),
    (b'"messageId"', "Genius Sports LiveStats stream"),
    (b'"actions"', "NBA live play-by-play (Genius Sports)"),
    (b'"subscription"', "Twitch EventSub"),
    (b'"broadcaster_id"', "a Twitch poll"),
)
"""A mark in the head of a document -> whose it is."""


def looks_like(value: bytes) -> str:
    """Whose message it seems to be, in words."""
    head = value[:HEAD_BYTES]
    for mark, owner in MARKS:
        if mark in head:
            return f"it looks like {owner}"
    if head.lstrip().startswith(b"<"):
        return "it is XML"
    return f"it starts with {head.lstrip()[:40]!r}"

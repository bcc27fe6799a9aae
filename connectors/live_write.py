"""What is written to Redis: one versioned write, which SQL hands on as one text."""

from __future__ import annotations

from typing import NamedTuple

PLACE_UNIT = 1 << 26
"""A place is the game time (ms) times this, plus the low bits of the event's own time (in 100 ms),
which order events of the same game time. In Redis it is divided by this: the whole part is the game
time in ms."""

SEPARATOR = "\x1f"
"""Between the fields of a write that is one text: the control character that is meant for it."""

ACCOUNTING = "accounting"
"""The kind of a write of what `normalize` has counted: of a feed's topic, by verdict, a `major`."""

EVENTS = ("event", "drop")
"""The kinds of a match's timeline."""

RANKINGS = ("rank", "unrank")
"""The kinds of a board's tables."""

_BESIDE_MATCHES = {"poll": "polls", **dict.fromkeys(RANKINGS, "leaderboards")}


class LiveWrite(NamedTuple):
    """One versioned write.

    kind: `state` (merge `body` into the match's document), `event` or `drop` (the timeline),
        `window` (a window's hash field), `attack` (the same of a step of momentum; the windows that
        it is in are added up), `player` (merge into the player's document), `accounting`,
        `poll` (a result; its `member` is the channel on which it is told), `rank` or `unrank` (a
        member in a board's table, as `keys.leaderboard_members` has it).
    owner: match id, `PROVIDER:PLAYER_ID`, topic, poll id, or `BOARD:PERIOD:SEGMENT`.
    member: what of the owner is written; a revision is kept for each.
    body: JSON.
    place: `event`: where it is in the match, see `PLACE_UNIT`. `rank`: the value.
    major, minor: the revision; the writer's generation is compared between the two.
    received_ms: UTC epoch milliseconds at which the newest feed message in it was received.
    """

    kind: str
    owner: str
    member: str
    place: int
    major: int
    minor: int
    received_ms: int
    body: str

    @classmethod
    def parse(cls, text: str) -> LiveWrite:
        """The write that a text says: its fields in this order, with `SEPARATOR` between them.

        Raises:
            ValueError: there are too few, or one is not a number that should be.
        """
        kind, owner, member, place, major, minor, received_ms, body = text.split(SEPARATOR, 7)
        return cls._make(
            (kind, owner, member, int(place), int(major), int(minor), int(received_ms), body)
        )


def provider_of(write: LiveWrite) -> str:
    """Whose event a write is, or that it is of `polls` or `leaderboards`; empty of what is computed
    of several events."""
    if write.kind in EVENTS:
        return write.member.partition(":")[0]
    return _BESIDE_MATCHES.get(write.kind, "")

"""What a write to Redis says of itself."""

from __future__ import annotations

from itertools import product

import pytest

from connectors.live_write import SEPARATOR, LiveWrite, provider_of
from connectors.redis_sink import _KEYS_OF, _places_of

KINDS = (
    *("state", "event", "drop", "window", "attack", "player", "accounting", "poll"),
    *("rank", "unrank"),
)


@pytest.mark.parametrize(
    ("kind", "member", "provider"),
    [
        ("event", "opta:1", "opta"),
        ("drop", "sportradar:a-b:c", "sportradar"),
        ("state", "match", ""),
        ("window", "minute:0", ""),
        ("player", "opta:1009316", ""),
        ("accounting", "received", ""),
        ("poll", "poll-updates", "polls"),
        ("rank", "ann", "leaderboards"),
        ("unrank", "ann", "leaderboards"),
    ],
)
def test_an_events_write_says_its_provider(kind: str, member: str, provider: str) -> None:
    text = SEPARATOR.join((kind, "owner", member, "0", "1", "0", "5", "{}"))
    assert provider_of(LiveWrite.parse(text)) == provider


def test_kinds_of_writes_share_a_member_if_they_share_their_keys() -> None:
    """Of those of a batch, only the newest of each member is sent."""
    assert _KEYS_OF.keys() <= set(KINDS)
    for one, other in product(KINDS, KINDS):
        share_a_member = _KEYS_OF.get(one, one) == _KEYS_OF.get(other, other)
        share_keys = _places_of(one, "o")[1] == _places_of(other, "o")[1]
        assert share_a_member == share_keys, (one, other)

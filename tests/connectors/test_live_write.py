"""What a write to Redis says of itself."""

from __future__ import annotations

import pytest

from connectors.redis_sink import SEPARATOR, LiveWrite, provider_of


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

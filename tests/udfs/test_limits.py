"""The limits that hold for every format: a size, and a number of events. Those of texts, times and
nesting: test_reading.py."""

from __future__ import annotations

import pytest

from tests.udfs.feed_messages import KEY, Format, formats
from udfs import limits
from udfs.contract import Message, Rejected
from udfs.registry import ADAPTERS

ALL = list(formats())
DOCUMENTS = {
    "F24, document", "MA3", "play-by-play", "timeline", "match events, list",
    "LiveStats data.json", "NBA live",
}  # fmt: skip
"""The formats that hold many events in one message."""


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.name)
def test_no_message_gives_more_events_than_the_limit(
    one: Format, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MAX_EVENTS", 2)
    counts = [events_of(one, value) for value in one.messages]
    assert any(count is None for count in counts) == (one.name in DOCUMENTS)
    assert all(count <= 2 for count in counts if count is not None)


def events_of(one: Format, value: bytes) -> int | None:
    """How many events a message gives; None if it is refused."""
    try:
        return len(ADAPTERS[one.provider].parse(Message(value, KEY.decode())).events)
    except Rejected:
        return None


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.name)
def test_a_message_that_is_too_long_is_refused_before_it_is_read(
    one: Format, monkeypatch: pytest.MonkeyPatch
) -> None:
    value = max(one.messages, key=len)
    monkeypatch.setattr(limits, "MAX_MESSAGE_BYTES", len(value) - 1)
    with pytest.raises(Rejected, match=r"limit|longer|bytes"):
        ADAPTERS[one.provider].parse(Message(value, KEY.decode()))

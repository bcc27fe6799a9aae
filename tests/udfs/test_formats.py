"""What a message that is refused was taken for."""

from __future__ import annotations

import pytest

from udfs.codec import Lineage
from udfs.feed import FeedReader
from udfs.registry import ADAPTERS

READER = FeedReader(ADAPTERS, {})


def adapters(provider: str, value: bytes) -> list[str]:
    return READER.read(provider, b"1", value, Lineage(f"feed.{provider}", 0, 0, 1)).adapters


@pytest.mark.parametrize(
    ("provider", "value", "adapter"),
    [
        ("opta", b"<Games><Game>", "opta F24"),
        ("opta", b'{"matchInfo": 5}', "opta MA3"),
        ("opta", b"\x00", "opta"),
        ("sportradar", b'{"payload": {"event": 5, "game": {"id": "1"}}}', "sportradar push"),
        ("sportradar", b'{"payload": {"event": 5}}', "sportradar push"),
        ("sportradar", b'{"sport_event": {}, "timeline": 5}', "sportradar timeline"),
        ("sportradar", b'{"periods": 5, "home": 5}', "sportradar play-by-play"),
        ("sportradar", b"<Games/>", "sportradar"),
        ("genius", b'{"fixtureId": {}}', "genius Match Event V2"),
        ("genius", b'{"FixtureId": {}}', "genius Match Event V1"),
        ("genius", b'{"type": "action"}', "genius LiveStats stream"),
        ("genius", b'{"pbp": 5}', "genius LiveStats data.json"),
        ("genius", b'{"game": {"actions": 5}}', "genius NBA live"),
        ("genius", b"{}", "genius"),
        ("acme", b"{}", "acme"),
    ],
)
def test_a_message_is_refused_by_the_adapter_of_its_format(
    provider: str, value: bytes, adapter: str
) -> None:
    assert adapters(provider, value) == [adapter]


def test_each_message_of_a_list_is_refused_as_what_it_is() -> None:
    stream = b'{"type": "playbyplay", "messageId": 1, "actions": []}'
    assert adapters("genius", b'[{"FixtureId": {}}, ' + stream + b', {"pbp": []}, {}]') == [
        "genius Match Event V1", "genius LiveStats data.json", "genius",
    ]  # fmt: skip


def test_a_list_of_which_nothing_can_be_read_is_refused_as_its_first_message() -> None:
    assert adapters("genius", b'[{"FixtureId": {}}, {}]') == ["genius Match Event V1"]


def test_the_rows_of_a_document_are_refused_by_the_adapter_of_the_document() -> None:
    document = b'<Games><Game id="1"><Event id="1"/><Event id="2"/></Game></Games>'
    assert adapters("opta", document) == ["opta F24", "opta F24"]

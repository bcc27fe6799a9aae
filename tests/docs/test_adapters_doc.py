"""What docs/adapters.md shows is true: its provider is taken from the page and run."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from importlib import util
from pathlib import Path
from typing import Any

import pytest

from schemas.generated.touchline.v1 import match_event_pb2 as wire
from tests.scores import score_of
from udfs.codec import Lineage
from udfs.contract import Adapter, Message
from udfs.feed import FeedItems, FeedReader
from udfs.merge import last_write_wins
from udfs.registry import ADAPTERS
from udfs.rendering import as_dict

PAGE = Path(__file__).parents[2] / "docs" / "adapters.md"
LINEAGE = Lineage("feed.acme", 0, 5, 1_787_407_200_000)
EMPTY: tuple[Any, ...] = (None, "", 0, [], (), {})


def block(name: str) -> str:
    """The code block after the comment `name`."""
    found = re.search(rf"<!-- {name} -->\n```\w+\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert found, f"{PAGE.name} has no block {name}"
    return found[1]


MESSAGE = json.loads(block("message"))


@pytest.fixture(scope="module")
def adapter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Adapter]:
    file = tmp_path_factory.mktemp("acme") / "acme_adapter.py"
    file.write_text(block("adapter"))
    spec = util.spec_from_file_location("acme_adapter", file)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules["acme_adapter"] = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module.AcmeAdapter()
    del sys.modules["acme_adapter"]


def read(adapter: Adapter, **changes: Any) -> FeedItems:
    """The page's message with `changes`, as the job `normalize` reads it."""
    reader = FeedReader({**ADAPTERS, adapter.name: adapter}, {})
    return reader.read("acme", None, json.dumps({**MESSAGE, **changes}).encode(), LINEAGE)


def test_the_message_becomes_the_event_that_the_page_shows(adapter: Adapter) -> None:
    [event] = adapter.parse(Message(block("message").encode())).events
    shown = {name: value for name, value in as_dict(event).items() if value not in EMPTY}
    assert shown == json.loads(block("event"))


def test_the_event_goes_through_the_feed_reader(adapter: Adapter) -> None:
    items = read(adapter)
    assert (items.match_ids, items.event_ids, items.versions) == (["acme:m1"], ["p7"], [3])
    assert items.reasons == []
    event = wire.MatchEvent.FromString(items.payloads[0])
    assert (event.provider, event.type, event.side) == ("acme", wire.GOAL, wire.AWAY)
    assert (event.source_topic, event.arrival) == ("feed.acme", 5)


def test_an_unknown_kind_passes_through_as_other(adapter: Adapter) -> None:
    event = wire.MatchEvent.FromString(read(adapter, kind="streaker", new_field=1).payloads[0])
    assert (event.type, event.provider_type, event.points) == (wire.OTHER, "streaker", 0)


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        ({"id": ""}, "length >= 1"),
        ({"rev": -1}, "rev"),
        ({"at": "soon"}, "not a time: 'soon'"),
        ({"clock": "x"}, "not a clock: 'x'"),
    ],
)
def test_what_does_not_fit_is_rejected_with_its_reason(
    adapter: Adapter, damage: dict[str, Any], reason: str
) -> None:
    items = read(adapter, **damage)
    assert items.payloads == []
    assert reason in items.reasons[0]


def test_a_goal_that_is_taken_back_leaves_the_score(adapter: Adapter) -> None:
    versions: list[dict[str, Any]] = [
        {"rev": 3},
        {"id": "p8"},
        {"rev": 4, "void": True},
        {"rev": 2},
    ]
    messages = [json.dumps({**MESSAGE, **version}).encode() for version in versions]
    events = [event for value in messages for event in adapter.parse(Message(value)).events]
    assert score_of(last_write_wins(events)) == (0, 1)


def test_the_table_has_every_provider() -> None:
    table = "\n".join(line for line in PAGE.read_text().splitlines() if line.startswith("| **"))
    for provider in ADAPTERS:
        assert provider in table.lower(), provider

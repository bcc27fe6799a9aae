"""The shapes of the messages, told by the real samples."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from lxml import etree

from simulator.disorder import Rates
from simulator.feed import Simulation
from tests.samples import sample
from tests.simulator.reading import simulated

ONLY_EDITS_AND_DELETES = Rates(edits=0.2, deletes=0.1)


def values(format_: str, rates: Rates = ONLY_EDITS_AND_DELETES) -> list[bytes]:
    simulation: Simulation = simulated(format_, rates=rates)
    return [value for _, number, value in simulation.stream() if number >= 0]


@pytest.fixture(scope="module")
def f24() -> list[etree._Element]:
    return [etree.fromstring(value)[0] for value in values("opta")]


@pytest.fixture(scope="module")
def pushed() -> list[dict[str, Any]]:
    return [msgspec.json.decode(value) for value in values("sportradar")]


def test_an_f24_row_has_the_attributes_of_real_rows(f24: list[etree._Element]) -> None:
    file = sample("opta/socceraction_f24-23-2018-1009316-eventdetails.xml")
    real = etree.parse(file).getroot()[0]
    games = {tuple(key for key in game.attrib if key != "period_2_start") for game in f24}
    assert games == {tuple(key for key in real.attrib if key != "period_2_start")}
    # Real goals and key passes have one attribute more.
    assert {tuple(row.keys()) for game in f24 for row in game} <= {
        tuple(row.keys()) for row in real
    }
    assert {tuple(q.keys()) for game in f24 for q in game.iter("Q")} == {
        tuple(q.keys()) for q in real.iter("Q")
    }


def test_f24_times_are_london_time_with_unpadded_fractions(f24: list[etree._Element]) -> None:
    for row in (row for game in f24 for row in game):
        second, _, fraction = row.attrib["timestamp"].partition(".")
        assert re.fullmatch(r"0|[1-9]\d{0,2}", fraction)
        modified = datetime.fromisoformat(row.attrib["last_modified"])
        version = datetime.fromtimestamp(int(row.attrib["version"]) // 1000, UTC)
        assert modified.replace(tzinfo=ZoneInfo("Europe/London")) == version
        assert datetime.fromisoformat(second) <= modified


def test_an_f24_delete_is_the_same_id_as_type_43_at_0_0(f24: list[etree._Element]) -> None:
    rows = [row for game in f24 for row in game]
    first_types = {row.attrib["id"]: row.attrib["type_id"] for row in reversed(rows)}
    deleted = [row for row in rows if row.attrib["type_id"] == "43"]
    assert deleted
    for row in deleted:
        assert (row.attrib["x"], row.attrib["y"]) == ("0.0", "0.0")
        assert row.find("Q[@qualifier_id='144']") is not None
        assert first_types[row.attrib["id"]] != "43"


def test_an_edited_f24_row_gets_new_qualifier_ids(f24: list[etree._Element]) -> None:
    seen: dict[str, str] = {}
    for row in (row for game in f24 for row in game):
        for qualifier in row:
            owner = f"{row.attrib['id']} {row.attrib['version']}"
            assert seen.setdefault(qualifier.attrib["id"], owner) == owner


def _shape(value: Any) -> Any:
    return {key: _shape(inner) for key, inner in value.items()} if isinstance(value, dict) else None


def _within(found: Any, real: Any) -> bool:
    return found is None or all(
        key in real and _within(inner, real[key]) for key, inner in found.items()
    )


def test_a_push_message_has_no_key_that_real_ones_lack(pushed: list[dict[str, Any]]) -> None:
    text = sample("sportradar/nba_push_stream_2023-07-19T13-20_two_games.txt").read_text()
    real: dict[str, Any] = {}
    for line in text.replace('}{"payload"', '}\n{"payload"').splitlines():
        if line.startswith('{"payload"'):
            _merge(real, _shape(msgspec.json.decode(line)))
    for message in pushed:
        assert _within(_shape(message), real), message


def _merge(into: dict[str, Any], shape: dict[str, Any]) -> None:
    for key, inner in shape.items():
        if isinstance(inner, dict):
            if into.get(key) is None:
                into[key] = {}
            _merge(into[key], inner)
        else:
            into.setdefault(key, None)


def test_a_push_delete_carries_id_type_clock_and_points_only(pushed: list[dict[str, Any]]) -> None:
    deletes = [m for m in pushed if m["metadata"]["operation"] == "delete"]
    assert deletes
    for message in deletes:
        assert message["payload"]["event"].keys() == {
            "event_type", "id", "clock", "deleted", "home_points", "away_points",
        }  # fmt: skip


def test_versions_of_a_push_event_differ_by_a_second_or_more(pushed: list[dict[str, Any]]) -> None:
    last: dict[str, str] = {}
    for message in pushed:
        event = message["payload"]["event"]
        at = event.get("updated") or event["deleted"]
        assert last.get(event["id"], "") < at
        last[event["id"]] = at


def test_a_match_event_is_a_v2_envelope_with_seven_decimals() -> None:
    keys = {
        "sportId", "fixtureId", "source", "sequenceId", "actionId", "insertedBeforeActionId",
        "isCancelled", "isConfirmed", "isModified", "action", "messageTimestampUtc",
    }  # fmt: skip
    messages = [msgspec.json.decode(value) for value in values("genius")]
    assert [m["sequenceId"] for m in messages] == list(range(1, len(messages) + 1))
    for message in messages:
        assert message.keys() == keys
        assert re.fullmatch(
            r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z", message["messageTimestampUtc"]
        )
        assert message["action"]["$type"].startswith("Betgenius.Sports.Football.Contracts.")
    assert any(message["isCancelled"] for message in messages)
    assert any(not message["isConfirmed"] for message in messages)


def test_a_snapshot_has_the_keys_of_real_ones_newest_first() -> None:
    real = msgspec.json.decode(sample("genius/nbl_fibalivestats_1976446.json").read_bytes())
    real_keys = set().union(*(action.keys() for action in real["pbp"]))
    documents = [msgspec.json.decode(value) for value in values("livestats")]
    for document in documents:
        assert document.keys() <= real.keys()
        assert all(action.keys() <= real_keys for action in document["pbp"])
        numbers = [action["actionNumber"] for action in document["pbp"]]
        assert numbers == sorted(numbers, reverse=True)
    sizes = [len(document["pbp"]) for document in documents]
    assert sizes[0] < sizes[-1]


def test_what_is_taken_back_is_missing_from_the_next_snapshot() -> None:
    documents = [msgspec.json.decode(value) for value in values("livestats")]
    numbers = [{action["actionNumber"] for action in document["pbp"]} for document in documents]
    assert any(before - after for before, after in pairwise(numbers))

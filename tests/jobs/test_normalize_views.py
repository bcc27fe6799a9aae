"""The normalize views over bounded feeds: messages in, verdicts and dead letters out."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

import pytest
from pyflink.table import DataTypes

from jobs.normalize import JOB, OUTPUTS
from jobs.pipeline import create_views
from schemas.generated.touchline.v1 import match_event_pb2 as wire
from tests.jobs.mini_cluster import bounded, environment_for, rows_of
from touchline.settings import Settings

pytestmark = pytest.mark.flink

RECEIVED = datetime(2018, 8, 20, 19, 0, 0, 123_000, tzinfo=UTC)

FEED = {
    "match_key": DataTypes.BYTES(),
    "body": DataTypes.BYTES(),
    "topic": DataTypes.STRING(),
    "partition": DataTypes.INT(),
    "offset": DataTypes.BIGINT(),
    "received_at": DataTypes.TIMESTAMP_LTZ(3),
}


def f24(event_id: int, version: int, type_id: int = 1, extra: str = "") -> bytes:
    """A live F24 document with one event."""
    return (
        '<Games timestamp="2018-08-20T21:10:00"><Game id="1" home_team_id="174" '
        'away_team_id="957" home_team_name="Athletic Club" away_team_name="Leganes">'
        f'<Event id="{event_id}" event_id="1" type_id="{type_id}" period_id="1" min="10" sec="5" '
        f'team_id="174" outcome="1" x="50.0" y="50.0" timestamp="2018-08-20T21:10:00.100" '
        f'last_modified="2018-08-20T21:10:00" version="{version}">{extra}</Event></Game></Games>'
    ).encode()


def listed_twice(event_id: int, version: int) -> bytes:
    """A document that says two things of an event in one version."""
    head, first = f24(event_id, version).split(b"<Event", 1)
    second = f24(event_id, version, type_id=16).split(b"<Event", 1)[1]
    return b"<Event".join((head, first.removesuffix(b"</Game></Games>"), second))


def snapshot(*actions: int) -> bytes:
    """A LiveStats document that lists these actions, newest first."""
    return json.dumps(
        {
            "clock": "05:00", "period": 1, "periodType": "REGULAR", "periodsMax": 4,
            "periodLength": 10, "periodLengthREGULAR": 10, "periodLengthOVERTIME": 5, "inOT": 0,
            "tm": {
                "1": {"code": "TAS", "name": "Tasmania"},
                "2": {"code": "BRI", "name": "Brisbane"},
            },
            "pbp": [
                {
                    "actionNumber": number, "actionType": "2pt", "subType": "jumpshot",
                    "success": 1, "scoring": 1, "clock": "05:00:00", "gt": "05:00", "period": 1,
                    "periodType": "REGULAR", "tno": 1, "pno": 3, "player": "A. Name",
                    "shirtNumber": "7", "s1": 2, "s2": 0, "lead": 2, "qualifier": [],
                }
                for number in sorted(actions, reverse=True)
            ],
        }
    ).encode()  # fmt: skip


HEARTBEAT = b'{"heartbeat":{"interval":5000}}'
DAMAGED = f24(9, 1)[:100]
NOBODYS = b"not JSON"
NO_ACTIONS = b'{"type": "playbyplay", "messageId": 1, "actions": [5, 6]}'

OPTA = [
    (b"1", f24(1, 5)),
    (b"1", f24(1, 5)),
    (b"1", f24(1, 7, type_id=16)),
    (b"1", f24(1, 6)),
    (b"1", DAMAGED),
    (b"1", f24(2, 1)),
    # Back to what it was, within one version: the later arrival wins.
    (b"1", f24(3, 4)),
    (b"1", f24(3, 4, type_id=16)),
    (b"1", f24(3, 4)),
    (b"1", listed_twice(4, 1)),
]
GENIUS = [
    (b"77", snapshot(1, 2)),
    (b"77", snapshot(1, 2)),
    (b"77", snapshot(1, 3)),
    (b"78", NO_ACTIONS),
]
SPORTRADAR = [(None, HEARTBEAT), (None, NOBODYS)]


class Outcome:
    """What the views made of the feeds above."""

    def __init__(self) -> None:
        environment = environment_for(JOB)
        rows: list[tuple[Any, ...]] = [
            (key and bytearray(key), bytearray(body), f"feed.{provider}", 0, offset, RECEIVED)
            for provider, messages in
            (("opta", OPTA), ("genius", GENIUS), ("sportradar", SPORTRADAR))
            for offset, (key, body) in enumerate(messages)
        ]  # fmt: skip
        bounded(environment, "feed_rows", FEED, rows)
        environment.create_temporary_view(
            "feed", environment.sql_query("SELECT *, PROCTIME() AS proctime FROM feed_rows")
        )
        create_views(environment, JOB.views(Settings()))
        self.judged = [
            (verdict, wire.MatchEvent.FromString(bytes(payload)))
            for verdict, payload in rows_of(environment, "SELECT verdict, payload FROM judged")
        ]
        self.dead_letters = [
            (key, bytes(part), {name: bytes(text).decode() for name, text in headers.items()})
            for key, part, headers in rows_of(environment, dict(OUTPUTS)["dead_letters"])
        ]
        counts: Counter[tuple[str, str]] = Counter()
        for topic, what, n in rows_of(environment, "SELECT topic, what, n FROM counts"):
            counts[topic, what] += n
        self.counts = counts
        self.plan = environment.explain_sql("SELECT * FROM accounting")


@pytest.fixture(scope="module")
def outcome() -> Outcome:
    return Outcome()


def verdicts(outcome: Outcome, match_id: str, event_id: str) -> list[tuple[int, str]]:
    """(arrival, verdict) of an event's versions."""
    return sorted(
        (event.arrival, verdict)
        for verdict, event in outcome.judged
        if (event.match_id, event.event_id) == (match_id, event_id)
    )


def test_each_version_is_accepted_superseded_or_a_duplicate(outcome: Outcome) -> None:
    assert verdicts(outcome, "opta:1", "1") == [
        (0, "accepted"), (1, "duplicate"), (2, "accepted"), (3, "superseded"),
    ]  # fmt: skip


def test_an_event_that_goes_back_to_what_it_was_is_no_duplicate(outcome: Outcome) -> None:
    assert verdicts(outcome, "opta:1", "3") == [
        (6, "accepted"), (7, "accepted"), (8, "accepted"),
    ]  # fmt: skip


def test_of_an_event_that_a_document_lists_twice_the_last_one_stands(outcome: Outcome) -> None:
    found = {event.type: verdict for verdict, event in outcome.judged if event.event_id == "4"}
    assert found == {wire.PASS: "superseded", wire.GOAL: "accepted"}


def test_an_action_that_a_snapshot_no_longer_lists_is_deleted(outcome: Outcome) -> None:
    deleted = [
        (event.event_id, event.arrival)
        for _, event in outcome.judged
        if event.match_id == "genius:77" and event.status == wire.DELETED
    ]
    assert deleted == [("2", 2)]


def test_a_snapshot_that_changes_nothing_gives_no_events(outcome: Outcome) -> None:
    arrivals = {event.arrival for _, event in outcome.judged if event.match_id == "genius:77"}
    assert arrivals == {0, 2}


def test_a_damaged_message_is_rejected_with_its_bytes_and_its_place(outcome: Outcome) -> None:
    [(key, headers)] = [(key, h) for key, part, h in outcome.dead_letters if part == DAMAGED]
    assert bytes(key) == b"1"
    assert headers.pop("error").startswith("malformed XML")
    assert headers == {
        "source_topic": "feed.opta",
        "source_partition": "0",
        "source_offset": "4",
        "part": "false",
        "adapter": f"opta F24 {version('touchline')}",
    }


def test_a_dead_letter_says_whether_it_is_only_a_part_of_a_message(outcome: Outcome) -> None:
    parts = {part: headers["part"] for _, part, headers in outcome.dead_letters}
    assert parts == {DAMAGED: "false", NOBODYS: "false", b"5": "true", b"6": "true"}


def test_a_dead_letter_says_which_adapter_refused_and_what_it_took_the_message_for(
    outcome: Outcome,
) -> None:
    adapters = {part: headers["adapter"] for _, part, headers in outcome.dead_letters}
    assert adapters == {
        DAMAGED: f"opta F24 {version('touchline')}",
        NOBODYS: f"sportradar {version('touchline')}",
        b"5": f"genius LiveStats stream {version('touchline')}",
        b"6": f"genius LiveStats stream {version('touchline')}",
    }


def test_counters_are_kept_for_ever(outcome: Outcome) -> None:
    """A hint that Flink does not take up is no error to it."""
    assert outcome.plan.count("stateTtlHints=[[[STATE_TTL options:[0 s]]]]") == 1


def test_an_event_carries_its_lineage(outcome: Outcome) -> None:
    [event] = [
        event for _, event in outcome.judged if event.event_id == "2" and event.sport == "soccer"
    ]
    assert (event.source_topic, event.source_partition, event.arrival) == ("feed.opta", 0, 5)
    assert event.received_ms == int(RECEIVED.timestamp() * 1000)


@pytest.mark.parametrize("provider", ["opta", "genius", "sportradar"])
def test_nothing_that_arrives_is_lost(outcome: Outcome, provider: str) -> None:
    counts = {what: n for (topic, what), n in outcome.counts.items() if topic == f"feed.{provider}"}
    ends = ("accepted", "superseded", "duplicate", "rejected")
    assert counts.get("received", 0) == sum(counts.get(end, 0) for end in ends)
    assert counts["messages"] == {"opta": 10, "genius": 4, "sportradar": 2}[provider]

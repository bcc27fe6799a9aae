"""What is to be in Redis, of the topics of results and standings."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from connectors.kafka_tables import Span
from jobs import polls
from jobs.pipeline import Options
from schemas.generated.touchline.v1.score_pb2 import Standing
from touchline.errors import TouchlineError
from touchline.rebuilding import TOLD_EVERY, Newest, newest_results, newest_standings
from touchline.settings import Board, Jobs, Settings
from touchline.spans import LATEST

ONCE = Options(Span(end=LATEST))
NOW = 1_795_348_800_000
DAY = 86_400_000
BOARDS = {"game": Board(), "daily": Board(reset="0 0 * * *", keep_closed_days=2)}


@dataclass
class Record:
    body: bytes

    def value(self) -> bytes:
        return self.body

    def topic(self) -> str:
        return "t"

    def partition(self) -> int:
        return 3

    def offset(self) -> int:
        return 17


def ignore(_: int) -> None:
    pass


def result(poll: str, revision: int, status: str = "ACTIVE") -> Record:
    return Record(json.dumps({"id": poll, "revision": revision, "status": status}).encode())


def results(*records: Record) -> Newest:
    return newest_results(records, ignore, ended_ttl_s=60, now_ms=NOW, version="main")


def standing(**fields: Any) -> Record:
    given = {
        "board": "game", "period": "all", "segment": "global", "member": "ann", "value": 5,
        "since_ms": NOW, "scores": 1, "descending": True, "major": 7, "received_ms": NOW,
    } | fields  # fmt: skip
    return Record(Standing(**given).SerializeToString())


def standings(*records: Record) -> Newest:
    return newest_standings(records, ignore, BOARDS, NOW)


def told(newest: Newest) -> list[tuple[str, str, int]]:
    return [(write.owner, write.member, write.major) for write in newest.all_writes()]


def test_of_each_poll_the_newest_result_is_written_as_it_was() -> None:
    newest = results(result("a", 2), result("b", 9), result("a", 5), result("a", 4))
    [a, b] = newest.all_writes()
    assert (a.kind, a.owner, a.major, a.body) == ("poll", "a", 5, result("a", 5).body.decode())
    assert (b.owner, b.major, newest.read) == ("b", 9, 4)


@pytest.mark.parametrize(
    ("version", "channel"), [("main", "poll-updates"), ("green", "green/poll-updates")]
)
def test_a_versions_result_is_told_on_its_own_channel_as_its_job_does(
    version: str, channel: str
) -> None:
    [write] = newest_results([result("a", 2)], ignore, 60, NOW, version).all_writes()
    # It is the revision's field as well: with another one the job would not know what is newer.
    assert write.member == channel
    settings = Settings(jobs=Jobs(version=version))
    [job_writes] = [query for sink, query in polls.outputs(settings, ONCE) if sink == "written"]
    assert f"'{channel}'" in job_writes


@pytest.mark.parametrize(
    ("archived", "written", "expired"), [(NOW - 59_999, 1, 0), (NOW - 60_000, 0, 1)]
)
def test_a_poll_that_was_archived_too_long_ago_stays_gone(
    archived: int, written: int, expired: int
) -> None:
    newest = results(result("a", archived, "ARCHIVED"))
    assert (len(list(newest.all_writes())), newest.expired) == (written, expired)


@pytest.mark.parametrize("body", [b"", b"{", b'{"id": "a"}'])
def test_a_record_that_is_no_result_is_named(body: bytes) -> None:
    with pytest.raises(TouchlineError, match=r"t\[3\]@17 is no result of a poll"):
        results(Record(body))


def test_of_each_member_the_newest_standing_is_written() -> None:
    newest = standings(
        standing(major=7, minor=2),
        standing(major=7, minor=3),
        standing(major=6, minor=9),
        standing(member="bo", major=1),
        standing(segment="region:es", major=4),
    )
    assert told(newest) == [
        ("game:all:global", "ann", 7),
        ("game:all:global", "bo", 1),
        ("game:all:region:es", "ann", 4),
    ]
    assert [write.minor for write in newest.all_writes()] == [3, 0, 0]


def test_a_standing_of_a_higher_generation_is_newer_and_written_by_it() -> None:
    newest = standings(standing(generation=1, minor=1), standing(minor=2))
    assert {generation: len(writes) for generation, writes in newest.writes.items()} == {1: 1}


def test_a_member_who_left_a_table_is_written_too() -> None:
    newest = standings(standing(), standing(major=8, scores=0))
    assert [write.kind for write in newest.all_writes()] == ["unrank"]


def test_a_table_goes_when_its_last_standing_does() -> None:
    ended = {"board": "daily", "period": "d", "ends_ms": NOW - 9 * DAY}
    over = standing(member="over", received_ms=NOW - 2 * DAY, **ended)
    assert standings(over).expired == 1
    kept = standings(over, standing(received_ms=NOW - DAY, **ended))
    # The one that keeps it first: a key whose time is over would go at once.
    assert [write.member for write in kept.all_writes()] == ["ann", "over"]
    assert [json.loads(write.body)["until"] for write in kept.all_writes()] == [NOW + DAY, NOW]


def test_a_board_that_the_settings_do_not_have_is_told() -> None:
    newest = standings(standing(board="old"))
    assert (newest.strange, told(newest)) == ({"old"}, [])


def test_a_record_that_is_no_standing_is_named() -> None:
    with pytest.raises(TouchlineError, match=r"t\[3\]@17 is no standing"):
        standings(Record(b"\xff"))


def test_progress_is_told_now_and_then() -> None:
    heard: list[int] = []
    records: Sequence[Record] = [result("a", 1)] * (2 * TOLD_EVERY + 1)
    newest_results(records, heard.append, 60, NOW, "main")
    assert heard == [TOLD_EVERY, 2 * TOLD_EVERY]

"""Votes as bytes -> columns, or why they are dead letters."""

from __future__ import annotations

import pytest

from schemas.generated.touchline.v1.poll_pb2 import PAID, PollVote
from udfs.polls.votes import COLUMNS, MAX_BYTES, VoteReader

NOW_MS = 1_795_348_800_000
VOTE = {
    "poll_id": "motm", "voter_id": "ann", "vote_id": "1", "choices": ["raul"], "voted_ms": NOW_MS,
}  # fmt: skip


def read(body: bytes, shed_after_ms: int = 0, waited_ms: int = 0) -> dict[str, object]:
    [row] = VoteReader(shed_after_ms).read([body], [NOW_MS], NOW_MS + waited_ms)
    return dict(zip(COLUMNS, row, strict=True))


def vote(**fields: object) -> bytes:
    sent: bytes = PollVote(**(VOTE | fields)).SerializeToString()
    return sent


def test_a_vote_is_read() -> None:
    assert read(vote(region="es", voter_class=PAID)) == {
        "poll_id": "motm", "voter_id": "ann", "vote_id": "1", "choices": "raul",
        "voted_ms": NOW_MS, "voter_class": "paid", "region": "es", "source": "ann", "shed": False,
        "arrived_ms": NOW_MS, "problem": "",
    }  # fmt: skip


def test_choices_are_sorted_and_each_is_there_once() -> None:
    assert read(vote(choices=["raul", "iker", "raul"]))["choices"] == "iker,raul"


def test_a_reader_keeps_nothing_of_the_vote_before() -> None:
    rows = VoteReader().read([vote(region="es"), vote()], [NOW_MS, NOW_MS], NOW_MS)
    assert [dict(zip(COLUMNS, row, strict=True))["region"] for row in rows] == ["es", ""]


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"\xff\xff", "not a touchline.v1.PollVote"),
        (b"x" * (MAX_BYTES + 1), "a vote has 65536 at most"),
        (vote(voter_id=""), "no voter_id"),
        (vote(vote_id="", voted_ms=0), "no vote_id and no voted_ms"),
        (vote(voter_id="x" * 201), "more than 200 characters"),
        (vote(voted_ms=-5), "not between 1970 and 2100"),
        (vote(voted_ms=10**15), "not between 1970 and 2100"),
        (vote(region="e\x1fs"), "a control character"),
        (vote(choices=[]), "no choices"),
        (vote(choices=["raul,raul,raul"]), "a comma"),
        (vote(choices=["iker", "raul,iker"]), "a comma"),
    ],
)
def test_what_cannot_be_read_says_why(body: bytes, problem: str) -> None:
    row = read(body)
    assert problem in str(row["problem"])
    assert row["arrived_ms"] == NOW_MS


def test_what_cannot_be_read_stops_nothing_else() -> None:
    rows = VoteReader().read([vote(), b"\xff", vote()], [NOW_MS] * 3, NOW_MS)
    assert [bool(row[-1]) for row in rows] == [False, True, False]


def test_only_free_votes_that_have_waited_are_shed_and_only_if_that_is_on() -> None:
    assert read(vote(), shed_after_ms=500, waited_ms=501)["shed"] is True
    assert read(vote(), shed_after_ms=500, waited_ms=500)["shed"] is False
    assert read(vote(voter_class=PAID), shed_after_ms=500, waited_ms=501)["shed"] is False
    assert read(vote(), shed_after_ms=0, waited_ms=99_999)["shed"] is False

"""docs/polls.md, "A vote", rule by rule, by hand: the oracle says what the page says."""

from __future__ import annotations

from typing import Any

import pytest

from oracle.poll_lives import Record
from oracle.polls import DeadLetter, Rules, Verdict, truth
from schemas.generated.touchline.v1.poll_pb2 import (
    ARCHIVE,
    CLOSE,
    FIRST_VOTE_COUNTS,
    LAST_VOTE_COUNTS,
    LOCK,
    OPEN,
    TERMINATE,
    UNLOCK,
    VOTE_POLICY_UNKNOWN,
    PollVote,
)
from tests.polls.judging import heads, judged, opened, verdicts
from tests.polls.logs import START_MS, Logs

# --- a vote: the verdicts


@pytest.mark.parametrize("value", [b"\xff", b"\x0a\x02\xff\xff", b"not a vote"])
def test_a_vote_that_cannot_be_read_is_a_dead_letter(value: bytes) -> None:
    logs = opened()
    logs.votes.append(b"ann", value, START_MS + 200)
    assert verdicts(logs) == [DeadLetter.UNREADABLE]


@pytest.mark.parametrize(
    "given",
    [
        {"voter_id": "v" * 201},
        {"source": "s" * 201},
        {"region": "a\nb"},
        {"voted_ms": -1},
        {"voted_ms": 4_102_444_800_000},
        {"choices": ["raul" * 20_000]},
    ],
)
def test_a_vote_beyond_a_limit_is_a_dead_letter(given: dict[str, Any]) -> None:
    logs = opened()
    fields = {
        "poll_id": "motm", "voter_id": "ann", "vote_id": "1", "choices": ["raul"],
        "voted_ms": START_MS + 150, **given,
    }  # fmt: skip
    logs.votes.append(b"ann", PollVote(**fields).SerializeToString(), START_MS + 200)
    assert verdicts(logs) == [DeadLetter.BEYOND_LIMITS]


@pytest.mark.parametrize("field", ["poll_id", "voter_id", "vote_id", "voted_ms"])
def test_a_vote_that_lacks_a_field_is_a_dead_letter(field: str) -> None:
    logs = opened()
    vote = PollVote(
        poll_id="motm", voter_id="ann", vote_id="1", choices=["raul"], voted_ms=START_MS + 150
    )
    logs.votes.append(b"ann", vote.SerializeToString(), START_MS + 200)
    vote.ClearField(field)
    logs.votes.append(b"ann", vote.SerializeToString(), START_MS + 200)
    assert verdicts(logs) == [Verdict.COUNTED, DeadLetter.INCOMPLETE]


def test_a_vote_to_a_poll_that_there_is_not_yet_or_no_more_is_a_dead_letter() -> None:
    logs = Logs()
    logs.vote(9, voted=200)
    logs.create(10)
    logs.vote(10, voted=200)
    logs.command(100, OPEN)
    logs.command(200, CLOSE)
    logs.vote(300, voted=150)
    logs.command(301, ARCHIVE)
    logs.vote(301, voted=150)
    logs.vote(301, poll="another", voted=150)
    assert verdicts(logs) == [
        DeadLetter.NO_POLL,
        Verdict.EARLY,
        Verdict.LATE,
        DeadLetter.NO_POLL,
        DeadLetter.NO_POLL,
    ]


@pytest.mark.parametrize(
    ("choices", "verdict"),
    [
        ("raul", Verdict.COUNTED),
        ("raul iker", Verdict.COUNTED),
        ("raul iker raul iker", Verdict.COUNTED),
        ("raul iker unai", DeadLetter.NUMBER_OF_CHOICES),
        ("", DeadLetter.NUMBER_OF_CHOICES),
        ("raul nobody", DeadLetter.UNKNOWN_CHOICE),
    ],
)
def test_a_vote_has_one_to_max_choices_of_the_polls_each_counted_once(
    choices: str, verdict: str
) -> None:
    logs = opened(max_choices=2)
    logs.vote(200, choices=choices)
    assert verdicts(logs) == [verdict]
    counted = dict.fromkeys(choices.split(), 1) if verdict is Verdict.COUNTED else {}
    assert heads(judged(logs).results["motm"]) == counted


def test_max_choices_is_one_where_it_is_not_given() -> None:
    logs = opened()
    logs.vote(200, choices="raul iker")
    assert verdicts(logs) == [DeadLetter.NUMBER_OF_CHOICES]


TWO = Rules(votes_per_source_s=2)


def test_more_votes_of_a_voter_than_the_limit_in_a_second_are_paced() -> None:
    logs = opened()
    for at in (200, 700, 1_199, 1_200, 1_700):
        logs.vote(at)
    paced, changed = Verdict.PACED, Verdict.CHANGED
    assert verdicts(logs, TWO) == [Verdict.COUNTED, changed, paced, paced, paced]
    logs.vote(2_200)
    logs.vote(2_700)
    assert verdicts(logs, TWO)[-2:] == [changed, changed]


def test_all_votes_of_the_same_millisecond_are_paced_or_none() -> None:
    logs = opened()
    for _ in range(3):
        logs.vote(200)
    assert verdicts(logs, TWO) == [Verdict.PACED] * 3
    assert verdicts(logs, Rules(votes_per_source_s=3))[-1] is Verdict.COUNTED


def test_votes_of_one_source_are_paced_together_whatever_voter_and_poll_and_partition() -> None:
    logs = opened()
    logs.create(100, "goal")
    logs.vote(200, "ann", source="tv")
    logs.vote(201, "bob", source="tv", partition=1)
    logs.vote(202, "cid", source="tv", partition=2, poll="goal")
    logs.vote(202, "cid", source="phone", partition=2)
    logs.vote(202, "ann")
    assert verdicts(logs, TWO) == [
        Verdict.COUNTED, Verdict.COUNTED, Verdict.PACED, Verdict.COUNTED, Verdict.CHANGED,
    ]  # fmt: skip


def test_dead_letters_do_not_count_for_the_pace_and_refused_votes_do() -> None:
    logs = opened()
    logs.vote(200, choices="nobody")
    logs.vote(200, poll="another")
    logs.vote(200, voted=50)
    logs.vote(201)
    logs.vote(202)
    assert verdicts(logs, TWO)[2:] == [Verdict.EARLY, Verdict.COUNTED, Verdict.PACED]


def test_a_vote_from_the_future_is_refused_past_the_clocks_tolerance() -> None:
    logs = opened()
    logs.vote(200, "ann", voted=1_200)
    logs.vote(200, "bob", voted=1_201)
    assert verdicts(logs) == [Verdict.COUNTED, Verdict.FUTURE]


def test_where_a_poll_has_regions_a_vote_must_be_of_one_of_them() -> None:
    logs = opened(regions=["es", "uk"])
    logs.vote(200, "ann", region="es")
    logs.vote(200, "bob", region="fr")
    logs.vote(200, "cid")
    assert verdicts(logs) == [Verdict.COUNTED, Verdict.REGION, Verdict.REGION]


def test_a_vote_cast_before_the_first_span_is_early() -> None:
    logs = opened()
    logs.vote(150, "ann", voted=99)
    logs.vote(150, "bob", voted=100)
    logs.vote(150, "cid", voted=-START_MS + 1)
    assert verdicts(logs) == [Verdict.EARLY, Verdict.COUNTED, Verdict.EARLY]


def test_a_vote_to_a_poll_that_was_never_open_is_early_even_when_it_has_ended() -> None:
    logs = Logs()
    logs.create(0)
    logs.vote(99, "ann")
    logs.command(100, TERMINATE)
    logs.vote(100, "bob")
    assert verdicts(logs) == [Verdict.EARLY, Verdict.EARLY]


def test_a_vote_cast_outside_all_spans_is_locked_while_the_poll_goes_on() -> None:
    logs = opened()
    logs.command(200, LOCK)
    logs.vote(210, "ann")
    logs.command(300, UNLOCK)
    logs.vote(310, "bob", voted=210)
    logs.vote(310, "cid", voted=150)
    logs.vote(310, "dan")
    assert verdicts(logs) == [Verdict.LOCKED] * 3 + [Verdict.COUNTED]


def test_a_vote_is_judged_by_the_commands_of_its_millisecond_whatever_the_order() -> None:
    logs = Logs()
    logs.create(0)
    logs.vote(100, "ann")
    logs.command(100, OPEN)
    logs.vote(200, "bob")
    logs.command(200, LOCK)
    logs.vote(300, "cid")
    logs.command(300, UNLOCK)
    assert verdicts(logs) == [Verdict.COUNTED, Verdict.LOCKED, Verdict.COUNTED]


def test_a_vote_that_comes_again_is_a_duplicate_also_when_another_stands() -> None:
    logs = opened()
    logs.vote(200, id_="1", choices="raul")
    logs.vote(210, id_="2", choices="iker")
    logs.vote(220, id_="1", choices="raul", voted=200)
    logs.vote(220, id_="1", choices="unai")
    logs.vote(220, "bob", id_="1")
    assert verdicts(logs) == [
        Verdict.COUNTED, Verdict.CHANGED, Verdict.DUPLICATE, Verdict.DUPLICATE, Verdict.COUNTED,
    ]  # fmt: skip
    document = judged(logs).results["motm"]
    assert (document["voters"], document["duplicates"]) == (2, 2)
    assert heads(document) == {"raul": 1, "iker": 1}


def test_a_vote_that_was_superseded_is_a_duplicate_when_it_comes_again() -> None:
    logs = opened()
    logs.vote(200, voted=190)
    logs.vote(210, id_="old", voted=180)
    logs.vote(220, id_="old", voted=180)
    assert verdicts(logs)[1:] == [Verdict.SUPERSEDED, Verdict.DUPLICATE]


def test_the_same_vote_id_in_another_poll_is_no_duplicate() -> None:
    logs = opened()
    logs.create(100, "goal")
    logs.command(100, OPEN, "goal")
    logs.vote(200, id_="1")
    logs.vote(200, id_="1", poll="goal")
    assert verdicts(logs) == [Verdict.COUNTED, Verdict.COUNTED]


def test_a_vote_that_was_refused_counts_when_it_comes_again_and_is_not() -> None:
    logs = opened(regions=["es"])
    logs.vote(200, id_="1")
    logs.vote(210, id_="1", region="es")
    logs.vote(220, "bob", id_="1", voted=1_400, region="es")
    logs.vote(420, "bob", id_="1", voted=1_400, region="es")
    assert verdicts(logs) == [Verdict.REGION, Verdict.COUNTED, Verdict.FUTURE, Verdict.COUNTED]


@pytest.mark.parametrize(
    ("policy", "voted", "verdict"),
    [
        (LAST_VOTE_COUNTS, 179, Verdict.SUPERSEDED),
        (LAST_VOTE_COUNTS, 180, Verdict.CHANGED),
        (LAST_VOTE_COUNTS, 181, Verdict.CHANGED),
        (VOTE_POLICY_UNKNOWN, 179, Verdict.SUPERSEDED),
        (VOTE_POLICY_UNKNOWN, 180, Verdict.CHANGED),
        (FIRST_VOTE_COUNTS, 179, Verdict.CHANGED),
        (FIRST_VOTE_COUNTS, 180, Verdict.SUPERSEDED),
        (FIRST_VOTE_COUNTS, 181, Verdict.SUPERSEDED),
    ],
)
def test_the_later_or_the_earlier_vote_stands_by_the_policy_and_arrival_breaks_ties(
    policy: int, voted: int, verdict: Verdict
) -> None:
    logs = opened(policy=policy)
    logs.vote(200, choices="raul", voted=180)
    logs.vote(210, choices="iker", voted=voted)
    assert verdicts(logs) == [Verdict.COUNTED, verdict]
    document = judged(logs).results["motm"]
    assert heads(document) == {"iker" if verdict is Verdict.CHANGED else "raul": 1}
    assert document["voters"] == 1
    assert (document["changed"], document["superseded"]) == (
        (1, 0) if verdict is Verdict.CHANGED else (0, 1)
    )


@pytest.mark.parametrize(
    ("policy", "before", "best"),
    [
        (LAST_VOTE_COUNTS, None, 2),
        (LAST_VOTE_COUNTS, 190, 2),
        (LAST_VOTE_COUNTS, 191, None),
        (FIRST_VOTE_COUNTS, None, 0),
        (FIRST_VOTE_COUNTS, 180, None),
        (FIRST_VOTE_COUNTS, 181, 0),
    ],
)
def test_of_a_voters_votes_of_one_millisecond_the_best_is_compared_and_the_others_superseded(
    policy: int, before: int | None, best: int | None
) -> None:
    logs = opened(policy=policy)
    if before is not None:
        logs.vote(199, choices="unai", voted=before)
    for voted in (180, 190, 190, 180):
        logs.vote(200, voted=voted)
    wanted = [Verdict.SUPERSEDED] * 4
    if best is not None:
        wanted[best] = Verdict.COUNTED if before is None else Verdict.CHANGED
    assert verdicts(logs)[-4:] == wanted


def test_only_votes_that_came_as_far_beat_others_of_their_millisecond() -> None:
    logs = opened(regions=["es"])
    logs.vote(200, id_="1", voted=190, region="es")
    logs.vote(200, id_="1", voted=195, region="es")
    logs.vote(200, id_="2", voted=195, region="fr")
    logs.vote(200, id_="3", voted=195, region="es", poll="another")
    assert verdicts(logs) == [
        Verdict.COUNTED, Verdict.DUPLICATE, Verdict.REGION, DeadLetter.NO_POLL,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("vote", "verdict"),
    [
        ({"region": "fr", "voted": 5_000}, Verdict.FUTURE),
        ({"region": "fr", "voted": 50}, Verdict.REGION),
        ({"region": "es", "voted": 50}, Verdict.EARLY),
        ({"region": "es", "voted": 250}, Verdict.LATE),
    ],
)
def test_of_several_verdicts_that_hold_the_first_in_the_table_is_the_votes(
    vote: dict[str, Any], verdict: Verdict
) -> None:
    logs = opened(regions=["es"])
    logs.vote(190, region="es", id_="1")
    logs.command(200, CLOSE)
    logs.vote(300, id_="1", **vote)
    assert verdicts(logs) == [Verdict.COUNTED, verdict]
    assert verdicts(logs, Rules(votes_per_source_s=1)) == [Verdict.COUNTED, Verdict.PACED]


# --- what is no log


def test_the_oracle_refuses_records_that_are_no_log() -> None:
    record = Record(b"ann", b"", 0, 0, START_MS)
    with pytest.raises(ValueError, match="no log"):
        truth([], [record, record], Rules())
    with pytest.raises(ValueError, match="no log"):
        truth([], [record, record._replace(offset=1, arrived_ms=START_MS - 1)], Rules())


def test_the_oracle_refuses_a_voter_in_two_partitions() -> None:
    logs = opened()
    logs.vote(200)
    logs.vote(200, partition=1)
    with pytest.raises(ValueError, match="voter ann is in more than one partition"):
        judged(logs)

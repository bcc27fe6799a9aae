"""The votes that all engines are given in polls, and what their results must be."""

from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec
import pytest

from bench.poll_load import as_they_arrived, counted, differences, load_of, verify
from schemas.generated.touchline.v1.poll_pb2 import PollVote
from simulator.crowd import Truth, Vote, steady
from touchline.errors import TouchlineError

VOTES = 10_000
ONE, MANY = ["motm"], [f"poll-{number}" for number in range(20)]


def truth_and_result() -> tuple[Truth, dict[str, Any]]:
    [truth] = load_of(1_000, ONE, seed=1).truths().values()
    return truth, {"id": "motm", **msgspec.to_builtins(truth)}


def without_poll(vote: Vote) -> Vote:
    return msgspec.structs.replace(vote, poll_id="")


def test_a_load_has_about_the_votes_that_were_asked_for_of_so_many_voters() -> None:
    [truth] = load_of(VOTES, ONE, seed=1).truths().values()
    assert truth.sent == pytest.approx(VOTES, rel=0.02)
    assert truth.voters == 0.7 * VOTES
    assert truth.duplicates == pytest.approx(0.02 * VOTES, rel=0.2)
    assert truth.voters + truth.changed + truth.duplicates == truth.sent


def test_in_many_polls_the_votes_are_the_same_and_each_poll_has_its_share() -> None:
    one = list(load_of(VOTES, ONE, seed=1).votes(steady()))
    many = list(load_of(VOTES, MANY, seed=1).votes(steady()))
    assert list(map(without_poll, one)) == list(map(without_poll, many))
    shares = Counter(vote.poll_id for vote in many)
    assert shares.keys() == set(MANY)
    assert max(shares.values()) < 1.25 * VOTES / len(MANY)


def test_the_votes_of_neighbouring_polls_are_mixed() -> None:
    many = [vote.poll_id for vote in load_of(VOTES, MANY, seed=1).votes(steady())]
    assert len(set(many[:200])) == len(MANY)


def test_a_message_is_keyed_by_its_voter() -> None:
    for message in load_of(100, MANY, seed=1).messages():
        assert PollVote.FromString(message.value).voter_id.encode() == message.key


def test_votes_that_came_one_after_the_other_come_to_the_same_by_arrival() -> None:
    load = load_of(VOTES, MANY, seed=1)
    assert as_they_arrived(load.truths(), enumerate(load.votes(steady()))) == load.truths()


def test_of_a_voters_votes_in_the_same_millisecond_only_the_last_is_not_superseded() -> None:
    truths = {"motm": truth_and_result()[0]}
    ana = [Vote("motm", "ana", f"{turn}", ("raul",), 10, paid=False, region="") for turn in "abcd"]
    came = [(5, ana[0]), (7, ana[1]), (7, ana[1]), (7, ana[2]), (7, ana[3]), (7, ana[0])]
    found = as_they_arrived(truths, came)["motm"]
    # Of b, c and d, which came together, b and c; what was sent twice is no vote.
    assert found.superseded - truths["motm"].superseded == 2
    assert truths["motm"].changed - found.changed == 2
    assert found.voters == truths["motm"].voters


def test_votes_of_different_voters_or_polls_in_the_same_millisecond_are_apart() -> None:
    truths = load_of(1_000, ONE, seed=1).truths()
    votes = [
        Vote(poll, voter, "a", ("raul",), 10, paid=False, region="")
        for poll in ("motm", "goal")
        for voter in ("ana", "bob")
    ]
    assert as_they_arrived(truths, [(5, vote) for vote in votes]) == truths


def test_the_right_result_has_no_differences_and_has_taken_all_votes_in() -> None:
    truth, result = truth_and_result()
    assert differences(result, truth) == []
    assert counted(result) == truth.sent


@pytest.mark.parametrize("name", ["voters", "votes", "changed", "superseded", "duplicates"])
def test_a_number_that_is_off_by_one_is_a_difference(name: str) -> None:
    truth, result = truth_and_result()
    result[name] += 1
    assert any(text.startswith(f"{name} is") for text in differences(result, truth))


def test_a_vote_for_another_choice_or_of_another_class_is_a_difference() -> None:
    for one, other in (("votes", "votes"), ("free_votes", "paid_votes")):
        truth, result = truth_and_result()
        result["choices"][0][one] -= 1
        result["choices"][1 if one == other else 0][other] += 1
        assert any(text.startswith("choices are") for text in differences(result, truth))


def test_a_vote_of_another_region_is_a_difference() -> None:
    truth, result = truth_and_result()
    result["regions"]["es"]["raul"] += 1
    assert any(text.startswith("regions are") for text in differences(result, truth))


def test_refused_votes_are_a_difference() -> None:
    truth, result = truth_and_result()
    assert differences({**result, "rejected": {}, "late_rejected": 0}, truth) == []
    assert differences({**result, "rejected": {"paced": 1}}, truth) == ["rejected is {'paced': 1}"]
    assert differences({**result, "late_rejected": 2}, truth) == ["late_rejected is 2"]


def test_a_choice_that_nobody_made_may_be_left_out() -> None:
    truth, result = truth_and_result()
    result["choices"].append({"id": "nobody", "votes": 0, "free_votes": 0, "paid_votes": 0})
    assert differences(result, truth) == []


def test_a_wrong_poll_among_right_ones_is_an_error_that_names_it() -> None:
    truth, result = truth_and_result()
    truths = {"motm": truth, "goal": truth}
    verify({"motm": result, "goal": result}, truths)
    wrong = {**result, "voters": 3}
    with pytest.raises(TouchlineError, match="1 of 2 polls; in goal, voters is 3"):
        verify({"motm": result, "goal": wrong}, truths)

"""A crowd's votes, and the truth about them."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import msgspec
import pytest

from schemas.generated.touchline.v1.poll_pb2 import FREE, PAID, PollVote
from simulator.crowd import LONGEST_DELAY, MOST_CHANGES, Crowd, Options, Vote, steady, truth_of

CHOICES = ("raul", "muniain", "aduriz")
OPTIONS = Options("motm", CHOICES, voters=4_000, regions=("es", "uk", "de"))
QUIET = msgspec.structs.replace(OPTIONS, changes=0.0, duplicates=0.0)


def votes_of(options: Options) -> list[Vote]:
    return list(Crowd(options).votes(steady()))


def first_votes(options: Options) -> list[Vote]:
    return [vote for vote in votes_of(options) if vote.vote_id.endswith(".1")]


def vote(voter: str, vote_id: str, choice: str, voted_ms: int, region: str = "") -> Vote:
    return Vote("motm", voter, vote_id, (choice,), voted_ms, paid=False, region=region)


def test_the_same_options_give_the_same_votes_and_another_seed_others() -> None:
    rough = msgspec.structs.replace(OPTIONS, late=0.1, max_choices=2)
    assert votes_of(rough) == votes_of(rough)
    others = votes_of(msgspec.structs.replace(rough, seed=2))
    assert not {one.voter_id for one in votes_of(rough)} & {one.voter_id for one in others}


def test_every_voter_votes_and_without_changes_once() -> None:
    votes = votes_of(QUIET)
    assert len(votes) == len({one.voter_id for one in votes}) == 4_000


def test_the_shares_are_those_that_were_asked_for() -> None:
    votes = votes_of(OPTIONS)
    ballots = {(one.voter_id, one.vote_id): one for one in votes}
    turns = Counter(voter for voter, _ in ballots)
    assert sum(count > 1 for count in turns.values()) / 4_000 == pytest.approx(0.2, abs=0.03)
    assert set(turns.values()) == set(range(1, MOST_CHANGES + 2))
    assert (len(votes) - len(ballots)) / len(ballots) == pytest.approx(0.02, abs=0.01)
    paid = {one.voter_id for one in votes if one.paid}
    assert len(paid) / 4_000 == pytest.approx(0.1, abs=0.02)


def test_a_voter_stays_in_a_class_and_a_region_and_changes_the_choice() -> None:
    last: dict[str, Vote] = {}
    for one in votes_of(msgspec.structs.replace(OPTIONS, duplicates=0.0, changes=1.0)):
        before = last.setdefault(one.voter_id, one)
        assert (one.paid, one.region) == (before.paid, before.region)
        assert one is before or one.choices != before.choices
        last[one.voter_id] = one
    assert {one.region for one in last.values()} == {"es", "uk", "de"}


def test_preferences_are_uneven_and_drift() -> None:
    votes = first_votes(msgspec.structs.replace(QUIET, voters=20_000))
    quarters = votes[:5_000], votes[10_000:15_000]
    counts = [Counter(one.choices[0] for one in quarter) for quarter in quarters]
    shares = [[count[choice] / 5_000 for choice in CHOICES] for count in counts]
    assert max(shares[0]) > 1.3 * min(shares[0])
    assert max(abs(early - late) for early, late in zip(*shares, strict=True)) > 0.05


def test_without_regions_votes_do_not_say_any() -> None:
    assert {one.region for one in votes_of(msgspec.structs.replace(QUIET, regions=()))} == {""}


def test_where_several_choices_are_allowed_votes_have_one_or_more_different_ones() -> None:
    votes = votes_of(msgspec.structs.replace(QUIET, max_choices=2))
    assert {len(one.choices) for one in votes} == {1, 2}
    assert all(len(set(one.choices)) == len(one.choices) for one in votes)
    everything = votes_of(msgspec.structs.replace(QUIET, max_choices=100))
    assert {len(one.choices) for one in everything} == {1, 2, 3}


def test_the_clock_gives_the_times_in_the_order_in_which_votes_are_cast() -> None:
    votes = votes_of(msgspec.structs.replace(OPTIONS, duplicates=0.0))
    assert [one.voted_ms for one in votes[:3]] == [steady()(number) for number in range(3)]
    assert all(one.voted_ms < after.voted_ms for one, after in pairwise(votes))
    assert [steady(5_000, rate=2.0)(number) for number in range(3)] == [5_000, 5_500, 6_000]


def test_a_repetition_is_the_same_vote_and_comes_after_it() -> None:
    seen: set[str] = set()
    repeated = 0
    by_id: dict[str, Vote] = {}
    for one in votes_of(OPTIONS):
        assert by_id.setdefault(one.vote_id, one) == one
        repeated += one.vote_id in seen
        seen.add(one.vote_id)
    assert repeated == Crowd(OPTIONS).truth().duplicates > 0


def test_a_late_vote_keeps_its_time_and_none_is_lost() -> None:
    late = msgspec.structs.replace(OPTIONS, duplicates=0.0, late=0.1)
    prompt = msgspec.structs.replace(late, late=0.0)
    sent = votes_of(late)
    order = {one.vote_id: place for place, one in enumerate(votes_of(prompt))}
    assert sorted(sent, key=lambda one: order[one.vote_id]) == votes_of(prompt)
    delays = [place - order[one.vote_id] for place, one in enumerate(sent)]
    assert 100 < max(delays) <= LONGEST_DELAY
    truth = Crowd(late).truth()
    assert truth.superseded > 0
    assert truth.choices == Crowd(prompt).truth().choices


def test_a_vote_is_serialised_as_the_message_of_its_fields() -> None:
    for one in votes_of(msgspec.structs.replace(OPTIONS, max_choices=3))[:500]:
        assert PollVote.FromString(one.serialised()) == PollVote(
            poll_id="motm",
            voter_id=one.voter_id,
            vote_id=one.vote_id,
            choices=one.choices,
            voted_ms=one.voted_ms,
            voter_class=PAID if one.paid else FREE,
            region=one.region,
        )


def test_no_voter_votes_so_often_that_the_limit_of_votes_a_second_is_met() -> None:
    busy = msgspec.structs.replace(OPTIONS, changes=1.0, duplicates=1.0)
    assert max(Counter(one.voter_id for one in votes_of(busy)).values()) <= 10


def test_the_truth_of_votes_that_were_counted_by_hand() -> None:
    truth = truth_of(
        [
            vote("v1", "1", "raul", 10, "es"),
            vote("v2", "1", "raul", 11, "uk"),
            vote("v1", "2", "aduriz", 20, "es"),
            vote("v1", "2", "aduriz", 20, "es"),  # a duplicate
            vote("v2", "2", "muniain", 5, "uk"),  # superseded
            vote("v2", "2", "muniain", 5, "uk"),  # a duplicate too
            vote("v3", "1", "muniain", 7),
            vote("v3", "2", "raul", 7),  # of the same time: the later one stands
        ],
        CHOICES,
    )
    assert msgspec.to_builtins(truth) == {
        "sent": 8,
        "choices": [
            {"id": "raul", "votes": 2, "free_votes": 2, "paid_votes": 0},
            {"id": "muniain", "votes": 0, "free_votes": 0, "paid_votes": 0},
            {"id": "aduriz", "votes": 1, "free_votes": 1, "paid_votes": 0},
        ],
        "voters": 3,
        "votes": 3,
        "changed": 2,
        "superseded": 1,
        "duplicates": 2,
        "regions": {"es": {"aduriz": 1}, "uk": {"raul": 1}},
    }


def test_the_truth_adds_up() -> None:
    truth = Crowd(msgspec.structs.replace(OPTIONS, late=0.05)).truth()
    assert truth.voters == truth.votes == sum(choice.votes for choice in truth.choices) == 4_000
    assert truth.sent == truth.voters + truth.changed + truth.superseded + truth.duplicates
    assert sum(sum(counts.values()) for counts in truth.regions.values()) == 4_000
    for choice in truth.choices:
        assert choice.free_votes + choice.paid_votes == choice.votes


def test_a_crowd_without_choices_is_refused() -> None:
    with pytest.raises(ValueError, match="wants choices"):
        Crowd(Options("motm", (), voters=1))

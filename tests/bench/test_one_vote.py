"""The rules that other engines judge and count votes by."""

from __future__ import annotations

import msgspec

from bench.one_vote import (
    CHANGED,
    COUNTED,
    DUPLICATE,
    RESULTS_S,
    SUPERSEDED,
    Cast,
    Pace,
    Standing,
    ballot_of,
    changes_of,
    judge,
    read,
    result_of,
    tick,
    tick_ballot,
)
from bench.poll_load import PollLoad, differences
from schemas.generated.touchline.v1.poll_pb2 import PAID, PollVote
from simulator.crowd import Crowd, Options, Truth, steady

CHOICES = ("raul", "muniain", "aduriz", "berenguer", "williams")
DISORDERED = Options("motm", CHOICES, 2_000, late=0.1, regions=("es", "uk"), max_choices=2)


def cast(vote_id: str, voted_ms: int, choices: str = "raul") -> Cast:
    return Cast("motm", "ana", vote_id, voted_ms, "free", "es", choices)


def verdicts(*votes: Cast) -> list[str]:
    known: Standing | None = None
    found = []
    for vote in votes:
        known, verdict, _ = judge(known, vote)
        found.append(verdict)
    return found


def test_the_first_vote_counts_and_a_later_one_takes_its_place() -> None:
    assert verdicts(cast("a", 10), cast("b", 20)) == [COUNTED, CHANGED]


def test_of_two_votes_at_the_same_time_the_later_arrival_stands() -> None:
    assert verdicts(cast("a", 10), cast("b", 10)) == [COUNTED, CHANGED]


def test_a_vote_that_was_cast_before_the_one_that_stands_is_superseded() -> None:
    assert verdicts(cast("a", 20), cast("b", 10), cast("c", 15)) == [COUNTED, *[SUPERSEDED] * 2]


def test_a_vote_is_a_duplicate_of_any_vote_seen_superseded_ones_too() -> None:
    votes = cast("a", 20), cast("b", 10), cast("b", 10), cast("a", 20)
    assert verdicts(*votes) == [COUNTED, SUPERSEDED, DUPLICATE, DUPLICATE]


def test_a_state_that_came_back_as_a_list_is_the_same() -> None:
    known, _, _ = judge(None, cast("a", 10))
    stored = msgspec.json.decode(msgspec.json.encode(known))
    assert judge(stored, cast("a", 10))[1] == DUPLICATE
    assert judge(stored, cast("b", 20, "muniain"))[1:] == (CHANGED, ["free", "es", "raul"])


def test_choices_are_read_sorted_and_each_once() -> None:
    vote = PollVote(
        poll_id="motm", voter_id="ana", vote_id="a", choices=["raul", "aduriz", "raul"],
        voted_ms=10, region="es", voter_class=PAID,
    )  # fmt: skip
    found = read(vote.SerializeToString())
    assert found == Cast("motm", "ana", "a", 10, "paid", "es", "aduriz,raul")


def test_a_tick_is_no_vote_and_keeps_its_poll() -> None:
    assert not read(tick("motm")).voter_id
    assert (tick_ballot("motm").poll_id, tick_ballot("motm").verdict) == ("motm", "")


def test_a_changed_vote_leaves_its_old_choices_class_and_region() -> None:
    ballot = ballot_of(cast("b", 20, "muniain"), CHANGED, ("paid", "uk", "raul"), 0, 7, 21)
    assert dict(changes_of(ballot)) == {
        "+free|es|muniain": 1,
        "+paid|uk|raul": -1,
        "=changed": 1,
    }


def counted_by_the_rules(load: PollLoad) -> dict[str, bytes]:
    known: dict[tuple[str, str], Standing] = {}
    counters: dict[str, dict[str, int]] = {}
    for offset, vote in enumerate(load.votes(steady())):
        given = read(vote.serialised())
        place = given.poll_id, given.voter_id
        known[place], verdict, replaced = judge(known.get(place), given)
        ballot = ballot_of(given, verdict, replaced, 0, offset, given.voted_ms)
        poll = counters.setdefault(given.poll_id, {})
        for counter, step in changes_of(ballot):
            poll[counter] = poll.get(counter, 0) + step
    return {poll_id: result_of(poll_id, poll.items()) for poll_id, poll in counters.items()}


def test_a_crowd_comes_to_what_the_simulator_knows_in_one_poll_and_in_many() -> None:
    for polls in (["motm"], ["motm", "goal", "save"]):
        load = PollLoad(Crowd(DISORDERED), polls)
        results = counted_by_the_rules(load)
        truths: dict[str, Truth] = load.truths()
        assert results.keys() == truths.keys()
        for poll_id, truth in truths.items():
            assert truth.superseded
            assert truth.duplicates
            assert differences(msgspec.json.decode(results[poll_id]), truth) == []


def test_what_nobody_stands_for_any_more_is_not_in_the_result() -> None:
    counters = [("+free|es|raul", 0), ("+free|uk|muniain", 2)]
    result = msgspec.json.decode(result_of("motm", counters))
    assert [choice["id"] for choice in result["choices"]] == ["muniain"]
    assert result["regions"] == {"uk": {"muniain": 2}}


def test_a_poll_has_no_two_results_within_the_pace_and_its_first_at_once() -> None:
    now = 0.0
    pace = Pace(lambda: now)
    assert pace.is_due("motm")
    now = RESULTS_S / 2
    assert not pace.is_due("motm")
    assert pace.is_due("goal")
    now = RESULTS_S
    assert pace.is_due("motm")

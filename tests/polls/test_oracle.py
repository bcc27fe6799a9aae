"""docs/polls.md, rule by rule, by hand: what the oracle says is what the page says."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.generated.touchline.v1.poll_pb2 import (
    ARCHIVE,
    CLOSE,
    FIRST_VOTE_COUNTS,
    LAST_VOTE_COUNTS,
    LOCK,
    OPEN,
    PAID,
    TERMINATE,
    UNLOCK,
    VOTE_POLICY_UNKNOWN,
    VOTER_CLASS_UNKNOWN,
    PollVote,
)
from tests.polls.lives import HOUR_MS, Outcome, Position, Record
from tests.polls.logs import START_MS, Logs, iso
from tests.polls.oracle import DeadLetter, Rules, Truth, Verdict, truth

CARRIED_OUT, IGNORED, REFUSED = Outcome
ACTIONS = {
    "OPEN": OPEN, "LOCK": LOCK, "UNLOCK": UNLOCK, "CLOSE": CLOSE, "TERMINATE": TERMINATE,
    "ARCHIVE": ARCHIVE,
}  # fmt: skip


def opened(**fields: Any) -> Logs:
    """A poll that was created at 0 and opened at 100."""
    logs = Logs()
    logs.create(0, **fields)
    logs.command(100, OPEN)
    return logs


def judged(logs: Logs, rules: Rules | None = None, until: int | None = None) -> Truth:
    until_ms = None if until is None else START_MS + until
    return truth(logs.commands.records, logs.votes.records, rules or Rules(), until_ms)


def verdicts(logs: Logs, rules: Rules | None = None) -> list[str]:
    """Of the votes as they were appended."""
    found = judged(logs, rules).verdicts
    return [found[record.position] for record in logs.votes.records]


def outcomes(logs: Logs) -> list[Outcome]:
    """Of the commands as they were appended."""
    found = judged(logs).outcomes
    return [found[record.position] for record in logs.commands.records]


def steps(logs: Logs, until: int | None = None) -> list[tuple[int, str]]:
    """The statuses of the poll and since when it had them."""
    life = judged(logs, until=until).lives["motm"]
    return [(at_ms - START_MS, status) for at_ms, status in life.steps]


def heads(document: dict[str, Any] | None) -> dict[str, int]:
    """Choice -> votes, those without any left out."""
    assert document is not None
    return {choice["id"]: choice["votes"] for choice in document["choices"] if choice["votes"]}


# --- a poll's life: commands


ROADS: dict[str, list[str]] = {
    "CREATED": [],
    "ACTIVE": ["OPEN"],
    "LOCKED": ["OPEN", "LOCK"],
    "COMPLETED": ["OPEN", "CLOSE"],
    "COMPLETED, FINAL": ["OPEN", "CLOSE", "wait"],
    "TERMINATED": ["OPEN", "TERMINATE"],
    "TERMINATED, FINAL": ["OPEN", "TERMINATE", "wait"],
    "ARCHIVED": ["OPEN", "CLOSE", "wait", "ARCHIVE"],
}
TRANSITIONS = {
    ("CREATED", "OPEN"): "ACTIVE",
    ("ACTIVE", "LOCK"): "LOCKED",
    ("LOCKED", "UNLOCK"): "ACTIVE",
    ("ACTIVE", "CLOSE"): "COMPLETED",
    ("LOCKED", "CLOSE"): "COMPLETED",
    ("CREATED", "TERMINATE"): "TERMINATED",
    ("ACTIVE", "TERMINATE"): "TERMINATED",
    ("LOCKED", "TERMINATE"): "TERMINATED",
    ("COMPLETED", "TERMINATE"): "TERMINATED",
    ("COMPLETED, FINAL", "ARCHIVE"): "ARCHIVED",
    ("TERMINATED, FINAL", "ARCHIVE"): "ARCHIVED",
}


@pytest.mark.parametrize("action", ["CREATE", *ACTIONS])
@pytest.mark.parametrize("status", ROADS)
def test_a_command_is_carried_out_in_the_statuses_that_it_wants_and_refused_in_others(
    status: str, action: str
) -> None:
    logs, at = Logs(), 0
    logs.create(at, grace_ms=500)
    for step in ROADS[status]:
        at += 1_000 if step == "wait" else 1
        if step != "wait":
            logs.command(at, ACTIONS[step])
    at += 0 if status == "TERMINATED" else 1
    if action == "CREATE":
        logs.create(at)
    else:
        logs.command(at, ACTIONS[action])
    *before, outcome = outcomes(logs)
    assert set(before) == {CARRIED_OUT}
    if (status, action) in TRANSITIONS:
        assert outcome is CARRIED_OUT
        assert steps(logs)[-1] == (at, TRANSITIONS[status, action])
    else:
        assert outcome is REFUSED
        assert steps(logs)[-1][1] == status.removesuffix(", FINAL")


@pytest.mark.parametrize("action", ACTIONS.values(), ids=ACTIONS)
def test_a_command_to_a_poll_that_there_is_not_is_refused(action: int) -> None:
    logs = Logs()
    logs.command(0, action)
    assert outcomes(logs) == [REFUSED]
    assert judged(logs).results == {}


def test_a_command_with_an_id_that_the_poll_has_seen_is_ignored() -> None:
    logs = opened()
    logs.command(200, LOCK, command_id="again")
    logs.command(300, UNLOCK)
    logs.command(400, LOCK, command_id="again")
    logs.create(500, command_id="c0")
    assert outcomes(logs) == [CARRIED_OUT] * 4 + [IGNORED] * 2
    assert steps(logs)[-1] == (300, "ACTIVE")


def test_a_command_that_was_refused_changes_nothing_so_that_its_id_may_come_again() -> None:
    logs = Logs()
    logs.create(0)
    logs.command(10, LOCK, command_id="early")
    logs.command(100, OPEN)
    logs.command(200, LOCK, command_id="early")
    assert outcomes(logs) == [CARRIED_OUT, REFUSED, CARRIED_OUT, CARRIED_OUT]


def test_two_polls_may_see_the_same_command_id() -> None:
    logs = Logs()
    logs.create(0, command_id="one")
    logs.create(0, "goal", command_id="one")
    assert outcomes(logs) == [CARRIED_OUT, CARRIED_OUT]


@pytest.mark.parametrize(
    "value", [b"", b"\xff", b"\x0a\x04motm"], ids=["empty", "broken", "without a command_id"]
)
def test_a_command_that_is_not_valid_is_refused(value: bytes) -> None:
    found = truth([Record(b"motm", value, 0, 0, START_MS)], [], Rules())
    assert found.outcomes == {Position(0, 0): REFUSED}


@pytest.mark.parametrize("action", [0, 99])
def test_an_action_that_is_not_known_is_refused(action: int) -> None:
    logs = opened()
    logs.command(200, action)
    assert outcomes(logs)[-1] is REFUSED


def test_a_definition_that_is_not_valid_makes_no_poll_and_leaves_its_id_free() -> None:
    logs = Logs()
    logs.create(0, choices=("raul",))
    logs.create(1)
    assert outcomes(logs) == [REFUSED, CARRIED_OUT]


# --- a poll's life: the schedule


def test_opens_ms_opens_the_poll_and_closes_ms_closes_it() -> None:
    logs = Logs()
    logs.create(0, opens=1_000, closes=3_000)
    assert steps(logs, 999) == [(0, "CREATED")]
    assert steps(logs, 1_000) == [(0, "CREATED"), (1_000, "ACTIVE")]
    assert steps(logs, 2_999) == [(0, "CREATED"), (1_000, "ACTIVE")]
    assert steps(logs, 3_000)[-1] == (3_000, "COMPLETED")


def test_opens_ms_that_has_passed_opens_the_poll_at_once() -> None:
    logs = Logs()
    logs.create(2_000, opens=1_000)
    logs.command(2_000, LOCK)
    assert outcomes(logs) == [CARRIED_OUT, CARRIED_OUT]
    assert steps(logs) == [(2_000, "CREATED"), (2_000, "ACTIVE"), (2_000, "LOCKED")]


def test_opens_ms_does_nothing_to_a_poll_that_was_opened_before() -> None:
    logs = Logs()
    logs.create(0, opens=1_000)
    logs.command(100, OPEN)
    logs.command(200, LOCK)
    assert steps(logs, 5_000)[-1] == (200, "LOCKED")


def test_closes_ms_closes_a_poll_that_was_never_opened() -> None:
    logs = Logs()
    logs.create(0, closes=1_000, grace_ms=10)
    assert steps(logs, 1_010) == [(0, "CREATED"), (1_000, "COMPLETED")]
    document = judged(logs, until=1_010).final["motm"]
    assert document is not None
    assert document["started_at"] is None


def test_closes_ms_closes_a_poll_that_is_locked() -> None:
    logs = opened(closes=1_000)
    logs.command(200, LOCK)
    assert steps(logs, 1_000)[-1] == (1_000, "COMPLETED")


def test_closes_ms_does_nothing_to_a_poll_that_has_ended() -> None:
    logs = opened(closes=1_000)
    logs.command(200, TERMINATE)
    assert steps(logs, 1_000)[-1] == (200, "TERMINATED")


def test_what_is_scheduled_comes_before_a_command_of_the_same_millisecond() -> None:
    logs = Logs()
    logs.create(0, opens=1_000, closes=2_000)
    logs.command(1_000, OPEN)
    logs.command(1_000, LOCK)
    logs.command(2_000, UNLOCK)
    logs.command(2_000, CLOSE)
    logs.command(2_000, TERMINATE)
    assert outcomes(logs) == [CARRIED_OUT, REFUSED, CARRIED_OUT, REFUSED, REFUSED, CARRIED_OUT]
    assert steps(logs)[-2:] == [(2_000, "COMPLETED"), (2_000, "TERMINATED")]


def test_a_poll_without_closes_ms_closes_the_longest_time_after_it_was_opened() -> None:
    logs = opened()
    logs.command(200, LOCK)
    logs.command(300, UNLOCK)
    longest = 24 * 7 * HOUR_MS
    assert steps(logs, 99 + longest)[-1] == (300, "ACTIVE")
    assert steps(logs, 100 + longest)[-1] == (100 + longest, "COMPLETED")


def test_a_poll_that_is_not_opened_has_no_longest_time() -> None:
    logs = Logs()
    logs.create(0)
    assert steps(logs, 1_000 * HOUR_MS) == [(0, "CREATED")]


@pytest.mark.parametrize(
    ("opens", "closes", "outcome"),
    [
        (None, 2 * HOUR_MS + 500, CARRIED_OUT),
        (None, 2 * HOUR_MS + 501, REFUSED),
        (1_000, 2 * HOUR_MS + 1_000, CARRIED_OUT),
        (1_000, 2 * HOUR_MS + 1_001, REFUSED),
        (100, 2 * HOUR_MS + 500, CARRIED_OUT),
        (100, 2 * HOUR_MS + 501, REFUSED),
    ],
)
def test_a_poll_that_would_be_open_for_longer_than_the_longest_time_is_refused(
    opens: int | None, closes: int, outcome: Outcome
) -> None:
    logs = Logs()
    position = logs.create(500, opens=opens, closes=closes)
    assert judged(logs, Rules(longest_h=2)).outcomes[position] is outcome


# --- spans, deadlines and the final moment


def test_a_span_holds_its_first_millisecond_and_not_its_last() -> None:
    logs = opened(grace_ms=50)
    logs.command(200, LOCK)
    for voted in (100, 199, 200):
        logs.vote(210, f"of {voted}", voted=voted)
    assert verdicts(logs) == [Verdict.COUNTED, Verdict.COUNTED, Verdict.LOCKED]


@pytest.mark.parametrize(
    ("end", "after"), [(LOCK, Verdict.LOCKED), (CLOSE, Verdict.LATE)], ids=["LOCK", "CLOSE"]
)
def test_a_vote_cast_in_a_span_counts_until_its_deadline_inclusive(
    end: int, after: Verdict
) -> None:
    logs = opened(grace_ms=50)
    logs.command(200, end)
    for at in (249, 250, 251):
        logs.vote(at, f"at {at}", voted=150)
    assert verdicts(logs) == [Verdict.COUNTED, Verdict.COUNTED, after]


def test_without_grace_a_vote_may_arrive_in_the_millisecond_of_the_end() -> None:
    logs = opened()
    logs.command(200, CLOSE)
    logs.vote(200, "ann", voted=199)
    logs.vote(200, "bob", voted=200)
    logs.vote(201, "cid", voted=199)
    assert verdicts(logs) == [Verdict.COUNTED, Verdict.LATE, Verdict.LATE]


def test_the_final_result_has_what_arrived_until_its_moment_inclusive_and_nothing_later() -> None:
    logs = opened(grace_ms=50)
    logs.command(200, CLOSE)
    logs.vote(250, "ann", voted=150)
    logs.vote(250, "bob", voted=200)
    logs.vote(251, "cid", voted=150)
    logs.vote(251, "dan", voted=2_000)
    assert judged(logs, until=249).final == {"motm": None}
    found = judged(logs)
    assert found.final["motm"] == found.results["motm"] == judged(logs, until=250).final["motm"]
    assert found.results["motm"]["final"] is True
    assert heads(found.results["motm"]) == {"raul": 1}
    assert found.results["motm"]["late_rejected"] == 1
    assert found.results["motm"]["rejected"] == {}


def test_before_its_final_moment_the_result_of_a_closed_poll_is_not_final() -> None:
    logs = opened(grace_ms=50)
    logs.command(200, CLOSE)
    document = judged(logs, until=249).results["motm"]
    assert (document["status"], document["final"]) == ("COMPLETED", False)
    assert document["ended_at"] == iso(200)


def test_the_deadline_of_closes_ms_is_its_grace_after_it() -> None:
    logs = opened(closes=200, grace_ms=50)
    logs.vote(250, "ann", voted=199)
    logs.vote(251, "bob", voted=199)
    assert verdicts(logs) == [Verdict.COUNTED, Verdict.LATE]
    assert heads(judged(logs).final["motm"]) == {"raul": 1}


def test_terminate_ends_at_once_without_grace() -> None:
    logs = opened(grace_ms=50)
    logs.command(200, TERMINATE)
    logs.vote(200, "ann", voted=199)
    logs.vote(201, "bob", voted=199)
    found = judged(logs)
    assert verdicts(logs) == [Verdict.COUNTED, Verdict.LATE]
    assert found.final["motm"] == found.results["motm"]
    assert heads(found.results["motm"]) == {"raul": 1}
    assert found.results["motm"]["status"] == "TERMINATED"
    assert found.results["motm"]["ended_at"] == iso(200)


def test_terminate_in_the_grace_of_close_brings_the_final_moment_forward() -> None:
    logs = opened(grace_ms=50)
    logs.command(200, CLOSE)
    logs.command(220, TERMINATE)
    logs.vote(220, "ann", voted=199)
    logs.vote(221, "bob", voted=199)
    assert verdicts(logs) == [Verdict.COUNTED, Verdict.LATE]
    document = judged(logs).final["motm"]
    assert document is not None
    assert document["status"] == "TERMINATED"
    assert document["ended_at"] == iso(200)


def test_terminate_is_the_deadline_of_all_spans() -> None:
    logs = opened(grace_ms=50)
    logs.command(200, LOCK)
    logs.command(300, UNLOCK)
    logs.vote(320, "ann", voted=150)
    logs.command(330, LOCK)
    logs.command(340, TERMINATE)
    logs.vote(340, "bob", voted=150)
    logs.vote(340, "cid", voted=310)
    logs.vote(341, "dan", voted=310)
    assert verdicts(logs) == [Verdict.LOCKED, Verdict.COUNTED, Verdict.COUNTED, Verdict.LATE]


def test_terminate_may_come_in_the_final_millisecond_and_archive_only_after_it() -> None:
    for at, outcome in ((250, CARRIED_OUT), (251, REFUSED)):
        logs = opened(grace_ms=50)
        logs.command(200, CLOSE)
        logs.command(at, TERMINATE)
        assert outcomes(logs)[-1] is outcome
    for at, outcome in ((250, REFUSED), (251, CARRIED_OUT)):
        logs = opened(grace_ms=50)
        logs.command(200, CLOSE)
        logs.command(at, ARCHIVE)
        assert outcomes(logs)[-1] is outcome


def test_only_the_last_four_spans_are_remembered_the_open_one_included() -> None:
    logs = Logs()
    logs.create(0, grace_ms=1_000)
    logs.command(100, OPEN)
    for after in range(100, 500, 100):
        logs.command(after + 50, LOCK)
        logs.vote(after + 60, f"{after}, locked", voted=120)
        logs.command(after + 100, UNLOCK)
    logs.vote(510, "the fifth is open", voted=120)
    logs.vote(510, "of the second", voted=220)
    logs.vote(510, "between two", voted=260)
    logs.vote(510, "before the first", voted=99)
    assert verdicts(logs) == [
        *[Verdict.COUNTED] * 4,
        Verdict.LOCKED,
        Verdict.COUNTED,
        Verdict.LOCKED,
        Verdict.EARLY,
    ]


# --- a vote: the verdicts


@pytest.mark.parametrize("value", [b"\xff", b"\x0a\x02\xff\xff", b"not a vote"])
def test_a_vote_that_cannot_be_read_is_a_dead_letter(value: bytes) -> None:
    logs = opened()
    logs.votes.append(b"ann", value, START_MS + 200)
    assert verdicts(logs) == [DeadLetter.UNREADABLE]


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
    logs.vote(150, "cid", voted=-START_MS - 1)
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


# --- results


def test_a_result_is_the_document_of_the_page() -> None:
    logs = Logs()
    logs.create(
        0, choices=("raul", "iker"), match_id="opta:1", event_id="7", paid_weight=3, closes=9_000
    )
    logs.command(1_000, OPEN)
    logs.vote(1_100, "ann", "raul", region="es")
    logs.vote(1_100, "bob", "raul", region="es", voter_class=PAID)
    logs.vote(1_100, "cid", "iker", voter_class=VOTER_CLASS_UNKNOWN)
    logs.vote(1_200, "cid", "iker", voted=1_050)
    logs.vote(1_200, "dan", "iker", voted=900)
    assert judged(logs).results == {
        "motm": {
            "id": "motm",
            "title": "Man of the match",
            "match_id": "opta:1",
            "event_id": "7",
            "status": "ACTIVE",
            "final": False,
            "choices": [
                {
                    "id": "raul", "title": "Raul",
                    "votes": 2, "free_votes": 1, "paid_votes": 1, "weight": 4,
                },
                {
                    "id": "iker", "title": "Iker",
                    "votes": 1, "free_votes": 1, "paid_votes": 0, "weight": 1,
                },
            ],
            "voters": 3,
            "votes": 3,
            "changed": 0,
            "superseded": 1,
            "duplicates": 0,
            "late_rejected": 0,
            "rejected": {"early": 1},
            "regions": {"es": {"raul": 2}},
            "created_at": iso(0),
            "started_at": iso(1_000),
            "ends_at": iso(9_000),
            "ended_at": None,
        }
    }  # fmt: skip


def test_each_choice_of_a_vote_counts_and_its_voter_once() -> None:
    logs = opened(max_choices=3)
    logs.vote(200, "ann", "raul iker")
    logs.vote(200, "bob", "iker")
    document = judged(logs).results["motm"]
    assert heads(document) == {"raul": 1, "iker": 2}
    assert (document["voters"], document["votes"]) == (2, 3)


def test_a_changed_vote_leaves_its_old_choices_class_and_region_and_enters_the_new_ones() -> None:
    logs = opened(max_choices=2, free_weight=2, paid_weight=5)
    logs.vote(200, "ann", "raul iker", region="es")
    logs.vote(300, "ann", "iker unai", region="uk", voter_class=PAID)
    document = judged(logs).results["motm"]
    assert [
        (choice["votes"], choice["free_votes"], choice["paid_votes"], choice["weight"])
        for choice in document["choices"]
    ] == [(0, 0, 0, 0), (1, 0, 1, 5), (1, 0, 1, 5)]
    assert document["regions"] == {"uk": {"iker": 1, "unai": 1}}
    assert (document["voters"], document["votes"], document["changed"]) == (1, 2, 1)


def test_only_verdicts_that_occurred_are_among_the_rejected() -> None:
    logs = opened(regions=["es"])
    logs.vote(200, "ann", region="fr")
    logs.vote(200, "bob", region="fr")
    logs.vote(200, "cid", region="es", voted=9_000)
    logs.command(210, LOCK)
    logs.vote(300, "dan", region="es")
    document = judged(logs).results["motm"]
    assert document["rejected"] == {"region": 2, "future": 1, "locked": 1}


def test_archive_keeps_everything_of_the_final_result_but_the_status() -> None:
    logs = opened(grace_ms=50)
    logs.vote(200)
    logs.command(300, CLOSE)
    logs.vote(400, "bob", voted=200)
    logs.command(500, ARCHIVE)
    found = judged(logs)
    assert found.final["motm"] is not None
    assert found.final["motm"]["status"] == "COMPLETED"
    assert found.results["motm"] == found.final["motm"] | {"status": "ARCHIVED"}
    assert found.results["motm"]["late_rejected"] == 0


def test_polls_count_apart_from_each_other() -> None:
    logs = opened()
    logs.create(100, "goal", choices=("one", "two"))
    logs.command(100, OPEN, "goal")
    logs.vote(200, "ann", "raul")
    logs.vote(200, "ann", "two", poll="goal")
    results = judged(logs).results
    assert {id_: heads(document) for id_, document in results.items()} == {
        "motm": {"raul": 1},
        "goal": {"two": 1},
    }


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

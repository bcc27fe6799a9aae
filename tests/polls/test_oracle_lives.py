"""docs/polls.md, "A poll's life", rule by rule, by hand: the oracle says what the page says."""

from __future__ import annotations

import pytest

from oracle.poll_lives import HOUR_MS, Outcome, Position, Record
from oracle.polls import Rules, Verdict, truth
from schemas.generated.touchline.v1.poll_pb2 import (
    ARCHIVE,
    CLOSE,
    CREATE,
    LOCK,
    OPEN,
    TERMINATE,
    UNLOCK,
    PollControl,
)
from tests.polls.judging import heads, judged, opened, outcomes, steps, verdicts
from tests.polls.logs import START_MS, Logs, iso

CARRIED_OUT, IGNORED, REFUSED = Outcome
ACTIONS = {
    "OPEN": OPEN, "LOCK": LOCK, "UNLOCK": UNLOCK, "CLOSE": CLOSE, "TERMINATE": TERMINATE,
    "ARCHIVE": ARCHIVE,
}  # fmt: skip


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
    "value",
    [
        b"",
        b"\xff",
        b"\x0a\x04motm",
        PollControl(poll_id="motm", command_id="c" * 201, action=CREATE).SerializeToString(),
    ],
    ids=["empty", "broken", "without a command_id", "too long a command_id"],
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


def test_a_poll_that_is_opened_long_before_its_time_closes_after_the_longest_time() -> None:
    logs = Logs()
    logs.create(0, opens=20 * HOUR_MS, closes=21 * HOUR_MS)
    logs.command(5, OPEN)
    one = truth(logs.commands.records, [], Rules(longest_h=2), START_MS + 30 * HOUR_MS)
    assert one.lives["motm"].ended_ms == START_MS + 5 + 2 * HOUR_MS


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

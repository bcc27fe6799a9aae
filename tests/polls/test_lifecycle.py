"""The life-cycle that the job runs against the oracle's, and what it says when it refuses."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oracle.poll_lives import HOUR_MS, Life, Outcome, Position, Record, lives_of
from schemas.generated.touchline.v1.poll_pb2 import (
    ARCHIVE,
    CLOSE,
    CREATE,
    FIRST_VOTE_COUNTS,
    LOCK,
    OPEN,
    TERMINATE,
    UNLOCK,
    PollChoice,
    PollControl,
)
from tests.polls.logs import START_MS, Logs, definition
from tests.polls.strategies import History, command_histories
from udfs.polls.lifecycle import CommandRefused, Poll, carry_out, create, scheduled

LONGEST_H = 24 * 7
WEEK_MS = LONGEST_H * HOUR_MS


@dataclass
class Folded:
    """A poll's commands folded, and what the poll was after each step that changed its status."""

    poll: Poll | None = None
    steps: list[tuple[int, str]] = field(default_factory=list)
    outcomes: dict[Position, Outcome] = field(default_factory=dict)


def folded(commands: list[Record], longest_h: int, until_ms: int) -> Folded:
    """As a job does: before each command what is scheduled, and after the last one what is left."""
    result = Folded()
    for record in commands:
        _scheduled(result, record.arrived_ms, longest_h)
        command = PollControl.FromString(record.value)
        try:
            poll = carry_out(result.poll, command, record.arrived_ms, longest_h)
        except CommandRefused:
            outcome = Outcome.REFUSED
        else:
            outcome = Outcome.IGNORED if poll is None else Outcome.CARRIED_OUT
            if poll is not None:
                result.steps.append((record.arrived_ms, poll.status))
                result.poll = poll
        result.outcomes[record.position] = outcome
    _scheduled(result, until_ms, longest_h)
    return result


def _scheduled(result: Folded, until_ms: int, longest_h: int) -> None:
    if result.poll is not None:
        for at_ms, poll in scheduled(result.poll, until_ms, longest_h):
            assert at_ms <= until_ms
            result.steps.append((at_ms, poll.status))
            result.poll = poll
        assert result.poll.wakes_ms is None or result.poll.wakes_ms > until_ms


def seen_from_outside(life: Life) -> list[tuple[int, str]]:
    """The steps, without the status of a poll that is created and opened at once."""
    first, *rest = life.steps
    at_once = life.definition.opens_ms and life.definition.opens_ms <= life.created_ms
    return rest if at_once else [first, *rest]


@settings(max_examples=100)
@given(command_histories(), st.sampled_from([0, 1, 25, HOUR_MS, LONGEST_H * HOUR_MS]))
def test_folding_commands_gives_the_oracles_life(history: History, longer_ms: int) -> None:
    longest_h = history.rules.longest_h
    until_ms = max((record.arrived_ms for record in history.commands), default=0) + longer_ms
    lives, outcomes = lives_of(history.commands, until_ms, longest_h)
    found = folded(history.commands, longest_h, until_ms)
    assert found.outcomes == outcomes
    if not lives:
        assert found.poll is None
        return
    [life] = lives.values()
    poll = found.poll
    assert poll is not None
    assert found.steps == seen_from_outside(life)
    assert (poll.status, poll.created_ms, poll.closes_ms) == (
        life.status,
        life.created_ms,
        life.closes_ms,
    )
    assert (poll.ended_ms, poll.final_ms) == (life.ended_ms, life.final_ms)
    assert [(span.opened, span.ended) for span in poll.spans] == life.spans
    assert poll.commands == life.seen


@settings(max_examples=40)
@given(command_histories())
def test_at_each_moment_the_spans_and_their_deadlines_are_the_oracles(history: History) -> None:
    longest_h = history.rules.longest_h
    for number, record in enumerate(history.commands, start=1):
        until_ms = record.arrived_ms
        lives, _ = lives_of(history.commands[:number], until_ms, longest_h)
        poll = folded(history.commands[:number], longest_h, until_ms).poll
        for life in lives.values():
            assert poll is not None
            spans = [(span.opened, span.ended, span.deadline) for span in poll.spans]
            remembered = life.spans_at(until_ms)
            assert spans[len(spans) - len(remembered) :] == remembered


# --- what a poll is made of


def command(action: int, id_: str = "1", **fields: Any) -> PollControl:
    return PollControl(**({"poll_id": "motm", "command_id": id_, "action": action} | fields))


def create_command(**fields: Any) -> PollControl:
    return command(CREATE, **(definition(("raul", "iker")) | fields))


def made(*actions: int, **fields: Any) -> Poll:
    """A poll after commands, one each millisecond."""
    poll = create(create_command(**fields), START_MS, LONGEST_H)
    for number, action in enumerate(actions, start=1):
        after = carry_out(poll, command(action, f"then {number}"), START_MS + number, LONGEST_H)
        assert after is not None
        poll = after
    return poll


def test_a_poll_has_what_its_definition_says() -> None:
    poll = made(
        choices=[PollChoice(id="raul", title="Raúl García"), PollChoice(id="iker")],
        max_choices=2,
        policy=FIRST_VOTE_COUNTS,
        grace_ms=2_000,
        opens_ms=START_MS + 5,
        closes_ms=START_MS + 9,
        match_id="opta:1",
        event_id="7",
        regions=["es", "uk"],
        free_weight=2,
        paid_weight=3,
    )
    assert poll == Poll(
        id="motm",
        title="Man of the match",
        choices={"raul": "Raúl García", "iker": "iker"},
        max_choices=2,
        first_counts=True,
        grace_ms=2_000,
        created_ms=START_MS,
        opens_ms=START_MS + 5,
        closes_ms=START_MS + 9,
        match_id="opta:1",
        event_id="7",
        regions=("es", "uk"),
        weights=(2, 3),
        commands=frozenset({"1"}),
    )


def test_what_a_definition_leaves_out_is_one_choice_and_weights_of_one() -> None:
    poll = made()
    assert (poll.max_choices, poll.weights, poll.first_counts) == (1, (1, 1), False)
    assert (poll.opens_ms, poll.closes_ms, poll.wakes_ms) == (None, None, None)


def test_a_poll_whose_time_to_open_has_passed_is_created_open() -> None:
    for opens_ms in (START_MS - 5, START_MS):
        poll = made(opens_ms=opens_ms)
        assert (poll.status, poll.spans[0].opened) == ("ACTIVE", START_MS)
        assert poll.wakes_ms == START_MS + LONGEST_H * HOUR_MS


# --- the schedule


def due(poll: Poll, until: int) -> list[tuple[int, str]]:
    """What is scheduled until so many ms after `START_MS`: (when, the status then)."""
    return [
        (at_ms - START_MS, after.status)
        for at_ms, after in scheduled(poll, START_MS + until, LONGEST_H)
    ]


def test_what_is_scheduled_comes_in_its_millisecond_and_in_its_order() -> None:
    poll = made(opens_ms=START_MS + 10, closes_ms=START_MS + 20)
    assert due(poll, 9) == []
    assert due(poll, 10) == due(poll, 19) == [(10, "ACTIVE")]
    assert due(poll, 20) == due(poll, 500) == [(10, "ACTIVE"), (20, "COMPLETED")]


def test_an_open_poll_without_a_time_to_close_is_closed_after_the_longest_time() -> None:
    assert due(made(OPEN), WEEK_MS) == []
    assert due(made(OPEN), WEEK_MS + 1) == [(WEEK_MS + 1, "COMPLETED")]
    assert due(made(OPEN, LOCK, UNLOCK), WEEK_MS + 1) == [(WEEK_MS + 1, "COMPLETED")]


def test_nothing_is_scheduled_for_a_poll_that_has_ended() -> None:
    for ended in (made(OPEN, CLOSE), made(TERMINATE, closes_ms=START_MS + 20)):
        assert ended.wakes_ms is None
        assert due(ended, WEEK_MS) == []


# --- refusals


@pytest.mark.parametrize(
    ("poll", "sent", "text"),
    [
        (None, command(OPEN), "there is no poll 'motm': OPEN wants one"),
        (None, command(CREATE, ""), "CREATE without a command_id"),
        (None, command(99, ""), "99 without a command_id"),
        (
            made(OPEN),
            command(LOCK, "c" * 201),
            "LOCK with a command_id of more than 200 characters",
        ),
        (made(), command(CREATE, "new"), "poll 'motm' exists already, or did: take a new id"),
        (made(), command(0, "new"), "POLL_ACTION_UNKNOWN is no command to a poll"),
        (made(), command(99, "new"), "99 is no command to a poll"),
        (made(), command(LOCK, "new"), "poll 'motm' is CREATED: LOCK wants ACTIVE"),
        (made(OPEN), command(OPEN, "new"), "poll 'motm' is ACTIVE: OPEN wants CREATED"),
        (made(OPEN), command(UNLOCK, "new"), "poll 'motm' is ACTIVE: UNLOCK wants LOCKED"),
        (made(), command(CLOSE, "new"), "poll 'motm' is CREATED: CLOSE wants ACTIVE or LOCKED"),
        (
            made(TERMINATE),
            command(TERMINATE, "new"),
            "poll 'motm' is TERMINATED: TERMINATE wants CREATED or ACTIVE or LOCKED or COMPLETED",
        ),
        (
            made(OPEN, CLOSE),
            command(TERMINATE, "new"),
            "poll 'motm' has its final result: TERMINATE comes too late",
        ),
        (
            made(OPEN, CLOSE, grace_ms=1_000),
            command(ARCHIVE, "new"),
            "poll 'motm' has no final result yet: ARCHIVE comes after it",
        ),
        (
            made(OPEN, LOCK),
            command(ARCHIVE, "new"),
            "poll 'motm' is LOCKED: ARCHIVE wants COMPLETED or TERMINATED",
        ),
    ],
)
def test_a_refusal_says_what_is_wrong(poll: Poll | None, sent: PollControl, text: str) -> None:
    with pytest.raises(CommandRefused) as refusal:
        carry_out(poll, sent, START_MS + 100, LONGEST_H)
    assert str(refusal.value) == text


def test_a_poll_that_had_very_many_commands_can_only_be_ended() -> None:
    logs = Logs()
    logs.create(0)
    for at, action in enumerate([OPEN, *[LOCK, UNLOCK] * 499, LOCK, CLOSE], 1):
        logs.command(at, action)
    found = folded(logs.commands.records, LONGEST_H, START_MS + 9_999)
    *before, lock, close = found.outcomes.values()
    assert set(before) == {Outcome.CARRIED_OUT}
    assert (lock, close) == (Outcome.REFUSED, Outcome.CARRIED_OUT)
    assert found.poll is not None
    with pytest.raises(CommandRefused, match="'motm' is COMPLETED"):
        carry_out(found.poll, command(LOCK, "late"), START_MS + 9_999, LONGEST_H)
    _, expected = lives_of(logs.commands.records, START_MS + 9_999, LONGEST_H)
    assert found.outcomes == expected


def test_a_command_that_was_carried_out_is_ignored_whatever_it_is_now() -> None:
    assert carry_out(made(OPEN), command(CREATE, "1"), START_MS + 9, LONGEST_H) is None
    assert carry_out(made(OPEN), command(99, "then 1"), START_MS + 9, LONGEST_H) is None


def choices(*ids: str, title: str = "") -> list[PollChoice]:
    return [PollChoice(id=id_, title=title) for id_ in ids]


HUNDRED_AND_ONE = [f"c{number}" for number in range(101)]
YEAR_2100_MS = 4_102_444_800_000

IDENTIFIERS = "letters, digits and, between, -_.:"


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"poll_id": ""}, f"an id has up to 100 {IDENTIFIERS}"),
        ({"poll_id": "a b"}, f"an id has up to 100 {IDENTIFIERS}"),
        ({"poll_id": "-a"}, f"an id has up to 100 {IDENTIFIERS}"),
        ({"poll_id": "a-"}, f"an id has up to 100 {IDENTIFIERS}"),
        ({"poll_id": "a\n"}, f"an id has up to 100 {IDENTIFIERS}"),
        ({"poll_id": "a" * 101}, f"an id has up to 100 {IDENTIFIERS}"),
        ({"choices": choices()}, "0 choices; 2 to 100 are possible"),
        ({"choices": choices("a")}, "1 choices; 2 to 100 are possible"),
        ({"choices": choices(*HUNDRED_AND_ONE)}, "101 choices; 2 to 100 are possible"),
        ({"choices": choices("a", "b,c")}, f"the choice 'b,c' is not made of {IDENTIFIERS}"),
        ({"choices": choices("a", "")}, f"the choice '' is not made of {IDENTIFIERS}"),
        ({"choices": choices("a", "b", "a")}, "two choices have the same id"),
        ({"title": ""}, "a title of 1 to 500 characters is needed"),
        ({"title": "x" * 501}, "a title of 1 to 500 characters is needed"),
        (
            {"choices": choices("a", "b", title="x" * 501)},
            "a choice's title has more than 500 characters",
        ),
        (
            {"match_id": "m" * 201},
            "the id of a match or an event has more than 200 characters",
        ),
        (
            {"event_id": "e" * 201},
            "the id of a match or an event has more than 200 characters",
        ),
        ({"max_choices": 3}, "a vote cannot have 3 of 2 choices"),
        ({"max_choices": -1}, "a vote cannot have -1 of 2 choices"),
        ({"grace_ms": -1}, "a grace of -1 ms; 0 to 600000 are possible"),
        ({"grace_ms": 600_001}, "a grace of 600001 ms; 0 to 600000 are possible"),
        ({"opens_ms": -1}, "a time of -1 ms; 1970 to 2100 are possible"),
        ({"closes_ms": -1}, "a time of -1 ms; 1970 to 2100 are possible"),
        (
            {"opens_ms": YEAR_2100_MS + 1, "closes_ms": YEAR_2100_MS + 2},
            "a time of 4102444800001 ms; 1970 to 2100 are possible",
        ),
        ({"closes_ms": START_MS}, "it would close before it opens, or has been created"),
        (
            {"opens_ms": START_MS + 5, "closes_ms": START_MS + 5},
            "it would close before it opens, or has been created",
        ),
        (
            {"closes_ms": START_MS + WEEK_MS + 1},
            "it would be open for longer than 168 hours (polls.longest_h)",
        ),
        (
            {"opens_ms": START_MS + 5, "closes_ms": START_MS + 6 + WEEK_MS},
            "it would be open for longer than 168 hours (polls.longest_h)",
        ),
        ({"regions": ["es"] * 501}, "more than 500 regions"),
        ({"regions": ["es", "u k"]}, f"the region 'u k' is not made of {IDENTIFIERS}"),
        ({"free_weight": -1}, "a weight of -1; 1 to 1000000 are possible"),
        ({"paid_weight": 1_000_001}, "a weight of 1000001; 1 to 1000000 are possible"),
    ],
)
def test_a_definition_that_is_not_valid_is_refused_with_its_first_problem(
    fields: dict[str, Any], problem: str
) -> None:
    sent = create_command(**fields)
    with pytest.raises(CommandRefused) as refusal:
        create(sent, START_MS, LONGEST_H)
    assert str(refusal.value) == f"poll {sent.poll_id!r}: {problem}"
    record = Record(sent.poll_id.encode(), sent.SerializeToString(), 0, 0, START_MS)
    assert lives_of([record], START_MS, LONGEST_H)[0] == {}


@pytest.mark.parametrize(
    "fields",
    [
        {"poll_id": "a" * 100},
        {"poll_id": "2026:goal-of_the.month-1"},
        {"choices": choices(*HUNDRED_AND_ONE[:100]), "max_choices": 100},
        {"choices": choices("a", "b", title="x" * 500), "title": "x" * 500},
        {"max_choices": 2, "grace_ms": 600_000},
        {"closes_ms": START_MS + 1},
        {"closes_ms": START_MS + WEEK_MS},
        {"opens_ms": START_MS - 5, "closes_ms": START_MS + WEEK_MS},
        {"opens_ms": START_MS + 5, "closes_ms": START_MS + 5 + WEEK_MS},
        {"opens_ms": YEAR_2100_MS},
        {"regions": ["es"] * 500},
        {"free_weight": 1_000_000, "paid_weight": 1_000_000},
    ],
)
def test_a_definition_at_the_limits_is_valid(fields: dict[str, Any]) -> None:
    sent = create_command(**fields)
    assert create(sent, START_MS, LONGEST_H).id == sent.poll_id
    record = Record(sent.poll_id.encode(), sent.SerializeToString(), 0, 0, START_MS)
    assert list(lives_of([record], START_MS, LONGEST_H)[0]) == [sent.poll_id]

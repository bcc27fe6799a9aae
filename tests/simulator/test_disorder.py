"""Corrections, and what a network does to messages."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest

from simulator import basketball, soccer
from simulator.disorder import (
    FIRST_CORRECTION_MS,
    Rates,
    Sent,
    Version,
    corrected,
    delayed,
    duplicated,
    shuffled,
)
from simulator.match import MINUTE, STRUCTURE, score_of

PLAYS = basketball.plays(Random(1), 12 * MINUTE)
MESSAGES: list[Sent] = [(n * 100, n % 7, str(n).encode()) for n in range(5_000)]


def versions(edits: float, deletes: float) -> list[Version]:
    return corrected(PLAYS, Rates(edits=edits, deletes=deletes), Random(2))


def test_without_corrections_every_play_has_one_version_in_order() -> None:
    assert [version.play for version in versions(0, 0)] == list(PLAYS)


def test_the_share_of_edits_and_deletes_is_the_one_asked_for() -> None:
    plays = soccer.plays(Random(1))
    found = corrected(plays, Rates(edits=0.05, deletes=0.01), Random(2))
    deleted = sum(version.deleted for version in found)
    edited = sum(version.revision > 0 for version in found) - deleted
    assert edited / len(plays) == pytest.approx(0.05, abs=0.02)
    assert deleted / len(plays) == pytest.approx(0.01, abs=0.008)


def test_revisions_of_a_play_are_sent_in_order_and_some_time_apart() -> None:
    last: dict[int, Version] = {}
    for version in versions(0.5, 0.5):
        before = last.get(version.play.number)
        if before is None:
            assert version.revision == 0
        else:
            assert version.revision == before.revision + 1
            assert version.at_ms >= before.at_ms + FIRST_CORRECTION_MS
            assert not before.deleted
        last[version.play.number] = version


def test_the_frame_of_a_match_is_never_corrected() -> None:
    corrections = [version for version in versions(1, 1) if version.revision]
    assert corrections
    assert not any(version.play.type in STRUCTURE for version in corrections)


def test_the_last_message_of_a_match_knows_the_final_score() -> None:
    found = versions(0.3, 0.2)
    current = {version.play.number: version for version in found}
    standing = [score_of(v.play) for v in current.values() if not v.deleted]
    final = sum(home for home, _ in standing), sum(away for _, away in standing)
    end = current[PLAYS[-1].number]
    assert (end.home, end.away) == final
    assert (end.play_home, end.play_away) == final


def test_every_edit_changes_something() -> None:
    first = {play.number: play for play in PLAYS}
    edits = [v for v in versions(1, 0) if v.revision]
    assert all(version.play != first[version.play.number] for version in edits)
    assert any(version.play.type is not first[version.play.number].type for version in edits)


@pytest.mark.parametrize("disorder", [delayed, duplicated])
def test_nothing_is_lost_and_times_do_not_go_back(disorder: object) -> None:
    sent = list(disorder(MESSAGES, 0.1, Random(3)))  # type: ignore[operator]
    assert {value for _, _, value in sent} == {value for _, _, value in MESSAGES}
    assert [at for at, _, _ in sent] == sorted(at for at, _, _ in sent)


def test_duplicates_are_the_share_asked_for_and_carry_the_same_bytes() -> None:
    counts = Counter(value for _, _, value in duplicated(MESSAGES, 0.1, Random(3)))
    assert set(counts.values()) == {1, 2}
    assert sum(counts.values()) - len(MESSAGES) == pytest.approx(500, abs=100)


def test_a_late_message_comes_once_and_within_a_minute() -> None:
    sent = list(delayed(MESSAGES, 0.1, Random(3)))
    assert len(sent) == len(MESSAGES)
    lateness = [at - int(value) * 100 for at, _, value in sent]
    assert 0 < max(lateness) <= MINUTE
    assert sum(late > 0 for late in lateness) == pytest.approx(500, abs=100)


def test_shuffling_moves_messages_and_keeps_all() -> None:
    sent = list(shuffled(MESSAGES, 20, Random(3)))
    values = [value for _, _, value in sent]
    assert sorted(values) == sorted(value for _, _, value in MESSAGES)
    assert values != [value for _, _, value in MESSAGES]
    assert [at for at, _, _ in sent] == sorted(at for at, _, _ in sent)


def test_matches_whose_feed_is_polled_are_left_alone() -> None:
    polled = frozenset(range(7))
    for sent in (
        duplicated(MESSAGES, 1.0, Random(3), polled),
        delayed(MESSAGES, 1.0, Random(3), polled),
        shuffled(MESSAGES, 20, Random(3), polled),
    ):
        assert list(sent) == MESSAGES

"""What the demo plays."""

from __future__ import annotations

from collections import defaultdict

from tests.samples import FEEDS, sample
from touchline.demo_feeds import SAMPLES, Cue, cues, thinned


def by_match(found: list[Cue]) -> dict[tuple[str, str | None], list[Cue]]:
    matches: dict[tuple[str, str | None], list[Cue]] = defaultdict(list)
    for cue in found:
        matches[cue.provider, cue.key].append(cue)
    return matches


def test_simulated_matches_are_of_all_providers_and_always_the_same() -> None:
    found = cues(None)
    assert {cue.provider for cue in found} == {"opta", "sportradar", "genius"}
    assert len({match for match in by_match(found) if match[1]}) == 6
    assert found == cues(None)


def test_cues_are_in_order_within_the_play() -> None:
    found = cues(None)
    assert [cue.at for cue in found] == sorted(cue.at for cue in found)
    assert 0 < found[0].at < found[-1].at < 1


def test_the_real_matches_are_seven_of_three_providers() -> None:
    for _, path in SAMPLES:
        sample(path)
    matches = by_match(cues(FEEDS))
    assert {provider for provider, _ in matches} == {"opta", "sportradar", "genius"}
    assert len([match for match in matches if match[1]]) == 7
    assert len(matches["opta", "1009316"]) > 1_600


def test_thinned_snapshots_are_even_and_end_with_the_last() -> None:
    values = [b"%d" % number for number in range(10)]
    assert thinned(values, 3) == [b"2", b"5", b"9"]
    assert thinned(values, 20) == values

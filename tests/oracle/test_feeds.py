from __future__ import annotations

from oracle.feeds import Arrival, Feeds


def f24(*events: tuple[int, int, int]) -> bytes:
    """A live F24 document of events (id, version, type id)."""
    listed = "".join(
        f'<Event id="{id_}" event_id="1" type_id="{type_id}" period_id="1" min="10" sec="5" '
        f'team_id="174" outcome="1" x="50.0" y="50.0" timestamp="2018-08-20T21:10:00.100" '
        f'last_modified="2018-08-20T21:10:00" version="{version}"/>'
        for id_, version, type_id in events
    )
    return (
        '<Games timestamp="2018-08-20T21:10:00"><Game id="1" home_team_id="174" '
        'away_team_id="957" home_team_name="Athletic Club" away_team_name="Leganes">'
        f"{listed}</Game></Games>"
    ).encode()


PASS, GOAL = 1, 16


def judged(*messages: bytes) -> tuple[list[tuple[int, bool]], dict[str, int]]:
    """(version, superseded) of all that is no duplicate; and the counters."""
    feeds = Feeds({})
    found = []
    for offset, message in enumerate(messages):
        arrival = Arrival("opta", "feed.opta", 0, offset, 1_534_791_600_123, b"1", message)
        found += [
            (version.event().version, version.superseded) for _, version in feeds.take(arrival)
        ]
    return found, dict(feeds.counts["feed.opta"])


def test_an_older_version_that_comes_late_is_superseded() -> None:
    found, _ = judged(f24((1, 7, PASS)), f24((1, 6, PASS)))
    assert found == [(7, False), (6, True)]


def test_what_is_sent_once_more_is_a_duplicate_and_gives_no_version() -> None:
    found, counts = judged(f24((1, 7, PASS)), f24((1, 7, PASS)))
    assert found == [(7, False)]
    assert counts["duplicate"] == 1


def test_what_goes_back_to_what_it_was_within_a_version_is_no_duplicate() -> None:
    found, _ = judged(f24((1, 7, PASS)), f24((1, 7, GOAL)), f24((1, 7, PASS)))
    assert found == [(7, False)] * 3


def test_of_an_event_that_a_document_lists_twice_the_last_one_stands() -> None:
    found, counts = judged(f24((1, 7, PASS), (1, 7, GOAL)))
    assert found == [(7, True), (7, False)]
    assert (counts["received"], counts["accepted"], counts["superseded"]) == (2, 1, 1)


def test_an_event_that_a_document_lists_twice_alike_stands_once() -> None:
    found, counts = judged(f24((1, 7, PASS), (1, 7, PASS)))
    assert found == [(7, False)]
    assert (counts["accepted"], counts["duplicate"]) == (1, 1)


def test_all_that_comes_ends_in_one_place() -> None:
    _, counts = judged(f24((1, 7, PASS)), b"<damaged", f24((1, 7, PASS)), f24((1, 5, PASS)))
    ends = ("accepted", "superseded", "duplicate", "rejected")
    assert [counts[end] for end in ends] == [1, 1, 1, 1]
    assert (counts["received"], counts["messages"]) == (4, 4)

"""docs/polls.md, "Results", rule by rule, by hand: the oracle says what the page says."""

from __future__ import annotations

from schemas.generated.touchline.v1.poll_pb2 import (
    ARCHIVE,
    CLOSE,
    LOCK,
    OPEN,
    PAID,
    VOTER_CLASS_UNKNOWN,
)
from tests.polls.judging import heads, judged, opened
from tests.polls.logs import Logs, iso


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


def test_a_weight_that_is_not_given_is_one() -> None:
    logs = opened()
    logs.vote(200, "ann", voter_class=PAID)
    logs.vote(200, "bob")
    [first, *_] = judged(logs).results["motm"]["choices"]
    assert (first["free_votes"], first["paid_votes"], first["weight"]) == (1, 1, 2)


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

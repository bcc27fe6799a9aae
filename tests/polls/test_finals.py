"""`poll_finals`, on the embedded ClickHouse."""

from __future__ import annotations

import json
from pathlib import Path

from connectors.clickhouse_sink import connect
from tests.history_tables import history_with


def choice(id_: str, title: str, free: int, paid: int) -> dict[str, object]:
    votes = {"votes": free + paid, "free_votes": free, "paid_votes": paid}
    return {"id": id_, "title": title, **votes, "weight": free + 3 * paid}


RESULT = {
    "title": "Man of the match",
    "status": "COMPLETED",
    "voters": 100,
    "votes": 100,
    "late_rejected": 2,
    "choices": [choice("raul", "Raúl", 60, 0), choice("iker", "Iker", 0, 40)],
}


def test_a_final_has_each_choices_votes_and_share_the_winner_first(tmp_path: Path) -> None:
    rows = [
        {
            "poll_id": "motm", "revision": revision, "counted_until": "2026-08-22 15:00:00.000",
            "event": event, "result": json.dumps(RESULT | changes),
        }
        for revision, event, changes in (
            (1, "update", {"voters": 1}), (2, "final", {}), (3, "archived", {"status": "ARCHIVED"}),
        )
    ]  # fmt: skip
    with history_with(tmp_path, {"poll_results": rows}) as made, connect(made) as client:
        found = client.query(
            "SELECT title, voters, choice_id, choice, votes, weight, share FROM poll_finals"
        ).result_rows
    assert found == [
        ("Man of the match", 100, "iker", "Iker", 40, 120, 0.6667),
        ("Man of the match", 100, "raul", "Raúl", 60, 60, 0.3333),
    ]

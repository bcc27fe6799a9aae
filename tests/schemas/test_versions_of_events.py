"""Which version of an event stands, by SQL and by a loop: on a real ClickHouse."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from connectors.clickhouse_sink import connect
from tests.history_tables import history_with
from touchline.settings import ClickHouse

MATCHES, EVENTS, ROWS = 3, 20, 600

Row = dict[str, Any]
Name = tuple[str, str]


def random_rows() -> list[Row]:
    """Versions in any order of arrival, some of them equal, some twice, of two months."""
    chance = random.Random(9)
    rows: list[Row] = []
    for arrival in range(ROWS):
        row: Row = {
            "match_id": f"opta:{chance.randrange(MATCHES)}",
            "provider": "opta",
            "event_id": str(chance.randrange(EVENTS)),
            "version": chance.randrange(4),
            "fingerprint": chance.randrange(3),
            "generation": chance.randrange(2),
            "arrival": arrival,
            "primary": True,
            "superseded": chance.random() < 0.3,
            "status": chance.choice(["ACTIVE", "ACTIVE", "DELETED"]),
            "points": chance.randrange(4),
            "happened_at": chance.choice(["2026-10-31 23:59:59", "2026-11-01 00:00:00"]),
        }
        rows.append(row)
        if chance.random() < 0.1:
            rows.append(dict(row))
    return rows


def last_writes(rows: Sequence[Row]) -> dict[Name, Row]:
    found: dict[Name, Row] = {}
    for row in sorted(rows, key=lambda one: (one["version"], one["generation"], one["arrival"])):
        found[row["match_id"], row["event_id"]] = row
    return found


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    return random_rows()


@pytest.fixture(scope="module")
def clickhouse(tmp_path_factory: pytest.TempPathFactory, rows: list[Row]) -> Iterator[ClickHouse]:
    folder = tmp_path_factory.mktemp("history")
    with history_with(folder, {"match_events": rows}) as made:
        yield made


def asked(clickhouse: ClickHouse, sql: str) -> list[tuple[Any, ...]]:
    with connect(clickhouse) as client:
        return [tuple(row) for row in client.query(sql).result_rows]


def test_the_last_write_of_each_event_is_the_latest_and_counts_its_versions(
    clickhouse: ClickHouse, rows: list[Row]
) -> None:
    versions: dict[Name, set[tuple[int, int]]] = {}
    for row in rows:
        name = row["match_id"], row["event_id"]
        versions.setdefault(name, set()).add((row["version"], row["fingerprint"]))
    expected = {
        (*name, row["status"], row["points"], len(versions[name]))
        for name, row in last_writes(rows).items()
    }
    sql = "SELECT match_id, event_id, status, points, versions FROM match_events_latest"
    assert set(asked(clickhouse, sql)) == expected
    one = {row for row in expected if row[0] == "opta:1"}
    assert set(asked(clickhouse, f"{sql} WHERE match_id = 'opta:1'")) == one


def test_of_all_versions_of_an_event_the_one_that_stands_is_current(
    clickhouse: ClickHouse, rows: list[Row]
) -> None:
    found = asked(
        clickhouse,
        "SELECT match_id, event_id, version, fingerprint, current FROM match_event_versions",
    )
    versions = {
        (row["match_id"], row["event_id"], row["version"], row["fingerprint"]) for row in rows
    }
    assert sorted(one[:4] for one in found) == sorted(versions), "each of them once"
    standing = {
        (*name, row["version"], row["fingerprint"])
        for name, row in last_writes(rows).items()
        if row["status"] == "ACTIVE"
    }
    assert {one[:4] for one in found if one[4]} == standing

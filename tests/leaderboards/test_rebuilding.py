"""What is written of a standing when a table is made again is what the job has written."""

from __future__ import annotations

import pytest
from pyflink.table import DataTypes

from connectors.leaderboard_tables import STANDING
from connectors.live_write import LiveWrite
from jobs.leaderboard_views import leaderboard_views
from jobs.leaderboards import JOB
from schemas.generated.touchline.v1.score_pb2 import Standing
from tests.jobs.mini_cluster import bounded, environment_for, rows_of
from touchline.leaderboards import Table
from touchline.rebuilding import kept_until_ms, standing_write
from touchline.settings import Board

pytestmark = pytest.mark.flink

NOON = 1_795_348_800_000
BOARDS = {
    "endless": Board(),
    "daily": Board(operator="best", order="ascending", reset="0 0 * * *", keep_closed_days=3),
    "season": Board(measure="points", per="season"),
}
KINDS = {"STRING": DataTypes.STRING(), "BIGINT": DataTypes.BIGINT(), "BOOLEAN": DataTypes.BOOLEAN()}
COLUMNS = {
    name.strip("`"): KINDS[kind]
    for name, kind in (line.split() for line in STANDING.replace(",", "").strip().splitlines())
}


def standings() -> list[Standing]:
    values = (0, 5, -3, (1 << 63) - 1, -(1 << 63) + 1)
    names = ("", 'Ann "A." Ä/\\', "😀", "\x01")
    return [
        Standing(
            board=board, period="p", segment="region:es", member=f"m-{number}", name=name,
            value=values[number % len(values)], since_ms=NOON + number,
            scores=number % 3, descending=BOARDS[board].descending,
            ends_ms=(NOON + number * 1_000 if board == "daily" else 0), major=17 + number,
            minor=number, generation=1, received_ms=NOON + 3_000,
        )
        for board in BOARDS
        for number, name in enumerate(names * 2)
    ]  # fmt: skip


def test_a_standing_is_written_as_the_job_writes_it() -> None:
    sent = standings()
    environment = environment_for(JOB)
    rows = [tuple(getattr(one, name) for name in COLUMNS) for one in sent]
    bounded(environment, "given", COLUMNS, rows)
    views = leaderboard_views(BOARDS, 1)
    until = views["standings"]
    source = "SELECT board, `period`, segment, `member`, name, `value`, since_ms, scores, ends_ms,"
    source += " major, minor, received_ms FROM given"
    start, end = until.index("FROM (") + len("FROM ("), until.rindex(")")
    environment.create_temporary_view(
        "standings", environment.sql_query(until[:start] + source + until[end:])
    )
    found = rows_of(environment, views["writes"])
    wanted = [
        standing_write(
            str(Table(one.board, one.period, one.segment)),
            one,
            kept_until_ms(one, BOARDS[one.board]),
        )
        for one in sent
    ]
    assert sorted(LiveWrite.parse(text) for (text,) in found) == sorted(wanted)

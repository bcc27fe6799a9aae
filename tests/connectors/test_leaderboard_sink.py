"""Leaderboards' tables in a real Redis: as the sink writes them, and as the commands read them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations
from uuid import uuid4

import pytest
import redis
from redis.crc import key_slot

from connectors.live_write import LiveWrite
from connectors.redis_sink import RedisWriter
from schemas.redis import keys
from tests.leaderboards.writes import rank, unrank
from touchline.errors import TouchlineError
from touchline.leaderboards import Table, TableStore
from touchline.settings import Board, Settings
from udfs.clock import now_ms

pytestmark = pytest.mark.stack

NOON = 1_795_348_800_000
HOUR = 3_600_000


@pytest.fixture
def writer(client: redis.Redis) -> RedisWriter:
    return RedisWriter(client, Settings.load().redis)


@pytest.fixture
def board() -> str:
    return f"test-{uuid4()}"


@pytest.fixture
def store(client: redis.Redis, board: str) -> Iterator[TableStore]:
    boards = {
        board: Board(),
        f"{board}-up": Board(order="ascending"),
        f"{board}-match": Board(measure="points", per="match"),
    }
    with TableStore(Settings.load().redis, boards) as made:
        yield made


def top(store: TableStore, board: str, segment: str = "global") -> list[tuple[str, int]]:
    found = store.top(Table(board, "all", segment))
    assert [standing.rank for standing in found] == list(range(1, len(found) + 1))
    return [(standing.member, standing.value) for standing in found]


def test_a_table_is_in_the_order_of_its_values(
    writer: RedisWriter, store: TableStore, board: str
) -> None:
    values = {"ann": 5, "bo": -3, "cy": 0, "di": 40, "ed": 7}
    writer.write([rank(f"{board}:all:global", *one, 1) for one in values.items()])
    assert top(store, board) == [("di", 40), ("ed", 7), ("ann", 5), ("cy", 0), ("bo", -3)]
    writer.write(
        [rank(f"{board}-up:all:global", *one, 1, descending=False) for one in values.items()]
    )
    assert top(store, f"{board}-up") == [("bo", -3), ("cy", 0), ("ann", 5), ("ed", 7), ("di", 40)]


@pytest.mark.parametrize(("suffix", "descending"), [("", True), ("-up", False)])
def test_of_equal_values_who_was_first_is_first_in_either_order(
    writer: RedisWriter, store: TableStore, board: str, suffix: str, descending: bool
) -> None:
    since = {"late": NOON + 1, "early": NOON - HOUR, "noon": NOON}
    writer.write(
        [
            rank(f"{board}{suffix}:all:global", who, 5, 1, since=when, descending=descending)
            for who, when in since.items()
        ]
    )
    assert [who for who, _ in top(store, board + suffix)] == ["early", "noon", "late"]


def test_values_beyond_a_doubles_bits_are_in_their_order(
    writer: RedisWriter, store: TableStore, board: str
) -> None:
    large = 1 << 60
    values = {"a": large + 1, "b": large + 3, "c": large, "d": large + 2, "e": -large - 1}
    writer.write([rank(f"{board}:all:global", *one, 1) for one in values.items()])
    assert [who for who, _ in top(store, board)] == ["b", "d", "a", "c", "e"]
    assert dict(top(store, board)) == values


def test_any_order_of_writes_gives_the_newest_standing(
    writer: RedisWriter, store: TableStore, board: str, client: redis.Redis
) -> None:
    for number, order in enumerate(permutations((1, 2, 3))):
        table = f"{board}-{number}:all:global"
        for revision in order:
            writer.write([rank(table, "ann", revision * 10, revision)])
        assert client.zrange(keys.leaderboard_ranks(table), 0, -1, withscores=True) == [
            (rank(table, "ann", 30, 3).body.split('"rank": "')[1].split('"')[0], 30.0)
        ]


def test_a_standing_that_is_written_twice_changes_nothing(
    writer: RedisWriter, store: TableStore, board: str
) -> None:
    table = f"{board}:all:global"
    assert writer.write([rank(table, "ann", 10, 7)]) == 1
    assert writer.write([rank(table, "ann", 10, 7), rank(table, "ann", 9, 6)]) == 0
    assert top(store, board) == [("ann", 10)]


def test_a_member_who_has_left_does_not_come_back_with_an_older_standing(
    writer: RedisWriter, store: TableStore, board: str
) -> None:
    table = f"{board}:all:global"
    writer.write([rank(table, "ann", 10, 1), rank(table, "bo", 9, 1)])
    writer.write([unrank(table, "ann", 3)])
    writer.write([rank(table, "ann", 8, 2)])
    assert top(store, board) == [("bo", 9)]
    writer.write([rank(table, "ann", 8, 4)])
    assert top(store, board) == [("bo", 9), ("ann", 8)]


def test_leaving_a_table_that_one_was_never_in_is_no_error(
    writer: RedisWriter, store: TableStore, board: str
) -> None:
    assert writer.write([unrank(f"{board}:all:global", "ann", 1)]) == 1
    assert top(store, board) == []


def test_segments_are_tables_of_their_own(
    writer: RedisWriter, store: TableStore, board: str
) -> None:
    writer.write([rank(f"{board}:all:global", "ann", 10, 1)])
    writer.write([rank(f"{board}:all:region:es", "ann", 4, 1)])
    assert top(store, board) == [("ann", 10)]
    assert top(store, board, "region:es") == [("ann", 4)]


def test_around_a_member_are_those_before_and_after_with_their_places(
    writer: RedisWriter, store: TableStore, board: str
) -> None:
    writer.write([rank(f"{board}:all:global", f"m{n}", 100 - n, 1) for n in range(20)])
    table = Table(board, "all")
    assert [(one.rank, one.member) for one in store.around(table, "m7", 2)] == [
        (6, "m5"), (7, "m6"), (8, "m7"), (9, "m8"), (10, "m9"),
    ]  # fmt: skip
    assert [one.member for one in store.around(table, "m0", 1)] == ["m0", "m1"]
    assert [one.member for one in store.around(table, "m19", 1)] == ["m18", "m19"]
    with pytest.raises(TouchlineError, match="'nobody' is not in the table all"):
        store.around(table, "nobody")


def test_friends_have_their_places_among_all(
    writer: RedisWriter, store: TableStore, board: str
) -> None:
    writer.write([rank(f"{board}:all:global", f"m{n}", 100 - n, 1) for n in range(20)])
    found = store.among(Table(board, "all"), ["m9", "stranger", "m2"])
    assert [(one.rank, one.member) for one in found] == [(3, "m2"), (10, "m9")]
    assert store.among(Table(board, "all"), []) == []


def test_a_closed_table_goes_when_its_time_is_over_and_an_endless_one_never(
    writer: RedisWriter, client: redis.Redis, board: str
) -> None:
    soon = now_ms() + HOUR
    writer.write([rank(f"{board}:day:global", "ann", 1, 1, until=soon)])
    writer.write([rank(f"{board}:all:global", "ann", 1, 1)])
    for key in (keys.leaderboard_ranks, keys.leaderboard_members, keys.leaderboard_revisions):
        assert client.pexpiretime(key(f"{board}:day:global")) == soon
        assert client.ttl(key(f"{board}:all:global")) == -1


def test_a_write_makes_a_tables_time_longer_never_shorter(
    writer: RedisWriter, client: redis.Redis, board: str
) -> None:
    table, key = f"{board}:day:global", keys.leaderboard_ranks(f"{board}:day:global")
    first = now_ms() + HOUR
    writer.write([rank(table, "ann", 1, 1, until=first)])
    writer.write([rank(table, "bo", 1, 1, until=first - HOUR // 2)])
    assert client.pexpiretime(key) == first
    writer.write([rank(table, "cy", 1, 1, until=first + HOUR)])
    assert client.pexpiretime(key) == first + HOUR


def test_a_table_that_is_kept_no_longer_is_not_made_again(
    writer: RedisWriter, client: redis.Redis, store: TableStore, board: str
) -> None:
    writer.write([rank(f"{board}:old:global", "ann", 1, 1, until=now_ms() - HOUR)])
    assert client.exists(keys.leaderboard_ranks(f"{board}:old:global")) == 0
    assert store.periods(board) == []


def test_a_boards_tables_are_listed_those_written_last_first(
    writer: RedisWriter, store: TableStore, board: str
) -> None:
    name = f"{board}-match"
    late, early = now_ms() + 2 * HOUR, now_ms() + HOUR
    writer.write([rank(f"{name}:opta:2:global", "ann", 1, 1, until=late)])
    writer.write([rank(f"{name}:opta:1:global", "ann", 1, 1, until=early)])
    writer.write([rank(f"{name}:opta:1:region:es", "ann", 1, 1, until=late + HOUR)])
    assert store.periods(name) == ["opta:2", "opta:1"]
    assert store.table(name) == Table(name, "opta:2")
    writer.write([rank(f"{name}:opta:1:global", "ann", 2, 2, until=late + 1)])
    assert store.periods(name) == ["opta:1", "opta:2"]


def test_a_generation_overwrites_its_equals_and_nothing_newer(
    client: redis.Redis, writer: RedisWriter, store: TableStore, board: str
) -> None:
    table = f"{board}:all:global"
    again = RedisWriter(client, Settings.load().redis, generation=1)
    writer.write([rank(table, "ann", 10, 9)])
    assert again.write([rank(table, "ann", 5, 8)]) == 0
    assert again.write([rank(table, "ann", 11, 9)]) == 1
    assert top(store, board) == [("ann", 11)]


def test_all_keys_of_a_table_are_in_one_slot_of_a_cluster() -> None:
    table = "game:2026-11-22:region:es"
    owned = [keys.leaderboard_ranks, keys.leaderboard_members, keys.leaderboard_revisions]
    assert len({key_slot(key(table).encode()) for key in owned}) == 1


def test_writes_of_matches_and_tables_go_in_one_batch(
    writer: RedisWriter, client: redis.Redis, store: TableStore, board: str
) -> None:
    match = f"test:{board}"
    state = LiveWrite("state", match, "match", 0, 1, 0, 1_000, '{"score":{}}')
    assert writer.write([state, rank(f"{board}:all:global", "ann", 1, 1)]) == 2
    assert client.exists(keys.match_state(match)) == 1
    assert top(store, board) == [("ann", 1)]

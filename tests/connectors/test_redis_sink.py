"""The Redis sink against a real Redis: versions, TTLs, and what a reader is told."""

from __future__ import annotations

import json
from itertools import permutations
from typing import Any
from uuid import uuid4

import pytest
import redis
from redis.crc import key_slot

from connectors.live_write import PLACE_UNIT, LiveWrite
from connectors.match_index import create_match_index
from connectors.patience import RefusedError
from connectors.redis_sink import RedisWriter
from schemas.redis import keys
from touchline.settings import Redis

pytestmark = pytest.mark.stack


def state(match_id: str, major: int, minor: int = 0, **body: Any) -> LiveWrite:
    return LiveWrite("state", match_id, "match", 0, major, minor, 1_000, json.dumps(body))


def computed(match_id: str, major: int, home: int, away: int) -> LiveWrite:
    return state(match_id, major, score={"computed": {"home": home, "away": away}})


def event(
    match_id: str, key: str, place: int, major: int, kind: str = "event", **says: Any
) -> LiveWrite:
    nothing = {"home_score": None, "away_score": None, "match_status": None}
    body = {"event_id": key, "period": 1, "clock": f"{place:02}:00", **nothing, **says}
    text = json.dumps(body, separators=(",", ":"))  # as the job writes it
    return LiveWrite(kind, match_id, key, place * PLACE_UNIT, major, 0, 1_000, text)


def test_a_write_that_is_not_newer_changes_nothing(
    client: redis.Redis, writer: RedisWriter, match_id: str
) -> None:
    assert writer.write([state(match_id, 7, clock="10:00")]) == 1
    assert writer.write([state(match_id, 7, clock="09:00"), state(match_id, 6, clock="08:00")]) == 0
    assert client.json().get(keys.match_state(match_id)) == {"clock": "10:00"}


def test_a_write_that_is_refused_is_not_taken_for_written(
    client: redis.Redis, writer: RedisWriter, match_id: str
) -> None:
    whole = state(match_id, 7, clock="10:00")
    for _ in range(2):
        with pytest.raises(RefusedError):
            writer.write([whole._replace(body='{"clock":')])
    assert writer.write([whole]) == 1


def test_any_order_of_writes_gives_the_newest(client: redis.Redis, writer: RedisWriter) -> None:
    writes = [(1, 1), (1, 2), (2, 0)]
    for order in permutations(writes):
        match_id = f"test:{uuid4()}"
        for major, minor in order:
            writer.write([state(match_id, major, minor, at=[major, minor])])
        assert client.json().get(keys.match_state(match_id)) == {"at": [2, 0]}


def test_writes_of_one_batch_are_not_written_twice(
    client: redis.Redis, writer: RedisWriter, match_id: str
) -> None:
    batch = [state(match_id, 2, clock="2"), state(match_id, 3, clock="3"), state(match_id, 1)]
    assert writer.write(batch) == 1
    assert client.json().get(keys.match_state(match_id)) == {"clock": "3"}


def test_fields_of_other_members_stay(
    client: redis.Redis, writer: RedisWriter, match_id: str
) -> None:
    home = LiveWrite("state", match_id, "HOME", 0, 1, 0, 1_000, '{"home":{"shots":3}}')
    writer.write([state(match_id, 5, home={"name": "Athletic Club"}), home])
    assert client.json().get(keys.match_state(match_id)) == {
        "home": {"name": "Athletic Club", "shots": 3}
    }


def test_what_a_batch_says_of_a_match_is_merged_at_once(
    client: redis.Redis, writer: RedisWriter, match_id: str
) -> None:
    writer.write([computed(match_id, 1, 0, 0)])
    client.config_resetstat()
    home = LiveWrite("state", match_id, "HOME", 0, 1, 0, 1_000, '{"home":{"shots":3}}')
    named = LiveWrite("state", match_id, "names", 0, 1, 0, 1_000, '{"home":{"name":"Étoile"}}')
    kick_off = event(match_id, "kick off", 0, 1, match_status="LIVE")
    state_now = state(match_id, 2, happened_ms=1_534_791_600_123, home_possession=0.512)
    assert writer.write([state_now, home, named, kick_off]) == 4
    # The search index takes in the whole document each time.
    assert client.info("commandstats")["cmdstat_json.merge"]["calls"] == 1
    document = client.json().get(keys.match_state(match_id))
    assert document["home"] == {"shots": 3, "name": "Étoile"}
    assert document["happened_ms"] == 1_534_791_600_123
    assert document["home_possession"] == 0.512
    assert document["score"]["computed"] == {"home": 0, "away": 0}
    assert document["status"] == "LIVE"


def test_a_document_of_another_type_refuses_what_is_merged_and_keeps_the_rest(
    client: redis.Redis, writer: RedisWriter, match_id: str
) -> None:
    client.set(keys.match_state(match_id), "not a document")
    minute = LiveWrite("window", match_id, "minute:0", 0, 1, 0, 1_000, "{}")
    for _ in range(2):
        with pytest.raises(RefusedError) as refused:
            writer.write([minute, computed(match_id, 1, 1, 0), state(match_id, 1)])
        assert list(refused.value.refused) == [1]
    assert client.hgetall(keys.match_windows(match_id)) == {"minute:0": "{}"}


def test_a_generation_overwrites_its_equals_and_nothing_newer(
    client: redis.Redis, writer: RedisWriter, match_id: str
) -> None:
    again = RedisWriter(client, Redis(), generation=1)
    writer.write([state(match_id, 9, 2, clock="old code")])
    assert again.write([state(match_id, 8, 9, clock="replay, not there yet")]) == 0
    assert again.write([state(match_id, 9, 1, clock="new code")]) == 1
    assert client.json().get(keys.match_state(match_id)) == {"clock": "new code"}
    assert writer.write([state(match_id, 10, clock="live, later")]) == 1
    assert client.json().get(keys.match_state(match_id)) == {"clock": "live, later"}


def test_the_timeline_is_in_the_order_of_the_game(
    client: redis.Redis, writer: RedisWriter, match_id: str
) -> None:
    writer.write([event(match_id, "b", 20, 1), event(match_id, "a", 30, 2)])
    writer.write([event(match_id, "c", 10, 3)])
    assert client.zrange(keys.match_timeline(match_id), 0, -1) == ["c", "b", "a"]


def test_a_deleted_event_does_not_come_back_with_an_older_version(
    client: redis.Redis, writer: RedisWriter, match_id: str
) -> None:
    writer.write([event(match_id, "a", 10, 1)])
    writer.write([event(match_id, "a", 10, 3, kind="drop")])
    writer.write([event(match_id, "a", 10, 2)])
    assert client.zcard(keys.match_timeline(match_id)) == 0
    assert client.hlen(keys.match_events(match_id)) == 0


def test_the_clock_is_that_of_the_last_event_also_when_it_is_taken_back(
    client: redis.Redis, writer: RedisWriter, match_id: str
) -> None:
    def clock() -> Any:
        return client.json().get(keys.match_state(match_id), "$.clock")

    writer.write([computed(match_id, 1, 0, 0), event(match_id, "a", 10, 1)])
    writer.write([event(match_id, "b", 30, 2), event(match_id, "after", 90, 3, period=0)])
    assert clock() == ["30:00"]
    writer.write([event(match_id, "b", 5, 4)])
    assert clock() == ["10:00"]
    writer.write([event(match_id, "a", 10, 5, kind="drop")])
    assert clock() == ["05:00"]


def test_the_score_is_the_one_asserted_last_and_without_one_the_computed_one(
    client: redis.Redis, writer: RedisWriter, match_id: str
) -> None:
    def shown() -> tuple[Any, ...]:
        document = client.json().get(keys.match_state(match_id))
        score = document["score"]
        return score["home"], score["away"], document["quality"]["score_disagrees"]

    writer.write([computed(match_id, 1, 1, 0)])
    assert shown() == (1, 0, False)
    writer.write([event(match_id, "a", 10, 2, home_score=2, away_score=0)])
    assert shown() == (2, 0, True)
    free_throws = [
        event(match_id, key, 11, 3, home_score=home, away_score=0)
        for key, home in (("first", 3), ("and second", 4))
    ]
    writer.write(free_throws)
    assert shown() == (4, 0, True)
    for number, key in enumerate(("a", "first", "and second")):
        writer.write([event(match_id, key, 0, 4 + number, kind="drop")])
    assert shown() == (1, 0, False)
    assert "asserted" not in client.json().get(keys.match_state(match_id))["score"]


def test_an_event_whose_correction_asserts_nothing_leaves_scores_and_statuses(
    client: redis.Redis, writer: RedisWriter, match_id: str
) -> None:
    goal = event(match_id, "goal", 20, 2, home_score=1, away_score=0, match_status="BREAK")
    writer.write([computed(match_id, 1, 0, 0), goal])
    document = client.json().get(keys.match_state(match_id))
    assert (document["score"]["home"], document["status"]) == (1, "BREAK")
    writer.write([event(match_id, "goal", 20, 3)])
    document = client.json().get(keys.match_state(match_id))
    assert (document["score"]["home"], document["status"]) == (0, "LIVE")


def test_the_status_of_a_match_whose_keys_had_expired_is_unknown_until_an_event_says_it(
    client: redis.Redis, writer: RedisWriter, match_id: str
) -> None:
    def status() -> Any:
        return client.json().get(keys.match_state(match_id), "$.status")

    corrected = state(match_id, 9, events=2, score={"computed": {"home": 1, "away": 0}})
    writer.write([corrected, event(match_id, "goal", 20, 9)])
    assert status() == ["UNKNOWN"]
    writer.write([event(match_id, "end", 90, 10, match_status="ENDED")])
    assert status() == ["ENDED"]
    writer.write([event(match_id, "end", 90, 11)])
    assert status() == ["LIVE"]


def test_a_text_that_reads_like_no_score_hides_none(
    client: redis.Redis, writer: RedisWriter, match_id: str
) -> None:
    named = '"home_score":null "match_status":null'
    goal = event(match_id, "goal", 20, 2, player_name=named, home_score=1, away_score=0)
    writer.write([computed(match_id, 1, 0, 0), goal])
    assert client.json().get(keys.match_state(match_id), "$.score.home") == [1]


def test_an_event_that_ends_the_match_outlasts_later_ones_until_it_is_taken_back(
    client: redis.Redis, writer: RedisWriter, match_id: str
) -> None:
    def status() -> Any:
        return client.json().get(keys.match_state(match_id), "$.status")

    writer.write([computed(match_id, 1, 0, 0)])
    assert status() == ["LIVE"]
    writer.write([event(match_id, "end", 90, 2, match_status="ENDED")])
    writer.write([event(match_id, "late", 95, 3, match_status="LIVE")])
    assert status() == ["ENDED"]
    writer.write([event(match_id, "end", 90, 4, kind="drop")])
    assert status() == ["LIVE"]


def test_an_ended_match_lives_longer_and_is_not_shortened_again(
    client: redis.Redis, writer: RedisWriter, match_id: str
) -> None:
    key = keys.match_state(match_id)
    writer.write([state(match_id, 1)])
    assert 0 < client.ttl(key) <= 100
    writer.write([computed(match_id, 2, 0, 0), event(match_id, "a", 9, 2, match_status="ENDED")])
    writer.write([state(match_id, 3)])
    assert 100 < client.ttl(key) <= 1000


def test_no_key_of_a_match_goes_before_the_others(
    client: redis.Redis, writer: RedisWriter, match_id: str
) -> None:
    asserted = event(match_id, "a", 9, 1, home_score=1, away_score=0, match_status="LIVE")
    window = LiveWrite("window", match_id, "minute:0", 0, 1, 0, 1_000, "{}")
    writer.write([computed(match_id, 1, 1, 0), asserted, window])
    writer.write([event(match_id, "end", 90, 2, match_status="ENDED")])
    lives = {key: client.ttl(key) for key in client.scan_iter(f"match:*{match_id}*")}
    assert len(lives) == 7
    assert all(100 < life <= 1000 for life in lives.values()), lives


def test_a_write_is_told_with_the_time_of_its_newest_message(
    client: redis.Redis, writer: RedisWriter, match_id: str
) -> None:
    with client.pubsub(ignore_subscribe_messages=True) as updates:
        updates.subscribe(keys.UPDATES)
        updates.get_message(timeout=30)
        writer.write([state(match_id, 1)])
        message = updates.get_message(timeout=30)
    assert message is not None
    assert message["data"] == f"{match_id} 1000 state"


def test_the_index_is_made_once(client: redis.Redis) -> None:
    create_match_index(client)
    assert create_match_index(client) is False


def test_all_keys_of_a_match_are_in_one_slot_of_a_cluster() -> None:
    assert len({key_slot(key.encode()) for key in keys.of_match("opta:1")}) == 1


def poll_result(poll_id: str, revision: int, **says: Any) -> LiveWrite:
    body = json.dumps({"id": poll_id, "status": "ACTIVE", "revision": revision, **says})
    return LiveWrite("poll", poll_id, keys.POLL_UPDATES, 0, revision, 0, revision, body)


def test_a_result_of_a_poll_is_told_once_and_an_older_one_never(
    client: redis.Redis, writer: RedisWriter, match_id: str
) -> None:
    with client.pubsub() as channel:
        channel.subscribe(keys.POLL_UPDATES)
        assert channel.get_message(timeout=30)["type"] == "subscribe"
        for revision in (2_000, 1_500, 2_000, 2_500):
            writer.write([poll_result(match_id, revision, voters=revision)])
        told = [json.loads(channel.get_message(timeout=30)["data"])["revision"] for _ in range(2)]
        assert told == [2_000, 2_500]
        assert channel.get_message(timeout=0.2) is None
    assert client.json().get(keys.poll_results(match_id))["voters"] == 2_500


def test_a_poll_stays_until_it_is_archived(
    client: redis.Redis, writer: RedisWriter, match_id: str
) -> None:
    writer.write([poll_result(match_id, 1_000)])
    assert client.ttl(keys.poll_results(match_id)) == -1
    writer.write([poll_result(match_id, 2_000, status="ARCHIVED")])
    for key in (keys.poll_results(match_id), keys.poll_revisions(match_id)):
        assert 900 < client.ttl(key) <= 1000

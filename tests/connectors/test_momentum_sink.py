"""How much each side presses, in a real Redis: the script adds steps up to windows."""

from __future__ import annotations

import json
from uuid import uuid4

import pytest
import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.live_write import LiveWrite
from connectors.patience import RefusedError
from connectors.redis_sink import RedisWriter
from schemas.redis import keys

pytestmark = pytest.mark.stack

MINUTE_MS = 60_000


def attack(match_id: str, step_ms: int, major: int, home: int, away: int = 0) -> LiveWrite:
    body = f'{{"home":{home},"away":{away}}}'
    return LiveWrite("attack", match_id, f"attack:{step_ms}", 0, major, 0, 1_000, body)


def added_up(client: redis.Redis, match_id: str) -> dict[int, tuple[int, int]]:
    """Momentum: when a window ends -> what the sides have."""
    windows = {
        int(name.removeprefix("momentum:")): json.loads(body)
        for name, body in client.hgetall(keys.match_windows(match_id)).items()
        if name.startswith("momentum:")
    }
    return {end: (window["home"], window["away"]) for end, window in windows.items()}


def test_a_step_is_in_the_thirty_windows_of_momentum_that_contain_it(
    client: redis.Redis, writer: RedisWriter, match_id: str
) -> None:
    writer.write([attack(match_id, MINUTE_MS, 1, 3)])
    ends = range(MINUTE_MS + 10_000, MINUTE_MS + 300_001, 10_000)
    assert added_up(client, match_id) == dict.fromkeys(ends, (3, 0))


@given(
    st.lists(
        st.tuples(st.integers(0, 60), st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=40
    ),
    st.integers(1, 40),
)
@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_windows_of_momentum_are_the_sums_of_the_last_writes_of_their_steps(
    client: redis.Redis, writer: RedisWriter, said: list[tuple[int, int, int]], batch: int
) -> None:
    match_id = f"test:{uuid4()}"
    writes = [
        attack(match_id, MINUTE_MS + step * 10_000, major, home, away)
        for major, (step, home, away) in enumerate(said)
    ]
    for start in range(0, len(writes), batch):
        writer.write(writes[start : start + batch])
    last = {MINUTE_MS + step * 10_000: (home, away) for step, home, away in said}
    for end, (home, away) in added_up(client, match_id).items():
        within = [last[step] for step in last if end - 300_000 <= step < end]
        assert (home, away) == (sum(one for one, _ in within), sum(one for _, one in within))
    assert added_up(client, match_id).keys() == {
        step + ahead for step in last for ahead in range(10_000, 300_001, 10_000)
    }


def test_a_step_of_another_form_is_refused_and_keeps_the_rest(
    client: redis.Redis, writer: RedisWriter, match_id: str
) -> None:
    broken = LiveWrite("attack", match_id, "attack:later", 0, 1, 0, 1_000, "{}")
    with pytest.raises(RefusedError) as refused:
        writer.write([broken, attack(match_id, MINUTE_MS, 1, 1)])
    assert (list(refused.value.refused), refused.value.written) == ([0], 1)
    assert client.hget(keys.match_windows(match_id), f"momentum:{MINUTE_MS + 10_000}")

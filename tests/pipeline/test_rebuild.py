"""Redis loses its data, all or a part, and is made again from Kafka while matches go on."""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from typer.testing import CliRunner

from connectors.feeds.publisher import Publisher
from schemas.generated.touchline.v1.poll_pb2 import CLOSE
from schemas.generated.touchline.v1.score_pb2 import Score
from schemas.redis import keys
from simulator.disorder import Rates
from tests.pipeline.oracle import expected
from tests.pipeline.system import System
from tests.pipeline.test_pipeline import Messages, simulated, wait_for
from tests.pipeline.test_polls import Polls
from touchline.commands.rebuild import app
from touchline.redis_content import Content, changed, content, wait_until_quiet

pytestmark = pytest.mark.stack

JOBS = ("normalize", "match_state", "polls", "leaderboards")

RATES = Rates(edits=0.05, deletes=0.03, duplicates=0.03, late=0.02, shuffle=20)
SEEDS = {"before": 101, "meanwhile": 202}
MESSAGES_A_SECOND = 200


def rebuild(*arguments: str) -> dict[str, Any]:
    result = CliRunner().invoke(app, ["redis", "--yes", "--json", *arguments])
    assert result.exit_code == 0, (result.stderr, result.exception)
    done: dict[str, Any] = json.loads(result.stdout)
    return done


@contextmanager
def going_on(system: System, messages: Messages) -> Iterator[None]:
    """A feed that comes in meanwhile, all of it by the end."""

    def feed() -> None:
        for start in range(0, len(messages), MESSAGES_A_SECOND):
            system.publish("opta", messages[start : start + MESSAGES_A_SECOND])
            time.sleep(1)

    thread = threading.Thread(target=feed)
    thread.start()
    try:
        yield
    finally:
        thread.join()


def send_scores(system: System, member: str) -> None:
    with Publisher(system.settings.kafka, system.settings.kafka.scores) as publisher:
        for number in range(6):
            score = Score(
                board="game", member=f"{member}-{number % 3}", score_id=f"{member}{number}",
                value=number, at_ms=1_795_348_800_000 + number, region="es", name="Ann Ä. 😀",
            )  # fmt: skip
            publisher.send(score.SerializeToString(), f"game:{score.member}")


def final_poll(system: System) -> Polls:
    poll = Polls(system)
    poll.open()
    poll.wait_for("status", "ACTIVE")
    poll.vote(poll.crowd(100))
    poll.command(CLOSE)
    poll.wait_for("final", True)
    return poll


def settled(system: System) -> Content:
    """All but the counters of feeds, which come back when they have grown."""
    wait_until_quiet(system.redis, quiet_s=4, at_most_s=120)
    return content(system.redis, ("match:", "player:", "poll:", "leaderboard:"))


def test_what_redis_lost_is_made_again_to_the_byte_while_matches_go_on(system: System) -> None:
    earlier = simulated("opta", 2, SEEDS["before"], RATES)
    system.publish("opta", earlier)
    send_scores(system, f"m{uuid.uuid4().hex[:8]}")
    poll = final_poll(system)
    matches, _, _ = expected("opta", earlier)
    wait_for(system, matches)
    # The keys that nobody writes to meanwhile.
    quiet = tuple(f"match:{{{match_id}}}:" for match_id in matches)
    quiet = (*quiet, f"poll:{{{poll.id}}}:", "leaderboard:{game:")
    wait_until_quiet(system.redis, quiet_s=4, at_most_s=120)
    before = content(system.redis, quiet)
    later = simulated("opta", 2, SEEDS["meanwhile"], RATES)

    with going_on(system, later):
        time.sleep(2)
        system.redis.flushall()
        done = rebuild()
    meanwhile, _, _ = expected("opta", later)
    wait_for(system, matches | meanwhile)
    everything = settled(system)

    assert changed(before, content(system.redis, quiet)) == []
    # Of the matches that went on, the jobs had written what came after the loss.
    assert done["matches"]["replaced"] <= len(meanwhile)
    assert [done[part]["replaced"] for part in ("polls", "leaderboards")] == [0, 0]
    assert done["polls"]["written"] >= 1
    assert system.redis.execute_command("FT.SEARCH", "match_idx", "@sport:{soccer}")[0] >= 4
    # Nothing came in meanwhile: what the rebuild and the jobs made together is what it makes alone.
    system.redis.flushall()
    rebuild()
    assert changed(everything, settled(system)) == []


def test_what_lost_a_part_is_made_again_as_a_whole(system: System) -> None:
    before = settled(system)
    first, *_ = sorted(name for name in before if name.endswith(":windows"))
    match_id = first.removeprefix("match:{").removesuffix("}:windows")
    [player, *_] = sorted(
        name for name in before if name.startswith("player:") and name.endswith(":stats")
    )
    [result, *_] = sorted(name for name in before if name.endswith(":results"))
    [ranks, *_] = sorted(name for name in before if name.startswith("leaderboard:{game:"))
    system.redis.delete(first, keys.match_scores(match_id), player, result, ranks)

    done = rebuild()

    assert changed(before, settled(system)) == []
    assert {part: done[part]["replaced"] for part in done} == {
        "matches": 2,
        "polls": 1,
        "leaderboards": 1,
    }

"""Parts of what Kafka has, read once more beside the live jobs; and a job of Flink's own client."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from typing import Any

import pytest
from typer.testing import CliRunner

from schemas.redis import keys
from simulator.disorder import Rates
from tests.pipeline.oracle import expected
from tests.pipeline.system import System, eventually
from tests.pipeline.test_pipeline import assert_history_same, simulated, wait_for
from touchline.broker import Broker
from touchline.commands import replay
from touchline.flink_client import addresses
from touchline.redis_content import changed, content, wait_until_quiet
from touchline.settings import stack_dir
from touchline.stack import flink
from touchline.stack.tools import PROJECT

pytestmark = pytest.mark.stack

JOBS = ("normalize", "match_state")

OF_MATCHES = ("match:", "player:")

MESSAGES = simulated("opta", 2, 61, Rates(edits=0.05, deletes=0.02))
MATCHES, _, _ = expected("opta", MESSAGES)


def replayed(*arguments: str) -> dict[str, Any]:
    result = CliRunner().invoke(replay.app, ["--job", "match_state", "--json", *arguments])
    assert result.exit_code == 0, (result.stderr, result.exception)
    done: dict[str, Any] = json.loads(result.stdout)
    return done


def counts(system: System) -> int:
    """Records with counts of feeds: each replay of matches reads all of them, and at a checkpoint
    there may be more."""
    with Broker(system.settings.kafka) as broker:
        return len(list(broker.read(system.settings.kafka.feed_counts)))


@pytest.fixture(scope="module")
def played(system: System) -> System:
    """Two matches, all of them in Redis."""
    system.publish("opta", MESSAGES)
    wait_for(system, MATCHES)
    wait_until_quiet(system.redis, quiet_s=8, at_most_s=120)
    return system


def test_a_part_by_offsets_is_read_again_and_changes_nothing(played: System) -> None:
    with Broker(played.settings.kafka) as broker:
        events = [
            (one.partition(), one.offset())
            for one in broker.read(played.settings.kafka.match_events)
        ]
    before = content(played.redis, OF_MATCHES)
    partitions = {partition for partition, _ in events}
    first = ",".join(f"{partition}=10" for partition in sorted(partitions))
    last = ",".join(f"{partition}=50" for partition in sorted(partitions))
    part = [offset for _, offset in events if 10 <= offset < 50]
    least, done = counts(played), replayed("--from-offset", first, "--to", last)
    assert len(part) + least <= done["read"] <= len(part) + counts(played)
    assert changed(before, content(played.redis, OF_MATCHES)) == []


def test_a_part_by_time_is_read_again_and_changes_nothing(played: System) -> None:
    with Broker(played.settings.kafka) as broker:
        times = sorted(
            one.timestamp()[1] for one in broker.read(played.settings.kafka.match_events)
        )
    middle_ms = times[len(times) // 2]
    since = datetime.fromtimestamp(middle_ms / 1000, UTC).isoformat(timespec="milliseconds")
    before = content(played.redis, OF_MATCHES)
    later = sum(time >= middle_ms for time in times)
    least, done = counts(played), replayed("--from-timestamp", since)
    assert later + least <= done["read"] <= later + counts(played)
    assert changed(before, content(played.redis, OF_MATCHES)) == []


def test_a_higher_generation_overwrites_what_somebody_changed_in_one_match(played: System) -> None:
    changed_by_hand, left_alone = sorted(MATCHES)
    before = content(played.redis)
    for match_id in (changed_by_hand, left_alone):
        key = keys.match_state(match_id)
        played.redis.json().set(key, "$.home.passes", -1)
    replayed("--match", changed_by_hand)
    assert played.state(changed_by_hand)["home"]["passes"] == -1, (
        "it is no newer than what is there"
    )
    replayed("--match", changed_by_hand, "--from-beginning", "--generation", "1")
    after = content(played.redis, ("match:",))
    document = keys.match_state(changed_by_hand)
    assert after[document] == before[document]
    assert played.state(left_alone)["home"]["passes"] == -1, "it was not asked for"


def test_a_job_is_submitted_by_flinks_own_client(played: System) -> None:
    """As the README has it; the history job, which has not run yet, writes all that there was."""
    folder = stack_dir() / "flink"
    environment = {**os.environ, **flink.environment(folder)}
    python = sys.executable
    command = [
        f"{environment['FLINK_BIN_DIR']}/flink", "run", "-d", "-m", played.settings.flink.rest,
        "-pyclientexec", python, "-pyexec", python, "-py", "jobs/history.py",
        *(f"--set={one}" for one in addresses(played.settings)),
    ]  # fmt: skip
    done = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, (done.stdout[-2_000:], done.stderr[-2_000:])
    eventually(
        lambda: played.query("SELECT uniqExact(match_id) FROM match_events"),
        lambda rows: rows == [(len(MATCHES),)],
        "matches in ClickHouse",
    )
    eventually(
        lambda: [job.name for job in played.cluster.jobs() if job.at_work],
        lambda names: "touchline-history" in names,
        "the job at work",
    )
    assert_history_same(played, MATCHES)

"""The jobs on the embedded stack, submitted once for all tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.pipeline.system import OVERRIDES, System
from touchline.flink_client import JOBS, Client, Submission
from touchline.flink_cluster import Cluster
from touchline.prepare import prepare
from touchline.settings import Settings


@pytest.fixture(scope="session")
def system(stack: dict[str, dict[str, str]]) -> Iterator[System]:
    """All jobs at work, with checkpoints often enough for a test."""
    settings = Settings.load()
    prepare(settings)
    client = Client(Submission(JOBS, overrides=OVERRIDES), settings)
    try:
        client.wait()
        with Cluster(settings.flink.rest) as cluster:
            system = System(settings, cluster)
            system.wait_until_at_work()
            yield system
    finally:
        client.stop()

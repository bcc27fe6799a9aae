"""The jobs on the embedded stack: those of a module run while its tests do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest

from tests.pipeline.emptied import empty
from tests.pipeline.system import OVERRIDES, System
from touchline.flink_client import Client, Submission
from touchline.flink_cluster import Cluster
from touchline.prepare import prepare
from touchline.settings import Settings


@pytest.fixture(scope="module")
def system(request: pytest.FixtureRequest, stack: dict[str, dict[str, str]]) -> Iterator[System]:
    """The jobs that the module names as JOBS, at work, with its SETTINGS, if it has any, and with
    checkpoints often enough for a test.

    Not all jobs for all tests: after a TaskManager was killed, each takes its time to start. And
    from nothing: the simulator gives matches of other seeds the same ids.
    """
    overrides = getattr(request.module, "SETTINGS", ())
    settings = Settings.load(overrides)
    empty(settings)
    prepare(settings)
    jobs = request.module.JOBS
    with Cluster(settings.flink) as cluster, running(jobs, settings, cluster, overrides):
        system = System(settings, cluster)
        system.wait_until_at_work()
        yield system


@contextmanager
def running(
    jobs: Sequence[str], settings: Settings, cluster: Cluster, overrides: Sequence[str] = ()
) -> Iterator[None]:
    """Submit jobs, and cancel at the end what runs of them then."""
    client = Client(Submission(jobs, overrides=(*OVERRIDES, *overrides)), settings)
    try:
        client.wait()
        yield
    finally:
        client.stop()
        for job in cluster.jobs():
            if not job.over:
                cluster.cancel(job.id)
                for _ in cluster.until_over(job.id):
                    pass

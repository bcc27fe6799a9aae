"""The secured servers, started once for the tests that need them all."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.security.servers import Servers
from touchline.stack import guard


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """Certificates, passwords and a folder; a test starts what it needs. While they are there,
    `Settings.load()` does not give the addresses of another stack."""
    prepared = Servers.prepared(tmp_path_factory.mktemp("secured"))
    before = os.environ.get("TOUCHLINE_HOME")
    os.environ["TOUCHLINE_HOME"] = str(prepared.home)
    try:
        prepared.processes.start("guarded", ["sleep", "3600"])
        guard.watch()  # for a session that is killed
        yield prepared
    finally:
        prepared.processes.stop()
        if before is None:
            del os.environ["TOUCHLINE_HOME"]
        else:
            os.environ["TOUCHLINE_HOME"] = before

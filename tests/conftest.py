"""What tests of all folders share."""

from __future__ import annotations

import os
from collections.abc import Iterator

import hypothesis
import pytest

from touchline.stack import guard
from touchline.stack import stack as embedded

# A loaded machine is no failure: no example has a deadline.
hypothesis.settings.register_profile("touchline", deadline=None)
hypothesis.settings.load_profile("touchline")


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, dict[str, str]]]:
    """The embedded stack, started once for the session in a folder and on ports of its own.

    While it runs, `Settings.load()` gives its addresses. Gives them in the settings' shape.
    """
    before = os.environ.get("TOUCHLINE_HOME")
    os.environ["TOUCHLINE_HOME"] = str(tmp_path_factory.mktemp("stack"))
    try:
        addresses = embedded.up(ports=dict.fromkeys(embedded.PORTS, 0))
        guard.watch()  # for a session that is killed
        yield addresses
    finally:
        embedded.down()
        if before is None:
            del os.environ["TOUCHLINE_HOME"]
        else:
            os.environ["TOUCHLINE_HOME"] = before

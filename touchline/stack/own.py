"""A stack of a program's own, beside whatever else this machine is set up for.

A demo or a benchmark starts a stack, uses it and stops it. Addresses, users and versions that the
environment and `touchline.toml` say are those of another system.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from touchline.setting_sources import CONFIG, is_setting
from touchline.settings import Settings, stack_dir
from touchline.stack import stack

HOME = "TOUCHLINE_HOME"


@contextmanager
def own_stack(home: Path) -> Iterator[None]:
    """Within, the stack is the one in `home`, and no settings of the environment or of a file
    count, here and in what is started from here: Flink's client, the jobs' programs that it runs.
    """
    before = {name: value for name, value in os.environ.items() if _concerns(name)}
    for name in before:
        del os.environ[name]
    os.environ.update({HOME: str(home), CONFIG: ""})
    try:
        yield
    finally:
        for name in (HOME, CONFIG):
            del os.environ[name]
        os.environ.update(before)


def own_settings() -> Settings:
    """The defaults, with the addresses of the stack, known since its first service was started."""
    return Settings.model_validate(stack.addresses(stack.recorded_ports(stack_dir())))


def _concerns(variable: str) -> bool:
    return variable in (HOME, CONFIG) or is_setting(variable)

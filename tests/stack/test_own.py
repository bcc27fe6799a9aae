"""A stack of one's own: what is set up for another one does not count."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from touchline.settings import Settings, stack_dir
from touchline.stack import stack
from touchline.stack.own import own_settings, own_stack
from touchline.stack.tools import PROJECT

ANOTHER = {
    "TOUCHLINE_KAFKA__BOOTSTRAP": "broker:9093",
    "TOUCHLINE_KAFKA__SECURITY": "SASL_SSL",
    "TOUCHLINE_KAFKA__USER": "jobs",
    "TOUCHLINE_KAFKA__PASSWORD": "env:SOME_PASSWORD",
    "TOUCHLINE_JOBS__VERSION": "green",
}
FILE = '[redis]\nuser = "operator"\n[flink]\ntls = true\n[clickhouse]\nuser = "reader"\n'


@pytest.fixture(autouse=True)
def another_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An operator's folder and environment."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "touchline.toml").write_text(FILE)
    for name, value in ANOTHER.items():
        monkeypatch.setenv(name, value)


def a_stack_in(home: Path) -> None:
    """Of a stack that has begun to start: its ports."""
    home.mkdir()
    ports = {name: 7000 + place for place, name in enumerate(stack.PORTS)}
    (home / "ports.json").write_text(json.dumps(ports))


def test_its_settings_are_the_defaults_and_its_addresses(tmp_path: Path) -> None:
    a_stack_in(tmp_path / "own")
    with own_stack(tmp_path / "own"):
        settings = own_settings()
        assert settings.model_dump(exclude_defaults=True) == {
            one.name: {name: one.address}
            for one, name in zip(stack.status(), ("bootstrap", "url", "url", "rest"), strict=True)
        }
        assert settings.kafka.bootstrap == "127.0.0.1:7000"


def test_within_nothing_of_another_system_is_loaded_here_or_in_a_process(tmp_path: Path) -> None:
    show = "from touchline.settings import Settings; print(Settings.load() == Settings())"
    with own_stack(tmp_path / "own"):
        assert Settings.load() == Settings()
        assert stack_dir() == tmp_path / "own"
        shown = subprocess.run(
            [sys.executable, "-c", show],
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONPATH": str(PROJECT)},
        )
    assert shown.stdout == "True\n"


def test_afterwards_all_is_as_it_was(tmp_path: Path) -> None:
    before, settings = dict(os.environ), Settings.load()
    with own_stack(tmp_path / "own"):
        pass
    assert dict(os.environ) == before
    assert Settings.load() == settings
    assert settings.redis.user == "operator"

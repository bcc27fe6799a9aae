"""What the doctor finds, and what it advises."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest
from typer.testing import CliRunner

from touchline.commands.stack import app
from touchline.stack import doctor, flink_memory, ports, stack, tools


def check(name: str) -> doctor.Check:
    (found,) = [one for one in doctor.checks() if one.name == name]
    return found


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TOUCHLINE_HOME", str(tmp_path / "not" / "yet" / "there"))
    return tmp_path


def test_what_is_there_needs_no_hint() -> None:
    assert all(not one.hint for one in doctor.checks() if one.ok)


def test_what_is_missing_has_a_hint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tools, "FLINK_JARS", tmp_path)
    monkeypatch.setattr(doctor, "MODULES", {"no_such_module": "nothing"})
    monkeypatch.setattr(doctor, "DISK_GB", 10**9)
    monkeypatch.setattr(doctor, "MEMORY_GB", 10**9)
    wrong = {one.name: one for one in doctor.checks() if not one.ok}
    assert {"jars", "Python packages", "disk", "memory"} <= set(wrong)
    assert "make jars" in wrong["jars"].hint
    assert "no_such_module" in wrong["Python packages"].found
    assert not wrong["memory"].required


def test_who_has_little_memory_is_told_what_takes_less(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "MEMORY_GB", 10**9)
    monkeypatch.setenv("TOUCHLINE_HOME", str(home))
    run = home / "run"
    run.mkdir()
    (run / "flink-taskmanager-1.pid").touch()
    few = check("memory").hint
    assert "taskmanager.memory.process.size" in few
    assert flink_memory.setting(tools.FLINK_CONF, "taskmanager.memory.process.size") in few
    assert "touchline up" not in few
    (run / "flink-taskmanager-2.pid").touch()
    assert "start one only" in check("memory").hint


def test_a_missing_jdk_says_how_to_get_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    jdk = check("JDK 17")
    assert not jdk.ok
    assert "apt install" in jdk.hint


def test_another_jdk_is_not_good_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "bin" / "java"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho 'openjdk version \"11.0.2\" 2019-01-15' >&2\n")
    program.chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    jdk = check("JDK 17")
    assert not jdk.ok
    assert "11.0.2" in jdk.found


def test_a_taken_port_is_named_and_is_no_obstacle(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server((ports.LOOPBACK, 0)) as server:
        port = server.getsockname()[1]
        monkeypatch.setitem(stack.PORTS, "redis", port)
        found = check("default ports")
    assert f"{port} (redis)" in found.found
    assert not found.ok
    assert not found.required


def test_the_command_fails_only_if_something_required_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    note = doctor.Check("memory", False, "1 GB", "buy some", required=False)
    error = doctor.Check("jars", False, "none", "`make jars`")
    monkeypatch.setattr(doctor, "checks", lambda: [note])
    assert CliRunner().invoke(app, ["doctor"]).exit_code == 0
    monkeypatch.setattr(doctor, "checks", lambda: [note, error])
    result = CliRunner().invoke(app, ["doctor", "--json"])
    assert result.exit_code == 1
    assert [one["name"] for one in json.loads(result.stdout)] == ["memory", "jars"]

"""The command line as a whole: its list, its errors, its start."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec

import pytest
from typer.testing import CliRunner

from touchline import cli
from touchline.commands import stack as commands
from touchline.errors import TouchlineError
from touchline.settings import SettingsError


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "touchline", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def available() -> list[str]:
    return [
        name
        for name, entry in cli.COMMANDS.items()
        if find_spec(f"touchline.commands.{entry.module}")
    ]


def test_help_lists_every_command_with_its_summary() -> None:
    text = run("--help").stdout
    for name in available():
        assert name in text
        assert cli.COMMANDS[name].summary.split(":")[0] in " ".join(text.split())


def test_help_is_quick_because_no_command_is_imported() -> None:
    probe = "import sys, touchline.cli; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True).stdout
    for heavy in ("pydantic", "confluent_kafka", "httpx", "rich", "touchline.settings"):
        assert heavy not in loaded.split()


@pytest.mark.parametrize("name", available())
def test_every_command_has_help_with_examples(name: str) -> None:
    result = run(name, "--help")
    assert result.returncode == 0, result.stderr
    assert "touchline " in result.stdout
    assert "completion" not in result.stdout


def test_no_arguments_show_the_help() -> None:
    assert "Commands:" in run().stdout + run().stderr


def test_an_unknown_command_is_a_usage_error() -> None:
    result = run("no-such-command")
    assert result.returncode == 2
    assert "no-such-command" in result.stderr


@pytest.mark.parametrize(
    ("error", "code", "text"),
    [
        (TouchlineError("no jars", "run `make jars`"), 1, "touchline: no jars\nrun `make jars`\n"),
        (TouchlineError("no jars"), 1, "touchline: no jars\n"),
        (SettingsError("setting kafka.nope: unknown"), 2, "touchline: setting kafka.nope: unknown"),
    ],
)
def test_an_error_is_one_line_and_the_next_step(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: Exception,
    code: int,
    text: str,
) -> None:
    def fails() -> None:
        raise error

    monkeypatch.setattr(cli, "root", lambda: type("Root", (), {"main": lambda **_: fails()}))
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == code
    assert capsys.readouterr().err.startswith(text)


def test_a_bug_is_not_dressed_up_as_a_wrong_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(**_: object) -> None:
        raise ValueError("a bug")

    monkeypatch.setattr(cli, "root", lambda: type("Root", (), {"main": staticmethod(fails)}))
    with pytest.raises(ValueError, match="a bug"):
        cli.main()


def test_status_of_a_stack_that_never_ran(
    tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOUCHLINE_HOME", str(tmp_path))
    result = CliRunner().invoke(commands.app, ["status"])
    assert result.exit_code == commands.NOT_RUNNING
    assert result.stdout.count("stopped") == 4


def test_down_where_nothing_runs_is_no_error(
    tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOUCHLINE_HOME", str(tmp_path))
    result = CliRunner().invoke(commands.app, ["down"])
    assert (result.exit_code, result.stdout) == (0, "nothing was running\n")
    assert CliRunner().invoke(commands.app, ["down", "--json"]).stdout == '{"stopped": false}\n'

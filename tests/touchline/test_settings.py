"""Where settings come from, which one counts, and what is said of a wrong one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from touchline.flink_client import addresses
from touchline.settings import Settings, SettingsError
from touchline.stack.tools import PROJECT


@pytest.fixture(autouse=True)
def nothing_is_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TOUCHLINE_HOME", str(tmp_path / "stack"))


def config(text: str) -> None:
    Path("touchline.toml").write_text(text)


def error(*overrides: str) -> str:
    with pytest.raises(SettingsError) as raised:
        Settings.load(overrides)
    text = str(raised.value)
    assert "\n" not in text
    return text


def test_the_first_source_that_has_a_value_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "stack").mkdir()
    (tmp_path / "stack" / "stack.json").write_text(
        '{"kafka": {"bootstrap": "stack:1", "user": "stack", "match_events": "stack"}}'
    )
    config('[kafka]\nbootstrap = "file:1"\nuser = "file"\nscores = "file"')
    monkeypatch.setenv("TOUCHLINE_KAFKA__BOOTSTRAP", "environment:1")
    monkeypatch.setenv("TOUCHLINE_KAFKA__POLL_VOTES", "environment")
    kafka = Settings.load(["kafka.bootstrap=given:1"]).kafka
    assert kafka.bootstrap == "given:1"
    assert (kafka.poll_votes, kafka.scores) == ("environment", "file")
    assert (kafka.user, kafka.match_events) == ("file", "stack")
    assert kafka.poll_control == "poll-control"


def test_settings_that_are_not_loaded_are_the_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOUCHLINE_KAFKA__BOOTSTRAP", "environment:1")
    assert Settings().kafka.bootstrap == "127.0.0.1:9092"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[kafak]\nbootstrap = "x:1"', "setting kafak: not known; near it: kafka"),
        (
            '[leaderboard.game]\norder = "ascending"',
            "near it: leaderboards",
        ),
        ("[nothing_like_it]", "setting nothing_like_it: not known (touchline.toml)"),
        ('[kafka]\nbootstrp = "x:1"', "kafka.bootstrp: not known; near it: bootstrap"),
        ('[leaderboards.game]\nordr = "x"', "leaderboards.game.ordr: not known; near it: order"),
        ("partitions = 4", "setting partitions: not known"),
        ("[jobs]\nparallelism = 0", "setting jobs.parallelism: Input should be greater"),
    ],
)
def test_a_name_in_the_file_that_is_not_known_is_told_with_what_is_near_and_the_file(
    text: str, said: str
) -> None:
    config(text)
    assert said in error()
    assert "touchline.toml" in error()


def test_all_that_is_wrong_is_told_at_once() -> None:
    config("[kafak]\n[jobs]\nparallelism = 0")
    assert "kafak" in error()
    assert "jobs.parallelism" in error()


def test_a_variable_of_a_section_that_is_not_known_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOUCHLINE_KAFAK__BOOTSTRAP", "x:1")
    assert error() == "setting kafak: not known; near it: kafka (TOUCHLINE_KAFAK__BOOTSTRAP)"


def test_a_wrong_value_is_told_with_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    config("[jobs]\nparallelism = 2")
    monkeypatch.setenv("TOUCHLINE_JOBS__PARALLELISM", "many")
    assert error().startswith("setting jobs.parallelism: ")
    assert error().endswith("(TOUCHLINE_JOBS__PARALLELISM)")
    assert error("jobs.parallelism=all").endswith("(--set jobs.parallelism)")


def test_the_folder_of_samples_is_no_section(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOUCHLINE_FEEDS", "/samples")
    assert Settings.load() == Settings()


def test_a_file_that_is_named_must_be_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOUCHLINE_CONFIG", "/missing.toml")
    assert error() == "TOUCHLINE_CONFIG names /missing.toml: no such file"


def test_no_file_counts_if_none_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    config("[jobs]\nparallelism = 2")
    assert Settings.load().jobs.parallelism == 2
    monkeypatch.setenv("TOUCHLINE_CONFIG", "")
    assert Settings.load().jobs.parallelism == 1


@pytest.mark.parametrize("content", [b"[kafka\n", b"\xff"])
def test_a_file_that_is_no_toml_is_told(content: bytes) -> None:
    Path("touchline.toml").write_bytes(content)
    assert error().startswith("touchline.toml: ")


def test_a_list_that_is_no_json_is_told_by_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOUCHLINE_HEALTH__JOBS", '["normalize"]')
    assert Settings.load().health.jobs == ("normalize",)
    monkeypatch.setenv("TOUCHLINE_HEALTH__JOBS", "normalize")
    assert error() == 'TOUCHLINE_HEALTH__JOBS: wants JSON, as ["a", "b"] or {"a": 1}'
    assert error("health.jobs=normalize").startswith("TOUCHLINE_HEALTH__JOBS: wants JSON")


def test_a_section_of_your_own_may_be_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOUCHLINE_LEADERBOARDS", '{"laps": {"operator": "best"}}')
    assert list(Settings.load().leaderboards) == ["laps"]
    boards = Settings.load(['leaderboards.goals={"measure": "goals"}']).leaderboards
    assert boards["goals"].measure == "goals"
    aliases = Settings.load(['matches.aliases={"derby": ["opta:1"]}']).matches.aliases
    assert aliases == {"derby": ["opta:1"]}


@pytest.mark.parametrize("text", ["2", "true", "null", "42", "1e3"])
def test_text_that_looks_like_something_else_is_text(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings.load([f"jobs.version={text}", f"redis.user={text}"])
    assert (settings.jobs.version, settings.redis.user) == (text, text)
    monkeypatch.setenv("TOUCHLINE_REDIS__USER", text)
    assert Settings.load().redis.user == text


def test_what_is_passed_on_to_a_job_says_the_same_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOUCHLINE_REDIS__USER", "42")
    passed = addresses(Settings.load())
    monkeypatch.delenv("TOUCHLINE_REDIS__USER")
    assert Settings.load(passed).redis.user == "42"


def test_numbers_and_switches_are_read_from_text() -> None:
    settings = Settings.load(["jobs.parallelism=2", "flink.tls=true", "health.watch_s=0.5"])
    assert (settings.jobs.parallelism, settings.flink.tls, settings.health.watch_s) == (
        2,
        True,
        0.5,
    )


@pytest.mark.parametrize(
    "setting",
    [
        "jobs.parallelism=0",
        "jobs.checkpoint_interval_ms=-5",
        "jobs.state_ttl_h=inf",
        "jobs.live_bundle_ms=0",
        "polls.longest_h=0",
        "polls.shed_free_after_ms=-1",
        "kafka.partitions=0",
        "redis.live_ttl_s=0",
        "feeds.retry_limit=0",
        "feeds.heartbeat_s=nan",
        "health.watch_s=-1",
    ],
)
def test_a_number_that_makes_no_sense_is_refused(setting: str) -> None:
    assert error(setting).startswith(f"setting {setting.partition('=')[0]}: ")


@pytest.mark.parametrize("text", ["kafka", "kafka.user", "kafka=x", ".user=x", "kafka.=x"])
def test_what_is_no_setting_at_all_is_told(text: str) -> None:
    assert "--set wants section.name=value" in error(text)


def test_a_command_tells_of_a_wrong_file_in_one_line_and_exits_with_2() -> None:
    config("[kafka\n")
    done = subprocess.run(
        [sys.executable, "-m", "touchline", "state", "opta:1"],
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(PROJECT), "TOUCHLINE_HOME": "/nonexistent"},
        timeout=60,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("touchline: touchline.toml: ")
    assert "Traceback" not in done.stderr

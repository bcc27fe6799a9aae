"""What is handed to Flink's client, and what is read of what it says."""

from __future__ import annotations

from pathlib import Path

import pytest

from touchline.flink_client import (
    RETRIES,
    Submission,
    addresses,
    arguments,
    cause,
    command,
    configuration,
    python_cause,
)
from touchline.settings import Settings
from touchline.stack.tools import FLINK_CONF
from touchline.versions import job_title

SETTINGS = Settings.load(["kafka.bootstrap=broker:1", "redis.url=redis://r:2/0"])


def test_a_job_is_told_where_data_is_since_it_runs_elsewhere() -> None:
    told = addresses(SETTINGS)
    assert "kafka.bootstrap=broker:1" in told
    assert "redis.url=redis://r:2/0" in told


def test_the_password_is_no_argument_that_others_can_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HISTORY_PASSWORD", "hunter2")
    settings = Settings.load(["clickhouse.password=env:HISTORY_PASSWORD"])
    given = arguments(Submission(["history"]), settings)
    assert "clickhouse.password=env:HISTORY_PASSWORD" in given
    assert not any("hunter2" in text for text in given)


def test_what_the_user_sets_comes_after_the_addresses_and_so_wins() -> None:
    given = arguments(Submission(["history"], overrides=("kafka.bootstrap=mine:1",)), SETTINGS)
    assert given[-2:] == ["--set", "kafka.bootstrap=mine:1"]


def test_a_replay_is_told_its_bounds() -> None:
    submission = Submission(
        ["normalize"], start="offsets:0=1", end="latest", match="m", generation=2
    )
    given = arguments(submission, SETTINGS)
    assert given[:4] == ["--jobs", "normalize", "--from", "offsets:0=1"]
    assert given[4:10] == ["--to", "latest", "--match", "m", "--generation", "2"]


def test_a_live_job_reads_from_the_start_and_for_ever() -> None:
    given = arguments(Submission(["normalize", "history"]), SETTINGS)
    assert given[:4] == ["--jobs", "normalize,history", "--from", "earliest"]
    assert "--to" not in given


def test_a_replay_has_a_name_of_its_own() -> None:
    assert job_title("history") != job_title("history", replay=True)


def test_the_clients_configuration_leaves_the_clusters_own_to_it() -> None:
    text = """\
# a comment
rest.port: 8081
jobmanager.rpc.port: 6123
python.executable: python3
execution.checkpointing.dir: file:///tmp/x
execution.checkpointing.interval: 30 s
pipeline.object-reuse: true
"""
    assert configuration(text).splitlines() == [
        "execution.checkpointing.interval: 30 s",
        "pipeline.object-reuse: true",
        *RETRIES,
    ]


@pytest.mark.parametrize(
    ("output", "why"),
    [
        (["x", "Caused by: a.B: outer", "\tat c", "Caused by: d.EException: inner"], "inner"),
        (["org.apache.flink.util.FlinkException: no", "\tat c.d"], "no"),
        (["error: argument --to: bad", ""], "error: argument --to: bad"),
        ([], "it said nothing"),
    ],
)
def test_the_reason_of_a_failure_is_the_innermost_cause(output: list[str], why: str) -> None:
    assert cause(output) == why


def test_what_fails_in_a_jobs_main_program_is_told_by_the_clients_log() -> None:
    line = "2026-11-22 10:45:16,125 INFO  o.a.f.c.p.PythonDriver      [] - "
    log = f"{line}Traceback\n{line}NameError: name 'x' is not defined\n\tat java.Main\n"
    assert python_cause(log) == "NameError: name 'x' is not defined"
    planner = f"{line}: org.apache.flink.table.api.ValidationException: no such column\n"
    assert python_cause(planner).endswith("ValidationException: no such column")
    assert python_cause("") == ""


def test_flinks_client_is_told_of_tls_by_the_address(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text((FLINK_CONF / "config.yaml").read_text())
    plain = Settings.load(["flink.rest=flink:8081"])
    secure = Settings.load(["flink.rest=flink:8081", "flink.tls=true"])
    for settings, address in ((plain, "flink:8081"), (secure, "https://flink:8081")):
        given = command(Submission(["history"]), settings, tmp_path, tmp_path / "log")
        assert given[given.index("-m") + 1] == address

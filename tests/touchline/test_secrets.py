"""Secrets by reference, and what settings take where a secret belongs."""

from __future__ import annotations

from pathlib import Path

import pytest

from touchline.secrets import SecretError, is_reference, resolve
from touchline.settings import Settings, SettingsError

SECRET = "hunter2"


def test_a_variable_and_a_file_are_read_where_they_are_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOME_PASSWORD", SECRET)
    file = tmp_path / "password"
    file.write_text(f"{SECRET}\n")
    assert resolve("env:SOME_PASSWORD") == resolve(f"file:{file}") == SECRET
    assert resolve("") == ""


@pytest.mark.parametrize("place", ["env:NOT_SET_AT_ALL", "file:/not/there"])
def test_a_secret_that_is_not_there_is_told_by_its_place(place: str) -> None:
    with pytest.raises(SecretError, match=place.partition(":")[2]):
        resolve(place)


def test_what_is_no_reference_is_not_repeated_in_the_error() -> None:
    assert not is_reference(SECRET)
    with pytest.raises(ValueError, match="reference") as raised:
        resolve(SECRET)
    assert SECRET not in str(raised.value)


@pytest.mark.parametrize(
    "setting",
    [
        f"clickhouse.password={SECRET}",
        f"redis.password={SECRET}",
        f"redis.url=redis://:{SECRET}@host:6379/0",
        f"redis.url=redis://host:6379/0?password={SECRET}",
        f"clickhouse.url=https://somebody:{SECRET}@host:8443",
        f"kafka.password={SECRET}",
    ],
)
def test_a_secret_in_a_setting_is_an_error_that_does_not_repeat_it(setting: str) -> None:
    with pytest.raises(SettingsError) as raised:
        Settings.load([setting])
    assert setting.partition("=")[0] in str(raised.value)
    error: BaseException | None = raised.value
    while error is not None:
        assert SECRET not in str(error)
        error = error.__cause__


@pytest.mark.parametrize(
    "reference",
    ["file:relative/password", "file:/a b", "file:/a}b", 'file:/a"b', "env:A-B", "env:", "vault:x"],
)
def test_a_reference_must_mean_the_same_to_every_process(reference: str) -> None:
    with pytest.raises(SettingsError, match="file:/ABSOLUTE/PATH"):
        Settings.load([f"redis.password={reference}"])


def test_kafka_with_authentication_wants_user_and_password() -> None:
    with pytest.raises(SettingsError, match=r"kafka\.user and kafka\.password"):
        Settings.load(["kafka.security=SASL_SSL", "kafka.user=jobs"])


@pytest.mark.parametrize("user", ['a"b', "a b", "a;b", "a\\\\b"])
def test_a_user_cannot_end_the_text_that_it_is_put_into(user: str) -> None:
    with pytest.raises(SettingsError):
        Settings.load([f"kafka.user={user}"])

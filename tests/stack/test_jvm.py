"""Class archives: used when they fit, written by one process, replaced when the jars change."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from touchline.stack import jvm


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(jvm, "JVM_CACHE", tmp_path / "cache")
    return tmp_path / "cache"


@pytest.fixture
def jar(tmp_path: Path) -> Path:
    file = tmp_path / "one.jar"
    file.write_bytes(b"a")
    return file


def archive_options(jars: list[Path], write: bool) -> list[str]:
    command = jvm.command(jars, [], "Main", archive="kafka", write=write)
    return [option for option in command if ".jsa" in option]


def written(option: str) -> Path:
    return Path(option.partition("=")[2])


def test_one_process_writes_the_archive_and_the_others_do_without(cache: Path, jar: Path) -> None:
    (option,) = archive_options([jar], write=True)
    assert option.startswith("-XX:ArchiveClassesAtExit=")
    assert written(option).parent == cache
    assert archive_options([jar], write=False) == []


def test_an_archive_that_is_there_is_used(cache: Path, jar: Path) -> None:
    (option,) = archive_options([jar], write=True)
    written(option).touch()
    for write in (True, False):
        assert archive_options([jar], write) == [f"-XX:SharedArchiveFile={written(option)}"]


def test_other_jars_have_another_archive_which_replaces_the_old_one(cache: Path, jar: Path) -> None:
    (option,) = archive_options([jar], write=True)
    written(option).touch()
    jar.write_bytes(b"another")
    (other,) = archive_options([jar], write=True)
    assert other.startswith("-XX:ArchiveClassesAtExit=")
    assert written(other) != written(option)
    assert not written(option).exists()


@pytest.mark.parametrize("why", ["cannot be made", "belongs to somebody else"])
def test_what_is_kept_is_with_the_stack_where_the_project_may_not_be_written_to(
    cache: Path, jar: Path, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOUCHLINE_HOME", str(tmp_path / "home"))
    if why == "cannot be made":
        cache.write_text("a file in its way")
    else:
        may = os.access
        monkeypatch.setattr(jvm.os, "access", lambda path, how: path != cache and may(path, how))
    (option,) = archive_options([jar], write=True)
    assert written(option).parent == tmp_path / "home" / cache.name
    assert written(option).parent.is_dir()


def test_no_archive_is_wanted_by_default(jar: Path) -> None:
    command = jvm.command([jar], ["-Xmx1m"], "Main")
    assert command[1:] == ["-Xmx1m", "-cp", str(jar), "Main"]

"""What is installed has licences that are allowed, and one that is not is noticed."""

from __future__ import annotations

from pathlib import Path

import pytest

from docs import licences
from docs.licences import Dependency


def test_all_that_is_installed_may_be_used() -> None:
    page, refused = licences.report()
    assert refused == []
    for name in ("apache-flink", "confluent-kafka", "kafka-clients", "flink-sql-connector-kafka"):
        assert f"| {name} |" in page


@pytest.mark.parametrize(
    ("licence", "allowed"),
    [
        ("MIT", True),
        ("GPL-3.0-only", False),
        ("", False),
        ("GPL-2.0-only OR MIT", True),
        ("GPL-2.0-only AND MIT", False),
        ("SSPL-1.0 AND (Apache-2.0 OR MIT)", False),
        ("MPL-2.0 AND (Apache-2.0 OR MIT)", True),
    ],
)
def test_one_of_a_choice_must_be_allowed_and_all_of_a_sum(licence: str, allowed: bool) -> None:
    assert Dependency("some", "1", licence).allowed is allowed


@pytest.mark.parametrize(
    ("expression", "names"),
    [
        ("Apache-2.0 OR BSD-3-Clause", "Apache-2.0 OR BSD"),
        ("MPL-2.0 AND (Apache-2.0 OR MIT-0)", "MPL-2.0 AND (Apache-2.0 OR MIT)"),
        ("LGPL-3.0-only", "LGPL-3.0-only"),
    ],
)
def test_an_expression_keeps_its_meaning(expression: str, names: str) -> None:
    assert licences.named(expression) == names


POM = """<project xmlns="http://maven.apache.org/POM/4.0.0">{}</project>"""
PARENT = "<parent><groupId>a.b</groupId><artifactId>up</artifactId><version>2</version></parent>"
LICENCE = "<licenses><license><name>{}</name></license></licenses>"


def pom(repository: Path, artifact: str, version: str, content: str) -> None:
    folder = repository / "a" / "b" / artifact / version
    folder.mkdir(parents=True)
    (folder / f"{artifact}-{version}.pom").write_text(POM.format(content))


def test_a_jar_has_the_licence_of_the_nearest_parent_that_names_one(tmp_path: Path) -> None:
    pom(tmp_path, "up", "2", LICENCE.format("The Apache License, Version 2.0"))
    pom(tmp_path, "own", "1.0", PARENT)
    pom(tmp_path, "other", "1", PARENT + LICENCE.format("GNU General Public License"))
    found = licences.jars([Path("own-1.0.jar"), Path("other-1.jar"), Path("lost-1.jar")], tmp_path)
    assert found == [
        Dependency("lost-1", "", ""),
        Dependency("other", "1", "GNU General Public License"),
        Dependency("own", "1.0", "Apache-2.0"),
    ]
    assert [one.allowed for one in found] == [False, False, True]

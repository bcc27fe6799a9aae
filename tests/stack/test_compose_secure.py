"""docker-compose.secure.yml: what it asks for is what deploy/secure/prepare.py makes, no secret is
in it, and each service has only what it needs."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from touchline.settings import Settings
from touchline.stack.tools import PROJECT

PLAIN = PROJECT / "docker-compose.yml"
FILE = PROJECT / "docker-compose.secure.yml"
PREPARE = PROJECT / "deploy" / "secure" / "prepare.py"
PLACE = "/run/secrets/"
FOLDER = "deploy/secure/generated"

WORKERS = {"kafka", "redis-writer", "clickhouse-writer"}
PASSWORDS = {
    "kafka": set[str](),
    "redis": {"redis-reader"},
    "clickhouse": set[str](),
    "jobmanager": WORKERS,
    "taskmanager": WORKERS,
    "touchline": WORKERS,
    "migrate": {"kafka", "redis-operator", "clickhouse-migrator"},
    "metrics": {"kafka", "redis-reader", "clickhouse-reader"},
}
"""Service -> the passwords of others that it is given, to knock with."""


def with_our_addresses() -> set[str]:
    """The services of docker-compose.yml that are told where the stores are."""
    services = YAML(typ="safe").load(PLAIN.read_text())["services"]
    return {
        name
        for name, service in services.items()
        if any(variable.startswith("TOUCHLINE_") for variable in service.get("environment", ()))
    }


OURS = sorted({*with_our_addresses(), "migrate"})


def settings_of(service: str, compose: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The settings in a service's container, by both files."""
    plain = YAML(typ="safe").load(PLAIN.read_text())["services"]
    over = compose["services"].get(service, {})
    base = plain[over.get("extends", {}).get("service", service)]
    for name, value in {**base["environment"], **over.get("environment", {})}.items():
        monkeypatch.setenv(name, value)
    return Settings.load()


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    yaml = YAML(typ="safe")
    # Compose's own: in place of what the first file has, and not beside it.
    for tag in ("!reset", "!override"):
        yaml.constructor.add_constructor(
            tag, lambda loader, node: loader.construct_sequence(node, deep=True)
        )
    found: dict[str, Any] = yaml.load(FILE.read_text())
    return found


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("generated")
    subprocess.run([sys.executable, str(PREPARE), str(folder)], check=True)
    return folder


def test_every_file_that_is_asked_for_is_made(compose: dict[str, Any], generated: Path) -> None:
    files = {str(secret["file"]) for secret in compose["secrets"].values()}
    files |= {
        source
        for service in compose["services"].values()
        for source in (
            one.partition(":")[0].removeprefix("./") for one in service.get("volumes", ())
        )
        if source.startswith("deploy/")
    }
    for file in files:
        folder, _, name = file.rpartition("/")
        there = generated / name if folder == FOLDER else PROJECT / file
        assert there.exists(), file


def test_each_service_is_given_what_it_names(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        given = set(service["secrets"])
        assert given <= set(compose["secrets"]), name
        named = set(re.findall(rf"{PLACE}([\w.-]+)", str(service)))
        assert named <= given, name


def test_a_service_is_given_no_password_that_it_does_not_need(compose: dict[str, Any]) -> None:
    passwords = {name for name in compose["secrets"] if "." not in name}
    assert {
        name: set(service["secrets"]) & passwords for name, service in compose["services"].items()
    } == PASSWORDS


@pytest.mark.parametrize("service", OURS)
def test_each_of_our_containers_knocks_at_the_stores_with_a_user_and_tls(
    compose: dict[str, Any], service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_of(service, compose, monkeypatch)
    assert settings.kafka.security == "SASL_SSL"
    assert settings.redis.url.startswith("rediss://")
    assert settings.clickhouse.url.startswith("https://")
    for section in (settings.kafka, settings.redis, settings.clickhouse):
        assert section.password.startswith(f"file:{PLACE}")
        assert section.ca_file == f"{PLACE}ca.pem"


@pytest.mark.parametrize("service", ["jobmanager", "touchline", "migrate"])
def test_who_talks_to_flink_shows_a_certificate(
    compose: dict[str, Any], service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    flink = settings_of(service, compose, monkeypatch).flink
    assert flink.url == "https://jobmanager:8081"
    assert (flink.cert_file, flink.key_file) == (f"{PLACE}operator.crt", f"{PLACE}operator.key")


def test_users_are_those_of_the_acl_and_the_sql(compose: dict[str, Any], generated: Path) -> None:
    acl, sql = (generated / "users.acl").read_text(), (generated / "users.sql").read_text()
    for service in ("touchline", "migrate", "metrics"):
        environment = compose["services"][service]["environment"]
        assert f"user {environment['TOUCHLINE_REDIS__USER']} on #" in acl
        assert f"CREATE USER IF NOT EXISTS {environment['TOUCHLINE_CLICKHOUSE__USER']} " in sql
    assert (
        len(re.findall(r"#[0-9a-f]{64} ", acl)) == len(re.findall(r"BY '[0-9a-f]{64}'", sql)) == 3
    )


def test_only_loopback_is_published(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        for port in service.get("ports", ()):
            assert port.startswith("127.0.0.1:")


def test_passwords_are_new_each_time_and_only_we_enter_the_folder(
    generated: Path, tmp_path: Path
) -> None:
    subprocess.run([sys.executable, str(PREPARE), str(tmp_path / "again")], check=True)
    assert (tmp_path / "again").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "again" / "kafka").read_text() != (generated / "kafka").read_text()

"""docker-compose.secure.yml: what it asks for is what deploy/secure/prepare.py makes, no secret is
in it, and each service has only what it needs."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.stack.compose_files import PLAIN, SECURE, merged
from touchline.settings import Settings
from touchline.stack.tools import PROJECT

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


def settings_of(service: dict[str, Any]) -> Settings:
    """The settings in a service's container."""
    with pytest.MonkeyPatch.context() as environment:
        for name, value in service["environment"].items():
            environment.setenv(name, value)
        return Settings.load()


def ours(services: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The services that run our code."""
    return {
        name: service
        for name, service in services.items()
        if service["image"].startswith("touchline:")
    }


def given(service: dict[str, Any]) -> set[str]:
    """The secrets that a service is given."""
    return {secret["source"] for secret in service.get("secrets", ())}


@pytest.fixture(scope="module")
def compose(compose_loader: Path) -> dict[str, Any]:
    return merged(compose_loader, PLAIN, SECURE)


@pytest.fixture(scope="module")
def services(compose: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = compose["services"]
    return found


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("generated")
    subprocess.run([sys.executable, str(PREPARE), str(folder)], check=True)
    return folder


def test_every_file_that_is_asked_for_is_made(compose: dict[str, Any], generated: Path) -> None:
    files = {Path(secret["file"]) for secret in compose["secrets"].values()}
    files |= {
        Path(volume["source"])
        for service in compose["services"].values()
        for volume in service.get("volumes", ())
        if volume["type"] == "bind"
    }
    assert files
    for file in files:
        there = generated / file.name if file.parent == PROJECT / FOLDER else file
        assert there.exists(), file


def test_each_service_is_given_what_it_names(
    compose: dict[str, Any], services: dict[str, Any]
) -> None:
    for name, service in services.items():
        assert given(service) <= set(compose["secrets"]), name
        asked = {key: value for key, value in service.items() if key != "secrets"}
        named = set(re.findall(rf"{PLACE}([\w.-]+)", str(asked)))
        assert named <= given(service), name


def test_a_service_is_given_no_password_that_it_does_not_need(
    compose: dict[str, Any], services: dict[str, Any]
) -> None:
    passwords = {name for name in compose["secrets"] if "." not in name}
    assert {
        name: given(service) & passwords for name, service in services.items() if given(service)
    } == PASSWORDS


def test_each_of_our_containers_knocks_at_the_stores_with_a_user_and_tls(
    services: dict[str, Any],
) -> None:
    assert {"jobmanager", "taskmanager", "touchline", "migrate", "metrics"} == set(ours(services))
    for service in ours(services).values():
        settings = settings_of(service)
        assert settings.kafka.security == "SASL_SSL"
        assert settings.redis.url.startswith("rediss://")
        assert settings.clickhouse.url.startswith("https://")
        for section in (settings.kafka, settings.redis, settings.clickhouse):
            assert section.password.startswith(f"file:{PLACE}")
            assert section.ca_file == f"{PLACE}ca.pem"


@pytest.mark.parametrize("service", ["jobmanager", "touchline", "migrate"])
def test_who_talks_to_flink_shows_a_certificate(services: dict[str, Any], service: str) -> None:
    flink = settings_of(services[service]).flink
    assert flink.url == "https://jobmanager:8081"
    assert (flink.cert_file, flink.key_file) == (f"{PLACE}operator.crt", f"{PLACE}operator.key")


def test_users_are_those_of_the_acl_and_the_sql(services: dict[str, Any], generated: Path) -> None:
    acl, sql = (generated / "users.acl").read_text(), (generated / "users.sql").read_text()
    for service in ("touchline", "migrate", "metrics"):
        environment = services[service]["environment"]
        assert f"user {environment['TOUCHLINE_REDIS__USER']} on #" in acl
        assert f"CREATE USER IF NOT EXISTS {environment['TOUCHLINE_CLICKHOUSE__USER']} " in sql
    assert (
        len(re.findall(r"#[0-9a-f]{64} ", acl)) == len(re.findall(r"BY '[0-9a-f]{64}'", sql)) == 3
    )


def test_the_doors_without_a_user_are_not_published(services: dict[str, Any]) -> None:
    assert "ports" not in services["kafka"]
    assert [port["target"] for port in services["clickhouse"]["ports"]] == [8443]


def test_only_loopback_is_published(services: dict[str, Any]) -> None:
    for service in services.values():
        for port in service.get("ports", ()):
            assert port["host_ip"] == "127.0.0.1"


def test_passwords_are_new_each_time_and_only_we_enter_the_folder(
    generated: Path, tmp_path: Path
) -> None:
    subprocess.run([sys.executable, str(PREPARE), str(tmp_path / "again")], check=True)
    assert (tmp_path / "again").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "again" / "kafka").read_text() != (generated / "kafka").read_text()

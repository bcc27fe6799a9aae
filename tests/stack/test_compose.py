"""docker-compose.yml and the Dockerfile describe the system that `touchline up` starts."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.stack.compose_files import PLAIN, SECURE, merged
from touchline import flink_client
from touchline.settings import Settings
from touchline.stack import stack, tools
from touchline.stack.tools import PROJECT

DOCKERFILE = (PROJECT / "Dockerfile").read_text()
IMAGES_PROJECT = "/opt/touchline"
NOT_IN_THE_IMAGE = {
    tools.KAFKA_JARS,  # of the embedded broker
    tools.JVM_CACHE,  # made by whoever runs
}


@pytest.fixture(scope="module")
def services(compose_loader: Path) -> dict[str, Any]:
    found: dict[str, Any] = merged(compose_loader, PLAIN)["services"]
    return found


def images_files() -> set[str]:
    """What of the project is in the image, as paths in it: copied to where it builds Python, or to
    the same place at last."""
    building, last = DOCKERFILE.split(" AS python\n")[1].split("\nFROM ")
    assert f"WORKDIR {IMAGES_PROJECT}\n" in building
    assert f"COPY --from=python {IMAGES_PROJECT} {IMAGES_PROJECT}\n" in last
    return {
        *re.findall(r"^COPY \S+ ([^./]\S*)$", building, re.MULTILINE),
        *re.findall(rf"^COPY .*\S+ {IMAGES_PROJECT}/(\S+)$", last, re.MULTILINE),
    }


@pytest.mark.parametrize("files", [[PLAIN], [PLAIN, SECURE]], ids=["plain", "secure"])
def test_a_compose_implementation_accepts_the_files(
    compose_loader: Path, files: list[Path]
) -> None:
    assert {"kafka", "jobmanager", "touchline"} <= set(merged(compose_loader, *files)["services"])


def test_a_compose_implementation_refuses_what_is_no_setting(
    compose_loader: Path, tmp_path: Path
) -> None:
    wrong = tmp_path / "wrong.yml"
    wrong.write_text("services: {kafka: {helthcheck: {}}}")
    with pytest.raises(ValueError, match="helthcheck"):
        merged(compose_loader, PLAIN, wrong)


def test_every_image_has_a_version(services: dict[str, Any]) -> None:
    images = {service["image"] for service in services.values()}
    images |= set(re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE))
    for image in images:
        name, colon, tag = image.partition(":")
        assert colon, f"{name} has no tag"
        assert re.match(r"v?\d+\.\d+", tag), f"{image} is not pinned"


def test_only_loopback_is_published(services: dict[str, Any]) -> None:
    for service in services.values():
        for port in service.get("ports", ()):
            assert port["host_ip"] == "127.0.0.1"


def test_our_containers_have_settings_that_exist(
    services: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in services["touchline"]["environment"].items():
        assert name.startswith("TOUCHLINE_")
        monkeypatch.setenv(name, value)
    settings = Settings.load()
    assert settings.kafka.bootstrap == "kafka:9092"
    assert settings.redis.url == "redis://redis:6379/0"
    assert settings.clickhouse.url == "http://clickhouse:8123"
    assert settings.flink.rest == "jobmanager:8081"


def test_services_are_known_by_the_names_in_the_addresses(services: dict[str, Any]) -> None:
    assert {"kafka", "redis", "clickhouse", "jobmanager", "taskmanager"} <= set(services)


def test_the_broker_takes_messages_as_large_as_the_settings_say(services: dict[str, Any]) -> None:
    limit = str(Settings().kafka.max_message_bytes)
    broker = services["kafka"]["environment"]
    assert broker["KAFKA_MESSAGE_MAX_BYTES"] == limit
    assert broker["KAFKA_REPLICA_FETCH_MAX_BYTES"] == limit
    assert broker["KAFKA_LOG_RETENTION_MS"] == "-1"


def test_there_are_as_many_task_managers_as_in_the_embedded_stack(services: dict[str, Any]) -> None:
    assert services["taskmanager"]["deploy"]["replicas"] == stack.TASK_MANAGERS


def test_the_image_has_every_package_of_the_project() -> None:
    packages = re.findall(r'"(\w+)\*"', (PROJECT / "pyproject.toml").read_text())
    assert packages
    for package in packages:
        assert f"COPY {package} {package}" in DOCKERFILE
        assert f"!{package}" in (PROJECT / ".dockerignore").read_text().splitlines()


def test_the_image_has_every_file_of_the_project_that_the_client_needs() -> None:
    named = {PROJECT / path for path in images_files()}
    needed = {
        path
        for module in (tools, flink_client)
        for path in vars(module).values()
        if isinstance(path, Path) and PROJECT in path.parents
    } - NOT_IN_THE_IMAGE
    assert {tools.FLINK_CONF, tools.FLINK_JARS, flink_client.PROGRAM} <= needed
    assert [path for path in needed if not named & {path, *path.parents}] == []


def test_the_images_user_may_write_to_the_home_of_the_command_line() -> None:
    (home,) = re.findall(r"\bTOUCHLINE_HOME=(\S+)", DOCKERFILE)
    (given,) = re.findall(r"chown -R flink (.+)$", DOCKERFILE, re.MULTILINE)
    assert DOCKERFILE.index("chown -R flink") < DOCKERFILE.index("USER flink")
    assert {Path(folder) for folder in given.split()} & set(Path(home).parents)


def test_the_home_of_the_command_line_outlasts_its_container(services: dict[str, Any]) -> None:
    (home,) = re.findall(r"\bTOUCHLINE_HOME=(\S+)", DOCKERFILE)
    mounted = {Path(volume["target"]) for volume in services["touchline"]["volumes"]}
    assert mounted & set(Path(home).parents)


def test_kafka_has_the_version_of_the_embedded_broker(services: dict[str, Any]) -> None:
    pom = (PROJECT / "connectors" / "pom.xml").read_text()
    version = re.search(r"<kafka\.version>(.+)</kafka\.version>", pom)
    assert version is not None
    assert services["kafka"]["image"].endswith(f":{version[1]}")

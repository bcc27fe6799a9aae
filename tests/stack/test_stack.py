"""The embedded stack as a whole, and that it never stays behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
import redis as redis_client
from confluent_kafka import Consumer, KafkaError, Message, Producer, TopicPartition
from confluent_kafka.admin import AdminClient

from touchline.errors import TouchlineError
from touchline.settings import Settings, stack_dir, stack_file
from touchline.stack import clickhouse, flink, flink_memory, kafka, redis, supervisor, zookeeper
from touchline.stack import stack as embedded
from touchline.stack.processes import Processes

Addresses = dict[str, dict[str, str]]


def until(condition: Callable[[], object], timeout_s: float) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.1)


def status() -> dict[str, embedded.ServiceStatus]:
    return {service.name: service for service in embedded.status()}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TOUCHLINE_HOME", str(tmp_path))
    return tmp_path


@pytest.mark.stack
def test_the_settings_find_the_stack(stack: Addresses) -> None:
    settings = Settings.load()
    assert settings.kafka.bootstrap == stack["kafka"]["bootstrap"]
    assert settings.redis.url == stack["redis"]["url"]
    assert settings.clickhouse.url == stack["clickhouse"]["url"]
    assert settings.flink.rest == stack["flink"]["rest"]


@pytest.mark.stack
@pytest.mark.usefixtures("stack")
def test_status_says_that_everything_runs() -> None:
    services = status()
    assert {name for name, service in services.items() if service.running} == set(services)
    assert all(pid for service in services.values() for pid in service.processes.values())


@pytest.mark.stack
def test_up_again_reuses_what_runs(stack: Addresses) -> None:
    before = {name: service.processes for name, service in status().items()}
    assert embedded.up() == stack
    assert {name: service.processes for name, service in status().items()} == before


@pytest.mark.stack
def test_the_broker_has_the_topics_and_takes_a_document_of_10_mb(stack: Addresses) -> None:
    address = {"bootstrap.servers": stack["kafka"]["bootstrap"]}
    admin = AdminClient({**address, "receive.message.max.bytes": 10**8})
    settings = Settings.load()
    assert settings.kafka.feed("opta") in admin.list_topics(timeout=10).topics
    document = os.urandom(10 * 1024 * 1024)
    producer = Producer({**address, "message.max.bytes": settings.kafka.max_message_bytes})
    topic = settings.kafka.dead_letters
    delivered: list[tuple[KafkaError | None, Message]] = []
    producer.produce(topic, document, on_delivery=lambda *report: delivered.append(report))
    producer.flush(30)
    ((error, report),) = delivered
    assert error is None
    # Other tests write dead letters, too: read where this one is, not the first there is.
    consumer = Consumer({**address, "group.id": "test"})
    consumer.assign([TopicPartition(topic, report.partition(), report.offset())])
    message = consumer.poll(30)
    consumer.close()
    assert message.value() == document


@pytest.mark.stack
def test_redis_has_json_and_search(stack: Addresses) -> None:
    client = redis_client.Redis.from_url(stack["redis"]["url"])
    client.execute_command("JSON.SET", "stack-test", "$", '{"period": 2}')
    assert client.execute_command("JSON.GET", "stack-test", "$.period") == b"[2]"
    assert client.execute_command("FT._LIST") is not None
    client.delete("stack-test")


@pytest.mark.stack
def test_a_killed_task_manager_is_back_within_a_minute(stack: Addresses) -> None:
    processes = Processes(stack_dir())
    name = f"{flink.TASK_MANAGER}-1"
    killed = processes.pid(name)
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    with httpx.Client(base_url=f"http://{stack['flink']['rest']}", trust_env=False) as client:

        def back() -> bool:
            return (
                processes.pid(name) != killed and flink.registered(client) == embedded.TASK_MANAGERS
            )

        until(back, timeout_s=60)


@pytest.mark.stack
def test_two_at_once_are_refused(stack: Addresses) -> None:
    assert stack
    with embedded.locked(stack_dir()), pytest.raises(TouchlineError, match="another"):
        embedded.up()


def test_a_start_that_fails_leaves_nothing_behind(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise TouchlineError("the broker does not start")

    def sleeping(processes: Processes, _ports: object, *_: object) -> None:
        processes.start("redis", [sys.executable, "-c", "import time; time.sleep(60)"])
        processes.wait("redis", lambda: False, timeout_s=60)

    monkeypatch.setattr(kafka, "start", broken)
    monkeypatch.setattr(redis, "start", sleeping)
    monkeypatch.setattr(clickhouse, "start", lambda *_: None)
    monkeypatch.setattr(flink, "start", lambda *_, **__: None)
    with pytest.raises(TouchlineError):
        embedded.up()
    assert Processes(home).names() == []
    assert not stack_file().exists()


@pytest.fixture
def mere_flink(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """`up` starts nothing but something that sleeps in place of the JobManager, configured as it
    would be. Gives the JobManager's configuration."""

    def configured(
        processes: Processes, ports: dict[str, int], _task_managers: int, high_availability: bool
    ) -> None:
        folder = processes.home / "flink"
        if high_availability:
            (processes.home / zookeeper.NAME / "data").mkdir(parents=True, exist_ok=True)
        more = zookeeper.flinks_settings(folder, ports) if high_availability else None
        flink.configure(folder, ports, more)
        processes.start(flink.JOB_MANAGER, [sys.executable, "-c", "import time; time.sleep(60)"])

    for service in (kafka, redis, clickhouse):
        monkeypatch.setattr(service, "start", lambda *_: None)
    monkeypatch.setattr(flink, "start", configured)
    monkeypatch.setattr(flink, "class_path", lambda: [])
    try:
        yield home / "flink" / "conf"
    finally:
        embedded.down()


def is_highly_available(conf: Path) -> bool:
    return flink_memory.setting(conf, "high-availability.type") == "zookeeper"


@pytest.mark.parametrize("stopped", [False, True])
def test_a_stack_with_high_availability_keeps_it(mere_flink: Path, stopped: bool) -> None:
    embedded.up(high_availability=True)
    configuration = (mere_flink / "config.yaml").read_text()
    if stopped:
        embedded.down()
    embedded.up()
    assert is_highly_available(mere_flink)
    assert (mere_flink / "config.yaml").read_text() == configuration


def test_high_availability_is_not_given_to_a_flink_that_runs_without(mere_flink: Path) -> None:
    embedded.up()
    with pytest.raises(TouchlineError, match="without high availability") as error:
        embedded.up(high_availability=True)
    assert "touchline down" in error.value.hint
    assert not is_highly_available(mere_flink)
    embedded.down()
    embedded.up(high_availability=True)
    assert is_highly_available(mere_flink)


def test_a_fresh_stack_has_nothing_of_the_last_one_in_zookeeper(
    home: Path, mere_flink: Path
) -> None:
    embedded.up(high_availability=True)
    jobs = home / zookeeper.NAME / "data" / "jobs"
    jobs.touch()
    embedded.up(fresh=True, high_availability=True)
    assert not jobs.exists()
    embedded.up(fresh=True)
    assert not is_highly_available(mere_flink)


STARTS_AND_WAITS = """
import os, sys, time
from touchline.settings import stack_dir
from touchline.stack import guard
from touchline.stack.processes import Processes
processes = Processes(stack_dir())
processes.start("redis", [sys.executable, "-c", "import time; time.sleep(60)"])
guard.watch()
print("up", flush=True)
time.sleep(60)
"""


def test_the_stack_of_a_killed_session_is_stopped(home: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", STARTS_AND_WAITS], stdout=subprocess.PIPE) as one:
        assert one.stdout is not None
        assert one.stdout.readline() == b"up\n"
        pid = Processes(home).pid("redis")
        assert pid is not None
        one.kill()
    until(lambda: not Processes(home).names(), timeout_s=20)
    until(lambda: not supervisor.started(pid), timeout_s=20)


def test_ports_are_known_before_anything_starts(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(*_: object) -> None:
        assert set(json.loads((home / "ports.json").read_text())) == set(embedded.PORTS)
        raise KeyboardInterrupt

    monkeypatch.setattr(embedded, "_start_all", dies)
    with pytest.raises(KeyboardInterrupt):
        embedded.up()

"""The configuration that is written for Flink and Kafka."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from connectors.kafka_tables import FETCH_BYTES
from jobs import history, match_state, normalize, polls
from jobs.pipeline import Job, Options, configuration
from touchline.errors import TouchlineError
from touchline.settings import Settings
from touchline.stack import flink, flink_memory, kafka, tools
from touchline.stack.tools import FLINK_CONF

PORTS = {"kafka": 1001, "kafka-controller": 1002, "flink": 1003, "flink-rpc": 1004}


@pytest.fixture
def no_jars_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "jars").mkdir()
    (tmp_path / "jars" / "connector.jar").touch()
    monkeypatch.setattr(flink, "FLINK_JARS", tmp_path / "jars")


def test_overlay_replaces_a_value_and_keeps_comments() -> None:
    text = "# why\nrest.port: 8081\nparallelism.default: 1\n"
    assert flink.overlay(text, {"rest.port": "9999"}) == (
        "# why\nrest.port: 9999\nparallelism.default: 1\n"
    )


def test_overlay_adds_what_was_not_there() -> None:
    assert flink.overlay("a: 1\n", {"b": "2"}) == "a: 1\nb: 2\n"


def test_every_setting_of_flink_is_a_flat_key() -> None:
    """`overlay` and `setting` read lines; a nested key would be missed silently."""
    lines = (FLINK_CONF / "config.yaml").read_text().splitlines()
    settings = [line for line in lines if line and not line.startswith("#")]
    assert settings
    assert all(": " in line and not line.startswith((" ", "-")) for line in settings)
    keys = [line.partition(":")[0] for line in settings]
    assert len(keys) == len(set(keys))


def test_every_slot_has_direct_memory_for_the_longest_message_and_for_a_fetch() -> None:
    """Three jobs on a backlog failed for ever with Kafka's default fetch of 50 MB."""
    off_heap = flink_memory.setting(FLINK_CONF, "taskmanager.memory.task.off-heap.size")
    slots = int(flink_memory.setting(FLINK_CONF, "taskmanager.numberOfTaskSlots"))
    room = int(off_heap.removesuffix("m")) * 1024 * 1024
    assert room >= slots * max(FETCH_BYTES, Settings().kafka.max_message_bytes)


def test_the_live_jobs_start_again_before_the_history_does() -> None:
    """A job that sets a part of a restart strategy has nothing of the cluster's."""

    def strategy(job: Job) -> dict[str, str]:
        said = configuration(job, Settings(), Options())
        return {name: value for name, value in said.items() if name.startswith("restart-strategy")}

    backoff = "restart-strategy.exponential-delay.initial-backoff"
    assert flink_memory.setting(FLINK_CONF, backoff) == "200 ms"
    assert [strategy(job) for job in (normalize.JOB, match_state.JOB, polls.JOB)] == [{}, {}, {}]
    assert strategy(history.JOB)["restart-strategy.type"] == "exponential-delay"
    assert strategy(history.JOB)[backoff] == "5 s"


@pytest.mark.usefixtures("no_jars_needed")
def test_the_cluster_listens_on_loopback_and_keeps_its_files_in_its_folder(tmp_path: Path) -> None:
    folder = tmp_path / "flink"
    flink.configure(folder, PORTS)
    conf = folder / "conf"
    assert flink_memory.setting(conf, "rest.port") == "1003"
    assert flink_memory.setting(conf, "jobmanager.rpc.port") == "1004"
    for key in ("rest.bind-address", "jobmanager.bind-host", "taskmanager.bind-host"):
        assert flink_memory.setting(conf, key) == "127.0.0.1"
    assert flink_memory.setting(conf, "execution.checkpointing.dir").startswith(folder.as_uri())
    assert (conf / "log4j-console.properties").exists()


@pytest.mark.usefixtures("no_jars_needed")
def test_the_library_folder_has_flink_its_python_and_the_connectors(tmp_path: Path) -> None:
    flink.configure(tmp_path / "flink", PORTS)
    flink.configure(tmp_path / "flink", PORTS)  # a second start
    names = {jar.name for jar in (tmp_path / "flink" / "lib").iterdir()}
    assert "connector.jar" in names
    assert any(name.startswith("flink-dist-") for name in names)
    assert any(name.startswith("flink-python-") for name in names)


def test_missing_jars_say_how_to_build_them(tmp_path: Path) -> None:
    with pytest.raises(TouchlineError) as error:
        tools.jars(tmp_path)
    assert "make jars" in error.value.hint


def test_the_broker_takes_whole_documents_and_keeps_history() -> None:
    settings = Settings().kafka
    text = kafka.server_properties(Path("/data"), PORTS, settings)
    assert f"message.max.bytes={settings.max_message_bytes}" in text
    assert "log.retention.ms=-1" in text
    assert "listeners=PLAINTEXT://127.0.0.1:1001,CONTROLLER://127.0.0.1:1002" in text


def test_a_cluster_id_that_begins_like_an_option_is_an_id(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kafka.uuid, "uuid4", lambda: uuid.UUID(bytes=b"\xf8" * 16))
    properties = tmp_path / "server.properties"
    properties.write_text(kafka.server_properties(tmp_path / "data", PORTS, Settings().kafka))
    kafka._format(tmp_path, properties)
    assert "cluster.id=-" in (tmp_path / "data" / "meta.properties").read_text()


def test_every_provider_has_a_feed_topic() -> None:
    settings = Settings()
    topics = kafka.topics(settings)
    assert {f"feed.{provider}" for provider in settings.feeds.providers} <= set(topics)
    assert {"match-events", "superseded-events", "dead-letters"} <= set(topics)

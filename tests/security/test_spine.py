"""Feeds to live state and history through a stack of which every door wants TLS and a password, or
a certificate; and no password is anywhere but where it was put."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import trustme
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient
from typer.testing import CliRunner

from connectors.access import flink_options, librdkafka
from tests.pipeline.system import eventually
from tests.security.servers import Servers
from touchline import history
from touchline.broker import Broker
from touchline.commands.simulate import app as simulate
from touchline.errors import TouchlineError
from touchline.flink_client import Client, Submission
from touchline.flink_cluster import Cluster
from touchline.live import LiveStore
from touchline.prepare import prepare
from touchline.secrets import resolve
from touchline.settings import Flink, Kafka, Settings
from touchline.versions import job_title

pytestmark = pytest.mark.stack

JOBS = ("normalize", "match_state", "history")
MATCHES = 2


@pytest.fixture(scope="module")
def environment(servers: Servers) -> Iterator[dict[str, str]]:
    """The settings of who submits, as variables: secrets by file, and by variable."""
    given = {
        f"TOUCHLINE_{section.upper()}__{name.upper()}": str(value)
        for section, settings in (
            ("kafka", servers.kafka()),
            ("redis", servers.redis("writer", "env:LIVE_PASSWORD")),
            ("clickhouse", servers.clickhouse("writer")),
            ("flink", servers.flink()),
        )
        for name, value in settings.model_dump(exclude_defaults=True).items()
    }
    given["LIVE_PASSWORD"] = resolve(servers.secret("redis-writer"))
    given["FEED_PASSWORD"] = resolve(servers.secret("kafka"))
    with pytest.MonkeyPatch.context() as patch:
        for name, value in given.items():
            patch.setenv(name, value)
        yield given


@pytest.fixture(scope="module")
def settings(servers: Servers, environment: dict[str, str]) -> Settings:
    """Everything started, the tables and the index made by those who may."""
    servers.start_redis()
    servers.start_clickhouse("migrator")
    operator = Settings(redis=servers.redis("operator"), clickhouse=servers.clickhouse("migrator"))
    servers.start_kafka()
    made = prepare(operator.model_copy(update={"kafka": servers.kafka()}))
    assert made.index
    assert made.migrations
    servers.start_clickhouse("writer")
    servers.start_flink()
    return Settings.load()


@pytest.fixture(scope="module")
def seen(settings: Settings, servers: Servers) -> Iterator[set[str]]:
    """The jobs, submitted; gives the command lines that others could see meanwhile."""
    commands: set[str] = set()
    over = threading.Event()
    watcher = threading.Thread(target=_watch, args=(commands, over))
    watcher.start()
    # Kafka's password by a file, and in one of the jobs by a variable.
    often = "jobs.checkpoint_interval_ms=2000"
    submissions = [
        Submission([*JOBS[:-1]], overrides=[often]),
        Submission([*JOBS[-1:]], overrides=[often, "kafka.password=env:FEED_PASSWORD"]),
    ]
    try:
        # Nothing is missing, so that who may make nothing can submit.
        assert prepare(settings).migrations == []
        for submission in submissions:
            client = Client(submission, settings)
            try:
                client.wait()
            finally:
                client.stop()
        yield commands
    finally:
        over.set()
        watcher.join()


def _watch(commands: set[str], over: threading.Event) -> None:
    while not over.wait(0.2):
        for entry in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                commands.add(entry.read_bytes().decode(errors="replace"))
            except OSError:  # it has just ended
                continue


def test_matches_pass_from_the_feeds_to_both_stores(
    settings: Settings, servers: Servers, seen: set[str]
) -> None:
    sent = CliRunner().invoke(
        simulate,
        ["--provider", "sportradar", "--matches", str(MATCHES), "--edits", "5%", "--to-kafka"],
    )
    assert sent.exit_code == 0, sent.output
    kafka = settings.kafka
    with LiveStore(servers.redis("reader")) as store, Cluster(settings.flink) as cluster:
        eventually(
            lambda: store.matches(store.match_ids()),
            lambda found: [one.get("status") for one in found.values()] == ["ENDED"] * MATCHES,
            "matches that have ended",
        )
        eventually(
            lambda: [cluster.pending(job.id) for job in cluster.jobs()],
            lambda lags: lags == [0] * len(JOBS),
            "everything read",
        )
        job = cluster.current_jobs()[job_title("history")].id
        events = [kafka.match_events, kafka.superseded_events]
        with Broker(kafka) as broker:
            eventually(
                lambda: sum(broker.ends(events).values()) - cluster.details(job).read,
                lambda left: left == 0,
                "everything in the history",
            )
        eventually(
            lambda: {cluster.details(one.id).checkpoint_ms is None for one in cluster.jobs()},
            lambda missing: missing == {False},
            "a checkpoint of each job",
        )
        assert {one.state for one in cluster.jobs()} == {"RUNNING"}
        failures = {one.name: cluster.trouble(one.id).failure for one in cluster.jobs()}
        assert failures == {job_title(name): "" for name in JOBS}
        assert {cluster.details(one.id).restarts for one in cluster.jobs()} == {0}
        _nothing_told(cluster, servers)
        assert cluster.stop(job).startswith("file:")  # the last batch is written
        live = {name: one["events"] for name, one in store.matches(store.match_ids()).items()}
        assert store.search("@status:{ENDED}", 10)[0] == MATCHES
    servers.start_clickhouse("reader")
    found = history.query(servers.clickhouse("reader"), "SELECT match_id, events FROM matches")
    assert {str(name): events for name, events in found.rows} == live
    assert sum(live.values()) > 100


def _nothing_told(cluster: Cluster, servers: Servers) -> None:
    """No password in what the cluster says of itself and of the jobs."""
    pages = ["/config", "/jobs/overview", "/jobmanager/config", "/jobmanager/environment"]
    for job in cluster.jobs():
        pages += [f"/jobs/{job.id}{part}" for part in ("", "/config", "/plan", "/checkpoints")]
    with httpx.Client(**flink_options(servers.flink())) as http:
        for page in pages:
            answer = http.get(page)
            assert answer.status_code == httpx.codes.OK, page
            assert not [one for one in servers.passwords if one in answer.text], page


def test_no_password_is_in_a_command_line_or_a_file_of_the_run(
    servers: Servers, seen: set[str]
) -> None:
    assert any("CliFrontend" in command for command in seen)
    assert any("env:LIVE_PASSWORD" in command for command in seen)
    passwords = {one.encode() for one in servers.passwords}
    for command in seen:
        assert not [one for one in passwords if one.decode() in command], command
    # Where an operator put them: the broker's users, and Flink's own settings.
    put = {
        servers.home / "kafka" / "server.properties",
        servers.home / "flink" / "conf" / "config.yaml",
    }
    looked: set[str] = set()
    for file in servers.home.rglob("*"):
        if file.is_file() and file not in put:
            content = file.read_bytes()
            looked.add(file.suffix if "checkpoints" not in file.parts else "checkpoints")
            assert not [one for one in passwords if one in content], file
    assert {".log", "checkpoints"} <= looked


def test_who_has_no_password_or_certificate_stays_outside(
    settings: Settings, servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WRONG", "not-the-password")
    with pytest.raises(KafkaException):
        AdminClient(librdkafka(servers.kafka(password="env:WRONG"))).list_topics(timeout=3)
    plain = Kafka(bootstrap=settings.kafka.bootstrap)
    with pytest.raises(KafkaException):
        AdminClient(librdkafka(plain)).list_topics(timeout=3)
    with (
        LiveStore(servers.redis("reader", "env:WRONG")) as store,
        pytest.raises(TouchlineError, match="invalid username-password"),
    ):
        store.match_ids()
    with pytest.raises(TouchlineError, match="Authentication failed"):
        history.query(servers.clickhouse("reader", "env:WRONG"), "SELECT 1")
    without = Flink(rest=settings.flink.rest, tls=True, ca_file=settings.flink.ca_file)
    with Cluster(without) as cluster, pytest.raises(TouchlineError, match="no Flink cluster"):
        cluster.overview()


def test_a_server_whose_certificate_another_authority_made_is_refused(
    settings: Settings, servers: Servers, tmp_path: Path
) -> None:
    other = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(other)
    changed = {"ca_file": str(other)}
    admin = AdminClient(librdkafka(settings.kafka.model_copy(update=changed)))
    with pytest.raises(KafkaException):
        admin.list_topics(timeout=3)
    with (
        LiveStore(servers.redis("reader").model_copy(update=changed)) as store,
        pytest.raises(TouchlineError, match="no Redis answers"),
    ):
        store.match_ids()
    with pytest.raises(TouchlineError, match="no ClickHouse answers"):
        history.query(servers.clickhouse("reader").model_copy(update=changed), "SELECT 1")
    with (
        Cluster(settings.flink.model_copy(update=changed)) as cluster,
        pytest.raises(TouchlineError, match="no Flink cluster"),
    ):
        cluster.overview()

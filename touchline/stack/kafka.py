"""A Kafka broker: one node in KRaft mode, broker and controller in one process."""

from __future__ import annotations

import base64
import subprocess
import uuid
from collections.abc import Mapping
from pathlib import Path

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient, NewTopic

from connectors.access import librdkafka
from touchline.errors import TouchlineError
from touchline.settings import Kafka, Settings
from touchline.stack import jvm
from touchline.stack.ports import LOOPBACK, listens
from touchline.stack.processes import Processes
from touchline.stack.tools import KAFKA_JARS, jars

PORTS = {"kafka": 9092, "kafka-controller": 9093}
NAME = "kafka"
START_TIMEOUT_S = 180.0
HEAP = "512m"

LOG4J = """\
rootLogger.level = INFO
rootLogger.appenderRef.stdout.ref = STDOUT
appender.stdout.type = Console
appender.stdout.name = STDOUT
appender.stdout.layout.type = PatternLayout
appender.stdout.layout.pattern = %d{ISO8601} %-5p %c{1} - %m%n
"""


def start(processes: Processes, ports: Mapping[str, int], settings: Settings) -> None:
    """Start the broker, wait until it answers, and create the topics that are missing."""
    data = processes.home / NAME / "data"
    launch(processes, ports, server_properties(data, ports, settings.kafka))
    # The embedded broker knows neither TLS nor users, whatever the settings say of another one.
    own = Kafka.model_validate(
        settings.kafka.model_dump() | {"bootstrap": bootstrap(ports), "security": "PLAINTEXT"}
    )
    create_topics(settings.model_copy(update={"kafka": own}))


def launch(processes: Processes, ports: Mapping[str, int], settings: str) -> None:
    """Start a broker with these settings and wait until it answers."""
    folder = processes.home / NAME
    folder.mkdir(parents=True, exist_ok=True)
    properties = folder / "server.properties"
    properties.write_text(settings)
    (folder / "log4j2.properties").write_text(LOG4J)
    if not (folder / "data" / "meta.properties").exists():
        _format(folder, properties)
    processes.start(NAME, [*_java(folder, "kafka.Kafka", archive=NAME), str(properties)])
    processes.wait(NAME, lambda: listens(ports["kafka"]), START_TIMEOUT_S)


def bootstrap(ports: Mapping[str, int]) -> str:
    """The broker's address."""
    return f"{LOOPBACK}:{ports['kafka']}"


def server_properties(data: Path, ports: Mapping[str, int], settings: Kafka) -> str:
    """The broker's settings; each that is not an address has its reason."""
    return f"""\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@{LOOPBACK}:{ports["kafka-controller"]}
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://{LOOPBACK}:{ports["kafka"]},CONTROLLER://{LOOPBACK}:{ports["kafka-controller"]}
advertised.listeners=PLAINTEXT://{LOOPBACK}:{ports["kafka"]}
log.dirs={data}

# One node: nothing can be replicated.
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
# 50 partitions by default, each with its files: slow to start, and for nothing.
offsets.topic.num.partitions=4
transaction.state.log.num.partitions=4

num.partitions={settings.partitions}
# A topic whose name was mistyped should be an error.
auto.create.topics.enable=false
# Whole documents of a match.
message.max.bytes={settings.max_message_bytes}
replica.fetch.max.bytes={settings.max_message_bytes}
# History is replayed from the feeds: they are kept until the user deletes them.
log.retention.ms=-1
# A consumer group's first member need not wait three seconds for others.
group.initial.rebalance.delay.ms=0
# Partitions are read back in parallel when the broker was killed.
num.recovery.threads.per.data.dir=4
"""


def topics(settings: Settings) -> list[str]:
    """The topics that every pipeline needs."""
    kafka = settings.kafka
    feeds = [kafka.feed(provider) for provider in settings.feeds.providers]
    matches = [
        *(kafka.match_events, kafka.superseded_events),
        *(kafka.feed_counts, kafka.dead_letters),
    ]
    made = [kafka.poll_ballots, kafka.poll_results, kafka.leaderboard_standings]
    return [*feeds, *matches, *_by_the_brokers_clock(kafka), *made]


def _by_the_brokers_clock(kafka: Kafka) -> list[str]:
    """Topics whose records have the time at which the broker took them: never one before the last,
    so that event time can be taken from them without waiting for what might still come, and nobody
    who sends says when it came."""
    return [kafka.poll_control, kafka.poll_votes, kafka.scores]


def _config(topic: str, kafka: Kafka) -> dict[str, str]:
    """What a topic has otherwise than the broker's others."""
    if topic in _by_the_brokers_clock(kafka):
        return {"message.timestamp.type": "LogAppendTime"}
    # A count makes all before it needless.
    return {"cleanup.policy": "compact"} if topic == kafka.feed_counts else {}


def create_topics(settings: Settings) -> None:
    """Create the topics that are missing.

    Raises:
        TouchlineError: the broker does not answer or refuses.
    """
    kafka = settings.kafka
    admin = AdminClient(librdkafka(kafka))
    try:
        existing = admin.list_topics(timeout=START_TIMEOUT_S).topics
        missing = [name for name in topics(settings) if name not in existing]
        wanted = [
            NewTopic(name, kafka.partitions, kafka.replication, config=_config(name, kafka))
            for name in missing
        ]
        for created in admin.create_topics(wanted).values() if wanted else ():
            created.result()
    except KafkaException as error:
        raise TouchlineError(f"Kafka at {kafka.bootstrap}: {error.args[0].str()}") from error


def _format(folder: Path, properties: Path) -> None:
    """Write the data folder's identity, once."""
    cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
    command = [*_java(folder, "kafka.tools.StorageTool"), "format"]
    # In one piece: one id in 64 begins with a hyphen, like an option.
    command += [f"--cluster-id={cluster}", "--config", str(properties)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise TouchlineError("Kafka's data folder cannot be formatted", done.stdout + done.stderr)


def _java(folder: Path, main: str, archive: str = "") -> list[str]:
    options = [f"-Xmx{HEAP}", "-XX:+UseG1GC"]
    options.append(f"-Dlog4j2.configurationFile={folder / 'log4j2.properties'}")
    return jvm.command(jars(KAFKA_JARS), options, main, archive, write=True)

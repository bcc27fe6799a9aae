"""The embedded stack's servers with what deploy/secure/prepare.py makes: TLS, users, passwords."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import redis as redis_client
from confluent_kafka import KafkaException
from confluent_kafka.admin import (
    AdminClient,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)

from connectors.access import librdkafka, redis_options
from touchline.secrets import resolve
from touchline.settings import ClickHouse, Flink, Kafka, Redis, Settings
from touchline.stack import flink, kafka, redis
from touchline.stack.ports import LOOPBACK, choose, listens
from touchline.stack.processes import Processes
from touchline.stack.tools import PROJECT

PREPARE = PROJECT / "deploy" / "secure" / "prepare.py"
DEADLINE_S = 60.0
NAMES = ("kafka", "kafka-controller", "redis", "redis-plain", "clickhouse", "flink", "flink-rpc")


@dataclass(frozen=True)
class Servers:
    """Servers in a folder, and the settings by which clients reach them.

    home: data and logs. secrets: certificates and passwords.
    """

    home: Path
    secrets: Path
    ports: dict[str, int]
    processes: Processes

    @classmethod
    def prepared(cls, folder: Path) -> Servers:
        """With certificates and passwords, but none started."""
        home, secrets = folder / "home", folder / "secrets"
        home.mkdir()
        command = [sys.executable, str(PREPARE), str(secrets), "--host", LOOPBACK]
        subprocess.run(command, check=True)
        return cls(home, secrets, choose(dict.fromkeys(NAMES, 0)), Processes(home))

    @property
    def passwords(self) -> list[str]:
        """All passwords there are."""
        names = ("kafka", "kafka-broker", "flink-stores")
        stores = [*self.secrets.glob("redis-*"), *self.secrets.glob("clickhouse-*")]
        return [file.read_text().strip() for file in (*map(self.secrets.joinpath, names), *stores)]

    def secret(self, name: str) -> str:
        """A reference to a password."""
        return f"file:{self.secrets / name}"

    @property
    def ca_file(self) -> str:
        """The authority's certificate."""
        return str(self.secrets / "ca.pem")

    def kafka(self, mechanism: str = "SCRAM-SHA-512", password: str = "") -> Kafka:
        """As the user that jobs and commands are."""
        return Kafka.model_validate(
            {
                "bootstrap": kafka.bootstrap(self.ports),
                "security": "SASL_SSL",
                "sasl_mechanism": mechanism,
                "user": "touchline",
                "password": password or self.secret("kafka"),
                "ca_file": self.ca_file,
            }
        )

    def redis(self, user: str, password: str = "") -> Redis:
        """As one of the ACL's users: writer, reader, operator."""
        return Redis(
            url=f"rediss://{LOOPBACK}:{self.ports['redis']}/0",
            user=f"touchline-{user}",
            password=password or self.secret(f"redis-{user}"),
            ca_file=self.ca_file,
        )

    def clickhouse(self, user: str, password: str = "") -> ClickHouse:
        """As one of the SQL's users: writer, reader, migrator."""
        return ClickHouse(
            url=f"https://{LOOPBACK}:{self.ports['clickhouse']}",
            user=f"touchline_{user}",
            password=password or self.secret(f"clickhouse-{user}"),
            ca_file=self.ca_file,
        )

    def flink(self) -> Flink:
        """With the operator's certificate."""
        return Flink(
            rest=flink.rest(self.ports),
            tls=True,
            ca_file=self.ca_file,
            cert_file=str(self.secrets / "operator.crt"),
            key_file=str(self.secrets / "operator.key"),
        )

    def start_kafka(self) -> None:
        """A broker that only takes SASL_SSL, with a user of PLAIN and SCRAM, and the topics."""
        # Java's own files of logins have no place for a file with the end of a line: as they are.
        plain = kafka.server_properties(self.home / kafka.NAME / "data", self.ports, Kafka())
        address = f"SECURED://{kafka.bootstrap(self.ports)}"
        controller = f"CONTROLLER://{LOOPBACK}:{self.ports['kafka-controller']}"
        module = "org.apache.kafka.common.security"
        own = (self.secrets / "kafka-broker").read_text().strip()
        users = f'user_broker="{own}" user_touchline="{resolve(self.secret("kafka"))}"'
        listener = "listener.name.secured"
        # Of two lines of one name the latter counts.
        secured = f"""
listeners={address},{controller}
advertised.listeners={address}
listener.security.protocol.map=SECURED:SASL_SSL,CONTROLLER:PLAINTEXT
inter.broker.listener.name=SECURED
sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-512
sasl.mechanism.inter.broker.protocol=PLAIN
{listener}.plain.sasl.jaas.config={module}.plain.PlainLoginModule required \
username="broker" password="{own}" {users};
{listener}.scram-sha-512.sasl.jaas.config={module}.scram.ScramLoginModule required;
ssl.keystore.type=PEM
ssl.keystore.location={self.secrets / "kafka.pem"}
ssl.truststore.type=PEM
ssl.truststore.location={self.ca_file}
"""
        kafka.launch(self.processes, self.ports, plain + secured)
        admin = AdminClient(librdkafka(self.kafka("PLAIN")))
        login = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096)
        password = resolve(self.secret("kafka")).encode()
        change = UserScramCredentialUpsertion("touchline", login, password)
        for done in admin.alter_user_scram_credentials([change]).values():
            done.result()
        self._until("the user of SCRAM", self._scram_works)
        kafka.create_topics(Settings(kafka=self.kafka()))

    def _scram_works(self) -> bool:
        try:
            AdminClient(librdkafka(self.kafka())).list_topics(timeout=2)
        except KafkaException:
            return False
        return True

    def start_redis(self) -> None:
        """A server with the ACL, and TLS before it."""
        inner, outer = self.ports["redis-plain"], self.ports["redis"]
        folder = self.home / redis.NAME
        folder.mkdir()
        acl = self.secrets / "users.acl"
        self.processes.start("redis", [*redis.command(inner, str(folder)), "--aclfile", str(acl)])
        door = [sys.executable, "-m", "tests.security.tls_door"]
        door += ["--port", str(outer), "--to", str(inner)]
        door += [
            "--cert",
            str(self.secrets / "redis.crt"),
            "--key",
            str(self.secrets / "redis.key"),
        ]
        self.processes.start("redis-tls", door, _IMPORTS)
        self._until("Redis", self._redis_answers)

    def _redis_answers(self) -> bool:
        settings = self.redis("writer")
        client = redis_client.Redis.from_url(settings.url, **redis_options(settings))
        try:
            return bool(client.ping())
        except redis_client.ConnectionError:
            return False
        finally:
            client.close()

    def start_clickhouse(self, role: str) -> None:
        """A server on whose data one role works; another role's is stopped."""
        self.processes.stop(["clickhouse"])
        command = [sys.executable, "-m", "tests.security.clickhouse_server", "--role", role]
        command += ["--port", str(self.ports["clickhouse"]), "--secrets", str(self.secrets)]
        command += ["--data", str(self.home / "clickhouse" / "data")]
        self.processes.start("clickhouse", command, _IMPORTS)
        port = self.ports["clickhouse"]
        self.processes.wait("clickhouse", lambda: listens(port), DEADLINE_S)

    def start_flink(self) -> None:
        """A cluster with TLS inside, and a REST interface that wants certificates."""
        lines = (self.secrets / "flink-config.yaml").read_text().splitlines()
        security = dict(line.split(": ", 1) for line in lines if line.startswith("security."))
        made = {
            name: value.replace("/run/secrets", str(self.secrets))
            for name, value in security.items()
        }
        flink.start(self.processes, self.ports, 1, made, self.flink())

    def _until(self, what: str, ready: Callable[[], bool]) -> None:
        deadline = time.monotonic() + DEADLINE_S
        while not ready():
            assert time.monotonic() < deadline, f"{what} was not ready"
            time.sleep(0.2)


_IMPORTS = {"PYTHONPATH": str(PROJECT)}

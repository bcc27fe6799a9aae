"""How each client gets to what the settings name: addresses, TLS, users.

Options only, no clients: one function for each kind of client there is. Certificates of servers are
always checked, and that they are of the host that was asked for. Secrets are resolved here, but for
Flink's Kafka tables: those are planned on one machine and read on others, where Kafka's own client
resolves them.
"""

from __future__ import annotations

import ssl
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from touchline.secrets import ENVIRONMENT, FILE, resolve
from touchline.settings import ClickHouse, Flink, Kafka, Redis

SHADED = "org.apache.flink.kafka.shaded.org.apache.kafka.common"
"""Where Flink's SQL connector keeps the classes of Kafka's client."""

_MODULES = {"PLAIN": "plain.PlainLoginModule"}
_SCRAM = "scram.ScramLoginModule"

_PROVIDERS = {
    "config.providers": "env,dir",
    "config.providers.env.class": f"{SHADED}.config.provider.EnvVarConfigProvider",
    "config.providers.dir.class": f"{SHADED}.config.provider.DirectoryConfigProvider",
}


def librdkafka(kafka: Kafka) -> dict[str, Any]:
    """Of confluent-kafka's producers, consumers and administration.

    Raises:
        SecretError: the password is not where the settings say.
    """
    options: dict[str, Any] = {"bootstrap.servers": kafka.bootstrap}
    if kafka.security != "PLAINTEXT":
        options["security.protocol"] = kafka.security
    if kafka.encrypted and kafka.ca_file:
        options["ssl.ca.location"] = kafka.ca_file
    if kafka.authenticated:
        options["sasl.mechanism"] = kafka.sasl_mechanism
        options["sasl.username"] = kafka.user
        options["sasl.password"] = resolve(kafka.password)
    return options


def kafka_tables(kafka: Kafka) -> dict[str, str]:
    """Of Flink's Kafka connector. They hold where the password is, and not the password."""
    options = {"bootstrap.servers": kafka.bootstrap}
    if kafka.security != "PLAINTEXT":
        options["security.protocol"] = kafka.security
    if kafka.encrypted and kafka.ca_file:
        options |= {"ssl.truststore.type": "PEM", "ssl.truststore.location": kafka.ca_file}
    if kafka.authenticated:
        module = f"{SHADED}.security.{_MODULES.get(kafka.sasl_mechanism, _SCRAM)}"
        # The password is quoted to the end of its line and not by a second quote: a file may end
        # with the end of a line, or not, and Kafka takes files as they are.
        login = f'username="{kafka.user}" password="{_variable(kafka.password)}\n'
        options |= _PROVIDERS | {
            "sasl.mechanism": kafka.sasl_mechanism,
            "sasl.jaas.config": f"{module} required {login};",
        }
    return {f"properties.{name}": value for name, value in options.items()}


def redis_options(redis: Redis) -> dict[str, Any]:
    """Of `redis.Redis.from_url`, beside the URL.

    Raises:
        SecretError: the password is not where the settings say.
    """
    options: dict[str, Any] = {}
    if redis.user:
        options["username"] = redis.user
    if redis.password:
        options["password"] = resolve(redis.password)
    if urlsplit(redis.url).scheme == "rediss":
        options["ssl_check_hostname"] = True
        if redis.ca_file:
            options["ssl_ca_certs"] = redis.ca_file
    return options


def clickhouse_options(clickhouse: ClickHouse) -> dict[str, Any]:
    """Of `clickhouse_connect.get_client`.

    Raises:
        SecretError: the password is not where the settings say.
    """
    url = urlsplit(clickhouse.url)
    secure = url.scheme == "https"
    options: dict[str, Any] = {
        "host": url.hostname or "127.0.0.1",
        "port": url.port or (8443 if secure else 8123),
        "secure": secure,
        "username": clickhouse.user,
        "password": resolve(clickhouse.password),
    }
    if secure and clickhouse.ca_file:
        options["ca_cert"] = clickhouse.ca_file
    return options


def flink_options(flink: Flink) -> dict[str, Any]:
    """Of an httpx client of the REST interface.

    Raises:
        OSError: a certificate's file cannot be read (ssl.SSLError: it holds none).
    """
    options: dict[str, Any] = {"base_url": flink.url, "trust_env": False}
    if flink.tls:
        context = ssl.create_default_context(cafile=flink.ca_file or None)
        if flink.cert_file:
            context.load_cert_chain(flink.cert_file, flink.key_file or None)
        options["verify"] = context
    return options


def _variable(reference: str) -> str:
    """A reference as Kafka's configuration providers have it; they resolve it in its place."""
    if reference.startswith(ENVIRONMENT):
        return f"${{env:{reference.removeprefix(ENVIRONMENT)}}}"
    path = PurePosixPath(reference.removeprefix(FILE))
    return f"${{dir:{path.parent}:{path.name}}}"

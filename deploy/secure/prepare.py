"""Certificates, passwords and users for docker-compose.secure.yml, made anew, into a folder.

    .venv/bin/python deploy/secure/prepare.py deploy/secure/generated

An authority of its own vouches for everything; its key is not kept. In production take your own
authority's certificates and your own secret store, under the same names.
"""

from __future__ import annotations

import argparse
import hashlib
import secrets
from collections.abc import Sequence
from pathlib import Path

import trustme
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from touchline.flink_tls import CIPHERS, key_store, trust_store

DEPLOY = Path(__file__).resolve().parents[1]
FLINK_CONF = DEPLOY.parent / "flink-conf" / "config.yaml"

HOSTS = {
    "kafka": ("kafka", "localhost"),
    "redis": ("redis", "localhost"),
    "clickhouse": ("clickhouse", "localhost"),
    "flink": ("jobmanager", "localhost"),
}
"""Server -> the names by which it is reached."""

CLIENT = "operator"
"""Who shows a certificate to Flink's REST interface."""

PASSWORDS = (
    *("kafka", "kafka-broker"),
    *("redis-operator", "redis-writer", "redis-reader"),
    *("clickhouse-migrator", "clickhouse-writer", "clickhouse-reader"),
    "flink-stores",
)


def main(arguments: Sequence[str] | None = None) -> None:
    """Write everything; what is there is replaced."""
    parser = argparse.ArgumentParser(description="Certificates, passwords and users.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--host", action="append", default=[], help="one more name of all servers")
    given = parser.parse_args(arguments)
    given.folder.mkdir(parents=True, exist_ok=True)
    # Containers read the files under ids of their own; on this machine only we enter the folder.
    given.folder.chmod(0o700)
    prepare(given.folder, given.host)


def prepare(folder: Path, more_hosts: Sequence[str] = ()) -> None:
    """The same, as a function. more_hosts: further names, or addresses, of all servers."""
    passwords = {name: secrets.token_urlsafe(24) for name in PASSWORDS}
    for name, password in passwords.items():
        (folder / name).write_text(f"{password}\n")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    for name, hosts in (*HOSTS.items(), (CLIENT, (CLIENT,))):
        _certificate(folder, name, authority.issue_cert(*hosts, *more_hosts))
    _flink_stores(folder, passwords["flink-stores"])
    (folder / "kafka_jaas.conf").write_text(_kafka_users(passwords))
    (folder / "kafka-client.properties").write_text(_kafka_client(passwords["kafka-broker"]))
    for source, store in (("redis/users.acl", "redis"), ("clickhouse/users.sql", "clickhouse")):
        (folder / Path(source).name).write_text(_filled(DEPLOY / source, store, passwords))


def _certificate(folder: Path, name: str, issued: trustme.LeafCert) -> None:
    chain = b"".join(one.bytes() for one in issued.cert_chain_pems)
    key = load_pem_private_key(issued.private_key_pem.bytes(), None).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    (folder / f"{name}.crt").write_bytes(chain)
    (folder / f"{name}.key").write_bytes(key)
    (folder / f"{name}.pem").write_bytes(key + chain)  # Kafka wants both in one file


def _flink_stores(folder: Path, password: str) -> None:
    """Flink reads Java's key stores only; its settings with their password are a file, too, since
    an option on the command line is seen by everybody."""
    trusted = trust_store(folder / "ca.pem", password)
    (folder / "flink-truststore.p12").write_bytes(trusted)
    own = key_store(folder / "flink.crt", folder / "flink.key", password)
    (folder / "flink-keystore.p12").write_bytes(own)
    (folder / "flink-config.yaml").write_text(
        FLINK_CONF.read_text() + flink_security("/run/secrets", password)
    )


def flink_security(folder: str, password: str) -> str:
    """Flink's settings for TLS by these stores, with certificates of both sides: among its own
    processes, and for whoever talks to its REST interface."""
    lines = ["", "# --- TLS: made by deploy/secure/prepare.py " + "-" * 20]
    for side in ("internal", "rest"):
        prefix = f"security.ssl.{side}"
        lines += [f"{prefix}.enabled: true", f"{prefix}.key-password: {password}"]
        for store in ("keystore", "truststore"):
            lines += [
                f"{prefix}.{store}: {folder}/flink-{store}.p12",
                f"{prefix}.{store}-password: {password}",
                f"{prefix}.{store}-type: PKCS12",
            ]
    lines += [
        f"security.ssl.algorithms: {CIPHERS}",
        "security.ssl.rest.authentication-enabled: true",
    ]
    return "\n".join([*lines, ""])


def _kafka_users(passwords: dict[str, str]) -> str:
    module = "org.apache.kafka.common.security.plain.PlainLoginModule"
    return f"""\
secured.KafkaServer {{
    {module} required
    username="broker" password="{passwords["kafka-broker"]}"
    user_broker="{passwords["kafka-broker"]}"
    user_touchline="{passwords["kafka"]}";
    org.apache.kafka.common.security.scram.ScramLoginModule required;
}};
"""


def _kafka_client(password: str) -> str:
    module = "org.apache.kafka.common.security.plain.PlainLoginModule"
    return f"""\
security.protocol=SASL_SSL
sasl.mechanism=PLAIN
sasl.jaas.config={module} required username="broker" password="{password}";
ssl.truststore.type=PEM
ssl.truststore.location=/run/secrets/ca.pem
"""


def _filled(source: Path, store: str, passwords: dict[str, str]) -> str:
    text = source.read_text()
    for name, password in passwords.items():
        owner, _, user = name.partition("-")
        if owner == store:
            digest = hashlib.sha256(password.encode()).hexdigest()
            text = text.replace(f"#{user.upper()}", f"#{digest}")
            text = text.replace(f"'{user.upper()}'", f"'{digest}'")
    return text


if __name__ == "__main__":
    main()

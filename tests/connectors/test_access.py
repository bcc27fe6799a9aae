"""Each client's options, as the settings have them. That they work: tests/security."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest
import trustme

from connectors import access
from touchline.errors import TouchlineError
from touchline.flink_client import addresses
from touchline.flink_cluster import Cluster
from touchline.settings import ClickHouse, Flink, Kafka, Redis, Settings

SECRET = "hunter2"
CA = "/etc/touchline/ca.pem"


@pytest.fixture(autouse=True)
def password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_PASSWORD", SECRET)


def secured(**more: str) -> Kafka:
    given = {"security": "SASL_SSL", "user": "jobs", "password": "env:SOME_PASSWORD", "ca_file": CA}
    return Kafka.model_validate({"bootstrap": "broker:9093", **given, **more})


def test_without_security_nothing_is_said_of_it() -> None:
    assert access.librdkafka(Kafka()) == {"bootstrap.servers": "127.0.0.1:9092"}
    assert access.kafka_tables(Kafka()) == {"properties.bootstrap.servers": "127.0.0.1:9092"}
    assert access.redis_options(Redis()) == {}
    assert "verify" not in access.flink_options(Flink())


def test_librdkafka_has_the_password_and_the_authority() -> None:
    assert access.librdkafka(secured()) == {
        "bootstrap.servers": "broker:9093",
        "security.protocol": "SASL_SSL",
        "ssl.ca.location": CA,
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": "jobs",
        "sasl.password": SECRET,
    }


def test_flinks_tables_have_only_the_place_of_the_password() -> None:
    from_environment = access.kafka_tables(secured())
    assert SECRET not in str(from_environment)
    assert 'password="${env:SOME_PASSWORD}\n;' in from_environment["properties.sasl.jaas.config"]
    from_file = access.kafka_tables(secured(password="file:/run/secrets/kafka"))
    assert 'password="${dir:/run/secrets:kafka}\n;' in from_file["properties.sasl.jaas.config"]
    assert from_file["properties.ssl.truststore.location"] == CA


@pytest.mark.parametrize(
    ("mechanism", "module"),
    [
        ("PLAIN", "plain.PlainLoginModule"),
        ("SCRAM-SHA-256", "scram.ScramLoginModule"),
        ("SCRAM-SHA-512", "scram.ScramLoginModule"),
    ],
)
def test_each_mechanism_has_its_login_module(mechanism: str, module: str) -> None:
    jaas = access.kafka_tables(secured(sasl_mechanism=mechanism))["properties.sasl.jaas.config"]
    assert jaas.startswith(f"{access.SHADED}.security.{module} required ")


def test_redis_by_tls_checks_who_answers() -> None:
    settings = Redis(
        url="rediss://cache:6380/0", user="live", password="env:SOME_PASSWORD", ca_file=CA
    )
    assert access.redis_options(settings) == {
        "username": "live",
        "password": SECRET,
        "ssl_check_hostname": True,
        "ssl_ca_certs": CA,
    }


def test_clickhouse_by_tls_has_its_own_port_and_authority() -> None:
    settings = ClickHouse(
        url="https://history", user="writer", password="env:SOME_PASSWORD", ca_file=CA
    )
    assert access.clickhouse_options(settings) == {
        "host": "history",
        "port": 8443,
        "secure": True,
        "username": "writer",
        "password": SECRET,
        "ca_cert": CA,
    }


def test_flinks_rest_interface_is_checked_and_shown_a_certificate(tmp_path: Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    issued = authority.issue_cert("operator")
    issued.private_key_and_cert_chain_pem.write_to_path(tmp_path / "operator.pem")
    flink = Flink(
        rest="flink:8081",
        tls=True,
        ca_file=str(tmp_path / "ca.pem"),
        cert_file=str(tmp_path / "operator.pem"),
    )
    options = access.flink_options(flink)
    assert options["base_url"] == "https://flink:8081"
    assert options["verify"].verify_mode == ssl.CERT_REQUIRED
    assert options["verify"].check_hostname
    assert len(options["verify"].get_ca_certs()) == 1


def test_a_certificate_that_is_missing_is_told_by_its_setting() -> None:
    with pytest.raises(TouchlineError) as raised:
        Cluster(Flink(tls=True, ca_file="/not/there.pem"))
    assert "flink.ca_file" in raised.value.hint


def test_a_job_is_told_how_to_reach_everything_and_no_secret() -> None:
    settings = Settings(
        kafka=secured(),
        redis=Redis(url="rediss://cache", user="live", password="env:SOME_PASSWORD", ca_file=CA),
        clickhouse=ClickHouse(url="https://history", password="file:/run/secrets/history"),
    )
    told = addresses(settings)
    assert SECRET not in str(told)
    again = Settings.load(told)
    assert (again.kafka, again.redis, again.clickhouse) == (
        settings.kafka,
        settings.redis,
        settings.clickhouse,
    )

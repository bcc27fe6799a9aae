"""PEM files as the key stores of Flink's client, read by Java's own keytool."""

from __future__ import annotations

import stat
import subprocess
from pathlib import Path

import pytest
import trustme

from touchline.errors import TouchlineError
from touchline.flink_tls import java_options
from touchline.settings import Flink
from touchline.stack.tools import java


@pytest.fixture
def flink(tmp_path: Path) -> Flink:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    issued = authority.issue_cert("operator")
    issued.cert_chain_pems[0].write_to_path(tmp_path / "operator.pem")
    issued.private_key_pem.write_to_path(tmp_path / "operator.key")
    return Flink(
        tls=True,
        ca_file=str(tmp_path / "ca.pem"),
        cert_file=str(tmp_path / "operator.pem"),
        key_file=str(tmp_path / "operator.key"),
    )


def entries(store: str, password: str) -> str:
    keytool = java().with_name("keytool")
    command = [str(keytool), "-list", "-keystore", store, "-storepass", password]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_java_trusts_the_authority_and_has_the_key(flink: Flink, tmp_path: Path) -> None:
    options = java_options(flink, tmp_path)
    prefix = "security.ssl.rest"
    trusted = entries(options[f"{prefix}.truststore"], options[f"{prefix}.truststore-password"])
    assert trusted.count("trustedCertEntry") == 1
    own = entries(options[f"{prefix}.keystore"], options[f"{prefix}.keystore-password"])
    assert own.count("PrivateKeyEntry") == 1
    assert options[f"{prefix}.enabled"] == options[f"{prefix}.authentication-enabled"] == "true"


def test_the_stores_are_for_this_user_only_and_of_one_run(flink: Flink, tmp_path: Path) -> None:
    first, second = java_options(flink, tmp_path), java_options(flink, tmp_path)
    key = "security.ssl.rest.keystore"
    assert stat.S_IMODE(Path(second[key]).stat().st_mode) == 0o600
    assert first[f"{key}-password"] != second[f"{key}-password"]


def test_without_tls_there_is_nothing(tmp_path: Path) -> None:
    assert java_options(Flink(), tmp_path) == {}
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_certificate_is_an_error_of_one_line(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("nothing")
    with pytest.raises(TouchlineError, match="REST interface"):
        java_options(Flink(tls=True, ca_file=str(tmp_path / "ca.pem")), tmp_path)

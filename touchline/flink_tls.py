"""TLS for Flink's own client: PEM files as the key stores that Java reads."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    load_pem_private_key,
    pkcs12,
)

from touchline.errors import TouchlineError
from touchline.settings import Flink

TRUST_STORE, KEY_STORE = "rest-truststore.p12", "rest-keystore.p12"

CIPHERS = ",".join(
    f"TLS_ECDHE_{kind}_WITH_AES_{size}_SHA{digest}"
    for kind in ("ECDSA", "RSA")
    for size, digest in (("256_GCM", 384), ("128_GCM", 256))
)
"""Of TLS 1.2, for either kind of key: Flink's default is for RSA only."""


def java_options(flink: Flink, folder: Path) -> dict[str, str]:
    """Flink's settings of a client of the REST interface; empty without TLS.

    The stores are written into `folder`, readable by this user only. Their password is made anew
    each time, so that a store without its settings is of no use.

    Raises:
        TouchlineError: a file cannot be read, or holds no certificate or key.
    """
    if not flink.tls:
        return {}
    password = secrets.token_urlsafe()
    options = {"security.ssl.rest.enabled": "true", "security.ssl.algorithms": CIPHERS}
    try:
        if flink.ca_file:
            store = trust_store(Path(flink.ca_file), password)
            options |= _store(folder / TRUST_STORE, store, "truststore", password)
        if flink.cert_file:
            store = key_store(
                Path(flink.cert_file), Path(flink.key_file or flink.cert_file), password
            )
            options |= _store(folder / KEY_STORE, store, "keystore", password)
            options["security.ssl.rest.key-password"] = password
            options["security.ssl.rest.authentication-enabled"] = "true"
    except (OSError, ValueError) as error:
        raise TouchlineError(
            f"the certificates of Flink's REST interface: {error}",
            "see flink.ca_file, flink.cert_file and flink.key_file",
        ) from error
    return options


def trust_store(ca_file: Path, password: str) -> bytes:
    """A PKCS12 store of the authorities in a PEM file."""
    authorities = x509.load_pem_x509_certificates(ca_file.read_bytes())
    named = [
        pkcs12.PKCS12Certificate(one, f"ca-{number}".encode())
        for number, one in enumerate(authorities)
    ]
    return pkcs12.serialize_java_truststore(named, BestAvailableEncryption(password.encode()))


def key_store(cert_file: Path, key_file: Path, password: str) -> bytes:
    """A PKCS12 store of a certificate, those that vouch for it, and its key."""
    first, *others = x509.load_pem_x509_certificates(cert_file.read_bytes())
    key = load_pem_private_key(key_file.read_bytes(), None)
    return pkcs12.serialize_key_and_certificates(
        b"rest",
        key,  # type: ignore[arg-type]  # a key that cannot be in a store is a TypeError below
        first,
        others,
        BestAvailableEncryption(password.encode()),
    )


def _store(file: Path, content: bytes, kind: str, password: str) -> dict[str, str]:
    file.unlink(missing_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(content)
    prefix = f"security.ssl.rest.{kind}"
    return {
        prefix: str(file),
        f"{prefix}-password": password,
        f"{prefix}-type": "PKCS12",
    }

"""The embedded ClickHouse behind TLS and passwords, as one user with that user's grants.

chDB has one user. So a server is started as one of ours: with the grants of its role in
deploy/clickhouse/users.sql, which chDB enforces, and with its name and password, which this checks.

    python -m tests.security.clickhouse_server --port 8443 --data DIR --role writer --secrets DIR
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import re
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from touchline.stack.clickhouse_engine import Engine
from touchline.stack.clickhouse_server import application
from touchline.stack.ports import LOOPBACK
from touchline.stack.tools import PROJECT

USERS = PROJECT / "deploy" / "clickhouse" / "users.sql"


def grants(role: str) -> list[str]:
    """What a role is granted, as a user's own grants."""
    found = re.findall(rf"^(GRANT .+ ON .+) TO touchline_{role};", USERS.read_text(), re.MULTILINE)
    assert found, role
    return [str(one) for one in found]


def configuration(folder: Path, role: str) -> Path:
    """chDB's configuration, in which the one user has the role's grants."""
    queries = "".join(f"<query>{one}</query>" for one in grants(role))
    (folder / "users.xml").write_text(
        "<clickhouse><profiles><default/></profiles><quotas><default/></quotas><users><default>"
        "<no_password/><profile>default</profile><quota>default</quota>"
        f"<networks><ip>::/0</ip></networks><grants>{queries}</grants>"
        "</default></users></clickhouse>"
    )
    # As in the configuration that the server's packages bring.
    improvements = (
        "<select_from_system_db_requires_grant>true</select_from_system_db_requires_grant>"
    )
    (folder / "config.xml").write_text(
        f"<clickhouse><access_control_improvements>{improvements}</access_control_improvements>"
        f"<user_directories><users_xml><path>{folder / 'users.xml'}</path></users_xml>"
        "</user_directories></clickhouse>"
    )
    return folder / "config.xml"


class Guarded:
    """Lets in who knows the password whose SHA-256 the SQL has."""

    def __init__(self, app: ASGIApp, user: str, digest: str) -> None:
        self._app = app
        self._user = user
        self._digest = digest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        if (
            scope["type"] != "http"
            or scope["path"] == "/ping"
            or self._knows(dict(scope["headers"]))
        ):
            await self._app(scope, receive, send)
            return
        headers = [(b"x-clickhouse-exception-code", b"516")]
        await send({"type": "http.response.start", "status": 403, "headers": headers})
        text = f"Code: 516. DB::Exception: {self._user}: Authentication failed"
        await send({"type": "http.response.body", "body": text.encode()})

    def _knows(self, headers: dict[bytes, bytes]) -> bool:
        given = headers.get(b"authorization", b"").removeprefix(b"Basic ")
        user, _, password = base64.b64decode(given).partition(b":")
        digest = hashlib.sha256(password).hexdigest()
        return (user.decode(), digest) == (self._user, self._digest)


def main() -> None:
    """Serve until SIGTERM."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--role", required=True)
    parser.add_argument("--secrets", type=Path, required=True)
    given = parser.parse_args()
    users = (given.secrets / "users.sql").read_text()
    user = f"touchline_{given.role}"
    digest = re.search(rf"CREATE USER IF NOT EXISTS {user} .* BY '(\w{{64}})'", users)
    assert digest is not None
    given.data.mkdir(parents=True, exist_ok=True)
    config = configuration(given.data.parent, given.role)
    engine = Engine(Path(f"{given.data}?config-file={config}"))
    try:
        uvicorn.run(
            Guarded(application(engine), user, digest[1]),
            host=LOOPBACK,
            port=given.port,
            log_level="warning",
            ssl_certfile=given.secrets / "clickhouse.crt",
            ssl_keyfile=given.secrets / "clickhouse.key",
        )
    finally:
        engine.close()


if __name__ == "__main__":
    main()

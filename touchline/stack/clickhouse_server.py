"""ClickHouse's HTTP interface in front of chDB, which is ClickHouse as a library and cannot listen.

A client cannot tell it from a server: a query in `query=` or in the body (or one continued in the
other), `param_*`, settings in the query string, inserts with rows in any format, compressed bodies
both ways, sessions, `X-ClickHouse-*` headers, ClickHouse's error codes and their HTTP status.

One process owns the data folder. Queries run in threads: the event loop only moves bytes.

    python -m touchline.stack.clickhouse_server --port 8123 --data FOLDER
"""

from __future__ import annotations

import argparse
import json
import os
import uuid
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from touchline.stack import clickhouse_codecs as codecs
from touchline.stack.clickhouse_engine import Engine
from touchline.stack.clickhouse_errors import QueryError, http_status
from touchline.stack.clickhouse_sql import insert_with_data
from touchline.stack.ports import LOOPBACK

NAME = "touchline"
NOT_IMPLEMENTED = 48


class Server:
    """The endpoints."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def ping(self, _request: Request) -> Response:
        """What load balancers and clients ask first."""
        return PlainTextResponse("Ok.\n")

    async def query(self, request: Request) -> Response:
        """Run what the request says."""
        parameters = dict(request.query_params)
        query_id = parameters.get("query_id") or str(uuid.uuid4())
        headers = {
            "X-ClickHouse-Query-Id": query_id,
            "X-ClickHouse-Server-Display-Name": NAME,
            "X-ClickHouse-Timezone": self._engine.timezone,
        }
        for header, name in _HEADER_PARAMETERS.items():
            if value := request.headers.get(header):
                parameters.setdefault(name, value)
        try:
            if request.headers.get("content-type", "").startswith("multipart/"):
                raise QueryError(NOT_IMPLEMENTED, "DB::Exception: forms are not supported here")
            body = codecs.decode(await request.body(), request.headers.get("content-encoding", ""))
            query = parameters.get("query", "").encode()
            if request.method == "GET" and not query:
                return PlainTextResponse("Ok.\n")
            if not query:
                query, body = body, b""
            elif body and insert_with_data(query) is None:
                query += b"\n"
            answer = await run_in_threadpool(self._engine.run, query, body, parameters)
        except QueryError as error:
            headers["X-ClickHouse-Exception-Code"] = str(error.code)
            return PlainTextResponse(f"{error}\n", http_status(error.code), headers)
        headers["X-ClickHouse-Summary"] = json.dumps(answer.summary)
        headers["X-ClickHouse-Format"] = answer.format
        accepted = request.headers.get("accept-encoding", "")
        compress = parameters.get("enable_http_compression") == "1"
        encoding = codecs.accepted(accepted) if compress else ""
        if encoding:
            headers["Content-Encoding"] = encoding
        content = await run_in_threadpool(codecs.encode, answer.body, encoding)
        return Response(content, 200, headers, media_type=_media_type(answer.format))


_HEADER_PARAMETERS = {
    "X-ClickHouse-Database": "database",
    "X-ClickHouse-Format": "default_format",
}


def _media_type(name: str) -> str:
    if name.startswith("JSON"):
        return "application/x-ndjson" if "EachRow" in name else "application/json"
    if name.startswith("CSV"):
        return "text/csv"
    if name.startswith(("TabSeparated", "TSV")):
        return "text/tab-separated-values"
    return "application/octet-stream"


def application(engine: Engine) -> Starlette:
    """The server as an ASGI application on `engine`."""
    server = Server(engine)
    return Starlette(
        routes=[
            Route("/ping", server.ping),
            Route("/replicas_status", server.ping),
            Route("/", server.query, methods=["GET", "POST"]),
        ]
    )


NICENESS = 15
"""An insert wakes dozens of threads, and on a machine's few cores each step of the live path would
wait behind them: twice as many events a second get through when the history waits instead."""


def main() -> None:
    """Serve until SIGTERM."""
    parser = argparse.ArgumentParser(description="ClickHouse's HTTP interface over chDB")
    parser.add_argument("--port", type=int, default=8123)
    parser.add_argument("--data", type=Path, required=True)
    arguments = parser.parse_args()
    arguments.data.mkdir(parents=True, exist_ok=True)
    os.nice(NICENESS)
    engine = Engine(arguments.data)
    try:
        uvicorn.run(application(engine), host=LOOPBACK, port=arguments.port, log_level="warning")
    finally:
        engine.close()


if __name__ == "__main__":
    main()

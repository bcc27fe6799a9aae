"""An HTTP server on this machine whose answers a test scripts, one after another."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


class Exchange:
    """One request's answer, as the script gives it."""

    def __init__(self, handler: BaseHTTPRequestHandler) -> None:
        self._handler = handler

    def document(self, body: bytes, status: int = 200, **headers: str) -> None:
        self._start(status, {"Content-Length": str(len(body)), **headers})
        self._handler.wfile.write(body)

    def stream(self) -> None:
        self._start(200, {"Transfer-Encoding": "chunked"})

    def chunk(self, data: bytes) -> None:
        self._handler.wfile.write(b"%x\r\n%b\r\n" % (len(data), data))
        self._handler.wfile.flush()

    def end(self) -> None:
        """Close the stream as HTTP has it; without it the connection just breaks."""
        self._handler.wfile.write(b"0\r\n\r\n")

    def stay_silent(self, seconds: float) -> None:
        time.sleep(seconds)

    def _start(self, status: int, headers: dict[str, str]) -> None:
        self._handler.send_response(status)
        for name, value in headers.items():
            self._handler.send_header(name.replace("_", "-"), value)
        self._handler.end_headers()


Answer = Callable[[Exchange], None]


@dataclass
class Server:
    """`script` holds the answers still to come; after the last one every answer is 410 Gone."""

    script: list[Answer]
    port: int = 0
    paths: list[str] = field(default_factory=list)
    headers: list[Message] = field(default_factory=list)

    def url(self, path: str = "/feed") -> str:
        return f"http://127.0.0.1:{self.port}{path}"


def gone(exchange: Exchange) -> None:
    exchange.document(b"over", 410)


@contextmanager
def serving(*script: Answer) -> Iterator[Server]:
    server = Server(list(script))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            server.paths.append(self.path)
            server.headers.append(self.headers)
            self.close_connection = True
            answer = server.script.pop(0) if server.script else gone
            answer(Exchange(self))

        def log_message(self, format: str, *args: object) -> None:
            """Nothing on standard error."""

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    server.port = http.server_port
    thread = Thread(target=http.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        http.shutdown()
        http.server_close()
        thread.join()

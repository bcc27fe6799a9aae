"""A Redis for tests of what reads polls: the real protocol on a real socket, and of the commands
those few that are used. Gone with the test."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from fnmatch import fnmatchcase
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import Any, BinaryIO

from schemas.redis import keys


class MockRedis:
    """Keeps documents and tells of them, as the job's sink does. `url` is for the settings."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.documents: dict[str, str] = {}
        self.commands: list[str] = []
        self.connections: list[socket.socket] = []
        self._subscribers: list[BinaryIO] = []
        self._lock = threading.Lock()

    def tell(self, result: dict[str, Any]) -> None:
        """Put a poll's result there, and tell it on the channel."""
        text = json.dumps(result, ensure_ascii=False)
        with self._lock:
            self.documents[keys.poll_results(result["id"])] = text
            for out in self._subscribers:
                with suppress(OSError):  # one that is just going
                    out.write(_list("message", keys.POLL_UPDATES, text))

    def answer(self, words: list[str], out: BinaryIO) -> None:
        """Carry out one command."""
        name = words[0].upper()
        with self._lock:
            self.commands.append(name)
            if name == "SCAN":
                pattern = words[words.index("MATCH") + 1].replace("\\", "")
                found = [key for key in self.documents if fnmatchcase(key, pattern)]
                # Twice, as SCAN may.
                out.write(b"*2\r\n" + _text("0") + _list(*found, *found))
            elif name == "JSON.GET":
                out.write(_text(self.documents.get(words[1])))
            elif name == "SUBSCRIBE":
                self._subscribers.append(out)
                out.write(b"*3\r\n" + _text("subscribe") + _text(words[1]) + b":1\r\n")
            else:
                out.write(b"+OK\r\n")

    def drop(self) -> None:
        """Close every connection."""
        for connection in self.connections:
            with suppress(OSError):  # one that the client has closed
                connection.shutdown(socket.SHUT_RDWR)

    def forget(self, out: BinaryIO) -> None:
        """Tell a client that has gone no more."""
        with self._lock:
            self._subscribers = [other for other in self._subscribers if other is not out]


@contextmanager
def mock_redis() -> Iterator[MockRedis]:
    """A running server."""

    class Handler(StreamRequestHandler):
        def handle(self) -> None:
            store.connections.append(self.connection)
            while head := self.rfile.readline():
                words = [self._word() for _ in range(int(head[1:]))]
                store.answer(words, self.wfile)  # type: ignore[arg-type]
            store.forget(self.wfile)  # type: ignore[arg-type]

        def _word(self) -> str:
            size = int(self.rfile.readline()[1:])
            return self.rfile.read(size + 2)[:-2].decode()

    class Server(ThreadingTCPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """A client that has gone is nothing to tell of."""

    with Server(("127.0.0.1", 0), Handler) as server:
        host, port = server.server_address[:2]
        store = MockRedis(f"redis://{host!s}:{port}/0")
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}).start()
        try:
            yield store
        finally:
            server.shutdown()
            store.drop()


def _text(text: str | None) -> bytes:
    if text is None:
        return b"$-1\r\n"
    return b"$%d\r\n%s\r\n" % (len(text.encode()), text.encode())


def _list(*texts: str) -> bytes:
    return b"*%d\r\n" % len(texts) + b"".join(map(_text, texts))

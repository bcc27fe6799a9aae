"""Reading Redis's channel."""

from __future__ import annotations

import socket
import threading

from bench.updates import Updates

CONFIRMED = b"*3\r\n$9\r\nsubscribe\r\n$13\r\nmatch-updates\r\n:1\r\n"


def message(payload: bytes) -> bytes:
    return b"*3\r\n$7\r\nmessage\r\n$13\r\nmatch-updates\r\n$%d\r\n%b\r\n" % (len(payload), payload)


def test_messages_that_are_cut_anywhere_are_put_together() -> None:
    payloads = [b"opta:1 1787407200000", b"opta:22 1787407200001", b"genius:3 1787407200002"]
    stream = b"".join(map(message, payloads))
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(CONFIRMED)
                for place in range(0, len(stream), 5):
                    connection.sendall(stream[place : place + 5])

        threading.Thread(target=serve, daemon=True).start()
        found: list[bytes] = []
        with Updates(f"redis://127.0.0.1:{port}/0") as updates:
            while len(found) < len(payloads):
                found += updates.read()
    assert found == payloads

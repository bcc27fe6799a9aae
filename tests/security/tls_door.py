"""TLS in front of the embedded Redis, whose build has none: what comes by TLS goes on without.

python -m tests.security.tls_door --port 6380 --to 6379 --cert FILE --key FILE
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import ssl

from touchline.stack.ports import LOOPBACK

CHUNK = 1 << 16


async def pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    """Pass on what comes, until an end closes."""
    with contextlib.suppress(ConnectionError, ssl.SSLError):
        while data := await source.read(CHUNK):
            target.write(data)
            await target.drain()
    target.close()


async def serve(port: int, to: int, context: ssl.SSLContext) -> None:
    """Accept for ever."""

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_connection(LOOPBACK, to)
        await asyncio.gather(pump(reader, inner_writer), pump(inner_reader, writer))

    server = await asyncio.start_server(pass_on, LOOPBACK, port, ssl=context)
    async with server:
        await server.serve_forever()


def main() -> None:
    """Serve until SIGTERM."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--to", type=int, required=True)
    parser.add_argument("--cert", required=True)
    parser.add_argument("--key", required=True)
    given = parser.parse_args()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(given.cert, given.key)
    asyncio.run(serve(given.port, given.to, context))


if __name__ == "__main__":
    main()

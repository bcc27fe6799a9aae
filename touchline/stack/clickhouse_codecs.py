"""Compressed bodies, by the name that Content-Encoding has."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable

import lz4.frame  # type: ignore[import-untyped]
import zstandard

from touchline.stack.clickhouse_errors import QueryError

UNKNOWN_COMPRESSION_METHOD = 89
CANNOT_DECOMPRESS = 271

DECODERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.decompress,
    "deflate": zlib.decompress,
    "lz4": lz4.frame.decompress,
    "zstd": lambda body: zstandard.ZstdDecompressor().decompressobj().decompress(body),
}
ENCODERS: dict[str, Callable[[bytes], bytes]] = {
    "lz4": lz4.frame.compress,
    "zstd": lambda body: zstandard.ZstdCompressor(1).compress(body),
    "gzip": lambda body: gzip.compress(body, 1),
    "deflate": lambda body: zlib.compress(body, 1),
}
"""The cheapest first: on loopback the network costs less than any of them."""


def decode(body: bytes, encoding: str) -> bytes:
    """The body as it was before it was compressed.

    Raises:
        QueryError: the encoding is not known, or the body is damaged.
    """
    if not encoding or encoding == "identity":
        return body
    decoder = DECODERS.get(encoding)
    if decoder is None:
        raise QueryError(
            UNKNOWN_COMPRESSION_METHOD, f"DB::Exception: Unknown compression method: {encoding}"
        )
    try:
        return decoder(body)
    except (OSError, EOFError, zlib.error, RuntimeError, zstandard.ZstdError) as error:
        raise QueryError(CANNOT_DECOMPRESS, f"DB::Exception: Cannot decompress: {error}") from error


def accepted(header: str) -> str:
    """The encoding for an answer to a request with this Accept-Encoding; empty for none."""
    names = {part.partition(";")[0].strip() for part in header.split(",")}
    return next((name for name in ENCODERS if name in names), "")


def encode(body: bytes, encoding: str) -> bytes:
    """Compress an answer; `encoding` comes from `accepted`."""
    return ENCODERS[encoding](body) if encoding else body

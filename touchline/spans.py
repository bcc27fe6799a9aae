"""Positions in Kafka as a person writes them, and as a job's command line wants them."""

from __future__ import annotations

import re

from touchline.errors import TouchlineError
from udfs.contract import Rejected
from udfs.reading import epoch_ms

BEGINNING = "earliest"
LATEST = "latest"
MAX_GENERATION = 65_535
"""ClickHouse keeps it in 16 bits, and the orders of versions have five digits for it."""

_OFFSETS = re.compile(r"\d+=\d+(,\d+=\d+)*", re.ASCII)


def position(text: str) -> str:
    """`earliest`, `latest`, `offsets:0=17,1=4` or `timestamp:EPOCH_MS` of what was typed: one of
    the first two, offsets by partition, or an ISO 8601 time.

    Raises:
        TouchlineError: it is none of them.
    """
    if text in (BEGINNING, LATEST):
        return text
    if _OFFSETS.fullmatch(text):
        return f"offsets:{text}"
    try:
        return f"timestamp:{epoch_ms(text)}"
    except Rejected as error:
        raise TouchlineError(
            f"{text!r} is no position in Kafka",
            "latest, offsets by partition (0=17,1=4), or an ISO 8601 time (2026-08-22T14:00:00Z)",
        ) from error

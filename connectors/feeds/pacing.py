"""Plays recorded messages at the pace they once came in: live, sixty times as fast, or at once."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator
from heapq import merge
from itertools import chain

from connectors.feeds.files import Received
from udfs.contract import Rejected
from udfs.reading import epoch_ms

LONGEST_GAP_MS = 30 * 60 * 1000
"""Longer than a half-time break with its delays; after that nobody waits for a correction that came
days later."""

_ISO = rb"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[0-9.+:\-Z]*)"
_TIMES = {
    "opta": re.compile(rb"""last_?modified["']?\s*[=:]\s*["']""" + _ISO, re.IGNORECASE),
    "sportradar": re.compile(rb'"(?:updated|deleted|time)"\s*:\s*"' + _ISO),
    "genius": re.compile(
        rb'"(?:messageTimestampUtc|timeActual|timestamp|time)"\s*:\s*"' + _ISO, re.IGNORECASE
    ),
}
"""The time at which a provider sent a message, by the first field that tells it."""


def parse_speed(text: str) -> float | None:
    """The factor of `1x`, `60x`, `2.5x`; None for `max`.

    Raises:
        ValueError: it is none of these.
    """
    if text == "max":
        return None
    number, x, rest = text.partition("x")
    if not (x and not rest and re.fullmatch(r"\d+(\.\d+)?", number) and float(number) > 0):
        raise ValueError(f"{text!r}: a speed is 1x, 60x, 0.5x … or max")
    return float(number)


def time_of(provider: str, value: bytes) -> int | None:
    """When a message was sent, in epoch milliseconds of the provider's own zone, None if it does
    not say. Only good for differences between messages of one feed."""
    pattern = _TIMES.get(provider)
    found = pattern.search(value) if pattern else None
    if not found:
        return None
    try:
        return epoch_ms(found.group(1).decode())
    except Rejected:
        return None  # the adapter says what is wrong with it; it only is not waited for


def played(
    sources: Iterable[Iterable[Received]],
    provider: str,
    speed: float | None,
    *,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[Received]:
    """The messages of all sources, each at its moment; all sources start together.

    With a speed of None there is no waiting, and the sources follow one another.
    """
    if speed is None:
        yield from chain.from_iterable(sources)
        return
    timed = merge(*(due(source, provider, speed) for source in sources), key=lambda pair: pair[0])
    start = clock()
    for due_s, message in timed:
        wait_s = start + due_s - clock()
        if wait_s > 0:
            sleep(wait_s)
        yield message


def due(
    messages: Iterable[Received], provider: str, speed: float
) -> Iterator[tuple[float, Received]]:
    """Each message with the seconds after the first at which it is due; never decreasing.

    A message without a time, or with an earlier one than was seen, comes with its predecessor; a
    gap of more than `LONGEST_GAP_MS` is skipped.
    """
    due_s = 0.0
    latest: int | None = None
    for message in messages:
        at = message.time_ms if message.time_ms is not None else time_of(provider, message.value)
        if at is not None:
            gap = at - latest if latest is not None else 0
            if 0 < gap <= LONGEST_GAP_MS:
                due_s += gap / 1000 / speed
            latest = at if latest is None else max(latest, at)
        yield due_s, message

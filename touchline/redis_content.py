"""All that is in Redis, in a form that two moments can be compared by."""

from __future__ import annotations

import time
from typing import Any

import redis

Content = dict[str, Any]
"""Key -> value, without times to live. JSON documents are their parsed value, since the order of
their fields is that in which they were first written; all else is as it is, to the byte."""

POLL_S = 0.25


def content(client: redis.Redis, prefixes: tuple[str, ...] = ("",)) -> Content:
    """What is at the keys that begin with one of the prefixes. The client decodes its answers.

    Raises:
        ValueError: a key of a type that Touchline does not write.
    """
    names = sorted(name for name in client.scan_iter(count=1_000) if name.startswith(prefixes))
    return {name: _value(client, name) for name in names}


def wait_until_quiet(client: redis.Redis, quiet_s: float, at_most_s: float) -> None:
    """Until the jobs have written nothing for `quiet_s`.

    Raises:
        TimeoutError: they still write after `at_most_s`.
    """
    deadline = time.monotonic() + at_most_s
    before, since = _writes(client), time.monotonic()
    while time.monotonic() - since < quiet_s:
        if time.monotonic() > deadline:
            raise TimeoutError(f"Redis is still written to after {at_most_s:.0f} s")
        time.sleep(POLL_S)
        if (now := _writes(client)) != before:
            before, since = now, time.monotonic()


def changed(one: Content, other: Content) -> list[str]:
    """The keys that are not the same, or in one of the two only."""
    return [name for name in sorted(one.keys() | other.keys()) if one.get(name) != other.get(name)]


def _writes(client: redis.Redis) -> object:
    return client.info("commandstats").get("cmdstat_evalsha", {}).get("calls")


def _value(client: redis.Redis, name: str) -> Any:
    match client.type(name):
        case "ReJSON-RL":
            return client.json().get(name)
        case "hash":
            return client.hgetall(name)
        case "zset":
            return client.zrange(name, 0, -1, withscores=True)
        case kind:
            raise ValueError(f"{name} is a {kind}")

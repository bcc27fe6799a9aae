"""Damaged messages: each ends as events and rejections, whatever was done to it.

Every mutation is a function of its seed; a failure names the format, the mutation and the number.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from functools import lru_cache, partial
from random import Random

import pytest

from schemas.generated.touchline.v1 import match_event_pb2 as wire
from tests.cpu import cpu_seconds
from tests.udfs.feed_messages import KEY, Format, formats
from udfs import limits
from udfs.codec import Lineage
from udfs.contract import Message
from udfs.feed import FeedItems, FeedReader
from udfs.model import FINAL_VERSION
from udfs.registry import ADAPTERS

TIMES = 15
"""Each mutation is done so often to each format."""

SLOWER = 20
SLACK_S = 0.25
"""A mutated message may take so many times the CPU time of the original, and this on top."""

LINEAGE = Lineage("feed.x", 3, 1_234, 1_700_000_000_000)
READER = FeedReader(ADAPTERS, {})
FORMATS = {format_.name: format_ for format_ in formats()}

Mutation = Callable[[bytes, Random], bytes]


# --- mutations


def bits_flipped(value: bytes, random: Random) -> bytes:
    damaged = bytearray(value)
    for _ in range(random.randint(1, 8)):
        damaged[random.randrange(len(damaged))] ^= 1 << random.randrange(8)
    return bytes(damaged)


def truncated(value: bytes, random: Random) -> bytes:
    return value[: random.randrange(len(value))]


def beginning_lost(value: bytes, random: Random) -> bytes:
    return value[random.randrange(1, len(value)) :]


def _stretch(value: bytes, random: Random) -> tuple[int, int]:
    first = random.randrange(len(value))
    return first, min(first + random.randint(1, 400), len(value))


def stretch_lost(value: bytes, random: Random) -> bytes:
    first, last = _stretch(value, random)
    return value[:first] + value[last:]


def stretch_doubled(value: bytes, random: Random) -> bytes:
    first, last = _stretch(value, random)
    return value[:last] + value[first:last] * random.randint(1, 3) + value[last:]


def stretches_swapped(value: bytes, random: Random) -> bytes:
    a, b, c, d = sorted(random.randrange(len(value) + 1) for _ in range(4))
    return value[:a] + value[c:d] + value[b:c] + value[a:b] + value[d:]


def garbage_inserted(value: bytes, random: Random) -> bytes:
    at = random.randrange(len(value) + 1)
    garbage = random.choice(
        [b"\x00", b"\xff\xfe", b"\xed\xa0\x80", b"&x;", b"]]>", b"\\ud800", b"'"]
    )
    return value[:at] + garbage + value[at:]


def encoded_otherwise(value: bytes, random: Random) -> bytes:
    encoding = random.choice(["utf-16", "utf-16-be", "utf-32", "utf-7", "utf-8-sig", "cp037"])
    text = value.decode("utf-8", "replace").replace("e", random.choice("eéß€😀"), 3)
    return text.encode(random.choice([encoding, "latin-1"]), "replace")


def nested_deeply(value: bytes, random: Random) -> bytes:
    """Somewhere a value becomes a deep one, some of them unclosed."""
    depth = random.choice([70, 900, 20_000])
    opening, closing = random.choice([(b"[", b"]"), (b'{"a":', b"}"), (b"<a>", b"</a>")])
    deep = opening * depth + random.choice([b"1" + closing * depth, b""])
    return _one_replaced(rb"(?<=[:,\[>])", value, deep, random)


def not_a_number(value: bytes, random: Random) -> bytes:
    numbers = [b"NaN", b"-Infinity", b"1e999", b"9" * 400, b"-1", b"0x1F", b"1.5", b"\xd9\xa3"]
    return _one_replaced(
        rb"(?<=[:\"])-?\d+(?:\.\d+)?(?=[,}\"])", value, random.choice(numbers), random
    )


def time_absurd(value: bytes, random: Random) -> bytes:
    times = [
        b"0001-01-01T00:00:00", b"9999-12-31T23:59:59.999Z", b"2024-02-30T25:61:61", b"soon", b"",
        b"1969-12-31T23:59:59Z", b"2024-01-01T00:00:00+99:99", b"-292275055-05-16T16:47:04Z",
        b"2024-01-01", b"99:99:99", b"\xd9\xa2\xd9\xa0-01-01T00:00:00",
    ]  # fmt: skip
    return _one_replaced(rb"\d[\dT-]*:\d\d[\d:.+Z]*", value, random.choice(times), random)


def name_missing(value: bytes, random: Random) -> bytes:
    """One key, attribute or element has another name: often an id."""
    return _one_replaced(rb"[A-Za-z_$]+(?=\"?\s*[:=])", value, b"renamed", random)


def id_missing(value: bytes, random: Random) -> bytes:
    name = (
        rb"\b(?:id|fixtureId|actionId|sequenceId|actionNumber|gameId|orderNumber|Id)(?=\"?\s*[:=])"
    )
    return _one_replaced(name, value, b"renamed", random)


def type_changed(value: bytes, random: Random) -> bytes:
    others = [b"null", b"true", b"{}", b"[]", b'""', b'"x"', b"7", b"[[1]]", b'{"id":{"id":1}}']
    pattern = rb"(?<=[:=,\[])\s*(?:-?\d+(?:\.\d+)?|\"[^\"<>]*\"|true|false|null)(?=[,}\]\s/>])"
    return _one_replaced(pattern, value, random.choice(others), random)


def text_endless(value: bytes, random: Random) -> bytes:
    return _one_replaced(rb"(?<=\")[^\"<>{}]+(?=\")", value, b"1 " * 50_000, random)


def _one_replaced(pattern: bytes, value: bytes, by: bytes, random: Random) -> bytes:
    places = [found.span() for found in _compiled(pattern).finditer(value)]
    if not places:
        return value
    first, last = random.choice(places)
    return value[:first] + by + value[last:]


_compiled = lru_cache(re.compile)

MUTATIONS: list[Mutation] = [
    bits_flipped, truncated, beginning_lost, stretch_lost, stretch_doubled, stretches_swapped,
    garbage_inserted, encoded_otherwise, nested_deeply, not_a_number, time_absurd, name_missing,
    id_missing, type_changed, text_endless,
]  # fmt: skip


# --- what must hold


def read(provider: str, value: bytes, previous: bytes | None = None) -> FeedItems:
    """As the job reads it: a snapshot in two steps."""
    items = READER.read(provider, KEY, value, LINEAGE)
    if items.manifest is None:
        return items
    assert items.snapshot_match_id
    assert not items.payloads
    assert not items.reasons
    changed = READER.read_snapshot(provider, KEY, value, LINEAGE, previous)
    changed.manifest = items.manifest
    return changed


def outcome(provider: str, value: bytes, items: FeedItems) -> str:
    """What became of a message; all that it became is checked."""
    events = zip(
        items.match_ids, items.event_ids, items.versions, items.fingerprints, items.payloads,
        strict=True,
    )  # fmt: skip
    for match_id, event_id, version, fingerprint, payload in events:
        event = wire.MatchEvent.FromString(payload)
        assert (event.match_id, event.event_id) == (match_id, event_id)
        assert match_id.startswith(f"{provider}:")
        assert event_id
        assert match_id != f"{provider}:"
        assert 0 <= version == event.version <= FINAL_VERSION
        assert event.fingerprint == fingerprint
        assert limits.EARLIEST_MS <= event.event_time_ms <= limits.LATEST_MS
        assert 0 <= event.x <= 100
        assert 0 <= event.y <= 100
        assert event.type != wire.TYPE_UNKNOWN
        assert all(len(text) <= limits.MAX_TEXT for text in event.attributes.values())
    for reason, part in zip(items.reasons, items.parts, strict=True):
        assert reason.strip()
        assert part or not value
    if items.payloads:
        return "events and rejections" if items.reasons else "events"
    if items.reasons:
        return "rejected"
    # Nothing in it: the adapter must say so itself, by not refusing it.
    message = Message(value, KEY.decode(), LINEAGE.offset, LINEAGE.received_ms)
    parsed = ADAPTERS[provider].parse(message)
    assert parsed.snapshot or not (parsed.events or parsed.rejections)
    return "control"


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.__name__)
@pytest.mark.parametrize("name", FORMATS)
def test_a_damaged_message_ends_as_events_and_rejections(name: str, mutation: Mutation) -> None:
    format_ = FORMATS[name]
    originals = {value: read(format_.provider, value) for value in format_.messages}
    longest = max(format_.messages, key=len)
    bound = SLOWER * cpu_seconds(lambda: read(format_.provider, longest)) + SLACK_S
    outcomes: Counter[str] = Counter()
    for number in range(TIMES):
        random = Random(f"{name} {mutation.__name__} {number}")
        original = random.choice(format_.messages)
        value = mutation(original, random)
        previous = random.choice([None, originals[original].manifest])
        items = read(format_.provider, value, previous)
        assert cpu_seconds(partial(read, format_.provider, value, previous)) < bound, number
        outcomes[outcome(format_.provider, value, items)] += 1
    assert outcomes.total() == TIMES


@pytest.mark.parametrize("name", FORMATS)
def test_the_undamaged_messages_are_read_without_a_rejection(name: str) -> None:
    format_ = FORMATS[name]
    for value in format_.messages:
        items = read(format_.provider, value)
        assert outcome(format_.provider, value, items) == "events", items.reasons


LOOKS_LIKE = {
    "opta": r"F24|Opta|Stats Perform|MA3",
    "sportradar": r"Sportradar",
    "genius": r"Genius|NBA live",
}


@pytest.mark.parametrize("provider", ADAPTERS)
@pytest.mark.parametrize("name", FORMATS)
def test_another_providers_message_is_rejected_as_what_it_looks_like(
    name: str, provider: str
) -> None:
    format_ = FORMATS[name]
    if format_.provider == provider:
        return
    for value in format_.messages:
        items = read(provider, value)
        assert outcome(provider, value, items) == "rejected"
        [reason] = items.reasons
        about = reason.split("Genius Sports message", 1)[-1].split("Sportradar message", 1)[-1]
        assert re.search(LOOKS_LIKE[format_.provider], about), reason


@pytest.mark.parametrize("provider", ADAPTERS)
@pytest.mark.parametrize("filling", [b" ", b"[", b'"', b"<a>", b'{"a":', b'""', b"\x00"])
def test_a_message_of_50_mb_is_rejected_at_once(provider: str, filling: bytes) -> None:
    value = filling * (50 * 1024 * 1024 // len(filling))
    items = read(provider, value)
    to_copy = cpu_seconds(lambda: bytearray(value))
    assert cpu_seconds(lambda: read(provider, value)) < SLOWER * to_copy
    [reason] = items.reasons
    assert "over the limit of 16,777,216" in reason
    assert items.parts == [value]


@pytest.mark.parametrize("provider", ADAPTERS)
@pytest.mark.parametrize(
    "value", [b"", b" ", b"\x00", b"null", b"0", b'""', b"{}", b"[]", b"<a/>", b"[[]]", b"\xff"]
)
def test_a_message_with_nothing_in_it_is_rejected_or_empty(provider: str, value: bytes) -> None:
    items = read(provider, value)
    assert outcome(provider, value, items) in ("rejected", "control")


def test_a_provider_without_an_adapter_is_a_rejection() -> None:
    items = READER.read("acme", KEY, b"{}", LINEAGE)
    assert items.reasons == ["no adapter for the provider 'acme'"]


@pytest.mark.parametrize("format_", FORMATS.values(), ids=FORMATS)
def test_a_key_of_any_bytes_is_no_error(format_: Format) -> None:
    for key in (None, b"", b"\xff\xfe", "ä\u2028".encode(), b"x" * 10_000):
        items = READER.read(format_.provider, key, format_.messages[0], LINEAGE)
        assert items.payloads or items.reasons or items.manifest


@pytest.mark.parametrize(
    ("key", "value"),
    [(b"1\x1f2", b"{}"), (b"1", b'{"id": "a\\u001fb"}'), (b"1", b'{"id": "a\\u001Fb"}')],
)
def test_the_character_that_separates_the_fields_of_a_write_is_refused(
    key: bytes, value: bytes
) -> None:
    items = READER.read("genius", key, value, Lineage("feed.genius", 0, 0, 1))
    assert items.reasons == ["a text with the control character U+001F"]
    assert items.parts == [value]

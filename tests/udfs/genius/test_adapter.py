from __future__ import annotations

import json
import random

import pytest

from tests.samples import sample
from tests.udfs.genius.messages import data_json, envelope, parse, stream_action
from udfs.contract import Rejected


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (b"", "empty message"),
        (b"   \r\n", "empty message"),
        (b'{"pbp": [', "malformed JSON"),
        (b'{"pbp": []} trailing', "malformed JSON"),
        (b'{"type": "\xff"}', "not UTF-8"),
        (b'{"pbp": ' + b"[" * 100_000, "nested|malformed"),
        (b'{"pbp": NaN}', "malformed JSON"),
        (b"17", "unexpected JSON"),
        (b"{}", "not a Genius Sports message: its keys are none"),
        (b'{"type": "goal"}', "not a Genius Sports message"),
        (b'{"game": {"status": "closed"}}', "not a Genius Sports message"),
        (b"<Games><Game/></Games>", "looks like an Opta F24 file"),
        (b'{"matchInfo": {}, "liveData": {}}', "looks like a Stats Perform"),
        (b'{"payload": {}, "metadata": {}}', "looks like a Sportradar push message"),
        (b'{"heartbeat": {"to": 1}}\n{"heartbeat": {"to": 2}}', "looks like a Sportradar push"),
        (b'{"data": [{"choices": []}]}', "looks like a Twitch message"),
    ],
)
def test_what_is_no_genius_message_is_rejected_with_a_reason(value: bytes, reason: str) -> None:
    with pytest.raises(Rejected, match=reason):
        parse(value)


def test_a_byte_order_mark_is_no_obstacle() -> None:
    value = b"\xef\xbb\xbf" + json.dumps(data_json()).encode()
    assert parse(value).snapshot


def test_an_indented_document_is_one_document() -> None:
    assert len(parse(json.dumps(envelope(), indent=2).encode()).events) == 1


def test_a_snapshot_among_other_messages_is_rejected_because_it_must_be_whole() -> None:
    parsed = parse([envelope(), data_json()])
    assert [rejection.reason for rejection in parsed.rejections] == [
        "a LiveStats data.json document must be a message of its own"
    ]


def test_an_empty_list_of_envelopes_holds_nothing() -> None:
    assert parse([]).events == []


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("opta/kloppy_opta_f24.xml", "Opta"),
        ("opta/kloppy_statsperform_event_ma3.json", "Stats Perform"),
        ("sportradar/nba_push_stream_2023-07-20T14-31_tail.txt", "Sportradar"),
        ("sportradar/soccer_v3_timeline_completed_11854838.json", "Sportradar"),
        ("sportradar/nba_v3_pbp_regulation.json", "Sportradar"),
        ("twitch/helix_get_polls_0.json", "Twitch"),
    ],
)
def test_another_providers_real_file_is_rejected_by_its_name(path: str, reason: str) -> None:
    with pytest.raises(Rejected, match=reason):
        parse(sample(path).read_bytes())


def test_damage_ends_as_a_rejection_and_never_as_another_error() -> None:
    chance = random.Random(3)
    originals = [
        json.dumps(content).encode()
        for content in (envelope(), stream_action(), [envelope(), envelope()])
    ] + [sample("genius/nbl_fibalivestats_1976448.json").read_bytes()[:6_000] + b'""}]}']
    outcomes = {"read": 0, "rejected": 0}
    for _ in range(1_500):
        damaged = bytearray(chance.choice(originals))
        for _ in range(chance.randrange(1, 4)):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        try:
            parse(bytes(damaged[: chance.randrange(len(damaged) // 2, len(damaged) + 1)]))
            outcomes["read"] += 1
        except Rejected:
            outcomes["rejected"] += 1
    assert outcomes["rejected"] > 0
    assert sum(outcomes.values()) == 1_500

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.samples import sample
from tests.udfs.sportradar.messages import (
    nba_event,
    nba_push,
    parse,
    period,
    play_by_play,
    soccer_event,
    soccer_push,
    statistic,
    timeline,
)
from udfs.contract import Rejected
from udfs.model import FINAL_VERSION

GOOD = json.dumps(nba_push(nba_event())).encode()


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (b"", "empty message"),
        (b" \r\n", "empty message"),
        (b"<?xml version='1.0'?><Games><Game/></Games>", "looks like Opta F24"),
        (b'{"matchInfo":{"id":"x"},"liveData":{}}', "looks like Stats Perform"),
        (b'{"tm":{},"pbp":[]}', "looks like Genius Sports LiveStats data.json"),
        (b'{"fixtureId":"1","sequenceId":2}', "looks like Genius Sports Match Events"),
        (b'{"subscription":{},"event":{}}', "looks like Twitch"),
        (b'{"sport_event_timelines":[]}', "each match's timeline by itself"),
        (b'{"summary":{},"periods":[{"pbp":[]}]}', "American football"),
        (b'{"game":{"innings":[]}}', "baseball"),
        (b'[{"id":1}]', "not a Sportradar message"),
        (b"\xff\xfe\x00", "not a Sportradar message"),
        (GOOD[:200], "malformed JSON"),
        (GOOD.replace(b"8:13", b"\xff:13"), "not UTF-8|invalid"),
        (GOOD.replace(b'"clock": "8:13"', b'"clock": NaN'), "malformed JSON"),
        (b'{"payload":' + b"[" * 10_000 + b"]" * 10_000 + b"}", "nested"),
        (b'{"payload":{"game":{"id":"1"},"statistics":{}}}', "without an event"),
        (b'{"payload":7}', "unexpected JSON"),
        (b'{"payload":{"game":[],"event":{"id":"1"}}}', "unexpected JSON"),
        (b'{"sport_event":{"id":"sr:match:1"},"timeline":{}}', "unexpected JSON"),
    ],
)
def test_what_is_not_ours_or_damaged_is_refused_with_a_reason(value: bytes, reason: str) -> None:
    with pytest.raises(Rejected, match=reason):
        parse(value)


def test_a_byte_order_mark_is_passed_over() -> None:
    assert len(parse(b"\xef\xbb\xbf" + GOOD).events) == 1
    assert (
        len(parse(b"\xef\xbb\xbf" + json.dumps(timeline(soccer_event("x"))).encode()).events) == 1
    )


def test_a_push_message_whose_fields_come_in_another_order_is_the_same() -> None:
    message = nba_push(nba_event())
    payload = message["payload"]
    turned = {"metadata": message["metadata"], "payload": dict(reversed(payload.items()))}
    assert parse(turned).events == parse(message).events


def test_a_summary_has_no_timeline_and_is_refused_so_that_it_deletes_nothing() -> None:
    summary = sample("sportradar/soccer_v3_summary_completed.json").read_bytes()
    with pytest.raises(Rejected, match="without a timeline"):
        parse(summary)


@pytest.mark.parametrize(
    "path",
    [
        "opta/kloppy_opta_f24.xml",
        "opta/kloppy_opta_f7.xml",
        "opta/kloppy_statsperform_event_ma3.json",
        "genius/nbl_fibalivestats_1976446.json",
        "genius/nba_cdn_live_pbp_0022000001.json",
        "twitch/eventsub_channel_poll_begin.json",
        "twitch/helix_get_polls_0.json",
    ],
)
def test_other_providers_samples_are_refused_by_what_they_look_like(path: str) -> None:
    with pytest.raises(Rejected, match="not a Sportradar message: it looks like"):
        parse(sample(path).read_bytes())


SAMPLES = [
    GOOD,
    json.dumps(play_by_play(period(1, nba_event(statistics=[statistic("rebound", "p")])))).encode(),
    json.dumps(timeline(soccer_event("score_change", period=1, players=[{"id": 1}]))).encode(),
    json.dumps(soccer_push(soccer_event("substitution", match_clock="1:02"))).encode(),
]
VALUES: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, -1, 0, 2**40, 10**30, 10**400, 1e308, "", "x", "1e999", "9" * 5_000, [], [[]], {}]
)


@given(st.sampled_from(SAMPLES), st.data())
def test_damaged_bytes_are_refused_or_read_and_never_anything_else(
    sample_: bytes, data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(sample_) - 1))
    until = data.draw(st.integers(at, min(len(sample_), at + 20)))
    damaged = sample_[:at] + data.draw(st.binary(max_size=4)) + sample_[until:]
    assert refused_or_read(damaged)


@given(st.sampled_from(SAMPLES), VALUES, st.data())
def test_a_field_of_any_other_value_is_refused_or_read_and_never_anything_else(
    sample_: bytes, value: object, data: st.DataObject
) -> None:
    document = json.loads(sample_)
    holder: Any = document
    while True:
        name = data.draw(st.sampled_from(sorted(holder) if isinstance(holder, dict) else [0]))
        if not holder[name] or not isinstance(holder[name], (dict, list)) or data.draw(RARELY):
            break
        holder = holder[name]
    holder[name] = value
    assert refused_or_read(json.dumps(document).encode())


RARELY = st.integers(0, 9).map(lambda drawn: drawn == 0)


def refused_or_read(value: bytes) -> bool:
    """Whether it is one of the two ways in which a message may end; its values fit the wire."""
    try:
        parsed = parse(value, key="given")
    except Rejected as error:
        return bool(str(error))
    for event in parsed.events:
        assert event.match_id.startswith("sportradar:")
        assert event.event_id
        assert 0 <= event.version <= FINAL_VERSION
        for small in (event.period, event.points, event.home_score or 0, event.away_score or 0):
            assert abs(small) < 2**31
    return True

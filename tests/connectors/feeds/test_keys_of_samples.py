from __future__ import annotations

import pytest

from connectors.feeds.files import read_file
from connectors.feeds.keys import key_for
from tests.samples import sample
from udfs.contract import Message, Rejected
from udfs.registry import ADAPTERS


@pytest.mark.parametrize(
    ("provider", "path"),
    [
        ("opta", "opta/socceraction_f24-23-2018-1009316-eventdetails.xml"),
        ("opta", "opta/mds_f24-4-2013-731767-eventdetails.xml"),
        ("opta", "opta/kloppy_opta_f24.xml"),
        ("opta", "opta/kloppy_statsperform_event_ma3.json"),
        ("sportradar", "sportradar/nba_push_stream_2023-07-19T13-20_two_games.txt"),
        ("sportradar", "sportradar/NBA_v7_Push_Events_Example.json"),
        ("sportradar", "sportradar/nba_v3_pbp_regulation.json"),
        ("sportradar", "sportradar/soccer_v3_timeline_completed_11854838.json"),
        ("genius", "genius/nbl_fibalivestats_1976446.json"),
        ("genius", "genius/nba_cdn_live_pbp_0022000001.json"),
    ],
)
def test_the_key_is_the_adapters_match_id_without_its_prefix(provider: str, path: str) -> None:
    compared = 0
    for received in read_file(sample(path)):
        key = key_for(provider, received.value, None, received.named_match)
        try:
            parsed = ADAPTERS[provider].parse(Message(received.value, received.named_match))
        except Rejected:
            continue
        for event in parsed.events[:5]:
            assert event.match_id == f"{provider}:{key}"
            compared += 1
    assert compared

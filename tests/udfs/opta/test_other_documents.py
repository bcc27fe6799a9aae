"""Documents of other kinds and other providers: rejected, and the reason says what they are."""

from __future__ import annotations

import pytest

from tests.samples import sample
from tests.udfs.opta.documents import f24, ma3, row
from udfs.contract import Message, Rejected
from udfs.opta.adapter import OptaAdapter


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (b"", "empty message"),
        (b" \n\t", "empty message"),
        (b"Event,min,sec", "neither XML"),
        (b"\x89PNG\r\n", "neither XML"),
        (b'<SoccerFeed><SoccerDocument Type="Result"/></SoccerFeed>', "SoccerFeed.*'Result'"),
        (b"<match><matchInfo/></match>", "MA3 is read as JSON"),
        (b"<html><body/></html>", "root 'html'"),
        (b"<Games/>", "without a Game"),
        (b'{"matchInfo": {"id": "m"}, "liveData": {}}', "Stats Perform MA1"),
        (b'{"matchInfo": {"id": "m"}}', "without liveData"),
        (b'{"payload": {}, "metadata": {}}', "Sportradar push"),
        (b'{"heartbeat": {}}', "Sportradar heartbeat"),
        (b'{"sport_event": {}, "timeline": []}', "Sportradar sport event"),
        (b'{"fixtureId": "1", "action": {}}', "Genius Sports match event"),
        (b'{"tm": {}, "pbp": []}', "LiveStats data.json"),
        (b'{"subscription": {}, "event": {}}', "Twitch"),
        (b'{"a": 1, "b": 2}', "members a, b"),
        (b"{}", "empty JSON object"),
        (b"[1]", "unexpected JSON"),
        (b'[{"fixtureId": "1"}]', "a list, the first of it a Genius Sports match event"),
        (b"[]", "an empty list"),
        (b'{"\xff": 1}', "a name that is not UTF-8"),
        (b'{"type": "action", "messageId": 7}', "LiveStats stream"),
    ],
)
def test_another_kind_of_document_is_rejected_with_what_it_looks_like(
    document: bytes, reason: str
) -> None:
    with pytest.raises(Rejected, match=reason):
        OptaAdapter().parse(Message(document, key="1"))


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("opta/kloppy_opta_f7.xml", "SoccerFeed"),
        ("opta/socceraction_f7-23-2018-1009316-matchresults.xml", "SoccerFeed.*'Result'"),
        ("opta/kloppy_statsperform_event_ma1.json", "MA1"),
        ("opta/kloppy_statsperform_event_ma1.xml", "MA3 is read as JSON"),
        ("sportradar/soccer_v3_timeline_completed_11854838.json", "Sportradar"),
        ("sportradar/nba_v3_pbp_regulation.json", "Sportradar"),
        ("genius/nbl_fibalivestats_1976446.json", "LiveStats"),
        ("genius/nba_cdn_live_pbp_0022000001.json", "NBA live"),
        ("twitch/eventsub_channel_poll_begin.json", "Twitch"),
    ],
)
def test_a_real_document_of_another_kind_is_rejected_with_what_it_looks_like(
    path: str, reason: str
) -> None:
    with pytest.raises(Rejected, match=reason):
        OptaAdapter().parse(Message(sample(path).read_bytes(), key="1"))


@pytest.mark.parametrize("document", [f24(row(), row(id="2")), ma3({}, {"id": 2})])
def test_a_document_cut_anywhere_is_rejected(document: bytes) -> None:
    for end in range(len(document)):
        with pytest.raises(Rejected):
            OptaAdapter().parse(Message(document[:end]))

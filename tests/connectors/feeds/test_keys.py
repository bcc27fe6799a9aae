from __future__ import annotations

import json
from typing import Any

import pytest

from connectors.feeds.keys import key_for, key_of_file, match_key
from tests.udfs.genius.messages import envelope
from tests.udfs.sportradar.messages import (
    GAME_ID,
    nba_event,
    nba_push,
    soccer_event,
    soccer_push,
    timeline,
)

NBA_DELETE = (
    b'{"payload":{"game":{"id":"26e0906a","status":"inprogress"},"event":{"id":"b74ee2dd"}},'
    b'"metadata":{"match":"sd:match:26e0906a","operation":"delete"}}'
)


@pytest.mark.parametrize(
    ("provider", "value", "match"),
    [
        ("opta", b'<Games><!-- c --><Game id="1009316" x="1"><Event id="7"/>', "1009316"),
        ("opta", b"<Games><Game away_score='1' id='5'>", "5"),
        ("opta", b'<Games><Game away_team_id="957"><Event id="7"/></Game></Games>', None),
        ("opta", '<Games><Game id="731767">'.encode("utf-16"), "731767"),
        ("opta", b'{"matchInfo": {"week": "6", "n": 2, "id": "71pif9hi"}}', "71pif9hi"),
        ("opta", b'{"liveData":{"event":[]},"matchInfo":{"id":"71pif9hi"}}', "71pif9hi"),
        ("opta", b'{"matchInfo":{"sport":{"id":"soccer"}}}', None),
        ("sportradar", NBA_DELETE, "26e0906a"),
        ("sportradar", b'{"heartbeat":{"interval":5000}}', None),
        ("sportradar", b'{"generated_at":"x","sport_event":{"id":"sr:match:118"}}', "118"),
        (
            "sportradar",
            b'{"payload":{"event":{"id":1}},"metadata":{"sport_event_id":"sr:sport_event:118"}}',
            "118",
        ),
        ("sportradar", b'{"id":"3700bb52","status":"closed"}', "3700bb52"),
        ("genius", b'{"sportId":4,"fixtureId":"99","actionId":3}', "99"),
        ("genius", b'{"SportId":4,"FixtureId":99,"ActionId":3}', "99"),
        ("genius", b'{"meta":{},"game":{"gameId": "0022000001","actions":[]}}', "0022000001"),
        ("genius", b'{"type":"action","matchId":1976446}', "1976446"),
        ("genius", b'{"clock":"00:00","pbp":[]}', None),
        ("unheard-of", b'{"id":"1"}', None),
    ],
)  # fmt: skip
def test_a_message_names_its_match(provider: str, value: bytes, match: str | None) -> None:
    assert match_key(provider, value) == match


@pytest.mark.parametrize(
    ("name", "match"),
    [
        ("nbl_fibalivestats_1976446.json", "1976446"),
        ("socceraction_f24-23-2018-1009316-eventdetails.xml", "1009316"),
        ("push_26e0906a-a222-4013-a9c8-dea6a8fe1f4f.txt", "26e0906a-a222-4013-a9c8-dea6a8fe1f4f"),
        ("ma3_71pif9hi2vwzp6q0xzilyxst0.json", "71pif9hi2vwzp6q0xzilyxst0"),
        ("1976446.json", "1976446"),
    ],
)
def test_a_files_name_holds_its_match(name: str, match: str) -> None:
    assert key_of_file(name, whole_document=False) == match


def test_a_document_without_an_id_in_its_name_is_called_by_its_name() -> None:
    assert key_of_file("kloppy_opta_f24.xml", whole_document=True) == "kloppy_opta_f24"
    assert key_of_file("my match (1).json", whole_document=True) == "my-match-1-"


def test_a_capture_without_an_id_in_its_name_names_no_match() -> None:
    assert key_of_file("nba_push_two_games.txt", whole_document=False) is None


def test_the_message_comes_before_the_user_and_the_user_before_the_file() -> None:
    assert key_for("sportradar", NBA_DELETE, "given", "named") == "26e0906a"
    assert key_for("genius", b'{"pbp":[]}', "given", "named") == "given"
    assert key_for("genius", b'{"pbp":[]}', None, "named") == "named"
    assert key_for("genius", b'{"pbp":[]}', None, None) is None


@pytest.mark.parametrize(
    ("provider", "document", "match"),
    [
        ("sportradar", nba_push(nba_event()), GAME_ID),
        ("sportradar", soccer_push(soccer_event("throw_in")), "52633607"),
        ("sportradar", timeline(soccer_event("throw_in")), "52633607"),
        ("genius", {**envelope(), "action": {"comment": "x" * 5_000}}, "9280712"),
    ],
)
def test_the_order_of_members_does_not_matter(
    provider: str, document: dict[str, Any], match: str
) -> None:
    for value in (json.dumps(document), json.dumps(document, sort_keys=True)):
        assert match_key(provider, value.encode()) == match


def test_what_no_adapter_can_read_names_no_match() -> None:
    assert match_key("sportradar", b'{"a":') is None
    assert match_key("genius", b'{"type":"action","actionNumber":1}') is None
    assert match_key("nobody", b"{}") is None

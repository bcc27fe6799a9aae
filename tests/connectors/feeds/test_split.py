from __future__ import annotations

import json

import pytest
from lxml import etree

from connectors.feeds.split import SNAPSHOT_EVERY_MS, split
from tests.samples import sample
from udfs.contract import Rejected

F24 = (
    '<?xml version="1.0" encoding="UTF-8"?><!-- header --><Games timestamp="2018-11-28T10:35:47">'
    '<Game id="7" home_score="2" away_score="1" home_team_name="Café &amp; Co">'
    '<Event id="1" last_modified="2018-08-20T20:00:30"><Q id="5" qualifier_id="56"/></Event>'
    '<Event id="2" last_modified="2018-08-20T20:00:10"/>'
    "</Game></Games>"
).encode()


def test_f24_becomes_documents_of_one_event_in_order_of_modification() -> None:
    pieces = split("opta", F24)
    documents = [etree.fromstring(piece) for _, piece in pieces]
    assert [[event.get("id") for event in root.iter("Event")] for root in documents] == [
        ["2"],
        ["1"],
    ]
    assert pieces[1][0] - pieces[0][0] == 20_000
    game = documents[1].find("Game")
    assert game is not None
    assert game.get("id") == "7"
    assert game.get("home_team_name") == "Café & Co"
    assert documents[1].find("Game/Event/Q") is not None


def test_a_split_f24_document_does_not_tell_the_final_score() -> None:
    for _, piece in split("opta", F24):
        assert b"_score" not in piece


def test_ma3_becomes_documents_of_one_event_without_the_final_score() -> None:
    document = {
        "matchInfo": {"id": "m"},
        "liveData": {
            "matchDetails": {"scores": {"total": {"home": 2, "away": 1}}},
            "event": [
                {"id": 1, "lastModified": "2021-09-11T18:30:09Z"},
                {"id": 2, "lastModified": "2021-09-11T18:30:08Z"},
            ],
        },
    }
    pieces = split("opta", json.dumps(document).encode())
    assert [json.loads(piece) for _, piece in pieces] == [
        {"matchInfo": {"id": "m"}, "liveData": {"event": [event]}}
        for event in (document["liveData"]["event"][1], document["liveData"]["event"][0])  # type: ignore[index]
    ]


def play(number: int, clock: str, score: tuple[int, int], **more: object) -> dict[str, object]:
    return {
        "actionNumber": number,
        "gt": clock,
        "period": 1,
        "periodType": "REGULAR",
        "s1": score[0],
        "s2": score[1],
        **more,
    }


DATA_JSON = {
    "clock": "00:00",
    "tm": {
        "1": {"name": "A", "score": 9, "tot_sPoints": 9, "pl": {"1": {"name": "P", "sPoints": 9}}},
        "2": {"name": "B", "score": 8, "pl": {}},
    },
    "pbp": [
        play(4, "09:00", (2, 3)),
        play(5, "09:50", (2, 0)),  # inserted late, at its place in the game
        play(3, "09:30", (2, 0)),
        play(2, "09:52", (2, 0)),
        play(1, "10:00", (0, 0)),
    ],
}


def test_data_json_becomes_growing_snapshots_of_ten_seconds() -> None:
    pieces = [
        (at, json.loads(piece)) for at, piece in split("genius", json.dumps(DATA_JSON).encode())
    ]
    assert [at for at, _ in pieces] == [8_000, 30_000, 60_000]
    numbers = [[action["actionNumber"] for action in document["pbp"]] for _, document in pieces]
    assert numbers == [[2, 1], [3, 2, 1], [4, 5, 3, 2, 1]]


def test_a_late_insert_is_in_the_snapshot_after_the_one_that_lacked_it() -> None:
    late = json.loads(json.dumps(DATA_JSON))
    late["pbp"].insert(0, play(6, "08:00", (2, 3)))
    late["pbp"][2]["actionNumber"] = 7
    numbers = [
        [action["actionNumber"] for action in json.loads(piece)["pbp"]]
        for _, piece in split("genius", json.dumps(late).encode())
    ]
    assert numbers[-1] == [6, 4, 7, 3, 2, 1]
    assert [4, 3, 2, 1] in numbers


def test_a_snapshot_tells_the_score_of_its_moment_and_no_statistics() -> None:
    first, *_, last = [
        json.loads(piece) for _, piece in split("genius", json.dumps(DATA_JSON).encode())
    ]
    assert [first["tm"][team]["score"] for team in "12"] == [2, 0]
    assert [last["tm"][team]["score"] for team in "12"] == [2, 3]
    assert first["tm"]["1"]["pl"] == {"1": {"name": "P"}}
    assert first["clock"] == "09:52"


def test_overtime_comes_after_the_regular_periods() -> None:
    document = {
        "pbp": [
            play(3, "04:00", (0, 0), periodType="OVERTIME"),
            play(2, "00:00", (0, 0), period=4),
            play(1, "10:00", (0, 0)),
        ]
    }
    assert [at for at, _ in split("genius", json.dumps(document).encode())] == [
        0,
        40 * 60_000,
        41 * 60_000,
    ]


def test_nba_live_becomes_growing_snapshots_by_the_time_of_edit() -> None:
    def action(number: int, edited: str) -> dict[str, object]:
        return {"actionNumber": number, "edited": edited}

    actions = [action(1, "2020-12-23T00:00:05Z"), action(2, "2020-12-23T00:09:00Z")]
    actions.append(action(3, "2020-12-23T00:00:50Z"))
    document = {"meta": {}, "game": {"gameId": "0022000001", "actions": actions}}
    pieces = [
        json.loads(piece)["game"] for _, piece in split("genius", json.dumps(document).encode())
    ]
    assert {game["gameId"] for game in pieces} == {"0022000001"}
    assert [[action["actionNumber"] for action in game["actions"]] for game in pieces] == [
        [1],
        [1, 3],
        [1, 2, 3],
    ]


@pytest.mark.parametrize(
    ("provider", "value", "reason"),
    [
        ("sportradar", b"{}", "cannot be split, those of opta and genius can"),
        ("opta", b"<Games><Game/></Games>", "no events"),
        ("opta", b"<Games><Game><Event/></Game></Games>", "not a time"),
        ("opta", b"<Games><Ga", "malformed XML"),
        ("genius", b'{"fixtureId":1}', "neither a data.json"),
        ("genius", b'{"pbp":[{"actionNumber":1}]}', "unexpected JSON"),
    ],
)
def test_what_cannot_be_split_is_refused_with_the_reason(
    provider: str, value: bytes, reason: str
) -> None:
    with pytest.raises(Rejected, match=reason):
        split(provider, value)


@pytest.mark.parametrize(
    ("path", "events"),
    [
        ("opta/socceraction_f24-23-2018-1009316-eventdetails.xml", 1_665),
        ("opta/mds_f24-4-2013-731767-eventdetails.xml", 1_653),
        ("opta/kloppy_statsperform_event_ma3.json", 1_737),
    ],
)
def test_a_sample_is_split_into_all_of_its_events(path: str, events: int) -> None:
    pieces = split("opta", sample(path).read_bytes())
    assert len(pieces) == events
    assert [at for at, _ in pieces] == sorted(at for at, _ in pieces)


@pytest.mark.parametrize(
    ("path", "plays", "score"),
    [
        ("genius/nbl_fibalivestats_1976446.json", 645, ("83", "74")),
        ("genius/nbl_fibalivestats_1976448.json", None, ("89", "65")),
        ("genius/nbl_fibalivestats_2031329.json", None, ("78", "89")),
    ],
)
def test_the_last_snapshot_of_a_sample_is_the_sample(
    path: str, plays: int | None, score: tuple[str, str]
) -> None:
    original = json.loads(sample(path).read_bytes())
    pieces = split("genius", sample(path).read_bytes())
    times = [at for at, _ in pieces]
    last = json.loads(pieces[-1][1])
    assert last["pbp"] == original["pbp"]
    assert plays is None or len(last["pbp"]) == plays
    assert tuple(str(last["tm"][team]["score"]) for team in "12") == score
    assert times == sorted(set(times))
    assert len(pieces) <= times[-1] / SNAPSHOT_EVERY_MS + 1

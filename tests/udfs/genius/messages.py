"""Small messages in each of Genius Sports' formats, written for these tests."""

from __future__ import annotations

import json
from typing import Any

from udfs.contract import Message, Parsed
from udfs.genius.adapter import GeniusAdapter
from udfs.model import MatchEvent

JsonObject = dict[str, Any]
ARRIVAL = 7
RECEIVED_MS = 1_700_000_000_000


def parse(
    content: Any,
    key: str | None = "1976446",
    arrival: int = ARRIVAL,
    received_ms: int | None = RECEIVED_MS,
) -> Parsed:
    value = content if isinstance(content, bytes) else json.dumps(content).encode()
    return GeniusAdapter().parse(Message(value, key, arrival, received_ms))


def only(parsed: Parsed) -> MatchEvent:
    assert parsed.rejections == []
    (event,) = parsed.events
    return event


def envelope(action: JsonObject | None = None, **changed: Any) -> JsonObject:
    return {
        "sportId": 10,
        "fixtureId": "9280712",
        "source": "GeniusSports",
        "sequenceId": 433,
        "actionId": 291,
        "insertedBeforeActionId": None,
        "isCancelled": False,
        "isConfirmed": True,
        "isModified": False,
        "action": soccer("KickOff") if action is None else action,
        "messageTimestampUtc": "2024-11-18T10:52:29.0262167Z",
        **changed,
    }


def soccer(name: str, **changed: Any) -> JsonObject:
    namespace = "Betgenius.Sports.Football.Contracts.MatchEvents"
    return {
        "$type": f"{namespace}.{name}Dto, {namespace}",
        "team": "Away",
        "gameTime": "00:39:47",
        "period": {"number": 1, "progressStatus": "InProgress", "type": "Regular"},
        "utcTimestamp": "2022-06-01T00:00:05.35Z",
        **changed,
    }


def pascal_case(value: Any) -> Any:
    if isinstance(value, dict):
        return {key[:1].upper() + key[1:]: pascal_case(inner) for key, inner in value.items()}
    return value


def stream_action(**changed: Any) -> JsonObject:
    return {
        "type": "action",
        "messageId": 17,
        "actionNumber": 9,
        "actionType": "2pt",
        "subType": "layup",
        "clock": "09:12:30",
        "period": 1,
        "periodType": "REGULAR",
        "teamNumber": 1,
        "pno": 7,
        "success": 1,
        "scores": [{"teamNumber": 1, "score": 2}, {"teamNumber": 2, "score": 0}],
        "timeActual": "2024-01-01 10:00:00",
        **changed,
    }


def action(number: Any, action_type: str = "2pt", **changed: Any) -> JsonObject:
    return {
        "actionNumber": number,
        "actionType": action_type,
        "subType": "",
        "clock": "10:00:00",
        "period": 1,
        "periodType": "REGULAR",
        "tno": 1,
        "pno": 4,
        "player": "A. Player",
        "shirtNumber": "23",
        "success": 1,
        "scoring": 1,
        "s1": 0,
        "s2": 0,
        "previousAction": "",
        "qualifier": [],
        **changed,
    }


def data_json(*newest_first: JsonObject, shots: list[JsonObject] | None = None) -> JsonObject:
    return {
        "clock": "00:00",
        "periodsMax": 4,
        "periodLengthREGULAR": 10,
        "periodLengthOVERTIME": 5,
        "tm": {
            "1": {"name": "Tasmania", "code": "TAS", "shot": shots or []},
            "2": {"name": "Brisbane", "code": "BRI", "shot": []},
        },
        "pbp": list(newest_first),
    }


def nba(*actions: JsonObject, **changed: Any) -> JsonObject:
    return {
        "meta": {"version": 1},
        "game": {"gameId": "0022000001", "actions": list(actions), **changed},
    }


def nba_action(number: int, action_type: str = "2pt", **changed: Any) -> JsonObject:
    return {
        "actionNumber": number,
        "orderNumber": number * 10_000,
        "actionType": action_type,
        "subType": "Jump Shot",
        "clock": "PT11M38.50S",
        "timeActual": "2020-12-23T00:07:26.2Z",
        "edited": "2020-12-23T00:07:30Z",
        "period": 1,
        "periodType": "REGULAR",
        "teamId": 10,
        "teamTricode": "BKN",
        "personId": 35,
        "playerNameI": "K. Durant",
        "qualifiers": [],
        "scoreHome": "0",
        "scoreAway": "0",
        **changed,
    }

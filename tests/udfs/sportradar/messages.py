"""Small Sportradar messages, made here after the feeds' shapes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from connectors.feeds.framing import Framer
from udfs.contract import Message, Parsed
from udfs.model import MatchEvent
from udfs.sportradar.adapter import SportradarAdapter

GAME_ID = "0a1b2c3d-0000-4000-8000-000000000001"
HOME, AWAY = "home-team", "away-team"
MATCH = f"sportradar:{GAME_ID}"

Json = dict[str, Any]


def parse(document: Json | bytes, arrival: int = 0, key: str | None = None) -> Parsed:
    value = document if isinstance(document, bytes) else json.dumps(document).encode()
    return SportradarAdapter().parse(Message(value, key, arrival))


def only(document: Json | bytes, arrival: int = 0, key: str | None = None) -> MatchEvent:
    """The one event of a message."""
    parsed = parse(document, arrival, key)
    assert parsed.rejections == []
    [event] = parsed.events
    return event


def parse_file(path: Path) -> tuple[list[Parsed], list[MatchEvent]]:
    """What the messages of a file say, and all their events in the order of arrival."""
    framer = Framer()
    messages = framer.feed(path.read_bytes()) + framer.close()
    results = [parse(message, arrival) for arrival, message in enumerate(messages)]
    return results, [event for parsed in results for event in parsed.events]


def nba_event(event_type: str = "twopointmade", **fields: Any) -> Json:
    """An NBA event; a field given as None is left out."""
    event = {
        "id": "event-1",
        "event_type": event_type,
        "number": 12,
        "sequence": 1541466974993,
        "clock": "8:13",
        "clock_decimal": "8:13.40",
        "updated": "2023-07-19T13:20:55Z",
        "wall_clock": "2018-11-06T01:16:15Z",
        "created": "2023-07-19T13:20:50Z",
        "home_points": 31,
        "away_points": 28,
        "attribution": {"id": HOME, "name": "Knicks", "team_basket": "right"},
        "period": {"number": 2, "sequence": 2, "type": "quarter"},
        **fields,
    }
    return {name: value for name, value in event.items() if value is not None}


def nba_push(event: Json, operation: str = "update", **metadata: Any) -> Json:
    """An NBA push message."""
    return {
        "payload": {"game": game(), "event": event},
        "locale": "en",
        "metadata": {
            "league": "NBA",
            "match": f"sd:match:{GAME_ID}",
            "status": "inprogress",
            "event_type": event.get("event_type"),
            "operation": operation,
            "players": "sd:player:1,sd:player:,sd:player:2",
            **metadata,
        },
    }


def game(status: str = "inprogress") -> Json:
    return {
        "id": GAME_ID,
        "status": status,
        "home": {"id": HOME, "name": "Knicks", "points": 33},
        "away": {"id": AWAY, "name": "Bulls", "points": 30},
    }


def statistic(kind: str, player: str = "", **fields: Any) -> Json:
    found = {"type": kind, "team": {"id": HOME}, **fields}
    return {**found, "player": {"id": player, "full_name": f"Player {player}"}} if player else found


def play_by_play(*periods: Json, **fields: Any) -> Json:
    return {**game("closed"), "periods": list(periods), **fields}


def period(number: int, *events: Json, kind: str = "quarter") -> Json:
    return {"type": kind, "number": number, "sequence": number, "events": list(events)}


def soccer_event(kind: str, event_id: int = 7, **fields: Any) -> Json:
    return {"id": event_id, "type": kind, "time": "2024-08-29T18:35:21+00:00", **fields}


def soccer_push(event: Json, sport_event_status: Json | None = None, **metadata: Any) -> Json:
    status = {"status": "live", "match_status": "1st_half", "home_score": 0, "away_score": 2}
    return {
        "payload": {"sport_event_status": sport_event_status or status, "event": event},
        "metadata": {
            "sport_event_id": "sr:sport_event_id:52633607",
            "event_id": event["type"],
            "channel": "soccer",
            "competition_id": "sr:competition:34480",
            "season_id": "sr:season:119783",
            "sport_id": "sr:sport:1",
            **metadata,
        },
    }


def timeline(*events: Json, **fields: Any) -> Json:
    """A v4 timeline."""
    return {
        "generated_at": "2024-08-29T18:38:04+00:00",
        "sport_event": {
            "id": "sr:sport_event:52633607",
            "sport_event_context": {
                "sport": {"id": "sr:sport:1", "name": "Soccer"},
                "season": {"id": "sr:season:1", "name": "League 24/25"},
                "competition": {"id": "sr:competition:1", "name": "League"},
            },
            "competitors": [
                {"id": "sr:competitor:1", "name": "Home FC", "qualifier": "home"},
                {"id": "sr:competitor:2", "name": "Away FC", "qualifier": "away"},
            ],
        },
        "sport_event_status": {
            "status": "live",
            "match_status": "2nd_half",
            "home_score": 2,
            "away_score": 1,
        },
        "timeline": list(events),
        **fields,
    }

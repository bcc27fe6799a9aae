"""One real message of each format that is read, or one like it where the samples are missing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import msgspec

from connectors.feeds.framing import Framer
from simulator.disorder import Rates
from simulator.feed import Options, Simulation
from tests.samples import FEEDS
from tests.udfs.genius import messages as genius
from tests.udfs.opta import documents as opta
from tests.udfs.sportradar import messages as sportradar

KEY = b"4711"
"""The match that the sender names: some formats do not."""

EVENTS_OF_A_DOCUMENT = 40
"""Real documents are cut to so many events."""


class Format(NamedTuple):
    """A provider's format, and messages in it."""

    name: str
    provider: str
    messages: list[bytes]


def formats() -> Iterator[Format]:
    """All formats of all providers."""
    yield Format("F24, live", "opta", simulated("opta"))
    yield Format("F24, document", "opta", [_f24()])
    yield Format("MA3", "opta", [_ma3()])
    yield Format("push, NBA", "sportradar", _pushed())
    yield Format("push, soccer", "sportradar", [_json(_SOCCER_PUSH)])
    yield Format("play-by-play", "sportradar", [_play_by_play()])
    yield Format("timeline", "sportradar", [_timeline()])
    envelopes = simulated("genius")
    yield Format("match event V2", "genius", envelopes)
    yield Format("match event V1", "genius", [_pascal_case(value) for value in envelopes[::8]])
    yield Format("match events, list", "genius", [b"[" + b",".join(envelopes[:9]) + b"]"])
    yield Format("LiveStats stream", "genius", [_json(genius.stream_action())])
    yield Format("LiveStats data.json", "genius", [_data_json()])
    yield Format("NBA live", "genius", [_nba_live()])


def simulated(format_: str, messages: int = 300) -> list[bytes]:
    """Some of a simulated match's messages, from all over it."""
    simulation = Simulation(Options(formats=(format_,), rates=Rates(edits=0.1, deletes=0.05)))
    stream = [value for _, number, value in simulation.stream() if number >= 0]
    return stream[:: max(len(stream) // messages, 1)]


_SOCCER_PUSH = sportradar.soccer_push(
    sportradar.soccer_event(
        "score_change", match_time=12, match_clock="12:40", competitor="home", x=9, y=50,
        players=[{"id": "sr:player:1", "name": "Nine, A.", "type": "scorer"}],
    )
)  # fmt: skip


def _f24() -> bytes:
    return _sample("opta/kloppy_opta_f24.xml", lambda: opta.f24(*map(_row, range(40))))


def _row(number: int) -> str:
    qualifiers = {"140": "55.3", "56": "Back & left", "3": None}
    return opta.row(qualifiers, id=str(number), type_id=str(number), team_id=str(number % 3))


def _ma3() -> bytes:
    return _cut(
        "opta/kloppy_statsperform_event_ma3.json",
        lambda document: document["liveData"],
        "event",
        lambda: opta.ma3(*({"id": n, "typeId": n} for n in range(40)), scores={"total": {}}),
    )


def _pushed() -> list[bytes]:
    file = FEEDS / "sportradar/nba_push_stream_2023-07-19T13-20_two_games.txt"
    if not file.exists():
        return simulated("sportradar")
    framer = Framer()
    found = framer.feed(file.read_bytes()) + framer.close()
    return [value for value in found if b'"heartbeat"' not in value][:300]


def _play_by_play() -> bytes:
    def made() -> bytes:
        return _json(
            sportradar.play_by_play(
                sportradar.period(1, *(sportradar.nba_event(id=f"e{n}") for n in range(40)))
            )
        )

    def only_period(document: Any) -> Any:
        del document["periods"][1:]
        return document["periods"][0]

    return _cut("sportradar/nba_v3_pbp_regulation.json", only_period, "events", made)


def _timeline() -> bytes:
    def made() -> bytes:
        return _json(
            sportradar.timeline(*(sportradar.soccer_event("corner_kick", n) for n in range(40)))
        )

    path = "sportradar/soccer_v3_timeline_completed_11854838.json"
    return _cut(path, lambda document: document, "timeline", made)


def _data_json() -> bytes:
    def made() -> bytes:
        return _json(genius.data_json(*(genius.action(n) for n in range(40, 0, -1))))

    return _cut("genius/nbl_fibalivestats_1976446.json", lambda d: d, "pbp", made)


def _nba_live() -> bytes:
    def made() -> bytes:
        return _json(genius.nba(*(genius.nba_action(n) for n in range(40))))

    return _cut("genius/nba_cdn_live_pbp_0022000001.json", lambda d: d["game"], "actions", made)


def _cut(path: str, part: Callable[[Any], Any], name: str, made: Callable[[], bytes]) -> bytes:
    """A sample with the list `name` in a part of it cut; what is `made` up where it is missing."""
    document = msgspec.json.decode(_sample(path, made))
    owner = part(document)
    owner[name] = owner[name][:EVENTS_OF_A_DOCUMENT]
    return msgspec.json.encode(document)


def _sample(path: str, made: Callable[[], bytes]) -> bytes:
    file = FEEDS / path
    return file.read_bytes() if file.exists() else made()


def _pascal_case(envelope: bytes) -> bytes:
    return _json(genius.pascal_case(msgspec.json.decode(envelope)))


def _json(content: Any) -> bytes:
    return json.dumps(content).encode()

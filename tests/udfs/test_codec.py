"""The canonical event on the wire: every field comes back, and equal content is equal bytes."""

from __future__ import annotations

from enum import IntEnum
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.generated.touchline.v1 import match_event_pb2 as wire
from udfs.codec import Identity, Lineage, encode, encode_lineage, identities
from udfs.limits import LATEST_MS
from udfs.model import FINAL_VERSION, EventType, MatchEvent, MatchStatus, Side, Status, Teams

LINEAGE = Lineage("feed.acme", 3, 1_234, 1_700_000_000_123, generation=2)
ELSEWHERE = Lineage("feed.other", 0, 0, 1, generation=0)
PLAIN = MatchEvent(
    match_id="acme:1",
    event_id="e1",
    provider="acme",
    sport="soccer",
    type=EventType.OTHER,
    provider_type="throw-in",
    version=7,
)
FULL = msgspec.structs.replace(
    PLAIN,
    type=EventType.OWN_GOAL,
    status=Status.DELETED,
    period=2,
    clock="73:39",
    game_time_ms=24_419_000,
    event_time_ms=1_534_791_345_159,
    side=Side.AWAY,
    team_id="957",
    player_id="p9",
    player_name="Žižek Ünal",
    related_player_ids=("p1", "p2"),
    points=1,
    confirmed=False,
    x=99.5,
    y=0.0,
    home_score=0,
    away_score=3,
    match_status=MatchStatus.LIVE,
    teams=Teams("174", "Haus", "957", "Gäste"),
    competition="Pokal",
    season="2024",
    attributes={"28": "", "140": "55.3", "ключ": "значение"},
)


def encoded(event: MatchEvent, lineage: Lineage = LINEAGE, **identity: Any) -> tuple[Any, int]:
    """The event as a reader of the topic gets it, and its fingerprint."""
    owner = Identity(**{"match_id": event.match_id, "primary": True, **identity})
    payload, fingerprint = encode(event, owner, encode_lineage(lineage))
    return wire.MatchEvent.FromString(payload), fingerprint


def as_written(event: MatchEvent) -> dict[str, Any]:
    """What the fields of `wire.MatchEvent` must be, by hand and not by the codec."""
    located = event.x is not None and event.y is not None
    asserted = event.home_score is not None and event.away_score is not None
    return {
        "match_id": event.match_id,
        "event_id": event.event_id,
        "provider": event.provider,
        "source_match_id": event.match_id,
        "version": event.version,
        "arrival": LINEAGE.offset,
        "generation": LINEAGE.generation,
        "status": int(event.status),
        "sport": event.sport,
        "type": int(event.type),
        "provider_type": event.provider_type,
        "side": int(event.side),
        "team_id": event.team_id,
        "player_id": event.player_id,
        "player_name": event.player_name,
        "related_player_ids": list(event.related_player_ids),
        "points": event.points,
        "confirmed": event.confirmed,
        "primary": True,
        "period": event.period,
        "clock": event.clock,
        "game_time_ms": event.game_time_ms,
        "event_time_ms": event.event_time_ms or 0,
        "received_ms": LINEAGE.received_ms,
        "x": event.x or 0.0,
        "y": event.y or 0.0,
        "located": located,
        "home_score": event.home_score or 0,
        "away_score": event.away_score or 0,
        "score_asserted": asserted,
        "match_status": int(event.match_status),
        "home_team_id": event.teams.home_id,
        "home_team": event.teams.home,
        "away_team_id": event.teams.away_id,
        "away_team": event.teams.away,
        "competition": event.competition,
        "season": event.season,
        "attributes": event.attributes,
        "source_topic": LINEAGE.topic,
        "source_partition": LINEAGE.partition,
    }


def as_read(message: Any) -> dict[str, Any]:
    """All fields of a message but its fingerprint."""
    found = {field.name: getattr(message, field.name) for field in message.DESCRIPTOR.fields}
    found["related_player_ids"] = list(found["related_player_ids"])
    found["attributes"] = dict(found["attributes"])
    del found["fingerprint"]
    return found


@pytest.mark.parametrize("event", [PLAIN, FULL], ids=["plain", "full"])
def test_every_field_comes_back(event: MatchEvent) -> None:
    message, fingerprint = encoded(event)
    assert as_read(message) == as_written(event)
    assert message.fingerprint == fingerprint


def test_the_full_event_sets_every_field_of_the_model_and_of_the_wire() -> None:
    defaults = msgspec.structs.asdict(PLAIN)
    assert [n for n, v in msgspec.structs.asdict(FULL).items() if v == defaults[n]] == [
        "match_id", "event_id", "provider", "sport", "provider_type", "version",
    ]  # fmt: skip
    message, _ = encoded(FULL)
    unset = {field.name for field in message.DESCRIPTOR.fields} - {
        field.name for field, _ in message.ListFields()
    }
    assert unset == {"confirmed", "home_score", "y"}  # set to false and to 0


texts = st.text(max_size=12)
whole = st.integers(-(2**31), 2**31 - 1)
events = st.builds(
    MatchEvent,
    match_id=texts,
    event_id=texts,
    provider=texts,
    sport=texts,
    type=st.sampled_from(EventType),
    provider_type=texts,
    version=st.integers(0, FINAL_VERSION),
    status=st.sampled_from(Status),
    period=whole,
    clock=texts,
    game_time_ms=st.integers(-(2**63), 2**63 - 1),
    event_time_ms=st.none() | st.integers(0, LATEST_MS),
    side=st.sampled_from(Side),
    team_id=texts,
    player_id=texts,
    player_name=texts,
    related_player_ids=st.lists(texts, max_size=3).map(tuple),
    points=whole,
    confirmed=st.booleans(),
    x=st.none() | st.floats(0, 100),
    y=st.none() | st.floats(0, 100),
    home_score=st.none() | whole,
    away_score=st.none() | whole,
    match_status=st.sampled_from(MatchStatus),
    teams=st.builds(Teams, texts, texts, texts, texts),
    competition=texts,
    season=texts,
    attributes=st.dictionaries(texts, texts, max_size=4),
)


@settings(deadline=None)
@given(events)
def test_any_event_comes_back(event: MatchEvent) -> None:
    message, _ = encoded(event)
    assert as_read(message) == as_written(event)


@settings(deadline=None)
@given(events, st.randoms())
def test_equal_content_gives_equal_bytes(event: MatchEvent, random: Any) -> None:
    items = list(event.attributes.items())
    random.shuffle(items)
    again = msgspec.structs.replace(event, attributes=dict(items))
    owner, lineage = Identity("m", True), encode_lineage(LINEAGE)
    assert encode(event, owner, lineage) == encode(again, owner, lineage)


def test_the_fingerprint_does_not_depend_on_lineage() -> None:
    here, elsewhere = encoded(FULL), encoded(FULL, ELSEWHERE)
    assert here[0] != elsewhere[0]
    assert here[1] == elsewhere[1]


@pytest.mark.parametrize("name", [name for name in FULL.__struct_fields__ if name != "match_id"])
def test_the_fingerprint_depends_on_every_field(name: str) -> None:
    other = {"sport": "x", "provider": "x", "event_id": "x", "provider_type": "x", "version": 8}
    value = other.get(name, getattr(PLAIN, name))
    assert encoded(FULL)[1] != encoded(msgspec.structs.replace(FULL, **{name: value}))[1]


@pytest.mark.parametrize("other", [{"match_id": "cup-final"}, {"primary": False}])
def test_the_fingerprint_depends_on_whom_the_match_counts_for(other: dict[str, Any]) -> None:
    assert encoded(FULL)[1] != encoded(FULL, **other)[1]


def test_an_alias_is_the_match_id_and_the_source_match_id_stays() -> None:
    owners = identities({"cup-final": ["opta:7", "acme:1"]})
    message, _ = encoded(PLAIN, **owners["acme:1"]._asdict())
    assert (message.match_id, message.source_match_id) == ("cup-final", "acme:1")
    assert (owners["opta:7"].primary, message.primary) == (True, False)


@pytest.mark.parametrize(
    ("absent", "flag"),
    [
        ({"x": None}, "located"),
        ({"y": None}, "located"),
        ({"home_score": None}, "score_asserted"),
        ({"away_score": None}, "score_asserted"),
    ],
)
def test_half_a_place_or_a_score_is_none(absent: dict[str, Any], flag: str) -> None:
    message, _ = encoded(msgspec.structs.replace(FULL, **absent))
    assert getattr(message, flag) is False


def test_a_place_and_a_score_of_zero_are_known() -> None:
    zero = msgspec.structs.replace(PLAIN, x=0.0, y=0.0, home_score=0, away_score=0)
    message, _ = encoded(zero)
    assert (message.located, message.score_asserted) == (True, True)


@pytest.mark.parametrize("enum", [EventType, Status, Side, MatchStatus])
def test_the_models_enums_have_the_numbers_of_the_wire(enum: type[IntEnum]) -> None:
    found = wire.DESCRIPTOR.enum_types_by_name[enum.__name__].values
    on_the_wire = {value.number: value.name for value in found if value.number != 0}
    assert {member.value: member.name for member in enum if member != 0} == on_the_wire

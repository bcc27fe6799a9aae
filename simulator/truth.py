"""What a reader of all messages must end up with."""

from __future__ import annotations

from collections import Counter

import msgspec

from simulator.disorder import Version
from simulator.match import score_of
from simulator.writing import Script, Writer
from udfs.model import EventType


class MatchTruth(msgspec.Struct, frozen=True):
    """One match, after the messages that were sent of it.

    match_id: the canonical one, with the provider's prefix.
    active, deleted: the provider's events by their current status.
    messages: sent of this match, duplicates included.
    plays: how many plays of each canonical type stand; a play can be several of its provider's
        events.
    complete: all of the match was sent.
    """

    match_id: str
    provider: str
    sport: str
    home: str
    away: str
    home_score: int
    away_score: int
    active: int
    deleted: int
    messages: int
    complete: bool
    plays: dict[str, int]


def truth_of(
    writer: Writer[object], script: Script[object], match_id: str, steps: int, messages: int
) -> MatchTruth:
    """The truth after the first `steps` messages of a script, sent as `messages` messages."""
    current: dict[int, Version] = {}
    for versions in script.versions[:steps]:
        for version in versions:
            current[version.play.number] = version
    standing = [version.play for version in current.values() if not version.deleted]
    gone = [version.play for version in current.values() if version.deleted]
    scores = [score_of(play) for play in standing]
    types: Counter[EventType] = Counter(play.type for play in standing)
    story = script.story
    return MatchTruth(
        match_id=f"{writer.provider}:{match_id}",
        provider=writer.provider,
        sport=story.sport,
        home=story.home.name,
        away=story.away.name,
        home_score=sum(home for home, _ in scores),
        away_score=sum(away for _, away in scores),
        active=sum(writer.events_of(play) for play in standing),
        deleted=sum(writer.events_of(play) for play in gone),
        messages=messages,
        complete=steps == len(script.steps),
        plays={type_.name: types[type_] for type_ in sorted(types)},
    )


class Totals(msgspec.Struct, frozen=True):
    """All matches of a simulation together."""

    matches: int
    messages: int
    duplicates: int
    heartbeats: int
    active: int
    deleted: int


class Truth(msgspec.Struct, frozen=True):
    """What `--truth` writes."""

    totals: Totals
    matches: list[MatchTruth]

"""Readers and writers of different versions understand each other, over bytes that were kept.

Versions 1 and 2 of match_event are drafts of the first hour, from before the rules: they gave two
fields' numbers another meaning. `DRAFTS` says what of them today's readers do not know.
"""

from __future__ import annotations

from typing import Any

import pytest
from google.protobuf.descriptor_pb2 import (  # type: ignore[import-untyped]
    FieldDescriptorProto,
    FileDescriptorProto,
)

from schemas.generated.touchline.v1 import match_event_pb2, poll_pb2, score_pb2
from tests.schemas.compatibility import PROTO_FILES, breaches, compiled, contract
from tests.schemas.stored import (
    EXAMPLES,
    Version,
    all_versions,
    as_json,
    class_in,
    records_of,
    versions,
)
from udfs.leaderboards.scores import Schedule, ScoreReader
from udfs.polls.lifecycle import CommandRefused, carry_out, create
from udfs.polls.votes import VoteReader

TODAY = {"match_event": match_event_pb2, "poll": poll_pb2, "score": score_pb2}
DRAFTS: dict[tuple[str, int], dict[str, Any]] = {
    # What they wrote there, and what is read: not known, never something else.
    ("match_event", 1): {"fingerprint": "0", "located": False, "score_asserted": False},
    ("match_event", 2): {"located": False, "score_asserted": False},
}
KEPT = [(version, record) for version in all_versions() for record in version.records]
RECORDS = [(version, record) for version, record in KEPT if version == versions(version.name)[-1]]
FUTURE = 1_000
"""The number of a field, or of an enum's value, that is not known yet."""

KEEP = "give what is new a value in examples.json and run `python -m tests.schemas.stored`"
ARRIVED_MS = 1_795_348_801_250


def todays(version: Version, record: str) -> Any:
    return getattr(TODAY[version.name], record)


# --- what is kept


@pytest.mark.parametrize("proto", PROTO_FILES, ids=lambda proto: proto.name)
def test_the_present_schema_has_bytes_that_are_kept(proto: Any) -> None:
    newest = versions(proto.stem)[-1]
    assert contract(newest.schema) == contract(compiled(proto)), KEEP
    assert newest.records == sorted(records_of(compiled(proto))), KEEP


@pytest.mark.parametrize(("version", "record"), KEPT, ids=str)
def test_kept_bytes_say_something_in_every_field_of_their_version(
    version: Version, record: str
) -> None:
    message = version.message_class(record).FromString(version.stored(record))
    assert {field.name for field, _ in message.ListFields()} == {
        field.name for field in message.DESCRIPTOR.fields
    }
    assert as_json(message) == version.said(record)
    assert version.said(record) == {name: EXAMPLES[record][name] for name in version.said(record)}


@pytest.mark.parametrize("version", all_versions(), ids=str)
def test_no_version_since_the_drafts_is_broken_by_the_present_one(version: Version) -> None:
    present = contract(versions(version.name)[-1].schema)
    is_draft = (version.name, version.number) in DRAFTS
    assert bool(breaches(contract(version.schema), present)) is is_draft


# --- old bytes, today's readers


@pytest.mark.parametrize(("version", "record"), KEPT, ids=str)
def test_old_bytes_are_read_with_the_meaning_they_had(version: Version, record: str) -> None:
    read = as_json(todays(version, record).FromString(version.stored(record)))
    lost = DRAFTS.get((version.name, version.number), {})
    said = {name: value for name, value in version.said(record).items() if name in read} | lost
    assert {name: read[name] for name in said} == said


def test_an_old_vote_is_read() -> None:
    [vote] = [version.stored("PollVote") for version in versions("poll")]
    assert VoteReader().read([vote], [ARRIVED_MS], ARRIVED_MS) == [
        ("motm", "ann", "v1", "iker,raul", 1_795_348_801_000, "paid", "es", "10.0.0.1", False,
         ARRIVED_MS, "")
    ]  # fmt: skip


def test_an_old_command_makes_the_poll_it_made() -> None:
    for version in versions("poll"):
        command = poll_pb2.PollControl.FromString(version.stored("PollControl"))
        poll = create(command, at_ms=1_795_348_700_000, longest_h=168)
        assert (poll.id, poll.title, poll.status) == ("motm", "Man of the match", "CREATED")
        assert poll.choices == {"raul": "Raúl García", "iker": "Iker Muniain"}
        assert (poll.max_choices, poll.first_counts, poll.grace_ms) == (2, True, 2_000)
        assert (poll.opens_ms, poll.closes_ms) == (1_795_348_800_000, 1_795_349_100_000)
        assert (poll.match_id, poll.event_id) == ("opta:1009316", "opta:7")
        assert (poll.regions, poll.weights) == (("es", "uk"), (2, 3))


def test_an_old_score_is_read() -> None:
    for version in versions("score"):
        reader = ScoreReader({"game": Schedule()})
        assert reader.read([version.stored("Score")], [ARRIVED_MS]) == [
            ("game", "ann", "s1", "Ann Ä.", "es", -30, 1_795_348_800_000, "all", 0, ARRIVED_MS, "")
        ]


# --- new bytes, old readers


@pytest.mark.parametrize(("version", "record"), KEPT, ids=str)
def test_new_bytes_are_read_by_old_readers_and_nothing_of_them_is_lost_on_the_way(
    version: Version, record: str
) -> None:
    newest = versions(version.name)[-1]
    old = version.message_class(record).FromString(newest.stored(record))
    shared = as_json(old).keys() & newest.said(record).keys()
    lost = {"fingerprint"} if version == Version("match_event", 1) else set()
    for name in shared - lost:
        assert as_json(old)[name] == newest.said(record)[name]
    again = todays(version, record).FromString(old.SerializeToString())
    assert as_json(again) == newest.said(record)


# --- the future


def of_the_future(schema: FileDescriptorProto) -> FileDescriptorProto:
    """The schema with further fields in each message, one of each form on the wire."""
    future = FileDescriptorProto()
    future.CopyFrom(schema)
    for message in future.message_type:
        for number, kind in enumerate(("INT64", "STRING", "DOUBLE", "FLOAT"), FUTURE):
            message.field.append(
                FieldDescriptorProto(
                    name=f"new_{kind.lower()}",
                    number=number,
                    type=f"TYPE_{kind}",
                    label="LABEL_REPEATED" if kind == "INT64" else "LABEL_OPTIONAL",
                )
            )
    return future


def from_the_future(version: Version, record: str) -> Any:
    """The newest example, written by a version that is not known yet."""
    message = class_in(of_the_future(version.schema), record).FromString(version.stored(record))
    message.new_int64.extend([7, 8])
    message.new_string, message.new_double, message.new_float = "new", 0.5, 0.25
    return message


@pytest.mark.parametrize(("version", "record"), RECORDS, ids=str)
def test_a_message_with_fields_from_the_future_is_read_and_keeps_them(
    version: Version, record: str
) -> None:
    future = from_the_future(version, record)
    message = todays(version, record).FromString(future.SerializeToString())
    assert as_json(message) == version.said(record)
    again = type(future).FromString(message.SerializeToString())
    assert as_json(again) == as_json(future)


def test_votes_and_scores_with_fields_from_the_future_count() -> None:
    poll, score = versions("poll")[-1], versions("score")[-1]
    vote = from_the_future(poll, "PollVote").SerializeToString()
    assert VoteReader().read([vote], [ARRIVED_MS], ARRIVED_MS) == VoteReader().read(
        [poll.stored("PollVote")], [ARRIVED_MS], ARRIVED_MS
    )
    reader = ScoreReader({"game": Schedule()})
    sent = from_the_future(score, "Score").SerializeToString()
    assert reader.read([sent], [ARRIVED_MS]) == reader.read([score.stored("Score")], [ARRIVED_MS])


def test_an_enums_value_from_the_future_is_not_taken_for_another() -> None:
    vote = poll_pb2.PollVote.FromString(versions("poll")[-1].stored("PollVote"))
    vote.voter_class = FUTURE
    [row] = VoteReader().read([vote.SerializeToString()], [ARRIVED_MS], ARRIVED_MS)
    assert row[5] == "free"  # as a class that is not known
    command = poll_pb2.PollControl(poll_id="motm", command_id="c", action=FUTURE)
    with pytest.raises(CommandRefused, match="there is no poll 'motm'"):
        carry_out(None, command, ARRIVED_MS, 168)
    created = poll_pb2.PollControl.FromString(versions("poll")[-1].stored("PollControl"))
    poll = create(created, at_ms=1_795_348_700_000, longest_h=168)
    with pytest.raises(CommandRefused, match="1000 is no command to a poll"):
        carry_out(poll, command, ARRIVED_MS, 168)

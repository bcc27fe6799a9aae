from __future__ import annotations

import re

import pytest

from tests.udfs.opta.documents import AWAY, EVENT, HOME, VERSION, all_of, event_of, f24, one, row
from udfs.contract import Message, Parsed, Rejected
from udfs.model import EventType, Side, Status, Teams
from udfs.opta.adapter import OptaAdapter


def parse(document: bytes, key: str | None = None) -> Parsed:
    return OptaAdapter().parse(Message(document, key=key))


def test_a_live_message_with_a_single_event_has_all_that_a_whole_document_has() -> None:
    event = one(f24(row({"140": "55.3", "3": None})))
    assert event.match_id == "opta:77"
    assert event.provider == "opta"
    assert event.sport == "soccer"
    assert event.type is EventType.PASS
    assert event.provider_type == "1"
    assert event.status is Status.ACTIVE
    assert (event.period, event.clock) == (1, "12:07")
    assert (event.team_id, event.side, event.player_id) == (HOME, Side.HOME, "11")
    assert (event.x, event.y) == (40.5, 60.0)
    assert event.teams == Teams(home_id=HOME, home="Haus", away_id=AWAY, away="Gäste")
    assert (event.competition, event.season) == ("Pokal", "2024")
    assert event.attributes == {"event_id": "5", "outcome": "1", "140": "55.3", "3": ""}


def test_identity_is_id_and_never_the_counter_event_id() -> None:
    events = all_of(f24(row(id="1", event_id="5"), row(id="2", event_id="5", team_id=AWAY)))
    assert [event.event_id for event in events] == ["1", "2"]


def test_qualifier_55_refers_to_an_event_id_and_is_kept_as_an_attribute() -> None:
    event = event_of({"55": "314"}, type_id="16")
    assert event.attributes["55"] == "314"
    assert event.related_player_ids == ()


def test_the_version_is_the_version_attribute() -> None:
    assert event_of().version == VERSION


def test_without_a_version_last_modified_is_the_version_in_london_time() -> None:
    event = event_of(version=None, last_modified="2014-06-12T21:05:23")
    assert event.version == 1402603523000  # 20:05:23 UTC


def test_times_are_london_local_time_with_unpadded_fractions() -> None:
    summer = event_of(timestamp="2024-07-01T20:00:00.91")
    winter = event_of(timestamp="2024-01-01T20:00:00.5")
    assert summer.event_time_ms == 1719860400091  # 19:00:00.091 UTC, not .910
    assert winter.event_time_ms == 1704139200005  # 20:00:00.005 UTC


def test_the_hour_that_the_clock_change_skips_and_repeats_is_a_time_too() -> None:
    before = event_of(timestamp="2024-03-31T00:59:59.0").event_time_ms
    after = event_of(timestamp="2024-03-31T02:00:00.0").event_time_ms
    assert before is not None
    assert after == before + 1_000


def test_a_fraction_of_more_than_three_digits_is_cut_to_milliseconds() -> None:
    assert event_of(timestamp="2024-07-01T20:00:00.7887").event_time_ms == 1719860400788


def test_timestamp_utc_is_preferred_where_a_feed_has_it() -> None:
    event = event_of(timestamp_utc="2024-07-01T19:00:00.250")
    assert event.event_time_ms == 1719860400250


def test_a_row_without_a_wall_clock_time_is_taken() -> None:
    assert event_of(timestamp=None).event_time_ms is None


def test_a_trimmed_document_without_a_game_id_takes_its_match_from_the_key() -> None:
    event = one(f24(row(), id=None, home_team_id=None, away_team_id=None), key="kloppy_f24")
    assert event.match_id == "opta:kloppy_f24"
    assert event.side is Side.UNKNOWN


def test_the_document_and_not_the_key_says_which_match_it_is() -> None:
    assert one(f24(row()), key="other").match_id == "opta:77"


def test_a_document_that_no_one_names_is_rejected() -> None:
    with pytest.raises(Rejected, match="does not name its match"):
        parse(f24(row(), id=None))


def test_a_match_id_that_would_break_a_key_is_rejected() -> None:
    with pytest.raises(Rejected, match="not a match id"):
        parse(f24(row(), id="77}{evil"))


def test_keypass_and_assist_are_kept() -> None:
    event = event_of(keypass="1", assist="1")
    assert (event.attributes["keypass"], event.attributes["assist"]) == ("1", "1")


def test_unknown_attributes_and_elements_are_no_error() -> None:
    unknown = row(new_thing="x").replace("</Event>", "<New><Q/></New></Event>")
    assert one(f24(unknown, new_game_thing="y")).event_id == EVENT["id"]


def test_a_game_without_events_is_an_empty_message() -> None:
    parsed = parse(f24())
    assert (parsed.events, parsed.rejections, parsed.snapshot) == ([], [], False)


def test_a_document_is_never_a_snapshot_because_deletes_are_explicit() -> None:
    assert parse(f24(row(), row(id="2"))).snapshot is False


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        ({"id": None}, "without id: .*missing required field `id`"),
        ({"id": ""}, "without id: .*missing required field `id`"),
        ({"type_id": "goal"}, "Expected `int`"),
        ({"min": "-1"}, "min"),
        ({"min": "151"}, "min"),
        ({"sec": "60"}, "sec"),
        ({"x": "nan"}, "x"),
        ({"y": "1e9"}, "y"),
        ({"timestamp": "yesterday"}, "not a time: 'yesterday'"),
        ({"timestamp": "2024-07-01T25:00:00"}, "not a time"),
        ({"timestamp": "9999-07-01T20:00:00"}, "time out of range"),
        ({"version": "99999999999999999"}, "time out of range"),
        ({"version": "-1"}, "time out of range"),
        ({"version": None, "last_modified": None}, "neither a version nor a time"),
        ({"version": None, "last_modified": "0001-01-01T00:00:00"}, "time out of range"),
    ],
)
def test_a_damaged_row_is_rejected_with_its_bytes_and_the_rest_is_taken(
    damage: dict[str, str | None], reason: str
) -> None:
    bad = row({"56": "Back & left"}, **damage)
    parsed = parse(f24(row(id="1"), bad, row(id="3")))
    assert [event.event_id for event in parsed.events] == ["1", "3"]
    [rejection] = parsed.rejections
    assert re.search(reason, rejection.reason)
    assert rejection.part.decode() == bad


def test_what_is_there_and_empty_is_not_there() -> None:
    unknown = f24(row(x="", y="", player_id=""), home_score="", away_score="")
    [event] = parse(unknown).events
    assert (event.x, event.y, event.player_id) == (None, None, "")


def test_a_qualifier_without_its_id_damages_its_row_only() -> None:
    bad = row(id="2").replace("</Event>", '<Q value="7"/></Event>')
    parsed = parse(f24(row(id="1"), bad))
    assert [event.event_id for event in parsed.events] == ["1"]
    assert parsed.rejections[0].reason == "event 2: a qualifier has no qualifier_id"


def test_a_long_qualifier_is_cut() -> None:
    assert len(event_of({"30": "1, " * 5_000}).attributes["30"]) == 4_096


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1", "windows-1252"])
def test_the_declared_encoding_is_the_one_that_is_read(encoding: str) -> None:
    declared = encoding.removesuffix("-sig")
    text = f'<?xml version="1.0" encoding="{declared}"?>' + f24(row()).decode()
    assert one(text.encode(encoding)).teams.away == "Gäste"


def test_bytes_of_another_encoding_than_the_declared_one_are_rejected() -> None:
    text = '<?xml version="1.0" encoding="utf-8"?>' + f24(row()).decode()
    with pytest.raises(Rejected, match="malformed XML"):
        parse(text.encode("iso-8859-1"))


def test_numbers_may_be_padded() -> None:
    event = event_of(min="05", sec="00", type_id="016")
    assert (event.clock, event.type) == ("05:00", EventType.GOAL)

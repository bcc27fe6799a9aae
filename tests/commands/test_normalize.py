from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from connectors.feeds.split import split
from tests.samples import sample
from touchline.commands.normalize import app
from udfs.model import MatchEvent

EVENT = (
    '<Event id="{id}" event_id="1" type_id="{type}" period_id="1" min="2" sec="3" team_id="174"'
    ' player_id="9" outcome="1" x="50.0" y="50.0" timestamp="2018-08-20T20:02:03.91"'
    ' last_modified="2018-08-20T20:02:{second}"/>'
)
NBA = {
    "payload": {
        "game": {"id": "g1", "home": {"id": "h"}, "away": {"id": "a"}},
        "event": {
            "id": "e1",
            "event_type": "twopointmade",
            "clock": "5:00",
            "updated": "2023-07-19T13:20:55Z",
            "period": {"number": 1, "type": "quarter"},
        },
    },
    "metadata": {"operation": "update", "match": "sd:match:g1"},
}


def f24(*events: str, game: str = "77") -> bytes:
    return (
        f'<Games><Game id="{game}" home_team_id="174" away_team_id="957">'
        f"{''.join(events)}</Game></Games>"
    ).encode()


def event(identity: int, second: int = 10, kind: int = 1) -> str:
    return EVENT.format(id=identity, type=kind, second=second)


def written(folder: Path, name: str, data: bytes) -> str:
    (folder / name).write_bytes(data)
    return str(folder / name)


def normalized(*arguments: str, stdin: bytes | None = None) -> Result:
    return CliRunner().invoke(app, list(arguments), input=stdin)


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_events_are_json_lines_with_every_field_of_the_model(tmp_path: Path) -> None:
    result = normalized("opta", written(tmp_path, "f24.xml", f24(event(5))))
    assert result.exit_code == 0
    (found,) = lines(result.stdout)
    flattened = {"event_time_ms": "event_time", "teams": "home_team"}
    for field in MatchEvent.__struct_fields__:
        assert flattened.get(field, field) in found
    assert found["match_id"] == "opta:77"
    assert found["event_id"] == "5"
    assert found["type"] == "PASS"
    assert found["status"] == "ACTIVE"
    assert found["event_time"] == "2018-08-20T19:02:03.091Z"
    assert found["side"] == "HOME"


def test_only_the_last_version_is_shown_and_all_of_them_on_request(tmp_path: Path) -> None:
    feed = f24(event(5, 10), event(6, 10), event(5, 30, kind=3))
    path = written(tmp_path, "f24.xml", feed)
    last = lines(normalized("opta", path).stdout)
    assert [(found["event_id"], found["provider_type"]) for found in last] == [
        ("5", "3"),
        ("6", "1"),
    ]
    every = lines(normalized("opta", path, "--all").stdout)
    assert [(found["event_id"], found["provider_type"]) for found in every] == [
        ("5", "1"),
        ("6", "1"),
        ("5", "3"),
    ]


def test_an_event_that_was_deleted_is_shown_as_a_tombstone(tmp_path: Path) -> None:
    path = written(tmp_path, "f24.xml", f24(event(5, 10), event(5, 30, kind=43)))
    (found,) = lines(normalized("opta", path).stdout)
    assert found["status"] == "DELETED"


def test_a_refused_message_is_a_json_line_on_standard_error(tmp_path: Path) -> None:
    good = json.dumps(NBA).encode()
    bad = b'{"payload": {"game": {"id": "g1"}}}'
    path = written(tmp_path, "capture.txt", good + b"\n" + bad + b"\n" + good)
    result = normalized("sportradar", path)
    assert result.exit_code == 0
    assert len(lines(result.stdout)) == 1
    (refused,) = lines(result.stderr)
    assert set(refused) == {"provider", "reason", "source", "message_index", "size", "head"}
    assert refused["provider"] == "sportradar"
    assert refused["source"] == path
    assert refused["message_index"] == 1
    assert refused["size"] == len(bad)
    assert refused["head"] == bad.decode()
    assert refused["reason"]


def test_a_part_of_a_document_is_refused_alone(tmp_path: Path) -> None:
    path = written(tmp_path, "f24.xml", f24(event(5), '<Event id="6" type_id="1"/>'))
    result = normalized("opta", path)
    assert result.exit_code == 0
    assert [found["event_id"] for found in lines(result.stdout)] == ["5"]
    (refused,) = lines(result.stderr)
    assert 'id="6"' in refused["head"]


def test_the_exit_code_is_1_if_everything_was_refused(tmp_path: Path) -> None:
    result = normalized("genius", written(tmp_path, "f24.xml", f24(event(5))))
    assert result.exit_code == 1
    assert result.stdout == ""
    assert len(lines(result.stderr)) == 1


def test_heartbeats_alone_are_no_failure(tmp_path: Path) -> None:
    path = written(tmp_path, "beats.txt", b'{"heartbeat":{"interval":5000}}\n' * 3)
    result = normalized("sportradar", path)
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")


def test_an_unknown_provider_is_an_error_that_lists_the_known_ones(tmp_path: Path) -> None:
    result = normalized("opto", written(tmp_path, "f24.xml", f24(event(5))))
    assert result.exit_code == 2
    for provider in ("opto", "opta", "sportradar", "genius"):
        assert provider in result.stderr


@pytest.mark.parametrize("data", [None, b"", b" \n"])
def test_a_missing_or_empty_file_is_a_wrong_command(tmp_path: Path, data: bytes | None) -> None:
    path = tmp_path / "feed.xml"
    if data is not None:
        path.write_bytes(data)
    result = normalized("opta", str(path))
    assert result.exit_code == 2
    assert "feed.xml" in result.stderr.replace("\n", "")


def test_a_folder_is_read_and_its_bad_files_stop_nothing(tmp_path: Path) -> None:
    written(tmp_path, "a.xml", f24(event(5), game="1"))
    written(tmp_path, "b.xml", b"")
    written(tmp_path, "c.xml", f24(event(5), game="2")[:-30])
    written(tmp_path, "d.xml", f24(event(5), game="3"))
    result = normalized("opta", str(tmp_path))
    assert result.exit_code == 0
    assert {found["match_id"] for found in lines(result.stdout)} == {"opta:1", "opta:3"}
    assert [Path(refused["source"]).name for refused in lines(result.stderr)] == ["b.xml", "c.xml"]


def test_several_paths_are_one_feed(tmp_path: Path) -> None:
    first = written(tmp_path, "1.xml", f24(event(5, 10)))
    second = written(tmp_path, "2.xml", f24(event(5, 30, kind=3)))
    (found,) = lines(normalized("opta", first, second).stdout)
    assert found["provider_type"] == "3"


def test_standard_input_is_read() -> None:
    result = normalized("opta", "-", stdin=f24(event(5)))
    assert [found["event_id"] for found in lines(result.stdout)] == ["5"]


def test_the_match_is_named_by_the_user_where_the_feed_does_not_say(tmp_path: Path) -> None:
    feed = f24(event(5)).replace(b' id="77"', b"")
    path = written(tmp_path, "some_f24.xml", feed)
    assert lines(normalized("opta", path).stdout)[0]["match_id"] == "opta:some_f24"
    assert lines(normalized("opta", path, "--match", "9").stdout)[0]["match_id"] == "opta:9"


def test_without_any_match_a_message_is_refused() -> None:
    result = normalized("opta", "-", stdin=f24(event(5)).replace(b' id="77"', b""))
    assert result.exit_code == 1
    assert "match" in lines(result.stderr)[0]["reason"]


def test_snapshots_are_compared_and_a_missing_event_becomes_a_tombstone(tmp_path: Path) -> None:
    def snapshot(*numbers: int) -> bytes:
        pbp = [
            {"actionNumber": number, "actionType": "2pt", "success": 1, "clock": "05:00:00"}
            | {"period": 1, "periodType": "REGULAR", "tno": 1, "s1": 0, "s2": 0}
            for number in numbers
        ]
        return json.dumps({"tm": {"1": {}, "2": {}}, "pbp": pbp}).encode()

    first = written(tmp_path, "poll1.json", snapshot(2, 1))
    second = written(tmp_path, "poll2.json", snapshot(3, 2))
    every = lines(normalized("genius", first, second, "--match", "9", "--all").stdout)
    assert [(found["event_id"], found["status"]) for found in every] == [
        ("1", "ACTIVE"),
        ("2", "ACTIVE"),
        ("3", "ACTIVE"),
        ("1", "DELETED"),
    ]


def totals(events: list[dict[str, Any]]) -> dict[str, int]:
    """Points by side of what stands."""
    points = {"HOME": 0, "AWAY": 0, "UNKNOWN": 0}
    for found in events:
        if found["status"] == "ACTIVE":
            points[found["side"]] += found["points"]
    return points


@pytest.mark.parametrize(
    ("provider", "path", "home", "away"),
    [
        ("opta", "opta/socceraction_f24-23-2018-1009316-eventdetails.xml", 2, 1),
        ("opta", "opta/mds_f24-4-2013-731767-eventdetails.xml", 3, 1),
        ("opta", "opta/kloppy_statsperform_event_ma3.json", 2, 1),
        ("sportradar", "sportradar/nba_v3_pbp_regulation.json", 113, 78),
        ("genius", "genius/nbl_fibalivestats_1976446.json", 83, 74),
        ("genius", "genius/nbl_fibalivestats_1976448.json", 89, 65),
        ("genius", "genius/nbl_fibalivestats_2031329.json", 78, 89),
    ],
)
def test_a_sample_adds_up_to_its_score(provider: str, path: str, home: int, away: int) -> None:
    result = normalized(provider, str(sample(path)))
    assert result.exit_code == 0
    assert result.stderr == ""
    assert totals(lines(result.stdout)) == {"HOME": home, "AWAY": away, "UNKNOWN": 0}


@pytest.mark.parametrize(
    ("provider", "path"),
    [
        ("opta", "opta/socceraction_f24-23-2018-1009316-eventdetails.xml"),
        ("opta", "opta/kloppy_statsperform_event_ma3.json"),
        ("genius", "genius/nbl_fibalivestats_2031329.json"),
        ("genius", "genius/nba_cdn_live_pbp_0022000001.json"),
    ],
)
def test_a_document_played_as_a_live_feed_ends_in_the_same_events(
    provider: str, path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.feeds.split.SNAPSHOT_EVERY_MS", 120_000)
    whole = sample(path)
    for number, (_, piece) in enumerate(split(provider, whole.read_bytes())):
        written(tmp_path, f"{number:05}.feed", piece)
    live = lines(normalized(provider, str(tmp_path), "--match", "m").stdout)
    once = lines(normalized(provider, str(whole), "--match", "m").stdout)
    assert current(live) == current(once)


def current(events: list[dict[str, Any]]) -> dict[str, tuple[Any, ...]]:
    """What of each event does not depend on when a snapshot was polled."""
    fields = ("type", "status", "points", "side", "player_id", "clock", "period")
    return {found["event_id"]: tuple(found[field] for field in fields) for found in events}

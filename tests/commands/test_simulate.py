"""`touchline simulate`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from connectors.feeds.files import feed_files, read_file
from connectors.feeds.keys import key_for
from simulator.delivery import as_they_come, evenly
from tests.mock_kafka import mock_kafka, records
from tests.scores import score_of
from tests.simulator.reading import ADAPTERS
from touchline.commands.simulate import app
from touchline.errors import TouchlineError
from udfs.contract import Message
from udfs.merge import last_write_wins
from udfs.model import MatchEvent, Status

ROUGH = (
    "--edits", "5%", "--deletes", "1%", "--duplicates", "2%", "--late", "1%", "--shuffle", "30",
)  # fmt: skip


def run(*arguments: str) -> Result:
    result = CliRunner().invoke(app, list(arguments))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result


def lines(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_standard_output_has_a_json_line_a_message() -> None:
    sent = lines(run("--provider", "opta", "--matches", "2", "--events", "50"))
    assert len(sent) == 50
    assert {line["topic"] for line in sent} == {"feed.opta"}
    for line in sent:
        assert f'<Game id="{line["key"]}"' in line["value"]


def test_the_same_command_prints_the_same_bytes() -> None:
    arguments = ("--provider", "all", "--matches", "3", "--events", "300", *ROUGH)
    assert run(*arguments).stdout == run(*arguments).stdout
    assert run(*arguments).stdout != run(*arguments, "--seed", "2").stdout


@pytest.mark.parametrize("format_", ["opta", "sportradar", "genius"])
def test_captures_read_from_a_folder_give_the_truth(format_: str, tmp_path: Path) -> None:
    truth_file = tmp_path / "truth.json"
    folder = tmp_path / "out"
    run(
        "--provider", format_, "--matches", "2", "--out", str(folder), "--truth", str(truth_file),
        *ROUGH,
    )  # fmt: skip
    truth = json.loads(truth_file.read_text())
    events: dict[str, list[MatchEvent]] = {}
    for file in feed_files([folder]):
        for arrival, received in enumerate(read_file(file)):
            key = key_for(format_, received.value, None, received.named_match)
            parsed = ADAPTERS[format_].parse(Message(received.value, key, arrival))
            assert not parsed.rejections
            for event in parsed.events:
                events.setdefault(event.match_id, []).append(event)
    assert len(events) == len(truth["matches"]) == 2
    for match in truth["matches"]:
        current = last_write_wins(events[match["match_id"]])
        assert score_of(current) == (match["home_score"], match["away_score"])
        assert sum(event.status is Status.ACTIVE for event in current) == match["active"]
        assert sum(event.status is Status.DELETED for event in current) == match["deleted"]


def test_a_capture_of_snapshots_names_its_match(tmp_path: Path) -> None:
    run("--provider", "livestats", "--matches", "1", "--events", "3", "--out", str(tmp_path))
    (file,) = feed_files([tmp_path])
    messages = list(read_file(file))
    assert len(messages) == 3
    assert {message.named_match for message in messages} == {"2700001"}


def test_the_truth_alone_is_printed_if_nothing_else_is_asked_for() -> None:
    truth = json.loads(run("--matches", "1", "--truth", "-", *ROUGH).stdout)
    (match,) = truth["matches"]
    assert match["match_id"] == "opta:2400001"
    assert match["complete"]
    assert truth["totals"]["messages"] == match["messages"]


def test_live_times_are_now() -> None:
    import time

    before = int(time.time() * 1000)
    sent = lines(run("--start-time", "now", "--speed", "6000x", "--matches", "1"))
    after = int(time.time() * 1000)
    times = [line["time_ms"] for line in sent]
    assert before <= times[0]
    assert times[-1] <= after + 100


def test_a_duration_ends_a_simulation() -> None:
    truth = json.loads(run("--rate", "200", "--duration", "1s", "--truth", "-").stdout)
    assert 150 <= truth["totals"]["messages"] <= 210


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--provider", "nobody"), "no format 'nobody': one of opta,"),
        (("--edits", "120%"), "--edits: '120%': a share"),
        (("--late", "few"), "--late: 'few': a share"),
        (("--rate", "-1"), "--rate: '-1': messages a second"),
        (("--speed", "fast"), "--speed: 'fast'"),
        (("--rate", "5", "--speed", "1x"), "--rate and --speed exclude each other"),
        (("--duration", "soon"), "--duration: 'soon': a duration"),
        (("--start-time", "noon"), "--start-time: not a time"),
        (("--out", "x", "--to-kafka"), "--out and --to-kafka exclude each other"),
    ],
)
def test_a_wrong_option_is_a_usage_error_that_names_it(
    arguments: tuple[str, ...], said: str
) -> None:
    result = CliRunner().invoke(app, list(arguments))
    assert result.exit_code == 2
    assert said in " ".join(result.stderr.replace("│", " ").split())


def test_messages_go_to_their_feeds_keyed_by_match(monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = ("--provider", "all", "--matches", "3", "--events", "300")
    with mock_kafka("feed.opta", "feed.sportradar", "feed.genius") as kafka:
        monkeypatch.setenv("TOUCHLINE_KAFKA__BOOTSTRAP", kafka.bootstrap)
        run(*arguments, "--to-kafka")
        received = [
            (topic, record.key().decode() if record.key() else None, record.value().decode())
            for topic in ("feed.opta", "feed.sportradar", "feed.genius")
            for record in records(kafka, topic)
        ]
    printed = [(line["topic"], line["key"], line["value"]) for line in lines(run(*arguments))]
    for address in {(topic, key) for topic, key, _ in printed}:
        sent = [value for *where, value in printed if tuple(where) == address]
        assert [value for *where, value in received if tuple(where) == address] == sent
    assert len(received) == len(printed)


def test_an_absent_broker_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOUCHLINE_KAFKA__BOOTSTRAP", "127.0.0.1:1")
    with pytest.raises(TouchlineError, match=r"127\.0\.0\.1:1"):
        run("--events", "1", "--to-kafka")


class Clock:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


MESSAGES = [(1_000, 0, b"a"), (3_000, 0, b"b"), (3_500, 0, b"c")]


def test_evenly_sent_messages_are_a_rate_apart() -> None:
    clock = Clock()
    times = [clock.now for _ in evenly(MESSAGES, 4.0, clock, clock.sleep)]
    assert times == [100.0, 100.25, 100.5]


def test_messages_sent_as_they_come_keep_their_distances_at_a_speed() -> None:
    clock = Clock()
    times = [clock.now for _ in as_they_come(MESSAGES, 2.0, clock, clock.sleep)]
    assert times == [100.0, 101.0, 101.25]

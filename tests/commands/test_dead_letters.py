from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial

import pytest
from typer.testing import CliRunner, Result

from connectors.feeds.publisher import Publisher
from tests.mock_kafka import mock_kafka, records
from touchline.broker import Broker
from touchline.commands import dead_letters
from touchline.commands.dead_letters import app
from touchline.errors import TouchlineError
from touchline.settings import Kafka
from udfs.rendering import iso_time

DEAD = "dead-letters"
FEED = "feed.sportradar"
BAD = b'{"payload":{"game":{"id":"m1"},"ev'


@pytest.fixture
def kafka(monkeypatch: pytest.MonkeyPatch) -> Iterator[Kafka]:
    with mock_kafka(DEAD, FEED, "feed.genius", "poll-control") as broker:
        monkeypatch.setenv("TOUCHLINE_KAFKA__BOOTSTRAP", broker.bootstrap)
        yield broker


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def publish(kafka: Kafka, topic: str, value: bytes, key: str | None, **headers: str) -> None:
    with Publisher(kafka, topic) as publisher:
        publisher.send(value, key, headers)


def buried(
    kafka: Kafka, value: bytes = BAD, key: str | None = "m1", feed: str = FEED, **headers: str
) -> None:
    """A message of a feed and its dead letter, as `normalize` writes it."""
    publish(kafka, feed, value, key, source="test")
    source = records(kafka, feed)[-1]
    bury(
        kafka, value, key, source_topic=feed, source_partition=str(source.partition()),
        source_offset=str(source.offset()), **headers,
    )  # fmt: skip


def bury(kafka: Kafka, value: bytes, key: str | None, **headers: str) -> None:
    defaults = {
        "error": "malformed JSON: truncated",
        "adapter": "sportradar push 0.1.0",
        "received_ms": "1534795223000",
    }
    publish(kafka, DEAD, value, key, **{**defaults, **headers})


def place_of_the_first(kafka: Kafka) -> str:
    record = records(kafka, DEAD)[0]
    return f"{record.partition()}:{record.offset()}"


def test_a_list_shows_where_who_why_how_much_and_when(kafka: Kafka) -> None:
    buried(kafka)
    result = run("list")
    assert result.exit_code == 0, result.output
    for text in (
        place_of_the_first(kafka),
        "sportradar",
        "malformed JSON: truncated",
        str(len(BAD)),
        "2018-08-20T20:00:23.000Z",
    ):
        assert text in result.stdout


def test_a_list_for_scripts_is_json_lines(kafka: Kafka) -> None:
    buried(kafka)
    source = records(kafka, FEED)[0]
    assert json.loads(run("list", "--json").stdout) == {
        "place": place_of_the_first(kafka),
        "provider": "sportradar",
        "match": "m1",
        "error": "malformed JSON: truncated",
        "part": False,
        "size": len(BAD),
        "received": "2018-08-20T20:00:23.000Z",
        "adapter": "sportradar push 0.1.0",
        "store": "",
        "source": f"{FEED}[{source.partition()}]@0",
    }


def test_a_letter_without_a_time_has_that_of_its_record(kafka: Kafka) -> None:
    publish(kafka, DEAD, BAD, "m1", error="malformed JSON: truncated", source_topic=FEED)
    _, ms = records(kafka, DEAD)[0].timestamp()
    listed = json.loads(run("list", "--json").stdout)
    assert (listed["provider"], listed["received"]) == ("sportradar", iso_time(ms))


def test_a_row_that_a_store_refused_is_listed_with_the_store(kafka: Kafka) -> None:
    bury(kafka, b'{"n":1}', "opta:1", error="too long", part="true", store="clickhouse t")
    assert "clickhouse t" in run("list").stdout
    assert json.loads(run("list", "--json").stdout)["store"] == "clickhouse t"
    assert json.loads(run("retry", "--all", "--json").stdout)["gone"] == 1


def test_a_list_is_of_one_provider_and_of_the_newest(kafka: Kafka) -> None:
    for number in range(6):
        provider = "opta" if number % 2 else "genius"
        bury(kafka, b"x", None, provider=provider, error=f"e{number}", received_ms=str(number))
    newest = [
        json.loads(line)["error"]
        for line in run("list", "--json", "--limit", "2").stdout.splitlines()
    ]
    assert newest == ["e4", "e5"]
    of_genius = run("list", "--json", "--provider", "genius", "--limit", "2").stdout.splitlines()
    assert [json.loads(line)["error"] for line in of_genius] == ["e2", "e4"]


def test_an_empty_topic_is_said_in_words(kafka: Kafka) -> None:
    assert run("list").stdout == "no dead letters\n"
    assert run("list", "--json").stdout == ""


@pytest.mark.parametrize(("header", "part"), [("true", True), ("TRUE", True), ("false", False)])
def test_a_part_is_one_however_sql_writes_it(kafka: Kafka, header: str, part: bool) -> None:
    buried(kafka, part=header)
    assert json.loads(run("list", "--json").stdout)["part"] is part


def test_show_tells_the_reason_and_the_bytes(kafka: Kafka) -> None:
    buried(kafka, b'{"a": \xff}', part="true")
    shown = run("show", place_of_the_first(kafka)).stdout
    assert "error: malformed JSON: truncated" in shown
    assert "part: True" in shown
    assert '{"a": \\xff}' in shown


def test_show_for_scripts_is_one_line_with_what_a_list_has_and_the_text(kafka: Kafka) -> None:
    buried(kafka, b'{"a": \xff}', part="true")
    shown = json.loads(run("show", place_of_the_first(kafka), "--json").stdout)
    assert shown == {**json.loads(run("list", "--json").stdout), "value": '{"a": \\xff}'}


def test_bytes_are_no_json(kafka: Kafka) -> None:
    buried(kafka)
    result = run("show", place_of_the_first(kafka), "--raw", "--json")
    assert (result.exit_code, result.stdout) == (2, "")


def test_show_raw_gives_the_bytes_as_received(kafka: Kafka) -> None:
    buried(kafka, b"\xff\xfe<\x00\r\n")
    assert run("show", place_of_the_first(kafka), "--raw").stdout_bytes == b"\xff\xfe<\x00\r\n"


@pytest.mark.parametrize("place", ["0:99", "0:0"])
def test_a_dead_letter_that_is_not_there_is_an_error(kafka: Kafka, place: str) -> None:
    result = run("show", place)
    assert isinstance(result.exception, TouchlineError)
    assert f"no dead letter at {place}" in result.exception.message


@pytest.mark.parametrize("place", ["7", "a:b", "0:-1", "0:"])
def test_a_wrong_place_is_a_wrong_command(kafka: Kafka, place: str) -> None:
    assert run("show", "--", place).exit_code == 2


def test_a_partition_that_is_not_there_is_an_error(kafka: Kafka) -> None:
    result = run("show", "99:0")
    assert isinstance(result.exception, TouchlineError)
    assert "no partition 99" in result.exception.message


def test_retry_sends_the_original_with_its_key_to_its_feed(kafka: Kafka) -> None:
    buried(kafka)
    result = run("retry", place_of_the_first(kafka))
    assert result.exit_code == 0, result.output
    assert "1 messages sent again" in result.stdout
    original, again = records(kafka, FEED)
    assert again.value() == original.value() == BAD
    assert again.key() == b"m1"
    assert again.partition() == original.partition()
    assert again.headers() == [("source", f"retry of {FEED}[{original.partition()}]@0".encode())]


def test_a_message_of_which_many_parts_were_refused_is_sent_whole_and_once(kafka: Kafka) -> None:
    publish(kafka, FEED, b"whole", "m1")
    source = records(kafka, FEED)[0]
    for part in (b"part 1", b"part 2"):
        bury(
            kafka, part, "m1", provider="sportradar", part="true", source_topic=FEED,
            source_partition=str(source.partition()), source_offset="0",
        )  # fmt: skip
    counts = json.loads(run("retry", "--all", "--json").stdout)
    assert counts == {"sent": 1, "gone": 0, "snapshots": 0, "commands": 0}
    assert [record.value() for record in records(kafka, FEED)] == [b"whole", b"whole"]


def test_retry_of_all_may_be_of_one_provider(kafka: Kafka) -> None:
    buried(kafka)
    buried(kafka, b'{"fixtureId":1}', "1", "feed.genius")
    counts = json.loads(run("retry", "--all", "--provider", "genius", "--json").stdout)
    assert counts["sent"] == 1
    assert len(records(kafka, FEED)) == 1
    assert len(records(kafka, "feed.genius")) == 2


def test_where_the_original_is_gone_the_dead_letters_own_bytes_are_sent(kafka: Kafka) -> None:
    bury(
        kafka, BAD, "m1", provider="sportradar", source_topic=FEED, source_partition="0",
        source_offset="12345",
    )  # fmt: skip
    assert json.loads(run("retry", "--all", "--json").stdout)["sent"] == 1
    (record,) = records(kafka, FEED)
    assert (record.key(), record.value()) == (b"m1", BAD)


def test_where_only_a_part_is_left_nothing_is_sent(kafka: Kafka) -> None:
    bury(kafka, b"part", "m1", provider="sportradar", part="true")
    counts = json.loads(run("retry", "--all", "--json").stdout)
    assert counts == {"sent": 0, "gone": 1, "snapshots": 0, "commands": 0}
    assert records(kafka, FEED) == []


def test_a_snapshot_is_sent_again_only_by_force(kafka: Kafka) -> None:
    buried(kafka, b'{"tm":{"1":{},"2":{}},"pbp":[]}', "1976446", "feed.genius")
    assert json.loads(run("retry", "--all", "--json").stdout)["snapshots"] == 1
    assert json.loads(run("retry", "--all", "--force", "--json").stdout)["sent"] == 0
    assert json.loads(run("retry", "--all", "--force", "--again", "--json").stdout)["sent"] == 1
    assert len(records(kafka, "feed.genius")) == 2


def test_what_fails_again_and_again_is_sent_once_each_time(kafka: Kafka) -> None:
    buried(kafka)
    for times in range(1, 4):
        assert json.loads(run("retry", "--all", "--json").stdout)["sent"] == 1
        again = records(kafka, FEED)[-1]
        assert len(records(kafka, FEED)) == times + 1
        bury(
            kafka, BAD, "m1", source_topic=FEED, source_partition=str(again.partition()),
            source_offset=str(again.offset()),
        )  # fmt: skip


def test_what_was_read_when_it_was_sent_again_is_not_sent_a_second_time(kafka: Kafka) -> None:
    buried(kafka)
    assert json.loads(run("retry", "--all", "--json").stdout)["sent"] == 1
    assert json.loads(run("retry", "--all", "--json").stdout)["sent"] == 0
    assert json.loads(run("retry", "--all", "--again", "--json").stdout)["sent"] == 1


def test_a_retry_of_one_provider_leaves_the_letters_of_others_to_be_sent(kafka: Kafka) -> None:
    buried(kafka)
    buried(kafka, b'{"fixtureId":1}', "1", "feed.genius")
    run("retry", "--all", "--provider", "genius")
    assert json.loads(run("retry", "--all", "--json").stdout)["sent"] == 1
    assert len(records(kafka, FEED)) == 2


def test_a_polls_command_is_sent_again_only_if_it_is_named(kafka: Kafka) -> None:
    publish(kafka, "poll-control", b"close", "p1")
    source = records(kafka, "poll-control")[0]
    bury(
        kafka, b"close", "p1", source_topic="poll-control",
        source_partition=str(source.partition()), source_offset="0",
    )  # fmt: skip
    counts = json.loads(run("retry", "--all", "--json").stdout)
    assert (counts["sent"], counts["commands"]) == (0, 1)
    run("retry", place_of_the_first(kafka))
    assert len(records(kafka, "poll-control")) == 2


@pytest.mark.parametrize("arguments", [["retry"], ["retry", "0:0", "--all"]])
def test_retry_wants_one_place_or_all(arguments: list[str]) -> None:
    assert run(*arguments).exit_code == 2


def test_no_broker_is_an_error_with_a_hint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOUCHLINE_KAFKA__BOOTSTRAP", "127.0.0.1:1")
    monkeypatch.setattr(dead_letters, "Broker", partial(Broker, answer_s=0.2))
    result = run("list")
    assert isinstance(result.exception, TouchlineError)
    assert "no Kafka broker answers at 127.0.0.1:1" in result.exception.message
    assert result.exception.hint

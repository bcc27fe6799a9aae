from __future__ import annotations

import errno
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from connectors.feeds.http_stream import HttpStream
from tests.connectors.feeds.loopback import Exchange, serving
from tests.mock_kafka import mock_kafka, records
from touchline.commands.ingest import app
from touchline.errors import TouchlineError
from touchline.settings import Kafka

BEAT = b'{"heartbeat":{"interval":5000}}'


def push(match: str, number: int) -> bytes:
    return b'{"payload":{"game":{"id":"%b"},"event":{"id":"e%d"}}}' % (match.encode(), number)


@pytest.fixture
def kafka(monkeypatch: pytest.MonkeyPatch) -> Iterator[Kafka]:
    with mock_kafka("feed.opta", "feed.sportradar", "feed.genius") as broker:
        monkeypatch.setenv("TOUCHLINE_KAFKA__BOOTSTRAP", broker.bootstrap)
        yield broker


def ingested(*arguments: str, stdin: bytes | None = None) -> Result:
    return CliRunner().invoke(app, list(arguments), input=stdin)


def written(folder: Path, name: str, data: bytes) -> str:
    (folder / name).write_bytes(data)
    return str(folder / name)


def sent(kafka: Kafka, topic: str) -> list[tuple[str | None, bytes]]:
    """Keys and values; the order holds within a key."""
    return [
        (record.key().decode() if record.key() is not None else None, record.value())
        for record in records(kafka, topic)
    ]


def test_a_capture_is_sent_as_received_in_each_matchs_order(kafka: Kafka, tmp_path: Path) -> None:
    messages = [push(match, number) for number in range(20) for match in ("m1", "m2")]
    capture = b"\r\n".join([BEAT, *messages, BEAT])
    result = ingested("sportradar", written(tmp_path, "capture.txt", capture))
    assert result.exit_code == 0, result.output
    received = sent(kafka, "feed.sportradar")
    assert sorted(value for _, value in received) == sorted([BEAT, *messages, BEAT])
    for match in ("m1", "m2"):
        of_match = [value for key, value in received if key == match]
        assert of_match == [push(match, number) for number in range(20)]
    assert [value for key, value in received if key is None] == [BEAT, BEAT]


def test_the_source_is_in_a_header(kafka: Kafka, tmp_path: Path) -> None:
    path = written(tmp_path, "data_1976446.json", b'{"pbp":[]}')
    ingested("genius", path)
    (record,) = records(kafka, "feed.genius")
    assert record.headers() == [("source", path.encode())]
    assert record.key() == b"1976446"


def test_the_user_names_the_match_where_the_feed_does_not_say(kafka: Kafka, tmp_path: Path) -> None:
    path = written(tmp_path, "data_1976446.json", b'{"pbp":[]}')
    ingested("genius", path, "--match", "7")
    assert sent(kafka, "feed.genius") == [("7", b'{"pbp":[]}')]


def test_the_summary_counts_messages_bytes_and_matches(kafka: Kafka, tmp_path: Path) -> None:
    capture = BEAT + push("m1", 1) + push("m2", 2)
    result = ingested("sportradar", written(tmp_path, "capture.txt", capture), "--json")
    summary: dict[str, Any] = json.loads(result.stdout)
    assert summary.pop("seconds") > 0
    assert summary == {
        "provider": "sportradar",
        "topic": "feed.sportradar",
        "messages": 3,
        "bytes": len(capture),
        "matches": 2,
        "without_match": 1,
        "interrupted": False,
    }
    people = ingested("sportradar", written(tmp_path, "capture.txt", capture)).stdout
    assert "3 messages (0.0 MB) of 2 matches to feed.sportradar in" in people


def test_a_document_is_split_on_request(kafka: Kafka, tmp_path: Path) -> None:
    event = '<Event id="{0}" last_modified="2018-08-20T20:00:{0}"/>'
    events = "".join(event.format(second) for second in (30, 10, 20))
    path = written(tmp_path, "f24.xml", f'<Games><Game id="7">{events}</Game></Games>'.encode())
    result = ingested("opta", path, "--split", "--speed", "600x")
    assert result.exit_code == 0, result.output
    received = sent(kafka, "feed.opta")
    assert {key for key, _ in received} == {"7"}
    assert [value.count(b"<Event") for _, value in received] == [1, 1, 1]
    assert [value.split(b'id="')[2][:2] for _, value in received] == [b"10", b"20", b"30"]


def test_what_cannot_be_split_is_an_error_with_a_hint(kafka: Kafka, tmp_path: Path) -> None:
    result = ingested("sportradar", written(tmp_path, "capture.txt", BEAT), "--split")
    assert isinstance(result.exception, TouchlineError)
    assert "cannot be split" in result.exception.message
    assert "--split" in result.exception.hint


def test_a_file_that_cannot_be_read_is_an_error_in_one_line(
    kafka: Kafka, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path, "capture.txt", BEAT * 1_000)
    opened = Path.open

    def refuse(file: Path, *arguments: Any, **named: Any) -> Any:
        if str(file) == path:
            raise PermissionError(errno.EACCES, "Permission denied", path)
        return opened(file, *arguments, **named)

    # Not by the file's mode, which means nothing to a superuser.
    monkeypatch.setattr(Path, "open", refuse)
    result = ingested("sportradar", path)
    assert isinstance(result.exception, TouchlineError)
    assert result.exception.message == f"{path}: cannot be read: Permission denied"


def test_a_folder_and_standard_input_are_sources(kafka: Kafka, tmp_path: Path) -> None:
    folder = tmp_path / "matches"
    folder.mkdir()
    written(folder, "data_101.json", b'{"pbp":[1]}')
    written(folder, "data_102.json", b'{"pbp":[2]}')
    assert ingested("genius", str(folder)).exit_code == 0
    assert ingested("genius", "-", "--match", "3", stdin=b'{"pbp":[3]}').exit_code == 0
    assert sorted(sent(kafka, "feed.genius")) == [
        ("101", b'{"pbp":[1]}'),
        ("102", b'{"pbp":[2]}'),
        ("3", b'{"pbp":[3]}'),
    ]


def test_a_stream_is_sent_until_its_end(kafka: Kafka) -> None:
    def stream(exchange: Exchange) -> None:
        exchange.stream()
        exchange.chunk(BEAT + b"\n" + push("m1", 1))
        exchange.end()

    with serving(stream) as server:
        result = ingested("sportradar", server.url("/push?api_key=SECRET"), "--once")
        source = server.url("/push")
    assert result.exit_code == 0, result.output
    received = records(kafka, "feed.sportradar")
    assert sorted(record.value() for record in received) == [BEAT, push("m1", 1)]
    assert {header for record in received for header in record.headers()} == {
        ("source", source.encode())
    }


def test_a_refused_url_is_an_error_that_keeps_the_key_secret(kafka: Kafka) -> None:
    with serving() as server:
        result = ingested("sportradar", server.url("/push?api_key=SECRET"))
    assert isinstance(result.exception, TouchlineError)
    assert "410" in result.exception.message
    assert "SECRET" not in result.exception.message


def test_a_document_is_polled(kafka: Kafka) -> None:
    bodies = [b'{"pbp":[1]}', b'{"pbp":[1]}', b'{"pbp":[1,2]}']
    with serving(
        *[lambda exchange, body=body: exchange.document(body) for body in bodies]
    ) as server:
        result = ingested("genius", server.url("/data.json"), "--match", "9", "--poll", "0.1")
    assert isinstance(result.exception, TouchlineError)  # 410 after the last one
    assert sent(kafka, "feed.genius") == [("9", b'{"pbp":[1]}'), ("9", b'{"pbp":[1,2]}')]


def test_a_header_may_come_from_the_environment_or_a_file(
    kafka: Kafka, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FEED_KEY", "from-env")
    secret = written(tmp_path, "secret", b"from-file\n")
    with serving(lambda exchange: exchange.document(BEAT)) as server:
        ingested(
            "sportradar", server.url(), "--header", "x-api-key: env:FEED_KEY",
            "--header", f"authorization: file:{secret}", "--header", "accept: text/plain",
        )  # fmt: skip
        (headers,) = server.headers
    assert headers["x-api-key"] == "from-env"
    assert headers["authorization"] == "from-file"
    assert headers["accept"] == "text/plain"


def test_ctrl_c_sends_what_was_read_and_says_so(
    kafka: Kafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(stream: HttpStream) -> Iterator[bytes]:
        yield push("m1", 1)
        yield push("m1", 2)
        raise KeyboardInterrupt

    monkeypatch.setattr(HttpStream, "messages", interrupted)
    result = ingested("sportradar", "http://127.0.0.1:1/push", "--json")
    assert result.exit_code == 130
    assert json.loads(result.stdout)["interrupted"] is True
    assert sent(kafka, "feed.sportradar") == [("m1", push("m1", 1)), ("m1", push("m1", 2))]


def test_no_broker_is_an_error_with_a_hint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOUCHLINE_KAFKA__BOOTSTRAP", "127.0.0.1:1")
    monkeypatch.setattr("connectors.feeds.publisher.ANSWER_S", 0.2)
    result = ingested("sportradar", written(tmp_path, "capture.txt", BEAT))
    assert isinstance(result.exception, TouchlineError)
    assert "no Kafka broker answers at 127.0.0.1:1" in result.exception.message
    assert result.exception.hint


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["opto", "capture.txt"], "sportradar"),
        (["opta", "missing.xml"], "no such file"),
        (["opta", "capture.txt", "--speed", "fast"], "a speed is"),
        (["opta", "capture.txt", "http://localhost/"], "a URL stands alone"),
        (["opta", "http://localhost/", "--speed", "60x"], "--speed: is of files"),
        (["opta", "http://localhost/", "--speed", "max"], "--speed: is of files"),
        (["opta", "http://localhost/", "--split"], "--split: is of files"),
        (["opta", "capture.txt", "--poll", "5"], "--poll: is of a URL"),
        (["opta", "capture.txt", "--recover-from", "http://localhost/"], "--recover-from: is of a"),
        (["opta", "capture.txt", "--header", "a: b"], "--header: is of a URL"),
        (["opta", "capture.txt", "--once"], "--once: is of a URL"),
        (
            ["opta", "http://localhost/", "--poll", "5", "--recover-from", "http://localhost/"],
            "--recover-from: is of a stream",
        ),
        (["opta", "http://localhost/", "--header", "nothing"], "NAME: VALUE"),
        (["opta", "http://localhost/", "--header", "a: env:NOT_SET_AT_ALL"], "NOT_SET_AT_ALL"),
        (["opta", "http://localhost/", "--header", "a: file:/not/there"], "/not/there"),
    ],
)
def test_a_wrong_command_is_said_before_anything_is_sent(
    arguments: list[str], text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    written(tmp_path, "capture.txt", BEAT)
    result = ingested(*arguments)
    assert result.exit_code == 2
    assert text in " ".join(result.stderr.replace("│", " ").split())

"""The feed commands against the real broker of the embedded stack."""

from __future__ import annotations

import json
import os
import uuid
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from connectors.feeds.publisher import Publisher
from tests.mock_kafka import records
from touchline.commands import dead_letters, ingest
from touchline.settings import Kafka, Settings

pytestmark = [pytest.mark.stack, pytest.mark.usefixtures("stack")]

FEED = "feed.sportradar"


def kafka() -> Kafka:
    return Settings.load().kafka


def of_match(topic: str, match: str) -> list[Any]:
    return [record for record in records(kafka(), topic) if record.key() == match.encode()]


def ingested(path: Path) -> dict[str, Any]:
    result = CliRunner().invoke(ingest.app, ["sportradar", str(path), "--json"])
    assert result.exit_code == 0, result.output
    summary: dict[str, Any] = json.loads(result.stdout)
    return summary


def push(match: str, text: str) -> bytes:
    return b'{"payload":{"game":{"id":"%b"},"event":{"id":"%b"}}}' % (match.encode(), text.encode())


def test_the_broker_keeps_bytes_as_received_and_each_matchs_order(tmp_path: Path) -> None:
    matches = [str(uuid.uuid4()) for _ in range(5)]
    messages = [push(match, f"é-{number}") for number in range(400) for match in matches]
    capture = tmp_path / "capture.txt"
    capture.write_bytes(b"\r\n".join(messages))
    assert ingested(capture)["messages"] == len(messages)
    for match in matches:
        received = of_match(FEED, match)
        assert [record.value() for record in received] == [
            message for message in messages if match.encode() in message
        ]
        assert len({record.partition() for record in received}) == 1


def test_a_document_of_5_mb_goes_through(tmp_path: Path) -> None:
    match = str(uuid.uuid4())
    noise = os.urandom(2_500_000).hex()  # does not compress to nothing
    document = tmp_path / "document.json"
    document.write_bytes(push(match, noise))
    assert ingested(document)["bytes"] > 5_000_000
    (record,) = of_match(FEED, match)
    assert record.value() == document.read_bytes()


def test_a_retry_sends_the_original_again(tmp_path: Path) -> None:
    match = str(uuid.uuid4())
    bad = push(match, "x")[:-1]
    capture = tmp_path / "capture.txt"
    capture.write_bytes(bad)
    ingested(capture)
    (source,) = of_match(FEED, match)
    with Publisher(kafka(), kafka().dead_letters) as publisher:
        headers = {
            "provider": "sportradar",
            "error": "truncated",
            "source_topic": FEED,
            "source_partition": str(source.partition()),
            "source_offset": str(source.offset()),
        }
        publisher.send(bad, match, headers)
    (letter,) = of_match(kafka().dead_letters, match)
    place = f"{letter.partition()}:{letter.offset()}"
    result = CliRunner().invoke(dead_letters.app, ["retry", place, "--json"])
    assert json.loads(result.stdout) == {"sent": 1, "gone": 0, "snapshots": 0, "commands": 0}
    assert [record.value() for record in of_match(FEED, match)] == [bad, bad]

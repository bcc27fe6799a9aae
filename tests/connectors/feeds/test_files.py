from __future__ import annotations

import errno
import io
import os
from io import BytesIO
from itertools import chain
from pathlib import Path

import pytest

from connectors.feeds.files import FeedFileError, feed_files, read_file, read_stream
from touchline.errors import TouchlineError

BEAT = b'{"heartbeat":{"interval":5000}}'


def written(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def test_a_capture_is_cut_into_its_messages(tmp_path: Path) -> None:
    path = written(tmp_path, "capture.txt", BEAT + b"\n" + BEAT + b'{"payload":{}}\r\n')
    received = list(read_file(path))
    assert [message.value for message in received] == [BEAT, BEAT, b'{"payload":{}}']
    assert {message.source for message in received} == {str(path)}
    assert {message.named_match for message in received} == {None}


@pytest.mark.parametrize("size", [10, 100_000])
def test_a_file_that_may_not_be_read_is_told_by_its_name(
    size: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path, "secret.json", b"x" * size)

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    # Not by the file's mode, which means nothing to a superuser.
    monkeypatch.setattr(io, "open", refuse)
    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(TouchlineError, match=r"secret\.json: cannot be read: Permission denied"):
        list(chain.from_iterable(map(read_file, feed_files([path]))))


def test_a_document_is_one_message_byte_by_byte(tmp_path: Path) -> None:
    document = b'<?xml version="1.0"?>\r\n<Games>\r\n  <Game/>\r\n</Games>'
    (received,) = read_file(written(tmp_path, "some_match.xml", document))
    assert received.value == document
    assert received.named_match == "some_match"


def test_a_document_larger_than_a_chunk_is_one_message(tmp_path: Path) -> None:
    document = b'{"pbp":["' + b"x" * 5_000_000 + b'"]}'
    (received,) = read_file(written(tmp_path, "data_1976446.json", document))
    assert received.value == document
    assert received.named_match == "1976446"


def test_a_file_of_blanks_is_one_message_that_an_adapter_refuses(tmp_path: Path) -> None:
    (received,) = read_file(written(tmp_path, "blank.json", b" \n" * 5_000))
    assert not received.value.strip()


def test_a_folder_stands_for_its_files_by_name_without_hidden_ones(tmp_path: Path) -> None:
    second = written(tmp_path, "b.json", b"{}")
    first = written(tmp_path, "a/x.json", b"{}")
    written(tmp_path, ".hidden", b"{}")
    written(tmp_path, ".git/y.json", b"{}")
    assert feed_files([tmp_path]) == [first, second]


def test_an_empty_file_does_not_stop_a_folder(tmp_path: Path) -> None:
    empty = written(tmp_path, "empty.json", b"")
    full = written(tmp_path, "full.json", b"{}")
    assert feed_files([tmp_path]) == [empty, full]
    assert [message.value for message in read_file(empty)] == [b""]


@pytest.mark.parametrize("data", [b"", b"  \r\n\t"])
def test_an_empty_file_that_is_named_is_an_error(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(FeedFileError, match="an empty file"):
        feed_files([written(tmp_path, "empty.json", data)])


def test_a_missing_file_and_an_empty_folder_are_errors(tmp_path: Path) -> None:
    with pytest.raises(FeedFileError, match="no such file"):
        feed_files([tmp_path / "missing.json"])
    with pytest.raises(FeedFileError, match="an empty folder"):
        feed_files([tmp_path])


def test_standard_input_is_cut_too_and_names_no_match() -> None:
    received = list(read_stream(BytesIO(BEAT + b"\n" + BEAT), "-"))
    assert [(message.value, message.named_match) for message in received] == [(BEAT, None)] * 2


def test_a_pipe_gives_its_messages_as_they_come() -> None:
    read_end, write_end = os.pipe()
    with os.fdopen(read_end, "rb") as pipe, os.fdopen(write_end, "wb", buffering=0) as writer:
        messages = read_stream(pipe, "-")
        for _ in range(2):
            writer.write(BEAT + b"\n")
            assert next(messages).value == BEAT

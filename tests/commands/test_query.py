"""`touchline query`, of a history that a test plays."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from typer.testing import CliRunner

from touchline import history
from touchline.commands.query import app


@pytest.mark.parametrize("pieces", [[], [b"a,b\n"], [b"a,b\n", b"1,", b"2\n", b"3,4\n"]])
def test_an_answer_in_a_format_of_clickhouse_is_whole(
    monkeypatch: pytest.MonkeyPatch, pieces: list[bytes]
) -> None:
    def formatted(*_: object) -> Iterator[bytes]:
        yield from pieces

    monkeypatch.setattr(history, "formatted", formatted)
    result = CliRunner().invoke(app, ["query", "SELECT 1", "--format", "CSV"])
    assert result.exit_code == 0, result.output
    assert result.stdout_bytes == b"".join(pieces)

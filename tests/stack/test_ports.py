"""Choosing free ports."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from touchline.stack import ports


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server((ports.LOOPBACK, 0)) as server:
        yield server.getsockname()[1]


def test_a_port_that_is_free_is_kept() -> None:
    (port,) = ports.choose({"a": 0}).values()
    assert ports.choose({"kafka": port}) == {"kafka": port}


def test_a_port_that_is_taken_is_replaced_by_a_free_one(taken: int) -> None:
    chosen = ports.choose({"kafka": taken})["kafka"]
    assert chosen != taken
    assert chosen in ports.CHOICES
    assert ports.is_free(chosen)


def test_two_names_never_share_a_port() -> None:
    (port,) = ports.choose({"a": 0}).values()
    chosen = ports.choose({"a": port, "b": port, "c": 0, "d": 0})
    assert chosen["a"] == port
    assert len(set(chosen.values())) == 4
    assert 0 not in chosen.values()


def test_no_free_port_is_an_error_that_names_the_service(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "is_free", lambda _port: False)
    with pytest.raises(ports.NoFreePortError, match="kafka"):
        ports.choose({"kafka": 9092})


def test_listens_tells_a_server_from_a_free_port(taken: int) -> None:
    assert ports.listens(taken)
    assert not ports.listens(ports.choose({"a": 0})["a"])

"""Free ports on loopback."""

from __future__ import annotations

import random
import socket
from collections.abc import Mapping

LOOPBACK = "127.0.0.1"

CHOICES = range(20_000, 32_000)
"""Where other ports are taken from: below the range that Linux gives to outgoing connections
(32768 and up), so that none is lost between the choice and its server's start."""

ATTEMPTS = 200


class NoFreePortError(OSError):
    """No port of `CHOICES` is free."""


def is_free(port: int) -> bool:
    """True if a server could listen on `port` of loopback now."""
    with socket.socket() as probe:
        # As servers do: a port whose old connections are only waiting out their time is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


def listens(port: int) -> bool:
    """True if something accepts connections on `port` of loopback."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((LOOPBACK, port)) == 0


def choose(wanted: Mapping[str, int]) -> dict[str, int]:
    """A free port for each name: the wanted one where it is free, another one otherwise.

    0 wants any. No two names get the same port.

    Raises:
        NoFreePortError: nothing was free.
    """
    chosen: dict[str, int] = {}
    for name, preferred in wanted.items():
        taken = {0, *chosen.values()}
        candidates = [preferred, *random.sample(CHOICES, ATTEMPTS)]
        port = next((one for one in candidates if one not in taken and is_free(one)), None)
        if port is None:
            raise NoFreePortError(
                f"no free port for {name} among {len(candidates)} that were tried"
            )
        chosen[name] = port
    return chosen

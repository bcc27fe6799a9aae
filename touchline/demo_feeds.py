"""What the demo plays: matches of all providers, as messages with a place in time.

Real files where the folder of feed samples is there, the simulator otherwise.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from connectors.feeds.files import Received, read_file
from connectors.feeds.keys import key_for
from connectors.feeds.split import split
from simulator.disorder import Rates
from simulator.feed import DEFAULT_FORMATS, Options, Simulation
from touchline.stack.tools import PROJECT

SAMPLES: Sequence[tuple[str, str]] = (
    ("opta", "opta/socceraction_f24-23-2018-1009316-eventdetails.xml"),
    ("opta", "opta/mds_f24-4-2013-731767-eventdetails.xml"),
    ("sportradar", "sportradar/nba_push_stream_2023-07-19T13-20_two_games.txt"),
    ("sportradar", "sportradar/soccer_v3_timeline_completed_11854838.json"),
    ("genius", "genius/nbl_fibalivestats_1976446.json"),
    ("genius", "genius/nbl_fibalivestats_2031329.json"),
)
"""Provider and file."""

DOCUMENTS = frozenset({"opta", "genius"})
"""Providers whose files are documents of finished matches, to be played as the live feed they were;
Sportradar's are what came."""

LONGEST_CAPTURE = 120
"""Snapshots of a match; a poll that saw more would only cost more."""

SIMULATED = Options(
    formats=DEFAULT_FORMATS,
    matches=6,
    seed=7,
    rates=Rates(edits=0.05, deletes=0.01, duplicates=0.02),
)


class Cue(NamedTuple):
    """A message, and when it is sent: from 0, the start of the demo's play, to 1, its end."""

    at: float
    provider: str
    key: str | None
    value: bytes


def samples_folder() -> Path | None:
    """The folder of feed samples, None if it is not there or lacks a file."""
    folder = Path(os.environ.get("TOUCHLINE_FEEDS", PROJECT.parent / "shared" / "feeds"))
    return folder if all((folder / path).exists() for _, path in SAMPLES) else None


def cues(folder: Path | None) -> list[Cue]:
    """All messages in the order in which they are sent."""
    found = _simulated(SIMULATED) if folder is None else _recorded(folder)
    return sorted(found, key=lambda cue: cue.at)  # stable: a match's order holds


def _recorded(folder: Path) -> Iterator[Cue]:
    for provider, path in SAMPLES:
        received = list(read_file(folder / path))
        if provider in DOCUMENTS:
            received = [piece for document in received for piece in _pieces(provider, document)]
        for place, message in enumerate(received):
            key = key_for(provider, message.value, None, message.named_match)
            yield Cue((place + 0.5) / len(received), provider, key, message.value)


def _pieces(provider: str, document: Received) -> list[Received]:
    values = [value for _, value in split(provider, document.value)]
    if provider == "genius":
        values = thinned(values, LONGEST_CAPTURE)
    return [Received(value, document.named_match, document.source) for value in values]


def thinned(values: Sequence[bytes], most: int) -> list[bytes]:
    """At most so many of the values, evenly, the last one among them."""
    count = len(values)
    if count <= most:
        return list(values)
    return [values[(number + 1) * count // most - 1] for number in range(most)]


def _simulated(options: Options) -> Iterator[Cue]:
    simulation = Simulation(options)
    sent = list(simulation.stream())
    for place, (_, number, value) in enumerate(sent):
        address = simulation.address(number)
        yield Cue((place + 0.5) / len(sent), address.provider, address.key, value)

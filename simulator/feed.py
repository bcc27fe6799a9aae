"""Many matches at once: one stream of messages, in order of time, with all that goes wrong in it.

A simulation is a function of its options. It streams: it holds one generator a match, the scripts
that the matches are played by, and what the disorder holds back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from heapq import merge
from itertools import islice
from random import Random
from typing import Any

import msgspec

from simulator.disorder import Rates, Sent, delayed, duplicated, shuffled
from simulator.genius import GeniusWriter
from simulator.livestats import LiveStatsWriter
from simulator.opta import OptaWriter
from simulator.sportradar import SportradarWriter
from simulator.truth import MatchTruth, Totals, Truth, truth_of
from simulator.writing import Heartbeat, Run, Script, Writer
from udfs.reading import epoch_ms

WRITERS: dict[str, Writer[Any]] = {
    "opta": OptaWriter(),
    "sportradar": SportradarWriter(),
    "genius": GeniusWriter(),
    "livestats": LiveStatsWriter(),
}
"""The formats, by the name that `--provider` has for them."""

DEFAULT_FORMATS = ("opta", "sportradar", "genius")
"""What `all` means: each provider's feed of single events."""

DEFAULT_START = "2026-08-22T14:00:00Z"
"""A Saturday in summer, when London is not on UTC."""

STORIES = 16
"""Different stories a format: the matches after them have the same course again, with ids and times
of their own. Writing a story down takes a tenth of a second, playing it by its script a tenth of
that."""

_STAGGER_MS, _STAGGER_STEP_MS = 600_000, 7_919
"""Kick-offs are spread over ten minutes, the first one at once."""


class Options(msgspec.Struct, frozen=True):
    """What to simulate.

    formats: names in `WRITERS`; the matches take turns.
    start_ms: UTC epoch milliseconds of the first kick-off.
    pace: how much faster than real the matches' times advance.
    events: the messages after which the simulation ends, duplicates and heartbeats not counted;
        None plays all matches to their end.
    """

    formats: tuple[str, ...] = ("opta",)
    matches: int = 1
    seed: int = 1
    rates: Rates = Rates()
    start_ms: int = epoch_ms(DEFAULT_START)
    pace: float = 1.0
    events: int | None = None


class Address(msgspec.Struct, frozen=True):
    """Where a message belongs: the provider's feed, and the match that is its key, if any."""

    provider: str
    key: str | None


class Simulation:
    """One run of the options. `stream` is read once; `truth` is about what was read of it."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self._writers = [WRITERS[name] for name in options.formats]
        self._runs = [self._run(number) for number in range(options.matches)]
        self._addresses = [
            Address(self.writer(run.number).provider, run.match_id) for run in self._runs
        ]
        # The heartbeats of a format have a negative number, which indexes the end of the list.
        self._addresses += [Address(writer.provider, None) for writer in self._writers]
        self._steps = [0] * options.matches
        self._sent = [0] * len(self._addresses)
        self._stopped = False

    def stream(self) -> Iterator[Sent]:
        """All messages in the order in which they are sent; their times never go back."""
        rates, random = self.options.rates, Random(f"disorder {self.options.seed}")
        polled = frozenset(n for n, run in enumerate(self._runs) if self.writer(n).polled)
        stream = self._taken(merge(*(self._messages(run) for run in self._runs)))
        if rates.duplicates:
            stream = duplicated(stream, rates.duplicates, random, polled)
        if rates.late:
            stream = delayed(stream, rates.late, random, polled)
        if rates.shuffle:
            stream = shuffled(stream, rates.shuffle, random, polled)
        return self._counted(self._with_heartbeats(stream))

    def stop(self) -> None:
        """End the stream soon: nothing new starts, and what the disorder holds is still sent."""
        self._stopped = True

    def address(self, number: int) -> Address:
        """Where a message with this match number goes."""
        return self._addresses[number]

    def run(self, number: int) -> Run:
        """A match."""
        return self._runs[number]

    def writer(self, number: int) -> Writer[Any]:
        """The format that a match, or a heartbeat, is written in: the matches take turns."""
        return self._writers[number % len(self._writers)]

    def length(self, number: int) -> int:
        """How many messages a match has, duplicates not counted."""
        return len(self._script(number).steps)

    def lasts_ms(self, number: int) -> int:
        """How long after the simulation's start a match's last message comes, in real time."""
        last_ms: int = self._script(number).steps[-1].at_ms
        return last_ms + number * _STAGGER_STEP_MS % _STAGGER_MS

    def truth(self) -> Truth:
        """What the messages that were sent amount to."""
        matches = [self._match_truth(run) for run in self._runs if self._steps[run.number]]
        messages = sum(self._sent[: len(self._runs)])
        return Truth(
            Totals(
                matches=len(matches),
                messages=messages,
                duplicates=messages - sum(self._steps),
                heartbeats=sum(self._sent[len(self._runs) :]),
                active=sum(match.active for match in matches),
                deleted=sum(match.deleted for match in matches),
            ),
            matches,
        )

    def _match_truth(self, run: Run) -> MatchTruth:
        number = run.number
        script = self._script(number)
        steps, sent = self._steps[number], self._sent[number]
        return truth_of(self.writer(number), script, run.match_id, steps, sent)

    def _run(self, number: int) -> Run:
        options = self.options
        offset_ms = int(number * _STAGGER_STEP_MS % _STAGGER_MS / options.pace)
        match_id = self.writer(number).match_id(number, options.seed)
        return Run(number, match_id, options.start_ms + offset_ms, options.pace)

    def _script(self, number: int) -> Script[Any]:
        options = self.options
        format_, story = number % len(options.formats), number // len(options.formats) % STORIES
        return script(options.formats[format_], options.seed * STORIES + story, options.rates)

    def _messages(self, run: Run) -> Iterator[Sent]:
        return self.writer(run.number).messages(self._script(run.number), run)

    def _taken(self, stream: Iterable[Sent]) -> Iterator[Sent]:
        """What is written, until there is enough."""
        steps = self._steps
        for message in islice(stream, self.options.events):
            if self._stopped:
                return
            steps[message[1]] += 1
            yield message

    def _with_heartbeats(self, stream: Iterator[Sent]) -> Iterator[Sent]:
        for index, writer in enumerate(self._writers):
            if writer.heartbeat is not None:
                stream = _beating(stream, index - len(self._writers), writer.heartbeat)
        return stream

    def _counted(self, stream: Iterable[Sent]) -> Iterator[Sent]:
        sent = self._sent
        for message in stream:
            sent[message[1]] += 1
            yield message


@lru_cache(maxsize=4 * STORIES)
def script(format_: str, seed: int, rates: Rates) -> Script[Any]:
    """A format's script; kept, as many matches are played by it."""
    return WRITERS[format_].script(seed, rates)


def enough_matches(options: Options, messages: int) -> int:
    """How many matches have that many messages, duplicates and heartbeats not counted."""
    matches, total = 0, 0
    simulation = Simulation(msgspec.structs.replace(options, matches=0))
    while total < messages:
        total += simulation.length(matches)
        matches += 1
    return max(matches, 1)


def natural_rate(options: Options) -> float:
    """Messages a second if the matches are played in real time."""
    simulation = Simulation(msgspec.structs.replace(options, pace=1.0))
    messages = sum(simulation.length(number) for number in range(options.matches))
    longest_ms = max(simulation.lasts_ms(number) for number in range(options.matches))
    return messages * 1000 / longest_ms


def _beating(stream: Iterator[Sent], number: int, heartbeat: Heartbeat) -> Iterator[Sent]:
    """Put a format's heartbeats between the messages of a stream."""
    due = 0
    for message in stream:
        now = message[0]
        due = due or now
        while due <= now:
            yield due, number, heartbeat.value
            due += heartbeat.interval_ms
        yield message

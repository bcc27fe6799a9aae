"""Normalise + last-write-wins + Kafka, by every engine: events/s, and CPU-seconds per million.

A contender reads F24 messages of one play each (one event, sometimes two) from a topic that is full
when it starts, and writes what comes to stand to a topic whose messages the broker stamps on
arrival. Its first outputs (a quarter) are its warm-up; the figures are of the rest, from one append
time to the last:

    events/s    = events read per event written * events written after the warm-up / seconds
    CPU-s       = of all its processes and their children, in these seconds
                  (for Flink: the JobManager, all TaskManagers, and their Python workers)

So neither start-up nor the time to notice the end is counted. Then the output is read: every
(match, event) must end with the version and the content that plain Python finds, else there is no
figure.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import partial

from bench.bed import Bed, Written, fresh_bed, read_output, wait_for_output
from bench.contenders import Contender, bytewax, normalize, quix, row_at_a_time
from bench.cpu import CpuMeter
from bench.last_write import PROVIDER
from bench.load import DISORDERED, Outcome, Sent, messages_of, outcome_of, produce, simulation_of
from bench.report import Report, step, tell_error
from bench.speed import speed_of
from touchline.errors import TouchlineError
from touchline.settings import Kafka, Settings

AS_REPLAY = (f"jobs.live_bundle_ms={Settings().jobs.replay_bundle_ms}",)
SEED = 1
FEW_TOPIC = "bench-few"


@dataclass(frozen=True)
class Entry:
    """A contender in the list.

    few: it is so slow that it gets fewer messages.
    needs_flink: the cluster is stopped before the first one that does not.
    """

    name: str
    start: Contender
    few: bool = False
    needs_flink: bool = True


ENTRIES = (
    Entry("PyFlink DataStream, row at a time", row_at_a_time, few=True),
    Entry("Touchline normalize, as live", partial(normalize, parallelism=1)),
    Entry("Touchline normalize, as replay", partial(normalize, parallelism=1, gathers=AS_REPLAY)),
    Entry("the same, 2 slots", partial(normalize, parallelism=2, gathers=AS_REPLAY)),
    Entry("Quix Streams 3.28", quix, needs_flink=False),
    Entry("Bytewax 0.21, by match", partial(bytewax, keyed_by="match"), needs_flink=False),
    Entry("Bytewax 0.21, by event", partial(bytewax, keyed_by="event"), needs_flink=False),
)


@dataclass(frozen=True)
class Figures:
    """One line of the result; no figures where there is an error."""

    contender: str
    events: int
    keys: int | None = None
    events_per_s: float | None = None
    cpu_s_per_million: float | None = None
    seconds: float | None = None
    cores: float | None = None
    error: str = ""


@dataclass(frozen=True)
class Work:
    """What a contender gets: messages, the topic that holds them, and what must come out."""

    topic: str
    messages: Sequence[Sent]
    outcome: Outcome


def measure(report: Report, events: int, few: int, entries: Sequence[Entry]) -> bool:
    """The contenders, one after the other.

    Returns False if one failed or gave a wrong result.
    """
    work = _work(events, few, {entry.few for entry in entries})
    figures = []
    with fresh_bed() as bed:
        with step("producing the messages"):
            bed.create_topic(FEW_TOPIC)
            for one in work.values():
                produce(bed.settings.kafka, one.topic, one.messages)
        for number, entry in enumerate(entries):
            if not entry.needs_flink:
                bed.stop_flink()
            try:
                target = bed.create_topic(f"bench-out-{number}")
                figures.append(_run(bed, entry, target, work[entry.few]))
            except TouchlineError as error:
                tell_error(f"{entry.name}: {error.message}", error.hint)
                received = work[entry.few].outcome.received
                figures.append(Figures(entry.name, received, error=error.message))
    title = f"Normalise + last-write-wins + Kafka ({events:,} messages)"
    report.rows("throughput", title, [asdict(one) for one in figures])
    return not any(one.error for one in figures)


def _work(events: int, few: int, kinds: Iterable[bool]) -> dict[bool, Work]:
    """The work by whether it is that of few messages, which are the first of all messages."""
    with step("simulating matches") as tell:
        simulation = simulation_of(events, DISORDERED, SEED)
        messages = messages_of(simulation, lambda count: tell(f"{count:,} of {events:,}"))
    work = {}
    with step("what plain Python makes of them") as tell:
        for is_few in kinds:
            part = messages[:few] if is_few else messages
            topic = FEW_TOPIC if is_few else Kafka().feed(PROVIDER)
            work[is_few] = Work(topic, part, outcome_of(part, lambda count: tell(f"{count:,}")))
    return work


def _run(bed: Bed, entry: Entry, target: str, work: Work) -> Figures:
    outcome = work.outcome
    with entry.start(bed, work.topic, target) as run, CpuMeter(run.roots) as cpu:
        wait_for_output(bed.settings, target, outcome.accepted, entry.name, run.check)
    with step("checking the result"):
        written = read_output(bed.settings, target)
        _verify(written, outcome)
    speed = speed_of(written.times, outcome.received, cpu)
    return Figures(entry.name, outcome.received, len(written.current), *speed)


def _verify(written: Written, outcome: Outcome) -> None:
    if written.current == outcome.current:
        return
    missing = len(outcome.current.keys() - written.current.keys())
    extra = len(written.current.keys() - outcome.current.keys())
    other = sum(
        known != outcome.current.get(place, known) for place, known in written.current.items()
    )
    raise TouchlineError(
        f"wrong result: {missing:,} events missing, {extra:,} unknown, {other:,} not the last"
        f" version, of {len(outcome.current):,}"
    )

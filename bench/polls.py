"""Votes -> ballots and exact results, by every engine: votes/s, and CPU-seconds per million.

A contender reads a crowd's votes from a topic that holds all of them when it starts, and writes a
ballot for each to a topic whose messages the broker stamps on arrival. As in
`bench/throughput.py`, the first quarter of these is its warm-up; votes/s and CPU-s are of the rest.

Touchline's polls are created and opened before the first vote is there, since a vote is judged by
the poll as it was when the vote came. After the last ballot they are closed. Each final result in
Redis must be what plain Python finds, else there is no figure; of other engines, the last result.
The one rule that only Touchline has is in it: votes of a voter that the broker took in the same
millisecond, as it does with those of a batch, are judged together.

The crowd is the same for all. In a thousand polls, each voter votes in one of them: as many votes
in all, of as many voters, so that what differs is only whether one poll has them all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

from bench import poll_contenders
from bench.bed import Bed, appended_s, fresh_bed, read_all, wait_for_output
from bench.cpu import CpuMeter
from bench.load import produce
from bench.poll_contenders import PollContender, PollEnd, Truths, topics_of
from bench.poll_load import PollLoad, as_they_arrived, load_of, open_polls, verify
from bench.report import Report, step, tell_error
from bench.speed import Speed, speed_of
from schemas.generated.touchline.v1.poll_pb2 import PollVote
from touchline.errors import TouchlineError
from touchline.settings import Kafka

SEED = 300


@dataclass(frozen=True)
class Entry:
    """A contender in the list.

    end: gives the results after the last vote.
    polls: among how many the votes are.
    is_ours: it needs the cluster, which is stopped before the first one that is not. Its polls have
        a life, and votes that came in the same millisecond are judged together.
    """

    name: str
    start: PollContender
    end: PollEnd
    polls: int = 1
    is_ours: bool = True


HOT = Entry("Touchline polls, one poll", poll_contenders.touchline, poll_contenders.finals)
EVEN = replace(HOT, name="Touchline polls, 1,000 polls", polls=1_000)
QUIX = Entry(
    "Quix Streams 3.28, one poll",
    poll_contenders.quix,
    poll_contenders.last_results,
    is_ours=False,
)
BYTEWAX = replace(QUIX, name="Bytewax 0.21, one poll", start=poll_contenders.bytewax)
ENTRIES = (HOT, EVEN, QUIX, BYTEWAX)


@dataclass(frozen=True)
class Figures:
    """One line of the result; no figures where there is an error."""

    contender: str
    votes: int
    votes_per_s: float | None = None
    cpu_s_per_million: float | None = None
    seconds: float | None = None
    cores: float | None = None
    error: str = ""


@dataclass(frozen=True)
class Ratio:
    """What a vote costs in a hot poll, by what it costs in many even ones."""

    hot_to_even: str
    time_a_vote: float
    cpu_s_a_vote: float


@dataclass(frozen=True)
class Work:
    """What a contender gets: votes, and what each poll must come to."""

    load: PollLoad
    truths: Truths

    @property
    def votes(self) -> int:
        """How many there are."""
        return sum(truth.sent for truth in self.truths.values())


def measure(report: Report, votes: int, entries: Sequence[Entry]) -> bool:
    """The contenders, one after the other.

    Returns False if one failed or gave a wrong result.
    """
    work = {polls: _work(votes, polls) for polls in {entry.polls for entry in entries}}
    speeds: dict[str, Speed] = {}
    rows: list[Figures] = []
    with fresh_bed() as bed:
        for number, entry in enumerate(entries):
            if not entry.is_ours:
                bed.stop_flink()
            given = work[entry.polls]
            try:
                speeds[entry.name] = _run(bed, entry, number, given)
                rows.append(Figures(entry.name, given.votes, *speeds[entry.name]))
            except TouchlineError as error:
                tell_error(f"{entry.name}: {error.message}", error.hint)
                rows.append(Figures(entry.name, given.votes, error=error.message))
    title = f"Votes -> ballots and results ({votes:,} votes)"
    report.rows("polls", title, [asdict(row) for row in rows])
    if speeds.keys() >= {HOT.name, EVEN.name}:
        ratio = ratio_of(speeds[HOT.name], speeds[EVEN.name])
        report.rows("polls-hot", "A vote in a hot poll by one in an even poll", [asdict(ratio)])
    return not any(row.error for row in rows)


def ratio_of(hot: Speed, even: Speed) -> Ratio:
    """What a vote costs in the one, by what it costs in the others."""
    return Ratio(
        hot_to_even=f"{HOT.polls} poll : {EVEN.polls:,} polls",
        time_a_vote=round(even.per_s / hot.per_s, 2),
        cpu_s_a_vote=round(hot.cpu_s_per_million / even.cpu_s_per_million, 2),
    )


def _work(votes: int, polls: int) -> Work:
    # Redis has the results of all of them: each has an id of its own.
    load = load_of(votes, [f"bench-{polls}-{number}" for number in range(polls)], SEED)
    with step(f"what plain Python makes of the votes in {polls:,} polls") as tell:
        return Work(load, load.truths(lambda count: tell(f"{count:,} of {votes:,}")))


def _run(bed: Bed, entry: Entry, number: int, work: Work) -> Speed:
    kafka = topics_of(bed, number)
    if entry.is_ours:
        open_polls(kafka, work.truths)
    with step("producing the votes") as tell:
        votes, messages = work.votes, work.load.messages()
        produce(kafka, kafka.poll_votes, messages, lambda n: tell(f"{n:,} of {votes:,}"))
    truths = _by_arrival(bed, kafka, work) if entry.is_ours else work.truths
    with entry.start(bed, kafka) as run:
        with CpuMeter(run.roots) as cpu:
            wait_for_output(bed.settings, kafka.poll_ballots, work.votes, entry.name, run.check)
        results = entry.end(bed, kafka, truths)
    with step("checking the result"):
        times = sorted(map(appended_s, read_all(bed.settings, kafka.poll_ballots)))
        if len(times) != work.votes:
            raise TouchlineError(f"wrong result: {len(times):,} ballots of {work.votes:,} votes")
        verify(results, truths)
    return speed_of(times, len(times), cpu)


def _by_arrival(bed: Bed, kafka: Kafka, work: Work) -> Truths:
    """What the polls must come to, by when the broker took each vote."""
    with step("when the votes came"):
        return as_they_arrived(
            work.truths,
            (
                (message.timestamp()[1], PollVote.FromString(message.value()))
                for message in read_all(bed.settings, kafka.poll_votes)
            ),
        )

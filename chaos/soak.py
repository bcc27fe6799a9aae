"""`python -m chaos.soak`, `make soak`: hours of load without a fault, and what grows meanwhile."""

from __future__ import annotations

import csv
import re
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Annotated

import typer

from bench.last_write import PROVIDER, new_reader, read
from bench.load import Sent, produce
from bench.report import exit_codes, step
from chaos.load import load, matches
from chaos.system import System, processes_of, resident_mb, running
from chaos.watching import Watch, lags
from touchline import history
from touchline.errors import TouchlineError
from touchline.flink_cluster import Cluster
from touchline.stack.processes import Processes
from touchline.verifying.run import Verifier
from touchline.versions import job_title

ROUND_S = 120.0
"""Each round has matches and a poll of its own: those before it have ended."""

SAMPLE_S = 5.0
PATIENCE_S = 60.0
HOUR_MS = 3_600_000
VERSION = re.compile(rb'version="(\d{13})"')
"""Of an event of Opta's: the moment in epoch ms. (The XML declaration has another one.)"""

KNOWN_VERSION = """
    SELECT count() FROM match_events
    WHERE match_id = {match:String} AND event_id = {event:String} AND version = {version:Int64}"""
KINDS = {
    "task_manager_mb": b"TaskManagerRunner",
    "job_manager_mb": b"StandaloneSessionClusterEntrypoint",
    "workers_mb": b"pyflink.fn_execution.beam.beam_boot",
    "broker_mb": b"kafka.Kafka",
    "redis_mb": b"redis-server",
    "clickhouse_mb": b"touchline.stack.clickhouse_server",
}
"""Column -> what is on the command line of such a process."""


@dataclass(frozen=True)
class Sample:
    """One moment. Memory is resident; state is that in the jobs' last checkpoints, of which
    checkpoint_s is the longest time that one took. lag_s: by how much Redis was behind the feed."""

    at_s: float
    task_manager_mb: float
    job_manager_mb: float
    workers_mb: float
    broker_mb: float
    redis_mb: float
    clickhouse_mb: float
    matches_state_mb: float
    polls_state_mb: float
    checkpoint_s: float
    lag_s: float


def main(
    minutes: Annotated[float, typer.Option(min=1, help="How long.")] = 30.0,
    rate: Annotated[float, typer.Option(min=1, help="Messages a second.")] = 60.0,
    state_ttl: Annotated[
        float, typer.Option(min=1, help="Minutes that state is kept which is not written to.")
    ] = 5.0,
    plot: Annotated[Path, typer.Option(help="The plot.")] = Path("build/soak.svg"),
    save: Annotated[Path, typer.Option(help="The samples.")] = Path("build/soak.csv"),
) -> None:
    """Feeds a system for as long as asked, and plots memory, state, checkpoints and lag.

    Every two minutes other matches are played, and another poll is voted on; the state of matches
    that are over expires. At the end all is compared with the oracle, and then an event of the
    first match is corrected, whose state is gone: ClickHouse must have it. The exit code is 1 if
    anything is not as it must be.

    \b
    Examples:
      make soak
      python -m chaos.soak --minutes 480 --rate 200
    """
    samples: list[Sample] = []
    try:
        expiry = f"jobs.state_ttl_h={state_ttl / 60}"
        with exit_codes(), running(task_managers=1, overrides=[expiry]) as system:
            for sample in _samples(system, minutes * 60, rate):
                samples.append(sample)
            with (
                step("comparing") as tell,
                Verifier(system.settings, None, PATIENCE_S, tell) as verifier,
            ):
                verified = verifier.run()
            with step("correcting an event of the first match"):
                corrected = _corrected_late(system, min(ROUND_S, minutes * 60), rate)
    finally:
        if samples:
            _save(samples, save)
            _plot(samples, plot)
    typer.echo(
        f"{verified.messages:,} messages of {verified.matches:,} matches, {verified.polls:,} polls;"
        f" {len(verified.wrong):,} differences; a correction after the state's end is"
        f" {'in ClickHouse' if corrected else 'NOT in ClickHouse'}; {plot}, {save}"
    )
    if not (verified.same and corrected):
        raise typer.Exit(1)


def _samples(system: System, seconds: float, rate: float) -> Iterator[Sample]:
    start = time.time()
    watch = Watch(system)
    number = 0
    try:
        with (
            step("soak") as tell,
            Cluster(system.settings.flink) as cluster,
        ):
            while (elapsed_s := time.time() - start) < seconds:
                round_s = min(ROUND_S, seconds - elapsed_s)
                with load(system, number, round_s, rate):
                    until = time.time() + round_s
                    while time.time() < until:
                        time.sleep(min(SAMPLE_S, max(0.0, until - time.time())))
                        try:
                            sample = _sample(cluster, watch, start, system.processes)
                        except TouchlineError as error:  # Flink is busy with something else
                            print(f"no sample: {error}", file=sys.stderr)
                        else:
                            yield sample
                        tell(f"{(time.time() - start) / 60:.1f} of {seconds / 60:.0f} minutes")
                number += 1
    finally:
        watch.close()


def _corrected_late(system: System, round_s: float, rate: float) -> bool:
    """Whether a correction of the first match's first event comes to ClickHouse."""
    message = matches(0, round_s, rate)[0]
    value = VERSION.sub(lambda found: b'version="%d"' % (int(found[1]) + HOUR_MS), message.value)
    event = read(new_reader(), message.key, value, ("", 0, 0, 0))[0]
    kafka = system.settings.kafka
    produce(kafka, kafka.feed(PROVIDER), [Sent(message.key, value)])
    asked: dict[str, str | int] = {
        "match": event.match_id,
        "event": event.event_id,
        "version": event.version,
    }
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        [[known]] = history.query(system.settings.clickhouse, KNOWN_VERSION, asked).rows
        if known:
            return True
        time.sleep(1.0)
    return False


def _sample(cluster: Cluster, watch: Watch, start: float, stack: Processes) -> Sample:
    now = time.time()
    curve = lags(watch.updates, now, now)
    watch.forget()
    jobs = {job.name: cluster.details(job.id) for job in cluster.jobs() if not job.over}
    state_mb = {name: (job.checkpoint_bytes or 0) / 1e6 for name, job in jobs.items()}
    polls_mb = state_mb.pop(job_title("polls"), 0.0)
    return Sample(
        at_s=round(now - start, 1),
        **_memory(stack),
        matches_state_mb=round(sum(state_mb.values()), 2),
        polls_state_mb=round(polls_mb, 2),
        checkpoint_s=max((job.checkpoint_took_ms or 0 for job in jobs.values()), default=0) / 1000,
        lag_s=curve[-1][1] if curve else 0.0,
    )


def _memory(stack: Processes) -> dict[str, float]:
    """Of this stack's processes."""
    found = dict.fromkeys(KINDS, 0.0)
    for pid, command in processes_of(stack):
        for column, word in KINDS.items():
            if word in command and b"supervisor.py" not in command:
                found[column] += resident_mb(pid)
    return {column: round(mb, 1) for column, mb in found.items()}


def _save(samples: list[Sample], file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", newline="") as opened:
        writer = csv.DictWriter(opened, [one.name for one in fields(Sample)])
        writer.writeheader()
        writer.writerows(asdict(sample) for sample in samples)


def _plot(samples: list[Sample], file: Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    minutes = [sample.at_s / 60 for sample in samples]
    figure, axes = pyplot.subplots(4, 1, figsize=(9, 10), sharex=True)
    for column in KINDS:
        label = column.removesuffix("_mb").replace("_", " ")
        axes[0].plot(minutes, [getattr(sample, column) for sample in samples], label=label)
    axes[0].legend(fontsize=8, ncols=3)
    panels = (
        (axes[1], ("matches_state_mb", "polls_state_mb"), "state of jobs, MB"),
        (axes[2], ("checkpoint_s",), "longest last checkpoint, s"),
        (axes[3], ("lag_s",), "lag of Redis, s"),
    )
    for axis, columns, title in panels:
        for column in columns:
            axis.plot(minutes, [getattr(sample, column) for sample in samples], label=column)
        axis.set_ylabel(title, fontsize=9)
    axes[1].legend(["matches", "polls"], fontsize=8)
    axes[0].set_ylabel("resident memory, MB", fontsize=9)
    for axis in axes:
        axis.set_ylim(bottom=0)
        axis.grid(alpha=0.3)
    axes[3].set_xlabel("minutes")
    figure.tight_layout()
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file)
    pyplot.close(figure)


if __name__ == "__main__":
    typer.run(main)

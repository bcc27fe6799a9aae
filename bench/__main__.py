"""`python -m bench`: throughput against other engines, latency, replay, polls, and a profile."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bench import latency, poll_latency, polls, profiling, replay, same_state, throughput
from bench.report import Report, exit_codes
from bench.speed import chosen

DEFAULT_PARTS = ("throughput", "latency", "replay", "polls", "poll-latency")
PARTS = (*DEFAULT_PARTS, "profile", "same-state")
EVENTS = 600_000
FEW_EVENTS = 30_000
RATES = "500,2000,5000"
REPLAY_EVENTS = 1_000_000
VOTES = 1_000_000
POLL_RATES = "2000"


def main(
    only: Annotated[
        str, typer.Option(metavar="PART,…", help=f"Of {', '.join(PARTS)}; all but the last two.")
    ] = "",
    events: Annotated[
        int, typer.Option(min=1_000, help="Messages for the throughput of each engine.")
    ] = EVENTS,
    few_events: Annotated[
        int, typer.Option(min=1_000, help="Messages for the engine that is slow.")
    ] = FEW_EVENTS,
    engines: Annotated[
        str,
        typer.Option(metavar="NAME,…", help="For throughput and polls; parts of their names."),
    ] = "",
    rates: Annotated[str, typer.Option(help="Events a second, for the latency.")] = RATES,
    poll_rates: Annotated[
        str, typer.Option(help="Votes a second, for the latency of polls.")
    ] = POLL_RATES,
    seconds: Annotated[float, typer.Option(min=1, help="Of latency measured, each rate.")] = 20,
    warm_up: Annotated[float, typer.Option(min=0, help="Seconds before that, each rate.")] = 10,
    replay_events: Annotated[
        int, typer.Option(min=1_000, help="Messages to replay, or to profile by.")
    ] = REPLAY_EVENTS,
    votes: Annotated[
        int, typer.Option(min=1_000, help="Votes that each engine counts in polls.")
    ] = VOTES,
    profile_: Annotated[
        bool, typer.Option("--profile", help="Also where the normalize job's time goes.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="JSON lines, for scripts.")] = False,
    lines: Annotated[
        Path | None, typer.Option(metavar="FILE", help="JSON lines into this file, too.")
    ] = None,
) -> None:
    """How fast it is, measured here and now, on a stack of its own.

    Results go to standard output, progress to standard error. The exit code is 1 if a result was
    wrong: there is no figure for it then. docs/benchmarks.md says what is measured, and how.

    \b
    Examples:
      make bench                                   # tables; bench-results.jsonl has the lines
      python -m bench --only throughput --events 600000
      python -m bench --only throughput --engines touchline,quix
      python -m bench --only latency --rates 1000,10000 --seconds 60
      python -m bench --only polls,poll-latency --votes 100000
      python -m bench --only profile
      python -m bench --only same-state --replay-events 100000
      python -m bench --json > results.jsonl
    """
    parts = _parts(only, profile_)
    report = Report(as_json, lines)
    names = engines.split(",")
    poll_rate_list, rate_list = _rates(poll_rates, "--poll-rates"), _rates(rates, "--rates")
    with exit_codes():
        # Before anything is started: an engine that there is not is an error at once.
        events_by = chosen(throughput.ENTRIES, names) if "throughput" in parts else []
        votes_by = chosen(polls.ENTRIES, names) if "polls" in parts else []
        measures = {
            "throughput": lambda: throughput.measure(report, events, few_events, events_by),
            "latency": lambda: latency.measure(report, rate_list, seconds, warm_up),
            "replay": lambda: replay.measure(report, replay_events),
            "polls": lambda: polls.measure(report, votes, votes_by),
            "poll-latency": lambda: poll_latency.measure(report, poll_rate_list, seconds, warm_up),
            "profile": lambda: profiling.measure(report, replay_events),
            "same-state": lambda: same_state.measure(report, replay_events),
        }
        right = [measures[part]() for part in PARTS if part in parts]
    raise typer.Exit(0 if all(right) else 1)


def _parts(only: str, with_profile: bool) -> set[str]:
    parts = set(filter(None, only.split(","))) or set(DEFAULT_PARTS)
    if unknown := parts - set(PARTS):
        raise typer.BadParameter(f"no part {', '.join(sorted(unknown))}", param_hint="--only")
    return parts | ({"profile"} if with_profile else set())


def _rates(text: str, option: str) -> list[int]:
    try:
        rates = [int(rate) for rate in text.split(",")]
    except ValueError:
        rates = []
    if not rates or min(rates) < 1:
        raise typer.BadParameter("whole numbers, as 500,2000", param_hint=option)
    return rates


if __name__ == "__main__":
    typer.run(main)

"""Several jobs by one client: `flink run -d -py jobs/all.py --jobs normalize,match_state`.

A client's start and its first plan cost far more than a plan does: all jobs of a deployment are
submitted by one process. Takes the options of a single job's main program, for each job alike.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module

from jobs.pipeline import parse, plan, submit
from touchline.versions import JOBS


def main(arguments: Sequence[str]) -> None:
    """Submit the jobs that `--jobs` names, all by default, in that order."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--jobs", type=lambda text: text.split(","), default=list(JOBS))
    parser.add_argument("--plan", action="store_true", help="print their graphs, submit nothing")
    chosen, rest = parser.parse_known_args(arguments)
    settings, options = parse("all", rest)
    for name in chosen.jobs:
        job = import_module(f"jobs.{name}").JOB
        if chosen.plan:
            print(f"plan {plan(job, settings, options)}", flush=True)
        else:
            submit(job, settings, options)
            print(f"submitted {name}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])

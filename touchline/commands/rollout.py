"""`touchline rollout`: from one version of match_state to another, some matches at a time."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer

from touchline.errors import TouchlineError
from touchline.redis_reader import LISTED
from touchline.rollout import HUNDREDTHS, NOTHING, Rollout, RolloutStore
from touchline.settings import Settings

app = typer.Typer(
    name="rollout",
    help="""Which version of match_state matches are read from.

Both versions write all the time, each its own keys: a step only changes where is read, in one
write, and the way back is the same. `touchline diff` says beforehand whether they hold the same.
""",
    epilog="""\b
Examples:
  touchline submit match_state --set jobs.version=green   # in the shadow: nobody reads it
  touchline diff green
  touchline rollout start green
  touchline rollout set 5
  touchline rollout back                                  # at once
  touchline rollout finish                                # once it is at 100
""",
    no_args_is_help=True,
)

Json = Annotated[bool, typer.Option("--json", help="For scripts.")]
Force = Annotated[
    bool, typer.Option("--force", help="Also if the version lacks matches that are read now.")
]


@app.command()
def start(
    version: Annotated[str, typer.Argument(metavar="VERSION", help="As jobs.version of its job.")],
    as_json: Json = False,
) -> None:
    """Say which version is to be rolled out; nobody reads it yet.

    \b
    Examples:
      touchline rollout start green
      touchline rollout start main      # the other way, some time later
    """
    with _store() as store:
        store.check(version)
        _show(store.change(lambda rollout: rollout.started(version)), store, as_json)


@app.command("set")
def set_(
    percent: Annotated[
        int, typer.Argument(metavar="PERCENT", min=0, max=HUNDREDTHS, help="As 1, 5, 20, 100.")
    ],
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Have so many percent of the matches read from the version, from now on.

    Which ones is decided by their ids: those of 5 % are among those of 20 %.

    \b
    Examples:
      touchline rollout set 1
      touchline rollout set 20 --json
    """
    with _store() as store:
        if not force:
            _check(store, store.rollout().at(percent))
        _show(store.change(lambda rollout: rollout.at(percent)), store, as_json)


@app.command()
def status(as_json: Json = False) -> None:
    """Which versions there are, and how many matches are read from each.

    \b
    Examples:
      touchline rollout status
      touchline rollout status --json | jq .percent
    """
    with _store() as store:
        _show(store.rollout(), store, as_json)


@app.command()
def back(as_json: Json = False) -> None:
    """Have all matches read from the base again, at once.

    \b
    Examples:
      touchline rollout back
    """
    with _store() as store:
        _show(store.change(lambda rollout: rollout.at(0)), store, as_json)


@app.command()
def drop(as_json: Json = False) -> None:
    """End the rollout of a version that no match is read from.

    \b
    Examples:
      touchline rollout back && touchline rollout drop
    """
    with _store() as store:
        before = store.rollout().version
        _show(store.change(Rollout.dropped), store, as_json)
    if not as_json:
        _tell_leftover(before)


@app.command()
def finish(as_json: Json = False) -> None:
    """Make the version, at 100 %, the base. There is no way back after it but another rollout.

    What the old version has written stays until it expires.

    \b
    Examples:
      touchline rollout finish
    """
    with _store() as store:
        before = store.rollout().base
        done = store.change(Rollout.finished)
        _show(done, store, as_json)
    if not as_json:
        typer.echo(f"for all commands from now on, in touchline.toml: {_setting(done.base)}")
        _tell_leftover(before)


def _setting(base: str) -> str:
    return f'jobs.versions = {{ match_state = "{base}" }}'


def _tell_leftover(version: str) -> None:
    typer.echo(
        f"{version}'s job still runs: touchline stop match_state --set jobs.version={version};"
        " what it wrote expires by itself"
    )


def _store() -> RolloutStore:
    return RolloutStore(Settings.load().redis)


def _check(store: RolloutStore, wanted: Rollout) -> None:
    """Raises TouchlineError if matches would be read from a version that does not have them."""
    there = set(store.ids_of(wanted.version))
    lacking = [
        match_id
        for match_id in store.ids_of(wanted.base)
        if wanted.version_of(match_id) == wanted.version and match_id not in there
    ]
    if lacking:
        more = f" and {len(lacking) - LISTED} more" if len(lacking) > LISTED else ""
        raise TouchlineError(
            f"{wanted.version} does not have {len(lacking)} of these matches:"
            f" {', '.join(lacking[:LISTED])}{more}",
            f"`touchline diff {wanted.version}` says what else differs; --force goes on",
        )


def _show(rollout: Rollout, store: RolloutStore, as_json: bool) -> None:
    ids = {one for version in {rollout.base, *rollout.read} for one in store.ids_of(version)}
    moved = sum(rollout.version_of(one) == rollout.version for one in ids)
    if as_json:
        typer.echo(json.dumps({**asdict(rollout), "matches": len(ids), "moved": moved}))
        return
    if not rollout.version:
        typer.echo(f"all {len(ids):,} matches are read from {rollout.base}; {NOTHING}")
        return
    kept = HUNDREDTHS - rollout.percent
    typer.echo(f"{rollout.base:<12} {kept:>3} %  {len(ids) - moved:,} matches")
    typer.echo(f"{rollout.version:<12} {rollout.percent:>3} %  {moved:,} matches")

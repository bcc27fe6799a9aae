"""`touchline rebuild`: what a store lost, made again from Kafka."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from functools import cache
from typing import Annotated, Any

import typer
from redis.exceptions import RedisError
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from connectors.live_write import LiveWrite
from connectors.patience import RefusedError, StoreAwayError
from connectors.redis_sink import RedisWriter
from touchline.broker import Broker
from touchline.commands import replay
from touchline.commands.jobs import ClusterOption, Json, SetOption, settings_for
from touchline.errors import TouchlineError
from touchline.flink_client import Submission
from touchline.lost_keys import LostKeys
from touchline.rebuilding import Newest, Told, newest_results, newest_standings
from touchline.settings import Settings
from touchline.spans import BEGINNING, LATEST
from touchline.versions import of_version, version_of
from udfs.clock import now_ms

app = typer.Typer(name="rebuild", help="Make again from Kafka what a store has lost.")

MATCHES, POLLS, LEADERBOARDS = "matches", "polls", "leaderboards"
PARTS = (MATCHES, POLLS, LEADERBOARDS)
INCOMPLETE = 3
"""Exit code: all that Kafka has was written, but Kafka no longer has all."""

PATIENCE_S = 30.0
"""For a Redis that is only just starting again."""

UNDER_WAY_S = 2.0
"""What two writes make of a match one after the other is not lost if it is there after so long."""


@dataclass(frozen=True)
class Rebuilt:
    """What became of a part.

    read: records of its topic. written: writes that were newer than what was there; of matches,
        all that the replay made. replaced: owners of which a part was lost, which were deleted
        first. expired: polls or tables that Redis would no longer have.
    missing: what Kafka no longer has, and what follows from that.
    """

    read: int
    written: int
    seconds: float
    replaced: int = 0
    expired: int = 0
    missing: tuple[str, ...] = ()


@app.callback()
def stores() -> None:
    """Make again from Kafka what a store has lost."""


@app.command("redis")
def rebuild_redis(
    match: Annotated[
        str | None, typer.Option(help="This match only, as opta:1009316; no polls or leaderboards.")
    ] = None,
    only: Annotated[
        str, typer.Option(metavar=",".join(PARTS), help="These only; all three by default.")
    ] = "",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    cluster: ClusterOption = None,
    overrides: SetOption = None,
    as_json: Json = False,
) -> None:
    """Make again what Redis has lost, all or a part, while the jobs go on.

    Matches and players are replayed by a copy of the job match_state, which needs a free slot.
    Polls and leaderboards are read from the topics of their results; no job is needed for them.
    (The counters of feeds come back by themselves, with the next message.) What is there and whole
    stays as it is: each write carries its position in Kafka, and one that is not newer changes
    nothing. A match, player, poll or table of which a part is missing is deleted, and made again.

    Exit codes: 0 done, 1 an error, 3 done with what Kafka has, which is no longer all.

    \b
    Examples:
      touchline rebuild redis --yes
      touchline rebuild redis --only polls,leaderboards
      touchline rebuild redis --match opta:1009316
      touchline rebuild redis --yes --json | jq .matches.written
    """
    parts = parts_of(only, match)
    settings = settings_for(cluster, overrides)
    missing = {part: gone(settings, part) for part in parts}
    if not yes:
        _ask(settings, parts, match, [text for texts in missing.values() for text in texts])
    done: dict[str, Rebuilt] = {}
    for part in parts:
        if part == MATCHES:
            rebuilt = _matches(settings, match, overrides)
        else:
            rebuilt = _polls(settings) if part == POLLS else _leaderboards(settings)
        done[part] = replace(rebuilt, missing=tuple(missing[part]))
    if as_json:
        typer.echo(json.dumps({part: asdict(rebuilt) for part, rebuilt in done.items()}))
    else:
        for part, rebuilt in done.items():
            for line in lines_of(part, rebuilt):
                typer.echo(line)
    if any(rebuilt.missing for rebuilt in done.values()):
        raise typer.Exit(INCOMPLETE)


def parts_of(only: str, match: str | None) -> list[str]:
    """What is to be made again, matches first: their replay takes longest to begin.

    Raises:
        typer.BadParameter: there is no such part, or a match has none of it.
    """
    named = [part.strip() for part in only.split(",") if part.strip()] or [
        *((MATCHES,) if match else PARTS)
    ]
    if unknown := [part for part in named if part not in PARTS]:
        raise typer.BadParameter(
            f"{unknown[0]!r} is none of {', '.join(PARTS)}", param_hint="--only"
        )
    if match and named != [MATCHES]:
        raise typer.BadParameter("polls and leaderboards are of no match", param_hint="--match")
    return [part for part in PARTS if part in named]


def topic_of(settings: Settings, part: str) -> str:
    """The topic that a part is made of, in the version that is meant."""
    if part == MATCHES:
        return of_version(settings, "match_state").kafka.match_events
    kafka = of_version(settings, part).kafka
    return kafka.poll_results if part == POLLS else kafka.leaderboard_standings


_FOLLOWS = {
    MATCHES: "a match that began before counts only from there",
    POLLS: "polls whose last result came before are missing",
    LEADERBOARDS: "standings that changed last before are missing",
}


def gone(settings: Settings, part: str) -> list[str]:
    """What the topic of a part no longer has: a line for each partition that does not begin at its
    beginning."""
    topic = topic_of(settings, part)
    with Broker(settings.kafka) as broker:
        return [
            f"{topic}[{partition}] begins at offset {first:,}: {_FOLLOWS[part]}"
            for partition, first in broker.firsts(topic).items()
            if first
        ]


def lines_of(part: str, done: Rebuilt) -> Iterator[str]:
    """What is said of a part."""
    yield (
        f"{part:<12}  {done.read:>9,} records read  {done.written:>9,} rows written"
        f"  {done.seconds:>6.1f} s"
    )
    if done.replaced:
        yield f"{'':<12}  {done.replaced:,} had lost a part and were made anew"
    if done.expired:
        yield f"{'':<12}  {done.expired:,} left out: Redis would no longer have them"
    for text in done.missing:
        yield f"{'':<12}  {text}"


def _ask(settings: Settings, parts: list[str], match: str | None, missing: list[str]) -> None:
    if not sys.stdin.isatty():
        raise TouchlineError("rebuild asks before it writes", "give --yes where nobody can answer")
    for text in missing:
        typer.echo(text)
    what = f"match {match}" if match else ", ".join(parts)
    typer.confirm(
        f"Make {what} in Redis at {settings.redis.url} again from Kafka?",
        abort=True,
    )


def _matches(settings: Settings, match: str | None, overrides: list[str] | None) -> Rebuilt:
    since = time.monotonic()
    lost: set[str] = set()

    def delete_lost() -> None:
        with LostKeys(settings.redis, version_of(settings.jobs, "match_state")) as store:
            matches = _still(lambda: store.matches(match or "*"))
            # Of a player's matches, one alone would not do.
            players = set() if match else _still(store.players)
            store.delete_matches(matches)
            store.delete_players(players)
        lost.update(matches, players)

    submission = Submission(
        ["match_state"],
        start=BEGINNING,
        end=LATEST,
        match=match or "",
        overrides=tuple(overrides or ()),
    )
    replayed = replay.run(submission, settings, before=delete_lost)
    seconds = round(time.monotonic() - since, 1)
    return Rebuilt(replayed.read, replayed.written, seconds, len(lost))


def _still(find: Callable[[], set[str]]) -> set[str]:
    """What is found twice."""
    found = find()
    if not found:
        return found
    time.sleep(UNDER_WAY_S)
    return found & find()


def _polls(settings: Settings) -> Rebuilt:
    topic, ttl_s = topic_of(settings, POLLS), settings.redis.ended_ttl_s
    version = version_of(settings.jobs, POLLS)

    def read() -> Newest:
        return _read(
            settings,
            topic,
            lambda records, told: newest_results(records, told, ttl_s, now_ms(), version),
        )

    with LostKeys(settings.redis, version) as lost:
        return _written(settings, version, read, lost.polls, lost.delete_polls)


def _leaderboards(settings: Settings) -> Rebuilt:
    topic, boards = topic_of(settings, LEADERBOARDS), settings.leaderboards
    version = version_of(settings.jobs, LEADERBOARDS)

    def read() -> Newest:
        return _read(
            settings, topic, lambda records, told: newest_standings(records, told, boards, now_ms())
        )

    with LostKeys(settings.redis, version) as lost:
        return _written(settings, version, read, lost.tables, lost.delete_tables)


def _written(
    settings: Settings,
    version: str,
    read: Callable[[], Newest],
    find: Callable[[Iterable[LiveWrite]], set[str]],
    delete: Callable[[Iterable[str]], None],
) -> Rebuilt:
    """Write what a topic has, and before that delete what of it has lost a part."""
    since = time.monotonic()
    newest = read()
    if lost := _still(lambda: find(newest.all_writes())):
        delete(lost)
        # What the job has written to Redis only just is in the topic by then.
        time.sleep(UNDER_WAY_S)
        newest = read()
    try:
        written = newest.write(cache(lambda generation: _writer(settings, version, generation)))
    except (RefusedError, StoreAwayError, RedisError) as error:
        raise TouchlineError(f"Redis: {error}", "what was written before that is in") from error
    if newest.strange:
        typer.echo(f"left out, not in the settings: {', '.join(sorted(newest.strange))}", err=True)
    seconds = round(time.monotonic() - since, 1)
    return Rebuilt(newest.read, written, seconds, len(lost), newest.expired)


def _writer(settings: Settings, version: str, generation: int) -> RedisWriter:
    return RedisWriter.connect(settings.redis, generation, version, PATIENCE_S)


def _read(
    settings: Settings, topic: str, newest: Callable[[Iterable[Any], Told], Newest]
) -> Newest:
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with (
        Broker(settings.kafka) as broker,
        Progress(*columns, console=Console(stderr=True), transient=True) as progress,
    ):
        task = progress.add_task(topic)

        def told(read: int) -> None:
            progress.update(task, description=f"{topic}: {read:,} records read")

        return newest(broker.read(topic), told)

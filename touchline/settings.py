"""Every setting of Touchline and its default, in one place.

A value comes from the first of these that has it:

1. `--set section.name=value` (the command line and the jobs);
2. the environment: `TOUCHLINE_KAFKA__BOOTSTRAP=broker:9092`;
3. the file `touchline.toml` in the working folder, or the one that `TOUCHLINE_CONFIG` names (if
   it is set and empty, none);
4. the embedded stack, while it runs: the addresses that `touchline up` has written;
5. the default below.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError, model_validator

from jobs.measures import TOTALS
from schemas.redis.keys import MAIN
from touchline.secrets import Reference
from touchline.setting_sources import SettingsError as SettingsError
from touchline.setting_sources import gathered, merged, told
from touchline.setting_types import BoardName, OfMatches, Section, Url, User, Version
from udfs.leaderboards import periods


class Kafka(Section):
    """The broker and the topics."""

    bootstrap: str = "127.0.0.1:9092"
    security: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-512"
    user: User = ""
    password: Reference = ""
    ca_file: str = Field(default="", description="PEM; empty: the authorities of the system")
    feed_prefix: str = "feed."
    match_events: str = "match-events"
    superseded_events: str = "superseded-events"
    feed_counts: str = "feed-counts"
    dead_letters: str = "dead-letters"
    poll_control: str = "poll-control"
    poll_votes: str = "poll-votes"
    poll_ballots: str = "poll-ballots"
    poll_results: str = "poll-results"
    scores: str = "scores"
    leaderboard_standings: str = "leaderboard-standings"
    partitions: int = Field(default=4, ge=1, description="of a topic that `touchline up` creates")
    replication: int = Field(default=1, ge=1)
    max_message_bytes: int = Field(
        default=17 * 1024 * 1024,
        ge=1,
        description="of the adapters' limit of 16 MiB, and room for Kafka's own",
    )

    @property
    def encrypted(self) -> bool:
        """Whether brokers are reached by TLS."""
        return self.security.endswith("SSL")

    @property
    def authenticated(self) -> bool:
        """Whether brokers want a user and a password."""
        return self.security.startswith("SASL")

    @model_validator(mode="after")
    def _complete(self) -> Kafka:
        if self.authenticated and not (self.user and self.password):
            raise ValueError(f"{self.security} wants kafka.user and kafka.password")
        return self

    def feed(self, provider: str) -> str:
        """The topic that keeps a provider's bytes as received."""
        return f"{self.feed_prefix}{provider}"


class Redis(Section):
    """The live store."""

    url: Url = "redis://127.0.0.1:6379/0"
    user: User = Field(default="", description="of Redis's ACL; empty: Redis's default user")
    password: Reference = ""
    ca_file: str = Field(default="", description="PEM, of rediss://; empty: the system's")
    live_ttl_s: int = Field(
        default=6 * 3600, ge=1, description="after the last write to a live match"
    )
    ended_ttl_s: int = Field(
        default=48 * 3600, ge=1, description="after the last write to an ended one"
    )


class ClickHouse(Section):
    """The history."""

    url: Url = "http://127.0.0.1:8123"
    database: str = "touchline"
    user: str = "default"
    password: Reference = ""
    ca_file: str = Field(default="", description="PEM, of https://; empty: the system's")


class Flink(Section):
    """The cluster that jobs are submitted to."""

    rest: str = Field(default="127.0.0.1:8081", description="host:port of the JobManager")
    savepoints: str = Field(default="", description="folder or URI; empty: the cluster's own")
    tls: bool = Field(default=False, description="the REST interface is https")
    ca_file: str = Field(default="", description="PEM; empty: the authorities of the system")
    cert_file: str = Field(default="", description="PEM, of the client, where REST wants one")
    key_file: str = Field(default="", description="PEM, of that certificate")

    @property
    def url(self) -> str:
        """The REST interface's, and the web UI's."""
        return f"{'https' if self.tls else 'http'}://{self.rest}"


class Jobs(Section):
    """What a job's latency, throughput and state are made of, and which version it is."""

    version: Version | None = Field(
        default=None, description="all that a job of one that does not count writes is apart"
    )
    reads: Version | None = Field(
        default=None, description="the version whose topics a job reads, if not those that count"
    )
    versions: dict[OfMatches, Version] = Field(
        default_factory=dict, description=f"job -> the version that counts, if not {MAIN}"
    )
    parallelism: int = Field(default=1, ge=1)
    live_bundle_ms: int = Field(
        default=10,
        ge=1,
        description="a Python step hands its batch on after this long since the one before, when"
        " Flink next looks, which is as often: sets live latency",
    )
    replay_bundle_ms: int = Field(
        default=500, ge=1, description="of a run that ends: it wants throughput, not latency"
    )
    batch_rows: int = Field(
        default=10_000, ge=1, description="or so many rows: a backlog goes in large batches"
    )
    history_bundle_ms: int = Field(
        default=1_000, ge=1, description="ClickHouse wants about one insert a second and table"
    )
    history_batch_rows: int = Field(default=50_000, ge=1)
    checkpoint_interval_ms: int = Field(
        default=30_000,
        ge=10,
        description="each writes all state; what came since the last is read again after a failure",
    )
    store_patience_s: float = Field(
        default=300.0, ge=0, description="a store that is away is waited for; then the task fails"
    )
    state_ttl_h: float = Field(
        default=24.0 * 90,
        ge=0,
        description="the longest correction seen came 65 days after its event; 0: for ever",
    )

    @property
    def state_ttl_ms(self) -> int:
        """`state_ttl_h`, in milliseconds."""
        return round(self.state_ttl_h * 3_600_000)


class Feeds(Section):
    """The providers, and the clients that fetch their feeds."""

    providers: tuple[str, ...] = ("opta", "sportradar", "genius")
    retry_first_ms: int = Field(default=50, ge=1)
    retry_limit: int = Field(default=8, ge=1)
    breaker_failures: int = Field(default=3, ge=1)
    breaker_open_s: float = Field(default=30.0, ge=0)
    heartbeat_s: float = Field(
        default=5.0, ge=0, description="Sportradar's push interval; 0: no stream is called silent"
    )
    silent_after_heartbeats: int = Field(default=3, ge=1)


class Matches(Section):
    """How several providers' matches become one."""

    aliases: dict[str, list[str]] = Field(
        default_factory=dict,
        description="match id -> provider match ids; the first one counts for the state",
    )


class Polls(Section):
    """How polls count."""

    results_ms: int = Field(
        default=500, ge=100, description="between two results of a poll that is voted on"
    )
    bundle_ms: int = Field(
        default=25,
        ge=1,
        description="as jobs.live_bundle_ms, of polls: who waits half a second for the next result"
        " anyway spares a third of the CPU time",
    )
    tick_ms: int = Field(
        default=50,
        ge=10,
        le=10_000,
        description="between two ticks in each partition: event time goes on without votes",
    )
    votes_per_source_s: int = Field(
        default=10, ge=1, description="more of one voter or source in a second are refused"
    )
    future_ms: int = Field(
        default=1_000, ge=0, description="how far the servers' clocks may be ahead of the broker's"
    )
    longest_h: int = Field(
        default=24 * 7,
        ge=1,
        description="a poll closes after so long; voters are remembered as long",
    )
    max_regions: int = Field(
        default=500,
        ge=1,
        description="a poll without a list of regions tells so many apart; the rest is `other`",
    )
    shed_free_after_ms: int = Field(
        default=0, ge=0, description="free votes that wait for longer are shed; 0: none ever is"
    )


class Health(Section):
    """When `touchline health` says that something is not well."""

    jobs: tuple[str, ...] = Field(
        default=("normalize", "match_state", "polls", "leaderboards", "history"),
        description="those that should run",
    )
    lag_records: int = Field(
        default=1_000, ge=0, description="a job may be so far behind, or farther if it catches up"
    )
    watch_s: float = Field(default=3.0, ge=0, description="between two looks at the lag")
    checkpoint_age_s: int = Field(default=120, ge=1)
    recent_s: int = Field(
        default=600, ge=1, description="failures and dead letters count for so long"
    )
    dead_letters: int = Field(default=10, ge=0, description="so many in that time are borne")
    poll_final_s: int = Field(
        default=660,
        ge=0,
        description="after its end a poll has its final result: the longest grace, and a minute",
    )


SCORES = "scores"
POINTS = "points"


class Board(Section):
    """A leaderboard: what it counts, in which order, and when it starts anew."""

    measure: str = Field(
        default=SCORES,
        description="scores: what is sent to the topic; points or a total of players (goals, "
        "assists, …): of the canonical stream",
    )
    operator: Literal["best", "set", "increment", "decrement"] = Field(
        default="increment",
        description="what a score does to the value that is there; of a canonical measure, what a "
        "player's total in a match does",
    )
    order: Literal["descending", "ascending"] = Field(
        default="descending", description="descending: the greatest value is first"
    )
    reset: str = Field(default="", description="a cron in UTC; each reset starts a new table")
    per: Literal["all", "match", "day", "season"] = Field(
        default="all", description="of a canonical measure: what one table is about"
    )
    keep_closed_days: int = Field(
        default=30, ge=1, description="in Redis; ClickHouse keeps every table"
    )

    @property
    def canonical(self) -> bool:
        """Whether it counts what happens in matches, not scores."""
        return self.measure != SCORES

    @property
    def descending(self) -> bool:
        """Whether the greatest value is first."""
        return self.order == "descending"

    @property
    def endless(self) -> bool:
        """Whether there is one table, for ever."""
        return self.per == "all" and not self.reset

    @model_validator(mode="after")
    def _fits(self) -> Board:
        if self.measure not in (SCORES, POINTS, *TOTALS):
            raise ValueError(
                f"measure {self.measure!r} is not known: {SCORES}, {POINTS}, {', '.join(TOTALS)}"
            )
        if self.reset and self.per != "all":
            raise ValueError(f"a table per {self.per} has no reset: it begins and ends with it")
        if not self.canonical and self.per != "all":
            raise ValueError("scores have no per: they have a reset")
        if self.reset:
            periods.check(self.reset)
        return self


def _boards() -> dict[BoardName, Board]:
    return {
        "top-scorers": Board(measure=POINTS, per="season"),
        "match-points": Board(measure=POINTS, per="match"),
        "game": Board(),
    }


class Settings(Section):
    """All settings. `Settings.load()` gives those in force, `Settings()` the defaults."""

    kafka: Kafka = Kafka()
    redis: Redis = Redis()
    clickhouse: ClickHouse = ClickHouse()
    flink: Flink = Flink()
    jobs: Jobs = Jobs()
    feeds: Feeds = Feeds()
    matches: Matches = Matches()
    polls: Polls = Polls()
    health: Health = Health()
    leaderboards: dict[BoardName, Board] = Field(
        default_factory=_boards, description="boards of your own take the place of these"
    )

    @classmethod
    def load(cls, overrides: Iterable[str] = ()) -> Settings:
        """The settings in force; `overrides` are `section.name=value` texts.

        Raises:
            SettingsError: a name is not known, a value is wrong, or a file cannot be read.
        """
        sources = gathered(cls, overrides, stack_file())
        try:
            return cls.model_validate(merged(sources))
        except ValidationError as error:
            raise told(error, cls, sources) from error


def stack_dir() -> Path:
    """The embedded stack's folder: data, logs, process ids, and the addresses file."""
    return Path(os.environ.get("TOUCHLINE_HOME", ".touchline")).absolute()


def stack_file() -> Path:
    """Where `touchline up` writes the addresses of what it started, in the settings' shape."""
    return stack_dir() / "stack.json"

"""What lives in Redis and Kafka, as metrics for Prometheus. (Flink's processes serve their own.)

All is read anew for each scrape, but for the latency: that is what this process has heard on
Redis's channel since it was started.
"""

from __future__ import annotations

import logging
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from prometheus_client import CollectorRegistry, Histogram, Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from schemas.redis import keys
from touchline.broker import Broker
from touchline.errors import TouchlineError
from touchline.health import FATES, difference
from touchline.history import check
from touchline.live_census import Census
from touchline.polls import PollStore, Result
from touchline.probing import CLICKHOUSE_S, accountings, overdue_polls
from touchline.redis_reader import ANSWER_S, OtherKindError
from touchline.settings import Settings
from touchline.versions import (
    JOBS,
    MADE_BY,
    dead_letters_of,
    group_of,
    of_version,
    title_of,
    version_of,
)
from udfs.clock import now_ms

log = logging.getLogger(__name__)

NO_LETTER = re.compile(r"[^A-Za-z0-9_]")
"""What Flink's reporter makes an underscore of in a label's value."""

BUCKETS_S = (0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1, 2, 5, 10, 30, 60)
AGAIN_S = 1.0
OTHER = "other"
"""The provider of a match whose id names none."""

SENT = ("poll_control", "poll_votes", "scores")
"""The topics, by their settings, that neither are feeds nor made by a job."""

VERDICTS = ("changed", "superseded", "duplicates", "late_rejected")
"""What a poll's result counts beside its voters; see docs/polls.md."""


class Stores(Collector):
    """Reads Kafka, Redis and ClickHouse at each scrape. Of one that does not answer there is
    nothing but `touchline_up 0`. Where a key of Redis holds something else, what is read together
    with it is missing, and the log names it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._version = version_of(settings.jobs, "match_state")
        self._broker = Broker(settings.kafka, ANSWER_S)
        self._told: dict[str, str] = {}

    def describe(self) -> Iterable[Metric]:
        """Nothing: it is not to be asked before it is scraped."""
        return []

    def collect(self) -> Iterator[Metric]:
        """All metrics as of now."""
        yield self._jobs()
        up = GaugeMetricFamily("touchline_up", "Whether a store answers.", labels=["store"])
        parts: dict[str, list[Callable[[], list[Metric]]]] = {
            "kafka": [self._kafka],
            "redis": [self._feeds, self._matches, self._polls],
            "clickhouse": [self._clickhouse],
        }
        for store, reads in parts.items():
            try:
                metrics, trouble = _read(reads)
            except TouchlineError as error:
                self._tell(store, error.message)
                up.add_metric([store], 0)
                continue
            self._tell(store, trouble or f"{store} answers")
            up.add_metric([store], 1)
            yield from metrics
        yield up

    def _jobs(self) -> Metric:
        settings = self._settings
        expected = GaugeMetricFamily(
            "touchline_job_expected", "A job that should run.", labels=["job_name"]
        )
        for job in settings.health.jobs:
            expected.add_metric([NO_LETTER.sub("_", title_of(settings.jobs, job))], 1)
        return expected

    def _tell(self, store: str, how: str) -> None:
        """Log how a store is, if that is new; that it answers at first is none."""
        if self._told.get(store, f"{store} answers") != how:
            self._told[store] = how
            log.warning("%s", how)

    def _kafka(self) -> list[Metric]:
        kafka = self._settings.kafka
        feeds = {kafka.feed(name): name for name in self._settings.feeds.providers}
        records = CounterMetricFamily(
            "touchline_feed_records", "Messages written to a feed's topic.", labels=["provider"]
        )
        dead = CounterMetricFamily("touchline_dead_letters", "Messages that were refused.")
        refused = dead_letters_of(self._settings)
        ends = self._broker.ends([*feeds, *refused])
        for topic, provider in feeds.items():
            if topic in ends:
                records.add_metric([provider], ends[topic])
        if known := [ends[topic] for topic in refused if topic in ends]:
            dead.add_metric([], sum(known))
        lag = GaugeMetricFamily(
            "touchline_consumer_lag",
            "Records that a job has not read, as of its last checkpoint.",
            labels=["group", "topic"],
        )
        jobs = self._settings.jobs
        for group in (group_of(job, version_of(jobs, job)) for job in JOBS):
            for topic, behind in self._broker.lag(group, read_by_jobs(self._settings)).items():
                lag.add_metric([group, topic], behind)
        return [records, dead, lag]

    def _feeds(self) -> list[Metric]:
        labels = ["provider"]
        messages = CounterMetricFamily(
            "touchline_feed_messages", "Messages that normalize has read.", labels=labels
        )
        received = CounterMetricFamily(
            "touchline_feed_received", "Versions of events that they held.", labels=labels
        )
        items = CounterMetricFamily(
            "touchline_feed_items", "What became of them.", labels=[*labels, "verdict"]
        )
        differing = GaugeMetricFamily(
            "touchline_accounting_difference", "Those that ended nowhere.", labels=labels
        )
        for provider, counts in accountings(self._settings).items():
            messages.add_metric([provider], counts.get("messages", 0))
            received.add_metric([provider], counts.get("received", 0))
            differing.add_metric([provider], difference(counts))
            for fate in FATES:
                items.add_metric([provider, fate], counts.get(fate, 0))
        return [messages, received, items, differing]

    def _matches(self) -> list[Metric]:
        matches = GaugeMetricFamily(
            "touchline_matches", "Matches in Redis.", labels=["provider", "status"]
        )
        disagreeing = GaugeMetricFamily(
            "touchline_matches_score_disagrees",
            "Those that are on whose events do not add up to the provider's score.",
            labels=["provider"],
        )
        with Census(self._settings.redis, self._version, ANSWER_S) as store:
            for (provider, status), count in store.matches().items():
                matches.add_metric([provider, status], count)
            for provider, count in store.disagreeing().items():
                disagreeing.add_metric([provider], count)
        return [matches, disagreeing]

    def _polls(self) -> list[Metric]:
        with PollStore(self._settings.redis, ANSWER_S) as store:
            results = store.results()
        polls = GaugeMetricFamily("touchline_polls", "Polls in Redis.", labels=["status"])
        for status, count in Counter(result["status"] for result in results).items():
            polls.add_metric([status], count)
        overdue = GaugeMetricFamily(
            "touchline_polls_overdue",
            "Polls that should have had their final result.",
            value=len(overdue_polls(results, now_ms(), self._settings.health.poll_final_s)),
        )
        votes = GaugeMetricFamily(
            "touchline_poll_votes",
            "What became of the votes of the polls that are not final.",
            labels=["poll", "verdict"],
        )
        for result in results:
            if not result["final"]:
                for what, count in _verdicts(result).items():
                    votes.add_metric([result["id"], what], count)
        return [polls, overdue, votes]

    def _clickhouse(self) -> list[Metric]:
        check(self._settings.clickhouse, CLICKHOUSE_S)
        return []


class Latency(threading.Thread):
    """Listens to Redis's channel, and observes how old each match's update is when it is told."""

    def __init__(self, settings: Settings, registry: CollectorRegistry) -> None:
        super().__init__(daemon=True)
        self._settings = settings
        self._version = version_of(settings.jobs, "match_state")
        self._ended = threading.Event()
        self._first = {match: ids[0] for match, ids in settings.matches.aliases.items() if ids}
        self._histogram = Histogram(
            "touchline_feed_to_redis_seconds",
            "From a feed message's arrival in Kafka to its match's new state in Redis.",
            ["provider"],
            buckets=BUCKETS_S,
            registry=registry,
        )

    def run(self) -> None:
        """Until it is stopped; after any trouble with Redis it is tried again each second."""
        while not self._ended.is_set():
            try:
                self._listen()
            except TouchlineError:
                self._ended.wait(AGAIN_S)  # `Stores` tells of it
            except Exception:
                log.exception("the channel %s cannot be read, trying again", keys.UPDATES)
                self._ended.wait(AGAIN_S)

    def stop(self) -> None:
        """Listen no more; the thread ends within a second, unless Redis hangs."""
        self._ended.set()

    def _listen(self) -> None:
        with Census(self._settings.redis, self._version) as store:
            for told in store.told():
                if self._ended.is_set():
                    return
                if told is not None:
                    match_id, received_ms = told
                    self.observe(match_id, now_ms() - received_ms)

    def observe(self, match_id: str, age_ms: int) -> None:
        """One update of a match. The clocks of two machines may differ: never below 0."""
        provider = self._first.get(match_id, match_id).partition(":")[0]
        known = provider in self._settings.feeds.providers
        self._histogram.labels(provider if known else OTHER).observe(max(0, age_ms) / 1000)


def registry(settings: Settings) -> CollectorRegistry:
    """All of it, with a thread that listens for as long as the process lives."""
    made = CollectorRegistry()
    made.register(Stores(settings))
    Latency(settings, made).start()
    return made


def _read(reads: Iterable[Callable[[], list[Metric]]]) -> tuple[list[Metric], str]:
    """What could be read; and which keys that hold something else kept the rest from it."""
    metrics: list[Metric] = []
    trouble: list[str] = []
    for read in reads:
        try:
            metrics += read()
        except OtherKindError as error:
            trouble.append(error.message)
    return metrics, "; ".join(trouble)


def read_by_jobs(settings: Settings) -> list[str]:
    """Every topic that a job reads, in any version that it may read of."""
    topics = [settings.kafka.feed(provider) for provider in settings.feeds.providers]
    for job in JOBS:
        kafka = of_version(settings, job).kafka
        topics += [getattr(kafka, setting) for setting in (*MADE_BY, *SENT)]
    return list(dict.fromkeys(topics))


def _verdicts(result: Result) -> dict[str, int]:
    counts: dict[str, int] = {verdict: result[verdict] for verdict in VERDICTS}
    return {"voters": result["voters"], **counts, **result["rejected"]}

"""What all jobs share: the contract of a job, its options, its environment, and how it is run."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, get_type_hints

import pyflink.version
from pyflink.common import Configuration, TypeInformation, Types
from pyflink.datastream import StreamExecutionEnvironment
from pyflink.java_gateway import get_gateway
from pyflink.table import Schema, StatementSet, StreamTableEnvironment, Table

from connectors.kafka_tables import Span
from jobs import state_shape
from schemas.redis.keys import MAIN
from touchline.settings import Settings, SettingsError
from touchline.spans import MAX_GENERATION
from touchline.versions import group_of, job_title, of_version, version_of
from udfs.clock import now_ms
from udfs.in_order import Core, InOrder


@dataclass(frozen=True)
class Options:
    """What one run of a job differs in from another.

    span: the part of the source topics to read.
    match: only this match (a feed's match key in `normalize`, a match id elsewhere).
    generation: outranks what lower generations have written.
    version: of the job, `touchline.versions.version_of`.
    submitted_ms: when, UTC epoch.
    """

    span: Span = field(default_factory=Span)
    match: str = ""
    generation: int = 0
    version: str = MAIN
    submitted_ms: int = field(default_factory=now_ms)

    def group(self, job: str) -> str:
        """The consumer group, under which Kafka's tools show the job's lag."""
        replay = f"-replay-{self.generation}" if self.span.end else ""
        return group_of(job, self.version) + replay


@dataclass(frozen=True)
class Step:
    """What is logic by key and time, which SQL cannot say: rows of a query -> rows of a view.

    rows: a query; its first column is the key, its last one a time attribute.
    core: what is done with a key's rows, in their order.
    columns: name -> type of what it gives; the view also has the time of it, as `at`.
    """

    rows: str
    core: Core
    columns: Mapping[str, TypeInformation]
    at: str


@dataclass(frozen=True)
class Shared:
    """A query that is computed once, for steps and for outputs.

    What a step reads is planned apart from all else: without this, both would compute all that is
    before them.

    at: the query's time attribute, which is its last column.
    """

    rows: str
    at: str


View = str | Step | Shared
"""A query, or one that is planned apart, or what only Python can do."""


@dataclass(frozen=True)
class Job:
    """A Flink job: named views in SQL, in order, between sources and sinks that are passed in.

    views: name -> query (or a step that is none), each may use those before it and what `sources`
        make.
    outputs: sink tables and the queries that fill them.
    sources, sinks: DDL of the tables around the views; tests put bounded tables there instead.
    functions: Python functions by their SQL name.
    mini_batch_ms: for how long aggregates gather changes before they hand on what became of them.
        With TO_CHANGELOG in a plan the planner measures this by watermarks, so that without a
        watermark in the source it is done at checkpoints only. 0: each change goes on at once.
    tuning: further settings of Flink's for this job alone.
    bundle_ms, batch_rows: how long and how much is gathered before a Python step hands its rows on.
    kept: classes of what Python functions make and Flink keeps for them, as bytes.
    """

    name: str
    views: Callable[[Settings], Mapping[str, View]]
    outputs: Callable[[Settings, Options], Sequence[tuple[str, str]]]
    sources: Callable[[Settings, Options], Sequence[str]]
    sinks: Callable[[Settings], Sequence[str]]
    functions: Callable[[Settings, Options], Mapping[str, object]]
    mini_batch_ms: Callable[[Settings], int] = lambda settings: 0
    tuning: Callable[[Settings], Mapping[str, str]] = lambda settings: {}
    bundle_ms: Callable[[Settings], int] = lambda settings: settings.jobs.live_bundle_ms
    batch_rows: Callable[[Settings], int] = lambda settings: settings.jobs.batch_rows
    kept: Sequence[type] = ()


def run(job: Job, arguments: Sequence[str] | None = None) -> None:
    """The main program of a job module: `flink run -py jobs/NAME.py -- [options]`."""
    settings, options = parse(job.name, sys.argv[1:] if arguments is None else arguments)
    submit(job, settings, options)


def submit(job: Job, settings: Settings, options: Options) -> None:
    """Hand the job to the cluster that the environment names, without waiting for its end."""
    _, inserts = _inserts(job, settings, options)
    inserts.execute()


def plan(job: Job, settings: Settings, options: Options) -> str:
    """The job's graph and own parameters as a cluster would show them, as JSON: the answer of
    `/jobs/ID/plan`, and `parameters`. Submits nothing."""
    environment, inserts = _inserts(job, settings, options)
    inserts.attach_as_datastream()
    runtime = get_gateway().jvm.org.apache.flink.runtime
    graph = environment._j_tenv.execEnv().getStreamGraph()
    shown = runtime.rest.messages.JobPlanInfo(
        runtime.jobgraph.jsonplan.JsonPlanGenerator.generatePlan(graph.getJobGraph())
    )
    text = runtime.rest.util.RestMapperUtils.getStrictObjectMapper().writeValueAsString(shown)
    parameters = dict(graph.getExecutionConfig().getGlobalJobParameters().toMap())
    return json.dumps({**json.loads(text), "parameters": parameters})


def _inserts(
    job: Job, settings: Settings, options: Options
) -> tuple[StreamTableEnvironment, StatementSet]:
    settings = of_version(settings, job.name)
    environment = environment_of(job, settings, options)
    for ddl in (*job.sources(settings, options), *job.sinks(settings), WRITTEN):
        environment.execute_sql(ddl)
    create_views(environment, job.views(settings))
    inserts = environment.create_statement_set()
    for table, query in job.outputs(settings, options):
        inserts.add_insert_sql(f"INSERT INTO {table} {query}")
    return environment, inserts


def environment_of(job: Job, settings: Settings, options: Options) -> StreamTableEnvironment:
    """An environment with the job's functions and its settings."""
    functions = job.functions(settings, options)
    config = Configuration()
    for name, value in configuration(job, settings, options).items():
        config.set_string(name, value)
    shape = state_shape.parameters(shapes(job, settings, options, functions))
    config.set_string("pipeline.global-job-parameters", shape)
    streams = StreamExecutionEnvironment.get_execution_environment(config)
    environment = StreamTableEnvironment.create(streams)
    for name, function in functions.items():
        environment.create_temporary_function(name, function)
    return environment


def shapes(
    job: Job, settings: Settings, options: Options, functions: Mapping[str, Any]
) -> dict[str, str]:
    """What the job's state depends on and its plan does not show, by names that people are told."""
    steps = {
        name: (get_type_hints(view.core.advance).get("state"), list(view.columns.items()))
        for name, view in job.views(settings).items()
        if isinstance(view, Step)
    }
    return {
        "columns": state_shape.columns(job.sources(settings, options)),
        "expiry": str(settings.jobs.state_ttl_h > 0),
        "flink": pyflink.version.__version__,
        # Nothing is computed of what a sink gives.
        "functions": "\n".join(
            f"{name} {one._result_type!r}" for name, one in functions.items() if one._deterministic
        ),
        "python": "\n".join(map(state_shape.structure, job.kept)),
        "steps": "\n".join(
            f"{name} {state_shape.structure(state)} {columns}"
            for name, (state, columns) in steps.items()
        ),
    }


def configuration(job: Job, settings: Settings, options: Options) -> dict[str, str]:
    """Flink's settings that belong to the job; those of the cluster are in `flink-conf/`."""
    jobs = settings.jobs
    bundle_ms, batch_rows = job.bundle_ms(settings), job.batch_rows(settings)
    if options.span.end:  # nobody waits for its single events
        bundle_ms = max(bundle_ms, jobs.replay_bundle_ms)
    gathers = job.mini_batch_ms(settings)
    return {
        # A replay runs beside the live job.
        "pipeline.name": job_title(job.name, options.version, replay=bool(options.span.end)),
        "parallelism.default": str(jobs.parallelism),
        "execution.checkpointing.interval": f"{jobs.checkpoint_interval_ms} ms",
        # Times on the wire and in the tables are UTC.
        "table.local-time-zone": "UTC",
        # A view that two outputs use is computed once: the Python step above all.
        "table.optimizer.reuse-optimize-block-with-digest-enabled": "true",
        "table.exec.mini-batch.enabled": str(gathers > 0).lower(),
        "table.exec.mini-batch.allow-latency": f"{gathers} ms",
        # By time only.
        "table.exec.mini-batch.size": str(1_000_000),
        # In one step: a local one would only make the live path longer.
        "table.optimizer.agg-phase-strategy": "ONE_PHASE",
        "table.exec.state.ttl": f"{jobs.state_ttl_ms} ms",
        "python.fn-execution.bundle.time": str(bundle_ms),
        "python.fn-execution.bundle.size": str(batch_rows),
        "python.fn-execution.arrow.batch.size": str(batch_rows),
        # The worker runs the interpreter that has the project, here and on the cluster.
        "python.executable": os.environ.get("TOUCHLINE_PYTHON", sys.executable),
        **job.tuning(settings),
    }


def create_views(environment: StreamTableEnvironment, views: Mapping[str, View]) -> None:
    """Make the views, in order. Each is planned once: a text view would be planned anew wherever
    it is used, under other correlation names, so that equal parts were not recognised as equal."""
    for name, view in views.items():
        environment.create_temporary_view(name, _table_of(environment, name, view))


def _table_of(environment: StreamTableEnvironment, name: str, view: View) -> Table:
    if isinstance(view, str):
        return environment.sql_query(view)
    rows = environment.to_data_stream(environment.sql_query(view.rows))
    timed = Schema.new_builder()
    if isinstance(view, Step):
        kinds = Types.ROW_NAMED(list(view.columns), list(view.columns.values()))
        keyed = rows.key_by(lambda row: row[0], Types.STRING())
        # Its name is what a savepoint knows it by.
        rows = keyed.process(InOrder(view.core), kinds).name(name).uid(name)
        timed = timed.column_by_metadata(view.at, "TIMESTAMP_LTZ(3)", "rowtime")
    timed = timed.watermark(view.at, "SOURCE_WATERMARK()")
    return environment.from_data_stream(rows, timed.build())


WRITTEN = """
    CREATE TEMPORARY TABLE written (`rows` BIGINT) WITH ('connector' = 'blackhole')"""
"""Where a sink that is a function leaves what it returns: the number of rows it wrote."""


def parse(name: str, arguments: Sequence[str]) -> tuple[Settings, Options]:
    """A job's command line, the same for all. Exits with a usage message if it is wrong."""
    parser = argparse.ArgumentParser(
        prog=f"jobs/{name}.py", description=f"The Flink job {name}; see the module's text."
    )
    parser.add_argument(
        "--set", action="append", default=[], metavar="SECTION.NAME=VALUE",
        help="a setting, as --set kafka.bootstrap=broker:9092 (repeatable)",
    )  # fmt: skip
    parser.add_argument(
        "--from", dest="start", default="earliest",
        help="earliest, latest, timestamp:EPOCH_MS or offsets:0=17,1=4 (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument("--to", default="", help="as --from; without it the job runs for ever")
    parser.add_argument("--match", default="", help="only this match")
    parser.add_argument("--generation", type=int, default=0, help="outranks lower generations")
    given = parser.parse_args(list(arguments))
    try:
        settings = Settings.load(given.set)
        span = Span(given.start, given.to)
        span.options()
    except (SettingsError, ValueError) as error:
        parser.error(str(error))
    if not 0 <= given.generation <= MAX_GENERATION:
        parser.error(f"--generation: {given.generation} is not from 0 to {MAX_GENERATION}")
    if "'" in given.match:
        parser.error("--match: a match id has no quotes")
    return settings, Options(span, given.match, given.generation, version_of(settings.jobs, name))

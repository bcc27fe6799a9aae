"""Provider feeds -> one corrected stream of canonical events.

    feed ─► messages ─┬─────────────────────────────► items ─► versions ─► judged ─┬► match_events
                      └► snapshots ► differences ────► ▲ │                         ├► superseded
                                                         └► rejections             └► accounting

Every item that arrives ends in exactly one place: received = accepted + superseded + duplicate +
rejected, which `accounting` counts for each feed.
"""

from __future__ import annotations

from connectors.kafka_tables import dead_letters_sink, feed_source, keyed_bytes_sink
from jobs.changelog import UPSERTED, changelog
from jobs.dead_letters import dead_letter
from jobs.pipeline import Job, Options, run
from jobs.state_ttl import FOR_EVER, state_ttl
from touchline.settings import Settings
from udfs.codec import identities
from udfs.functions import SEPARATOR, feed_functions
from udfs.snapshots import Manifest

VIEWS = {
    # The Python step: a message becomes its events, encoded, and its rejections.
    "messages": """
        SELECT *, READ_FEED(match_key, body, topic, `partition`, `offset`, received_at) AS items
        FROM feed""",
    # A snapshot lists all events of a match at one moment: what it no longer lists was deleted.
    "snapshots": """
        SELECT *, LAG(items.manifest) OVER (
            PARTITION BY topic, items.snapshot_match_id ORDER BY proctime) AS earlier_manifest
        FROM messages
        WHERE items.manifest IS NOT NULL""",
    "differences": """
        SELECT match_key, topic, `partition`, `offset`, proctime,
            READ_SNAPSHOT(earlier_manifest, match_key, body, topic, `partition`, `offset`,
                received_at) AS items
        FROM snapshots""",
    "items": """
        SELECT match_key, topic, `partition`, `offset`, proctime, items
        FROM messages
        WHERE items.manifest IS NULL
        UNION ALL
        SELECT * FROM differences""",
    "versions": """
        SELECT m.topic, m.proctime, e.event_id,
            m.items.match_ids[e.i] AS match_id,
            m.items.versions[e.i] AS version,
            m.items.fingerprints[e.i] AS fingerprint,
            m.items.payloads[e.i] AS payload,
            m.items.replaced[e.i] AS replaced
        FROM items AS m
        CROSS JOIN UNNEST(m.items.event_ids) WITH ORDINALITY AS e (event_id, i)""",
    # Last-write-wins by (version, arrival). An event's messages come here in the order of their
    # arrival, so whatever is not older than all before it wins, and ties go to the later one. (A
    # fingerprint is of all that an event says, its version too.)
    "judged": """
        SELECT match_id, topic, payload,
            CASE
                WHEN version < latest_version OR replaced THEN 'superseded'
                WHEN fingerprint = earlier_fingerprint THEN 'duplicate'
                ELSE 'accepted'
            END AS verdict
        FROM (
            SELECT *,
                MAX(version) OVER same_event AS latest_version,
                LAG(fingerprint) OVER same_event AS earlier_fingerprint
            FROM versions
            WINDOW same_event AS (PARTITION BY match_id, topic, event_id ORDER BY proctime))""",
    "rejections": """
        SELECT m.match_key, m.topic, m.`partition`, m.`offset`, r.reason,
            m.items.parts[r.i] AS part,
            CARDINALITY(m.items.event_ids) + CARDINALITY(m.items.reasons) > 1 AS is_part
        FROM items AS m
        CROSS JOIN UNNEST(m.items.reasons) WITH ORDINALITY AS r (reason, i)""",
    "counts": """
        SELECT topic, 'messages' AS what, CAST(1 AS BIGINT) AS n FROM messages
        UNION ALL
        SELECT topic, 'received',
            CAST(CARDINALITY(items.event_ids) + CARDINALITY(items.reasons) AS BIGINT) FROM items
        UNION ALL
        SELECT topic, verdict, 1 FROM judged
        UNION ALL
        SELECT topic, 'rejected', 1 FROM rejections""",
    # Kept for ever: one that began anew, after a season's break, would not add up with others.
    "accounting": f"""
        SELECT {state_ttl("counts", FOR_EVER)} topic, what, SUM(n) AS n
        FROM counts
        GROUP BY topic, what""",
}


_ADAPTER = f"SPLIT_INDEX(reason, '{SEPARATOR}', 0)"
_REASON = f"SUBSTRING(reason FROM POSITION('{SEPARATOR}' IN reason) + 1)"
"""What `READ_FEED` gives as one text."""


OUTPUTS = [
    ("match_events", "SELECT match_id, payload FROM judged WHERE verdict = 'accepted'"),
    ("superseded_events", "SELECT match_id, payload FROM judged WHERE verdict = 'superseded'"),
    (
        "dead_letters",
        dead_letter("rejections", "topic", error=_REASON, part="is_part", adapter=_ADAPTER),
    ),
]

# By way of Kafka to Redis: this job needs no store, and goes on while one is away.
COUNTS = (
    "feed_counts",
    f"""
        SELECT CONCAT(topic, ':', what), CAST(CAST(n AS STRING) AS BYTES)
        FROM {changelog("accounting", UPSERTED)}""",
)

# An output of the view itself makes Flink compute it for all that use it. The counts do so in the
# live run; without either, the planner puts the Python step into each of its four uses.
READ = ("written", "SELECT CAST(CARDINALITY(items.event_ids) AS BIGINT) FROM messages")


def outputs(settings: Settings, options: Options) -> list[tuple[str, str]]:
    """Events and dead letters; and the counts of the live run, which has had each message once.
    Those of a replay, by another adapter say, would not add up with them: it has `READ` instead."""
    return [*OUTPUTS, READ if options.span.end else COUNTS]


def sources(settings: Settings, options: Options) -> list[str]:
    """Kafka's feed topics, and of them what the options ask for, as `feed`."""
    only = f"AND match_key = CAST('{options.match}' AS BYTES)" if options.match else ""
    return [
        feed_source(settings, settings.feeds.providers, options.group(JOB.name), options.span),
        f"CREATE TEMPORARY VIEW feed AS SELECT * FROM feed_log WHERE body IS NOT NULL {only}",
    ]


def sinks(settings: Settings) -> list[str]:
    """Kafka's canonical topics, the counts and the dead letters."""
    kafka = settings.kafka
    return [
        keyed_bytes_sink(settings, "match_events", kafka.match_events),
        keyed_bytes_sink(settings, "superseded_events", kafka.superseded_events),
        keyed_bytes_sink(settings, "feed_counts", kafka.feed_counts),
        dead_letters_sink(settings),
    ]


def functions(settings: Settings, options: Options) -> dict[str, object]:
    """The Python steps by their name in SQL."""
    aliases = identities(settings.matches.aliases)
    return feed_functions(settings.kafka.feed_prefix, aliases, options.generation)


JOB = Job(
    name="normalize",
    views=lambda settings: VIEWS,
    outputs=outputs,
    sources=sources,
    sinks=sinks,
    functions=functions,
    # Only the counters are aggregates: written at checkpoints, as there is no watermark here.
    mini_batch_ms=lambda settings: settings.jobs.checkpoint_interval_ms,
    kept=(Manifest,),
)

if __name__ == "__main__":
    run(JOB)

"""From votes and commands to poll results.

    poll_control ─► commands ─► poll_versions ─┬► polls ─┐            ├► command_dead_letters
                                               │         ▼
    poll_votes ─► votes ───────────────────────│─► judged ─┬► vote_dead_letters
                                               │           └► paced ─► seen ─► ballots
                                               ▼                                  │
                        poll_results ◄─────── news ◄─ slices ◄─ tallies ◄─ changes┘

All of it is in event time, which is the broker's clock: a vote waits until all that arrived before
it is here, is judged by the poll as it was then, and is counted in the slice of time in which it
arrived. The same topics give the same results, slice by slice, whatever fails.

A vote that takes the place of another one is two changes: the old choices leave, the new ones
enter. `MAX(ballot)` of a voter's ballots, each a text that begins with what they are ordered by, is
the ballot that stands.

Records of the same millisecond come in any order: every aggregate over a key takes all of them at
once (RANGE and not ROWS), and is the same in any order.

The counts of a hot poll are made where its votes are: slices are aggregated before they are sent to
the poll's key (Flink's two-phase window aggregate), and votes meet their poll on one of `SPREAD`
keys. No step has all votes of a poll on one key.
"""

from __future__ import annotations

from jobs.ordered_text import digits
from jobs.pipeline import Shared, View
from udfs.polls.tally import ENTERS, FIELD, ITEM, LEAVES, VERDICT
from udfs.polls.versions import REMEMBERED_SPANS

SPREAD = 16
"""Keys on which a poll meets its votes: the most subtasks that can judge one poll's votes."""

_SPREADS = ", ".join(map(str, range(SPREAD)))

_END_OF_TIME = 9_999_999_999_999
_LAST_OFFSET = 9_999_999_999_999_999

_LAST_PARTITION = 99_999


def _digits(number: str, like: int, falling: bool) -> str:
    value = f"{like} - {number}" if falling else number
    return digits(value, len(str(like)))


def _place(falling: bool = False) -> str:
    """A text that grows, or falls, with the vote's place in the log."""
    arrived = _digits("arrived_ms", _END_OF_TIME, falling)
    partition = _digits("`partition`", _LAST_PARTITION, falling)
    return f"{arrived}, {partition}, {_digits('`offset`', _LAST_OFFSET, falling)}"


_ORDER = f"""
            CASE WHEN first_counts
                THEN CONCAT({_digits("voted_ms", _END_OF_TIME, True)}, {_place(True)})
                ELSE CONCAT({_digits("voted_ms", _END_OF_TIME, False)}, {_place()}) END"""
"""The greatest of a voter's ballots stands: the last one, or the first."""

_ORDER_DIGITS = sum(
    len(str(one)) for one in (_END_OF_TIME, _END_OF_TIME, _LAST_PARTITION, _LAST_OFFSET)
)

_IN_A_SPAN = " OR ".join(
    f"(voted_ms >= opened[{n}] AND voted_ms < ended[{n}] AND arrived_ms <= deadlines[{n}])"
    for n in range(1, REMEMBERED_SPANS + 1)
)
_ALLOWED_CHOICES = """(ARRAY_CONTAINS(p.choices, v.choices)
                OR CARDINALITY(ARRAY_EXCEPT(SPLIT(v.choices, ','), p.choices)) = 0)"""


def _change(*fields: str) -> str:
    return f"CONCAT_WS('{FIELD}', {', '.join(fields)})"


_ENTERING = _change(f"'{ENTERS}'", "voter_class", "region", "choices")


def _seconds(milliseconds: int) -> str:
    return f"INTERVAL '{milliseconds // 1000}.{milliseconds % 1000:03}' SECOND"


COMMANDS = {
    "commands": """
        SELECT CAST(poll_key AS STRING) AS poll_id, `partition`, `offset`, body, arrived_at
        FROM poll_control
        WHERE body IS NOT NULL""",
}
"""What the step `poll_versions` gets."""


def votes_to_slices(votes_per_source_s: int, future_ms: int, results_ms: int) -> dict[str, View]:
    """The views between the versions of polls and their results."""
    slices = _seconds(results_ms)
    return {
        "polls": f"""
        SELECT * FROM (
            SELECT *, ROW_NUMBER() OVER (
                PARTITION BY poll_id, spread ORDER BY changed_at DESC) AS nth
            FROM (
                SELECT v.poll_id, s.spread, v.status, v.first_opened_ms, v.opened, v.ended,
                    v.deadlines, v.choices, v.max_choices, v.first_counts, v.regions, v.final_ms,
                    v.changed_at
                FROM (
                    SELECT *, CASE WHEN refusal IS NULL THEN ARRAY[{_SPREADS}] END AS spreads
                    FROM poll_versions) AS v
                CROSS JOIN UNNEST(v.spreads) AS s (spread)))
        WHERE nth = 1""",
        "votes": f"""
        SELECT q.vote.poll_id AS poll_id, q.vote.voter_id AS voter_id, q.vote.vote_id AS vote_id,
            q.vote.choices AS choices, q.vote.voted_ms AS voted_ms,
            q.vote.voter_class AS voter_class, q.vote.region AS region, q.vote.source AS source,
            q.vote.shed AS shed, q.vote.problem AS problem,
            CAST(MOD(`offset`, {SPREAD}) AS INT) AS spread,
            vote_key, body, `partition`, `offset`,
            q.vote.arrived_ms AS arrived_ms, arrived_at
        FROM (
            SELECT *, READ_VOTE(body, arrived_at) AS vote
            FROM poll_votes
            WHERE body IS NOT NULL) AS q""",
        # Event time: the version of the poll that was in force when the vote arrived.
        "judged": f"""
        SELECT *,
            CASE
                WHEN shed THEN 'shed'
                WHEN voted_ms > arrived_ms + {future_ms} THEN 'future'
                WHEN CARDINALITY(regions) > 0 AND NOT ARRAY_CONTAINS(regions, region) THEN 'region'
                WHEN voted_ms < first_opened_ms THEN 'early'
                WHEN {_IN_A_SPAN} THEN ''
                WHEN status IN ('COMPLETED', 'TERMINATED') THEN 'late'
                ELSE 'locked'
            END AS objection
        FROM (
            SELECT v.*, p.status, p.first_opened_ms, p.opened, p.ended, p.deadlines, p.regions,
                p.first_counts, p.final_ms,
                CASE
                    WHEN v.problem <> '' THEN v.problem
                    WHEN p.status IS NULL OR p.status = 'ARCHIVED'
                        THEN CONCAT('there is no poll ', JSON_QUOTE(v.poll_id))
                    WHEN NOT {_ALLOWED_CHOICES}
                        THEN CONCAT('poll ', JSON_QUOTE(v.poll_id), ' has not all of the choices ',
                            v.choices)
                    WHEN CARDINALITY(SPLIT(v.choices, ',')) > p.max_choices
                        THEN CONCAT('poll ', JSON_QUOTE(v.poll_id), ' takes up to ',
                            CAST(p.max_choices AS STRING), ' choices, not ', v.choices)
                END AS error
            FROM votes AS v
            LEFT JOIN polls FOR SYSTEM_TIME AS OF v.arrived_at AS p
            ON v.poll_id = p.poll_id AND v.spread = p.spread)""",
        # All that arrived in the same millisecond see the same number.
        "paced": f"""
        SELECT poll_id, voter_id, vote_id, choices, voted_ms, voter_class, region, source,
            `partition`, `offset`, first_counts, final_ms, objection, arrived_ms, arrived_at,
            COUNT(*) OVER (
                PARTITION BY source ORDER BY arrived_at
                RANGE BETWEEN INTERVAL '0.999' SECOND PRECEDING AND CURRENT ROW
            ) > {votes_per_source_s} AS too_many
        FROM judged
        WHERE error IS NULL""",
        "seen": f"""
        SELECT *, CASE
                WHEN too_many THEN 'paced'
                WHEN objection <> '' THEN objection
                WHEN place > MIN(CASE WHEN NOT too_many AND objection = '' THEN place END) OVER (
                    PARTITION BY poll_id, voter_id, vote_id ORDER BY arrived_at
                    RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) THEN 'duplicate'
                ELSE ''
            END AS refusal
        FROM (SELECT *, CONCAT({_place()}) AS place FROM paced)""",
        "compared": f"""
        SELECT *, MAX(CASE WHEN refusal = '' THEN ballot END) OVER (
                PARTITION BY poll_id, voter_id ORDER BY arrived_at
                RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS best
        FROM (
            SELECT *, {_change(_ORDER, "voter_class", "region", "choices")} AS ballot
            FROM seen)""",
        # Of a voter's votes of one millisecond one at most: each takes the place of the one before.
        "ballots": """
        SELECT *, CASE WHEN replaced IS NULL THEN 'counted' ELSE 'changed' END AS verdict
        FROM (
            SELECT *, LAG(ballot) OVER (
                PARTITION BY poll_id, voter_id ORDER BY arrived_at) AS replaced
            FROM compared
            WHERE refusal = '' AND ballot = best)
        UNION ALL
        SELECT *, CAST(NULL AS STRING), CASE refusal WHEN '' THEN 'superseded' ELSE refusal END
        FROM compared
        WHERE refusal <> '' OR ballot < best""",
        # What became of each vote, dead letters too.
        "outcomes": Shared(
            f"""
        SELECT poll_id, voter_id, vote_id, choices, voter_class, region, source, voted_ms,
            arrived_ms, `partition`, `offset`, verdict,
            SUBSTRING(replaced FROM {_ORDER_DIGITS + 2}) AS replaced,
            arrived_ms <= final_ms AS in_time,
            CAST(NULL AS BYTES) AS vote_key, CAST(NULL AS BYTES) AS body,
            CAST(NULL AS STRING) AS error, arrived_at
        FROM ballots
        UNION ALL
        SELECT poll_id, voter_id, vote_id, choices, voter_class, region, source, voted_ms,
            arrived_ms, `partition`, `offset`, '', '', FALSE, vote_key, body, error, arrived_at
        FROM judged
        WHERE error IS NOT NULL""",
            at="arrived_at",
        ),
        "changes": f"""
        SELECT b.poll_id, c.change, b.arrived_at
        FROM (
            SELECT poll_id, arrived_at, CASE verdict
                    WHEN 'counted' THEN ARRAY[{_ENTERING}]
                    WHEN 'changed' THEN ARRAY[{_ENTERING}, {_change(f"'{LEAVES}'", "replaced")}]
                    ELSE ARRAY[{_change(f"'{VERDICT}'", "verdict")}]
                END AS changes
            FROM outcomes
            WHERE in_time) AS b
        CROSS JOIN UNNEST(b.changes) AS c (change)""",
        "tallies": f"""
        SELECT poll_id, change, COUNT(*) AS n, window_time AS counted_at
        FROM TABLE(TUMBLE(TABLE changes, DESCRIPTOR(arrived_at), {slices}))
        GROUP BY poll_id, change, window_start, window_end, window_time""",
        "slices": f"""
        SELECT poll_id,
            LISTAGG({_change("change", "CAST(n AS STRING)")}, '{ITEM}') AS changes,
            window_time AS counted_at
        FROM TABLE(TUMBLE(TABLE tallies, DESCRIPTOR(counted_at), {slices}))
        GROUP BY poll_id, window_start, window_end, window_time""",
        "news": """
        SELECT poll_id, poll AS version, '' AS changes, changed_at AS at_time
        FROM poll_versions
        WHERE refusal IS NULL
        UNION ALL
        SELECT poll_id, '', changes, counted_at
        FROM slices""",
    }


DEAD_LETTERS = {
    "command_dead_letters": """
        SELECT CAST(poll_id AS BYTES) AS match_key, body AS part, refusal AS error,
            `partition`, `offset`
        FROM poll_versions
        WHERE refusal IS NOT NULL""",
    "vote_dead_letters": """
        SELECT vote_key AS match_key, body AS part, error, `partition`, `offset`
        FROM outcomes
        WHERE error IS NOT NULL""",
}

BALLOTS = f"""
        SELECT poll_id, voter_id, vote_id, choices, verdict,
            COALESCE(SPLIT_INDEX(replaced, '{FIELD}', 2), ''),
            COALESCE(SPLIT_INDEX(replaced, '{FIELD}', 0), ''),
            COALESCE(SPLIT_INDEX(replaced, '{FIELD}', 1), ''),
            voter_class, region, source, voted_ms, arrived_ms, `partition`, `offset`
        FROM outcomes
        WHERE error IS NULL"""
"""What `poll-ballots` has, in its order."""

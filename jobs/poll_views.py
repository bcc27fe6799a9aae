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
the ballot that stands. To know the one that stood before a vote, each vote passes twice: first as
nothing, then as itself.

The counts of a hot poll are made where its votes are: slices are aggregated before they are sent to
the poll's key (Flink's two-phase window aggregate), and votes meet their poll on one of `SPREAD`
keys. No step has all votes of a poll on one key.
"""

from __future__ import annotations

from udfs.polls.tally import ENTERS, FIELD, ITEM, LEAVES, VERDICT
from udfs.polls.versions import FOREVER, REMEMBERED_SPANS

SPREAD = 16
"""Keys on which a poll meets its votes: the most subtasks that can judge one poll's votes."""

_SPREADS = ", ".join(map(str, range(SPREAD)))

_END_OF_TIME = 9_999_999_999_999
_LAST_OFFSET = 9_999_999_999_999_999

_ORDER_DIGITS = len(str(_END_OF_TIME)) + len(str(_LAST_OFFSET))


def _digits(number: str, like: int) -> str:
    return f"LPAD(CAST({number} AS STRING), {len(str(like))}, '0')"


_ORDER = f"""
            CASE WHEN first_counts
                THEN CONCAT({_digits(f"{_END_OF_TIME} - voted_ms", _END_OF_TIME)},
                    {_digits(f"{_LAST_OFFSET} - `offset`", _LAST_OFFSET)})
                ELSE CONCAT({_digits("voted_ms", _END_OF_TIME)},
                    {_digits("`offset`", _LAST_OFFSET)}) END"""
"""The greatest of a voter's ballots stands: the last one, or the first."""

_IN_A_SPAN = " OR ".join(
    f"(voted_ms >= opened[{n}] AND voted_ms < ended[{n}] AND arrived_ms <= deadlines[{n}])"
    for n in range(1, REMEMBERED_SPANS + 1)
)
_ALLOWED_CHOICES = """(ARRAY_CONTAINS(p.choices, v.choices)
                OR CARDINALITY(ARRAY_EXCEPT(SPLIT(v.choices, ','), p.choices)) = 0)"""


def _change(*fields: str) -> str:
    return f"CONCAT_WS('{FIELD}', {', '.join(fields)})"


def _seconds(milliseconds: int) -> str:
    return f"INTERVAL '{milliseconds // 1000}.{milliseconds % 1000:03}' SECOND"


COMMANDS = {
    "commands": """
        SELECT CAST(poll_key AS STRING) AS poll_id, `partition`, `offset`, body, arrived_at
        FROM poll_control
        WHERE body IS NOT NULL""",
}
"""What the step `poll_versions` gets."""


def votes_to_slices(votes_per_source_s: int, future_ms: int, results_ms: int) -> dict[str, str]:
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
        "seen": """
        SELECT *, CASE
                WHEN too_many THEN 'paced'
                WHEN objection <> '' THEN objection
                WHEN COUNT(CASE WHEN NOT too_many AND objection = '' THEN 1 END) OVER (
                    PARTITION BY poll_id, voter_id, vote_id ORDER BY arrived_at
                    ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) > 1 THEN 'duplicate'
                ELSE ''
            END AS refusal
        FROM paced""",
        "passing": f"""
        SELECT s.*, o.offered
        FROM (
            SELECT *, CASE WHEN refusal = ''
                    THEN ARRAY[CAST(NULL AS STRING), ballot] ELSE ARRAY[CAST(NULL AS STRING)]
                END AS offers
            FROM (
                SELECT *, {_change(_ORDER, "voter_class", "region", "choices")} AS ballot
                FROM seen)) AS s
        CROSS JOIN UNNEST(s.offers) AS o (offered)""",
        "ballots": """
        SELECT *,
            CASE
                WHEN refusal <> '' THEN refusal
                WHEN standing IS NULL THEN 'counted'
                WHEN ballot < standing THEN 'superseded'
                ELSE 'changed'
            END AS verdict
        FROM (
            SELECT *, MAX(offered) OVER (
                PARTITION BY poll_id, voter_id ORDER BY arrived_at
                ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS standing
            FROM passing)
        WHERE offered IS NULL""",
        "changes": f"""
        SELECT b.poll_id, c.change, b.arrived_at
        FROM (
            SELECT poll_id, arrived_at, CASE verdict
                    WHEN 'counted' THEN ARRAY[
                        CONCAT('{ENTERS}', SUBSTRING(ballot FROM {_ORDER_DIGITS + 1}))]
                    WHEN 'changed' THEN ARRAY[
                        CONCAT('{ENTERS}', SUBSTRING(ballot FROM {_ORDER_DIGITS + 1})),
                        CONCAT('{LEAVES}', SUBSTRING(standing FROM {_ORDER_DIGITS + 1}))]
                    ELSE ARRAY[{_change(f"'{VERDICT}'", "verdict")}]
                END AS changes
            FROM ballots
            WHERE arrived_ms <= final_ms) AS b
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
        FROM judged
        WHERE error IS NOT NULL""",
}

BALLOT_COLUMNS = f"""poll_id, voter_id, vote_id, choices, verdict,
            CASE WHEN verdict = 'changed'
                THEN SPLIT_INDEX(standing, '{FIELD}', 3) ELSE '' END AS previous,
            CASE WHEN verdict = 'changed'
                THEN SPLIT_INDEX(standing, '{FIELD}', 1) ELSE '' END AS previous_class,
            CASE WHEN verdict = 'changed'
                THEN SPLIT_INDEX(standing, '{FIELD}', 2) ELSE '' END AS previous_region,
            voter_class, region, source, voted_ms, arrived_ms, `partition`, `offset`"""

__all__ = ["BALLOT_COLUMNS", "COMMANDS", "DEAD_LETTERS", "FOREVER", "SPREAD", "votes_to_slices"]

"""From scores to the standings of boards that count them.

    scores_log ─► scores ─┬► score_dead_letters
                          └► first_scores ─► claims ─► …_totals ─► score_standings

Only the first of the scores with the same id passes `first_scores`: what is behind it only grows,
and nothing need ever be taken back. Of a board that keeps one score (`best`, `set`), a score is a
*claim*: a text that begins with what decides between scores, so that the greatest one is the one
that counts.

Revisions. Each score that counts in a table makes its member's standing there a new one: `major` is
the highest position in the topic among them, `minor` their number.
"""

from __future__ import annotations

from jobs.board_sql import (
    Boards,
    chosen,
    is_one_of_boards,
    union,
)
from jobs.changelog import UPSERTED, changelog
from jobs.ordered_text import digits
from jobs.state_ttl import FOR_EVER, state_ttl
from schemas.redis.keys import LAST_MS, TIME_DIGITS
from udfs.leaderboards.periods import outlasts
from udfs.leaderboards.scores import MAX_VALUE, Schedule

_OFFSET_DIGITS = 19
_VALUE_DIGITS = len(str(2 * MAX_VALUE))
_LARGEST = (1 << 63) - 1


def schedules(boards: Boards, state_ttl_ms: int) -> dict[str, Schedule]:
    """Board -> when it starts anew, of all boards that count scores.

    state_ttl_ms: what is kept for so long after it was last needed is enough for tables that last
        for up to half of it. What makes up the others is kept for ever.
    """
    return {
        name: Schedule(board.reset, 0 if outlasts(board.reset, state_ttl_ms // 2) else state_ttl_ms)
        for name, board in boards.items()
        if not board.canonical
    }


def score_views(boards: Boards, state_ttl_ms: int) -> dict[str, str]:
    """The views from `scores_log` to `score_standings` and `score_dead_letters`."""
    known = schedules(boards, state_ttl_ms)
    if not known:
        return VIEWS
    kept = {
        "lasting_totals": ([name for name in known if not known[name].remembered_ms], FOR_EVER),
        "passing_totals": ([name for name in known if known[name].remembered_ms], ""),
    }
    totals = {view: _totals(names, ttl) for view, (names, ttl) in kept.items() if names}
    standings = union(_standings(boards, view) for view in totals)
    return VIEWS | {"claims": _claims(boards)} | totals | {"score_standings": standings}


VIEWS = {
    "scores": """
        SELECT q.score.board AS board, q.score.`member` AS `member`,
            q.score.score_id AS score_id, q.score.name AS name, q.score.region AS region,
            q.score.`value` AS `value`, q.score.at_ms AS at_ms, q.score.`period` AS `period`,
            q.score.ends_ms AS ends_ms, q.score.arrived_ms AS arrived_ms,
            q.score.problem AS problem, score_key, body, `partition`, `offset`, proctime
        FROM (
            SELECT *, READ_SCORE(body, arrived_at) AS score
            FROM scores_log
            WHERE body IS NOT NULL) AS q""",
    "score_dead_letters": """
        SELECT score_key AS match_key, body AS part, problem AS error, `partition`, `offset`
        FROM scores
        WHERE problem <> ''""",
    "first_scores": """
        SELECT * FROM (
            SELECT *, ROW_NUMBER() OVER (
                PARTITION BY board, `member`, score_id ORDER BY proctime) AS nth
            FROM scores
            WHERE problem = '')
        WHERE nth = 1""",
}


class _Kinds:
    """Conditions on a row: what its board does with a score."""

    def __init__(self, boards: Boards) -> None:
        def of(operator: str, *orders: str) -> str:
            return is_one_of_boards(
                chosen(boards, lambda board: board.operator == operator and board.order in orders)
            )

        self.greatest = of("best", "descending")
        self.least = of("best", "ascending")
        self.last = of("set", "ascending", "descending")
        self.taken = of("decrement", "ascending", "descending")


def _claims(boards: Boards) -> str:
    kind = _Kinds(boards)
    earliest = digits(f"{LAST_MS} - at_ms", TIME_DIGITS)
    latest = f"{digits('at_ms', TIME_DIGITS)}, {digits('`offset`', _OFFSET_DIGITS)}"
    value = digits(f"`value` + {MAX_VALUE}", _VALUE_DIGITS)
    return f"""
        SELECT c.board, c.`period`, s.segment, c.`member`, c.ends_ms, c.at_ms, c.arrived_ms,
            c.`offset`,
            CAST(CASE WHEN {kind.taken} THEN -c.`value` ELSE c.`value` END AS DECIMAL(20, 0))
                AS amount,
            CASE WHEN c.name <> '' THEN CONCAT({latest}, c.name) END AS named,
            CASE
                WHEN {kind.greatest} THEN CONCAT({value}, {earliest})
                WHEN {kind.least}
                    THEN CONCAT({digits(f"{MAX_VALUE} - `value`", _VALUE_DIGITS)}, {earliest})
                WHEN {kind.last} THEN CONCAT({latest}, {value})
            END AS claim
        FROM (
            SELECT *, CASE WHEN region = '' THEN ARRAY[CAST('global' AS STRING)]
                ELSE ARRAY[CAST('global' AS STRING), CONCAT('region:', region)] END AS segments
            FROM first_scores) AS c
        CROSS JOIN UNNEST(c.segments) AS s (segment)"""


def _totals(names: list[str], ttl: str) -> str:
    """The sums and the greatest claims of some boards; `ttl` of their state, if not the job's."""
    return f"""
        SELECT {state_ttl("claims", ttl)} board, `period`, segment, `member`,
            MAX(ends_ms) AS ends_ms, SUM(amount) AS total, MAX(claim) AS claim,
            MAX(named) AS named, MAX(at_ms) AS last_ms, COUNT(*) AS scores,
            MAX(`offset`) AS major, MAX(arrived_ms) AS received_ms
        FROM claims
        WHERE {is_one_of_boards(names)}
        GROUP BY board, `period`, segment, `member`"""


def _standings(boards: Boards, totals: str) -> str:
    kind = _Kinds(boards)
    before_value = TIME_DIGITS + _OFFSET_DIGITS
    best = f"CAST(SUBSTRING(claim FROM 1 FOR {_VALUE_DIGITS}) AS BIGINT)"
    return f"""
        SELECT board, `period`, segment, `member`,
            COALESCE(SUBSTRING(named FROM {before_value + 1}), '') AS name,
            CASE
                WHEN {kind.greatest} THEN {best} - {MAX_VALUE}
                WHEN {kind.least} THEN {MAX_VALUE} - {best}
                WHEN {kind.last}
                    THEN CAST(SUBSTRING(claim FROM {before_value + 1}) AS BIGINT) - {MAX_VALUE}
                WHEN total > {_LARGEST} THEN {_LARGEST}
                WHEN total < -{_LARGEST} THEN -{_LARGEST}
                ELSE CAST(total AS BIGINT)
            END AS `value`,
            CASE
                WHEN {kind.greatest} OR {kind.least}
                    THEN {LAST_MS} - CAST(SUBSTRING(claim FROM {_VALUE_DIGITS + 1}) AS BIGINT)
                WHEN {kind.last} THEN CAST(SUBSTRING(claim FROM 1 FOR {TIME_DIGITS}) AS BIGINT)
                ELSE last_ms
            END AS since_ms,
            scores, ends_ms, major, scores AS minor, received_ms
        FROM {changelog(totals, UPSERTED)}"""

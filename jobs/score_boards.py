"""From scores to the standings of boards that count them.

    scores_log ─► scores ─┬► score_dead_letters
                          └► first_scores ─► claims ─► …_totals ─► score_standings

Only the first of the scores with the same id passes `first_scores`: what is behind it only grows,
and nothing need ever be taken back. What a board keeps of them is in `jobs/operators.py`.

Revisions. Each score that counts in a table makes its member's standing there a new one: `major` is
the highest position in the topic among them, `minor` their number.
"""

from __future__ import annotations

from jobs.board_sql import Boards, is_one_of_boards, lasts, union
from jobs.changelog import UPSERTED, changelog
from jobs.operators import Operators
from jobs.ordered_text import digits
from jobs.state_ttl import FOR_EVER, state_ttl
from schemas.redis.keys import TIME_DIGITS
from udfs.leaderboards.scores import Schedule

_OFFSET_DIGITS = 19
_LARGEST = (1 << 63) - 1


def schedules(boards: Boards, state_ttl_ms: int) -> dict[str, Schedule]:
    """Board -> when it starts anew, of all boards that count scores.

    state_ttl_ms: see `lasts`. What makes up tables that do is kept for ever.
    """
    return {
        name: Schedule(board.reset, 0 if lasts(board, state_ttl_ms) else state_ttl_ms)
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


def _claims(boards: Boards) -> str:
    operators = _operators(boards)
    offset = digits("`offset`", _OFFSET_DIGITS)
    latest = f"{digits('at_ms', TIME_DIGITS)}, {offset}"
    return f"""
        SELECT c.board, c.`period`, s.segment, c.`member`, c.ends_ms, c.at_ms, c.arrived_ms,
            c.`offset`,
            CAST(CASE WHEN {operators.taken} THEN -c.`value` ELSE c.`value` END
                AS DECIMAL(20, 0)) AS amount,
            CASE WHEN c.name <> '' THEN CONCAT({latest}, c.name) END AS named,
            {operators.claim("`value`", "at_ms", offset)} AS claim
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
    operators = _operators(boards)
    total = f"CAST(GREATEST(-{_LARGEST}, LEAST({_LARGEST}, total)) AS BIGINT)"
    return f"""
        SELECT board, `period`, segment, `member`,
            COALESCE(SUBSTRING(named FROM {TIME_DIGITS + _OFFSET_DIGITS + 1}), '') AS name,
            {operators.value(total)} AS `value`,
            {operators.since("last_ms")} AS since_ms,
            scores, ends_ms, major, scores AS minor, received_ms
        FROM {changelog(totals, UPSERTED)}"""


def _operators(boards: Boards) -> Operators:
    return Operators(boards, tie_digits=_OFFSET_DIGITS)

"""From canonical events to the standings of boards that count what players do in matches.

    versions ─► facts ─► offers ─► known ─► moves ─► dated ─► counted ─► contributions
                                                                               │
    match_standings ◄─ …_changes ◄─┬─ …_sums ◄─────────────────────────────────┤
                                   └─ …_picks ◄─ match_scores ◄─ match_totals ◄┘

`versions` is that of `jobs/match_views.py`. Most events count for no board, and most corrections
change nothing that a board counts: both end at `moves`. (Taking `current_events` and its changes
instead would send every correction on as a row that leaves and one that enters, and a member's
points would dip and come back.)

An event's *facts* are a text of what boards need of it, empty if it counts for none. Behind
`write_order` it is an offer, and the greatest offer of an event is its last-write-wins state. To
know the one before it, each offer passes twice: first as nothing, then as itself.

A *contribution* is what an event adds to a member in a table. One that moves to another player
stays with the first one as a row that adds nothing: no row ever leaves a group. So the sum of the
rows' positions in the log is a revision, which grows with each change.

Where a contribution changes, a total is sent on twice: without it, which is nobody's standing, and
with the new one. The first has a smaller revision than what was sent before it; `…_changes` leaves
it out, and so does `match_scores`.

A board that sums (`increment`, `decrement`) does so over the contributions. One that keeps one
score (`best`, `set`) takes a member's total in a match for a score; a match without contributions
that count has none.
"""

from __future__ import annotations

from jobs.board_sql import Boards, chosen, is_one_of_boards, lasts, union
from jobs.changelog import UPSERTED, changelog
from jobs.match_views import VIEWS as MATCH_VIEWS
from jobs.measures import TOTALS, is_one_of
from jobs.operators import PICKING, Operators
from jobs.ordered_text import digits
from jobs.state_ttl import FOR_EVER, state_ttl
from schemas.redis.keys import TIME_DIGITS
from touchline.settings import POINTS, Board
from udfs.leaderboards.functions import SEPARATOR

FIELD = "\x1f"
"""Between the parts of an event's facts."""

_WRITE_ORDER_DIGITS = 19 + 5 + 19
"""As `versions` has them."""

_TEXTS = ("player", "sport", "competition", "season", "name")


def match_views(boards: Boards, state_ttl_ms: int) -> dict[str, str]:
    """The views from `match_events` to `match_standings`; none if no board counts matches."""
    canonical = {name: board for name, board in boards.items() if board.canonical}
    if not canonical:
        return {}
    measures = sorted({board.measure for board in canonical.values()})

    def of(picks: bool, lasting: bool) -> list[str]:
        return chosen(
            canonical,
            lambda board: (
                (board.operator in PICKING) == picks and lasts(board, state_ttl_ms) == lasting
            ),
        )

    totals = {
        "lasting_sums": (_sums, of(picks=False, lasting=True), FOR_EVER),
        "passing_sums": (_sums, of(picks=False, lasting=False), ""),
        "lasting_picks": (_picks, of(picks=True, lasting=True), FOR_EVER),
        "passing_picks": (_picks, of(picks=True, lasting=False), ""),
    }
    used = {view: query(names, ttl) for view, (query, names, ttl) in totals.items() if names}
    of_matches = _match_scores(canonical, FOR_EVER if "lasting_picks" in used else "")
    changes = {f"{view}_changes": _changes(view) for view in used}
    return {
        "versions": MATCH_VIEWS["versions"],
        "facts": _facts(measures),
        **_OFFERS,
        "moves": _moves(measures),
        "dated": _dated(canonical),
        "counted": _counted(canonical),
        **_CONTRIBUTIONS,
        **of_matches,
        **used,
        **changes,
        "match_standings": union(_standings(canonical, view) for view in changes),
    }


def crons(boards: Boards) -> list[str]:
    """The crons of the boards that count matches."""
    return sorted({board.reset for board in boards.values() if board.canonical and board.reset})


def _measured(measure: str) -> str:
    """What an event counts for. An own goal has points, but not for its player."""
    if measure == POINTS:
        return "CASE WHEN type = 'OWN_GOAL' THEN 0 ELSE points END"
    return f"CASE WHEN {is_one_of(TOTALS[measure])} THEN 1 ELSE 0 END"


def _clean(text: str) -> str:
    """A feed's text without what would end it as a part of a key or of the facts."""
    return f"REGEXP_REPLACE({text}, '[\\p{{Cntrl}}{{}}]', ' ')"


def _facts(measures: list[str]) -> str:
    amounts = [_measured(measure) for measure in measures]
    counts = " OR ".join(f"{amount} <> 0" for amount in amounts)
    parts = [
        _clean("CONCAT(provider, ':', player_id)"),
        *(_clean(name) for name in ("sport", "competition", "season", "player_name")),
        *(f"CAST({number} AS STRING)" for number in ("happened_ms", *amounts)),
    ]
    return f"""
        SELECT match_id, provider, event_id, log_offset, received_ms, write_order,
            CASE WHEN active AND player_id <> '' AND ({counts})
                THEN CONCAT_WS('{FIELD}', {", ".join(parts)}) ELSE '' END AS facts
        FROM versions"""


_OFFERS = {
    "offers": """
        SELECT f.match_id, f.provider, f.event_id, f.log_offset, f.received_ms, f.offer,
            o.offered, PROCTIME() AS proctime
        FROM (
            SELECT *, CONCAT(write_order, facts) AS offer,
                ARRAY[CAST(NULL AS STRING), CONCAT(write_order, facts)] AS offers
            FROM facts) AS f
        CROSS JOIN UNNEST(f.offers) AS o (offered)""",
    "known": """
        SELECT *, MAX(offered) OVER (
            PARTITION BY match_id, provider, event_id ORDER BY proctime
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS stood
        FROM offers""",
}


def _moves(measures: list[str]) -> str:
    """Versions that change what an event counts for, with what it counted for before."""
    numbers = ("at_ms", *measures)

    def parts(prefix: str) -> str:
        texts = [
            f"COALESCE(SPLIT_INDEX({prefix}facts, '{FIELD}', {place}), '') AS {prefix}{name}"
            for place, name in enumerate(_TEXTS)
        ]
        values = [
            f"COALESCE(TRY_CAST(SPLIT_INDEX({prefix}facts, '{FIELD}', {place}) AS BIGINT), 0)"
            f" AS {prefix}{name}"
            for place, name in enumerate(numbers, len(_TEXTS))
        ]
        return ",\n            ".join([*texts, *values])

    after = _WRITE_ORDER_DIGITS + 1
    return f"""
        SELECT match_id, provider, event_id, log_offset, received_ms,
            {parts("")},
            {parts("old_")}
        FROM (
            SELECT *, SUBSTRING(offer FROM {after}) AS facts,
                COALESCE(SUBSTRING(stood FROM {after}), '') AS old_facts
            FROM known
            WHERE offered IS NULL AND (stood IS NULL OR offer > stood))
        WHERE facts <> old_facts"""


def _dated(boards: Boards) -> str:
    """With the tables that the crons put a move into, each as `PERIOD_AT` gives it."""
    tables = "".join(
        f",\n            PERIOD_AT('{cron}', {prefix}at_ms) AS {prefix}{_table_of(cron, boards)}"
        for cron in crons(boards)
        for prefix in ("", "old_")
    )
    return f"""
        SELECT *{tables}
        FROM moves"""


def _table_of(cron: str, boards: Boards) -> str:
    return f"table_{crons(boards).index(cron)}"


def _period(boards: Boards, board: Board, prefix: str = "") -> str:
    if board.reset:
        return f"{prefix}{_table_of(board.reset, boards)}"
    match board.per:
        case "match":
            return "match_id"
        case "day":
            return f"DATE_FORMAT(TO_TIMESTAMP_LTZ({prefix}at_ms, 3), 'yyyy-MM-dd')"
        case "season":
            names = [f"NULLIF({prefix}{name}, '')" for name in ("sport", "competition", "season")]
            return f"CONCAT_WS('/', {', '.join(names)})"
        case _:
            return "CAST('all' AS STRING)"


def _counted(boards: Boards) -> str:
    """What each move does to each board. (Rows of one array, and not a UNION of queries, whose rows
    would overtake each other on their way.)"""
    rows = [row(boards, name) for name in boards for row in (_enters, _leaves)]
    return f"""
        SELECT c.board, c.`period`, c.`member`, m.match_id, m.provider, m.event_id, m.log_offset,
            m.received_ms, c.n, c.amount, c.latest
        FROM (
            SELECT *, ARRAY[{", ".join(rows)}] AS counts
            FROM dated) AS m
        CROSS JOIN UNNEST(m.counts) AS c (happens, board, `period`, `member`, n, amount, latest)
        WHERE c.happens"""


def _enters(boards: Boards, name: str) -> str:
    """What an event adds to its player now, unless that is what it did before."""
    board = boards[name]
    measure, old = board.measure, f"old_{board.measure}"
    sign = "-" if board.operator == "decrement" else ""
    return f"""
                ROW(
                    {measure} <> 0 AND NOT (
                        {old} = {measure} AND old_player = player AND old_name = name
                        AND old_at_ms = at_ms
                        AND {_period(boards, board, "old_")} = {_period(boards, board)}),
                    CAST('{name}' AS STRING), {_period(boards, board)}, player, 1, {sign}{measure},
                    CONCAT({digits("at_ms", TIME_DIGITS)}, name))"""


def _leaves(boards: Boards, name: str) -> str:
    """Where an event adds nothing any more."""
    board = boards[name]
    measure, old = board.measure, f"old_{board.measure}"
    return f"""
                ROW(
                    {old} <> 0 AND NOT (
                        {measure} <> 0 AND old_player = player
                        AND {_period(boards, board, "old_")} = {_period(boards, board)}),
                    CAST('{name}' AS STRING), {_period(boards, board, "old_")}, old_player, 0,
                    CAST(0 AS BIGINT), CAST(NULL AS STRING))"""


_CONTRIBUTIONS = {
    "contributions": """
        SELECT * FROM (
            SELECT *, ROW_NUMBER() OVER (
                PARTITION BY board, `period`, `member`, match_id, provider, event_id
                ORDER BY log_offset DESC) AS nth
            FROM counted)
        WHERE nth = 1""",
}


def _sums(names: list[str], ttl: str) -> str:
    """What some boards make of all contributions; `ttl` of their state, if not the job's."""
    return f"""
        SELECT {state_ttl("contributions", ttl)} board, `period`, `member`, SUM(n) AS scores,
            SUM(amount) AS total, CAST(NULL AS STRING) AS claim, MAX(latest) AS latest,
            SUM(log_offset + 1) AS major, MAX(received_ms) AS received_ms
        FROM contributions
        WHERE {is_one_of_boards(names)}
        GROUP BY board, `period`, `member`"""


def _match_scores(boards: Boards, ttl: str) -> dict[str, str]:
    """A member's total in each match, for boards that keep one of them, as a claim.

    ttl: of all totals, if any board's table lasts: they are computed once for all boards.
    """
    names = chosen(boards, lambda board: board.operator in PICKING)
    if not names:
        return {}
    at_ms = _time_of("latest")
    return {
        "match_totals": f"""
        SELECT {state_ttl("contributions", ttl)} board, `period`, `member`, match_id,
            SUM(n) AS scores, SUM(amount) AS total, MAX(latest) AS latest,
            SUM(log_offset + 1) AS major, MAX(received_ms) AS received_ms
        FROM contributions
        WHERE {is_one_of_boards(names)}
        GROUP BY board, `period`, `member`, match_id""",
        "match_scores": f"""
        SELECT *, CASE WHEN scores > 0
                THEN {Operators(boards).claim("total", at_ms)} END AS claim
        FROM (
            SELECT *, ROW_NUMBER() OVER (
                PARTITION BY board, `period`, `member`, match_id ORDER BY major DESC) AS nth
            FROM {changelog("match_totals", UPSERTED)})
        WHERE nth = 1""",
    }


def _picks(names: list[str], ttl: str) -> str:
    """The same of one match each."""
    return f"""
        SELECT {state_ttl("match_scores", ttl)} board, `period`, `member`, SUM(scores) AS scores,
            SUM(total) AS total, MAX(claim) AS claim, MAX(latest) AS latest, SUM(major) AS major,
            MAX(received_ms) AS received_ms
        FROM match_scores
        WHERE {is_one_of_boards(names)}
        GROUP BY board, `period`, `member`"""


def _changes(totals: str) -> str:
    return f"""
        SELECT * FROM (
            SELECT *, LAG(major) OVER (
                PARTITION BY board, `period`, `member` ORDER BY proctime) AS earlier
            FROM (
                SELECT *, PROCTIME() AS proctime
                FROM {changelog(totals, UPSERTED)}))
        WHERE earlier IS NULL OR major > earlier"""


def _standings(boards: Boards, changes: str) -> str:
    days = is_one_of_boards(chosen(boards, lambda board: board.per == "day"))
    resets = is_one_of_boards(chosen(boards, lambda board: bool(board.reset)))
    operators = Operators(boards)
    return f"""
        SELECT board,
            CASE WHEN {resets} THEN SPLIT_INDEX(`period`, '{SEPARATOR}', 0) ELSE `period` END
                AS `period`,
            CAST('global' AS STRING) AS segment, `member`,
            COALESCE(SUBSTRING(latest FROM {TIME_DIGITS + 1}), '') AS name,
            COALESCE({operators.value("total")}, 0) AS `value`,
            COALESCE({operators.since(_time_of("latest"))}, 0) AS since_ms,
            CAST(scores AS BIGINT) AS scores,
            CASE
                WHEN {days} THEN (UNIX_TIMESTAMP(`period`, 'yyyy-MM-dd') + 86400) * 1000
                WHEN {resets} THEN CAST(SPLIT_INDEX(`period`, '{SEPARATOR}', 1) AS BIGINT)
                ELSE CAST(0 AS BIGINT)
            END AS ends_ms,
            major, CAST(0 AS BIGINT) AS minor, received_ms
        FROM {changes}"""


def _time_of(latest: str) -> str:
    return f"CAST(SUBSTRING({latest} FROM 1 FOR {TIME_DIGITS}) AS BIGINT)"

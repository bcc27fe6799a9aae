"""The keys of the live store, and what each holds.

The braces are hash tags: all keys of a match are in one slot of a Redis Cluster, so that one script
may write them together.

| key | type | holds |
|---|---|---|
| `match:{opta:1009316}:state` | JSON | score, status, period, clock, teams' totals, quality |
| `match:{opta:1009316}:timeline` | sorted set | event keys (`opta:1232921226`) by game time |
| `match:{opta:1009316}:events` | hash | event key -> the event, as JSON |
| `match:{opta:1009316}:scores` | sorted set | those of the event keys that assert a score |
| `match:{opta:1009316}:statuses` | sorted set | those that say whether the match is on |
| `match:{opta:1009316}:windows` | hash | `minute:`, `attack:`, `momentum:EPOCH_MS` -> JSON |
| `match:{opta:1009316}:revisions` | hash | what each field above was last written by |
| `player:{opta:60772}:stats` | JSON | name, and totals by match |
| `player:{opta:60772}:revisions` | hash | as for a match |
| `ingest:{feed.opta}` | hash | received, accepted, superseded, duplicate, rejected |
| `poll:{goal-of-the-month}:results` | JSON | the poll's result, see docs/polls.md |
| `poll:{goal-of-the-month}:revisions` | hash | the revision of that result |
| `leaderboard:{game:all:global}:ranks` | sorted set | a table: members by value, see `member_of` |
| `leaderboard:{game:all:global}:members` | hash | member -> its standing, as JSON |
| `leaderboard:{game:all:global}:revisions` | hash | what each standing was last written by |
| `leaderboard:{game}:periods` | sorted set | the board's tables, by when they go (epoch ms) |
| `touchline:rollout` | JSON text | which version a match is read from, see touchline/rollout.py |

These are the names of the version `main`. Those of any other one, their channels and their index,
have it before them: `green/match:{opta:1009316}:state`, see `versioned`.
"""

from __future__ import annotations

from typing import NamedTuple

MAIN = "main"
"""The version whose names have nothing before them."""


def versioned(name: str, version: str) -> str:
    """A key, a channel or an index of `main` as it is named in a version."""
    return name if version == MAIN else f"{version}/{name}"


ROLLOUT = "touchline:rollout"
"""The one key that says which version a match is read from."""

ROLLOUT_UPDATES = "rollout-updates"
"""The channel on which each new value of it is told."""

MATCH_INDEX = "match_idx"
"""The search index over all `match:*:state` documents."""

UPDATES = "match-updates"
"""The channel on which each write to a match is told: `MATCH_ID RECEIVED_MS WHAT`; what was written
is its `state` (score, totals) or its `timeline` (events, and with them the clock)."""


def match_state(match_id: str) -> str:
    """The match's state document."""
    return f"match:{{{match_id}}}:state"


def match_timeline(match_id: str) -> str:
    """The match's events in the order of the game."""
    return f"match:{{{match_id}}}:timeline"


def match_events(match_id: str) -> str:
    """The bodies of the events in the timeline."""
    return f"match:{{{match_id}}}:events"


def match_scores(match_id: str) -> str:
    """Of the timeline, the events that assert a score."""
    return f"match:{{{match_id}}}:scores"


def match_statuses(match_id: str) -> str:
    """Of the timeline, the events that say whether the match is on; one that ends it comes last."""
    return f"match:{{{match_id}}}:statuses"


def match_windows(match_id: str) -> str:
    """What happened in the minute from a time on, how much each side pressed in the ten seconds
    from it on (`attack`), and the sum of it in the five minutes up to it (`momentum`)."""
    return f"match:{{{match_id}}}:windows"


def match_revisions(match_id: str) -> str:
    """What the match's other keys were last written by."""
    return f"match:{{{match_id}}}:revisions"


class MatchKeys(NamedTuple):
    """All keys of a match, in the order in which schemas/redis/apply.lua has them."""

    state: str
    revisions: str
    timeline: str
    events: str
    windows: str
    scores: str
    statuses: str


def of_match(match_id: str, version: str = MAIN) -> MatchKeys:
    """All keys of a match, as they are named in a version."""
    names = (
        match_state(match_id),
        match_revisions(match_id),
        match_timeline(match_id),
        match_events(match_id),
        match_windows(match_id),
        match_scores(match_id),
        match_statuses(match_id),
    )
    return MatchKeys(*(versioned(name, version) for name in names))


def player_stats(player: str) -> str:
    """A player's totals by match; `player` is `PROVIDER:ID`."""
    return f"player:{{{player}}}:stats"


def player_revisions(player: str) -> str:
    """What the player's totals were last written by."""
    return f"player:{{{player}}}:revisions"


POLL_UPDATES = "poll-updates"
"""The channel on which each new result of any poll is told, whole, as JSON."""


def poll_results(poll_id: str) -> str:
    """The poll's result as of now, or its final one."""
    return f"poll:{{{poll_id}}}:results"


def poll_revisions(poll_id: str) -> str:
    """The revision of the poll's result."""
    return f"poll:{{{poll_id}}}:revisions"


VALUE_DIGITS, TIME_DIGITS = 20, 13
"""Of a member's text in a table."""

LAST_MS = 10**TIME_DIGITS - 1


def leaderboard_ranks(table: str) -> str:
    """A table, which is `BOARD:PERIOD:SEGMENT`: members by their value.

    A member's text begins with what orders those of the same score: its value, since a sorted set's
    score has 53 bits, and when it was reached, counted backwards where the greatest is first. So
    ZREVRANGE of a descending board, and ZRANGE of an ascending one, have who was first before the
    others.
    """
    return f"leaderboard:{{{table}}}:ranks"


def ranked(value: int, since_ms: int, member: str, descending: bool) -> str:
    """A member's text in `leaderboard_ranks`."""
    signed = f"1{value:019d}" if value >= 0 else f"0{(1 << 63) - 1 + value:019d}"
    since = LAST_MS - since_ms if descending else since_ms
    return f"{signed}{since:0{TIME_DIGITS}d}{member}"


def member_of(ranked: str) -> str:
    """The member of a text in `leaderboard_ranks`."""
    return ranked[VALUE_DIGITS + TIME_DIGITS :]


def leaderboard_members(table: str) -> str:
    """The standings in a table, by member: name, value, since, scores, rank (the member's text in
    `leaderboard_ranks`), until (when the table goes, epoch ms; 0: never)."""
    return f"leaderboard:{{{table}}}:members"


def leaderboard_revisions(table: str) -> str:
    """What each member's standing was last written by."""
    return f"leaderboard:{{{table}}}:revisions"


def leaderboard_periods(board: str) -> str:
    """Which tables of a board there are; those that were written last come last."""
    return f"leaderboard:{{{board}}}:periods"


def ingest(topic: str) -> str:
    """What became of all that came in on a feed's topic."""
    return f"ingest:{{{topic}}}"


def ingest_revisions(topic: str) -> str:
    """What the counters were last written by."""
    return f"ingest:{{{topic}}}:revisions"


_MATCH_INDEX_FIELDS = (
    "$.match_id", "AS", "match_id", "TAG",
    "$.provider", "AS", "provider", "TAG",
    "$.sport", "AS", "sport", "TAG",
    "$.status", "AS", "status", "TAG",
    "$.period", "AS", "period", "TAG",
    "$.competition", "AS", "competition", "TEXT",
    "$.season", "AS", "season", "TEXT",
    "$.home.name", "AS", "home", "TEXT",
    "$.away.name", "AS", "away", "TEXT",
    "$.score.home", "AS", "home_score", "NUMERIC", "SORTABLE",
    "$.score.away", "AS", "away_score", "NUMERIC", "SORTABLE",
    "$.happened_ms", "AS", "happened_ms", "NUMERIC", "SORTABLE",
)  # fmt: skip


def match_index_definition(version: str = MAIN) -> tuple[str, ...]:
    """`FT.CREATE match_idx …`: `FT.SEARCH match_idx "@period:{2} @sport:{soccer}"`."""
    prefix = versioned("match:", version)
    return ("ON", "JSON", "PREFIX", "1", prefix, "SCHEMA", *_MATCH_INDEX_FIELDS)

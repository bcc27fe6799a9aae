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
| `match:{opta:1009316}:windows` | hash | `minute:EPOCH_MS`, `momentum:EPOCH_MS` -> JSON |
| `match:{opta:1009316}:revisions` | hash | what each field above was last written by |
| `player:{opta:60772}:stats` | JSON | name, and totals by match |
| `player:{opta:60772}:revisions` | hash | as for a match |
| `ingest:{feed.opta}` | hash | received, accepted, superseded, duplicate, rejected |
| `poll:{goal-of-the-month}:results` | JSON | the poll's result, see docs/polls.md |
| `poll:{goal-of-the-month}:revisions` | hash | the revision of that result |
"""

from __future__ import annotations

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
    """Per-minute and momentum windows."""
    return f"match:{{{match_id}}}:windows"


def match_revisions(match_id: str) -> str:
    """What the match's other keys were last written by."""
    return f"match:{{{match_id}}}:revisions"


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


def ingest(topic: str) -> str:
    """What became of all that came in on a feed's topic."""
    return f"ingest:{{{topic}}}"


def ingest_revisions(topic: str) -> str:
    """What the counters were last written by."""
    return f"ingest:{{{topic}}}:revisions"


MATCH_INDEX_DEFINITION = (
    "ON", "JSON", "PREFIX", "1", "match:", "SCHEMA",
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
"""`FT.CREATE match_idx …`: `FT.SEARCH match_idx "@period:{2} @sport:{soccer}"`."""

"""Views over bounded tables, run in Flink's mini cluster; and what a store makes of the writes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pyflink.table import DataTypes, StreamTableEnvironment, TableEnvironment
from pyflink.table.types import DataType

from connectors.live_write import LiveWrite
from jobs.pipeline import Job, Options, create_views, environment_of
from touchline.settings import Settings

TEXT, LONG, INT = DataTypes.STRING(), DataTypes.BIGINT(), DataTypes.INT()
FLAG, REAL = DataTypes.BOOLEAN(), DataTypes.DOUBLE()

MATCH_EVENT: dict[str, tuple[DataType, Any]] = {
    "match_id": (TEXT, "opta:1"),
    "event_id": (TEXT, "1"),
    "provider": (TEXT, "opta"),
    "version": (LONG, 1),
    "arrival": (LONG, 0),
    "generation": (LONG, 0),
    "status": (TEXT, "ACTIVE"),
    "sport": (TEXT, "soccer"),
    "type": (TEXT, "OTHER"),
    "provider_type": (TEXT, "0"),
    "side": (TEXT, "SIDE_UNKNOWN"),
    "team_id": (TEXT, ""),
    "player_id": (TEXT, ""),
    "player_name": (TEXT, ""),
    "points": (INT, 0),
    "confirmed": (FLAG, True),
    "primary": (FLAG, True),
    "period": (INT, 1),
    "clock": (TEXT, "00:00"),
    "game_time_ms": (LONG, 10_000_000),
    "event_time_ms": (LONG, 1_534_791_600_000),
    "received_ms": (LONG, 1_534_791_601_000),
    "x": (REAL, 0.0),
    "y": (REAL, 0.0),
    "located": (FLAG, False),
    "home_score": (INT, 0),
    "away_score": (INT, 0),
    "score_asserted": (FLAG, False),
    "match_status": (TEXT, "MATCH_STATUS_UNKNOWN"),
    "home_team_id": (TEXT, "174"),
    "home_team": (TEXT, "Athletic Club"),
    "away_team_id": (TEXT, "957"),
    "away_team": (TEXT, "Leganés"),
    "competition": (TEXT, "La Liga"),
    "season": (TEXT, "2018"),
    "log_offset": (LONG, 0),
}
"""The columns of `match_events` that the views use, with an event in which nothing happens."""


def bounded(
    environment: TableEnvironment,
    name: str,
    columns: Mapping[str, DataType],
    rows: Iterable[Sequence[Any]],
) -> None:
    """A table that holds `rows` and then ends."""
    row_type = DataTypes.ROW([DataTypes.FIELD(column, kind) for column, kind in columns.items()])
    environment.create_temporary_view(name, environment.from_elements(list(rows), row_type))


def match_events(environment: TableEnvironment, events: Iterable[Mapping[str, Any]]) -> None:
    """The table `match_events`, in this order; an event says what differs from `MATCH_EVENT`."""
    rows = []
    for offset, event in enumerate(events):
        assert event.keys() <= MATCH_EVENT.keys()
        given = {"log_offset": offset, "arrival": offset, **event}
        rows.append(
            tuple(given.get(column, default) for column, (_, default) in MATCH_EVENT.items())
        )
    bounded(
        environment,
        "match_events",
        {column: kind for column, (kind, _) in MATCH_EVENT.items()},
        rows,
    )


COUNTS = {
    ("feed.opta", "received"): 12,
    ("feed.opta", "accepted"): 11,
    ("feed.genius", "rejected"): 1,
}
"""(Feed, what) -> how many, as `normalize` counts them."""


def feed_counts(environment: TableEnvironment) -> None:
    """The table `feed_counts`, with `COUNTS`."""
    rows = [(topic, what, total) for (topic, what), total in COUNTS.items()]
    bounded(environment, "feed_counts", {"topic": TEXT, "what": TEXT, "total": LONG}, rows)


def environment_for(job: Job, settings: Settings | None = None) -> StreamTableEnvironment:
    """The job's own environment, with its functions and settings."""
    return environment_of(job, settings or Settings(), Options())


def rows_of(environment: TableEnvironment, query: str) -> list[tuple[Any, ...]]:
    """Run `query` to its end. A step that fails is not begun anew, but raises."""
    environment.get_config().set("restart-strategy.type", "none")
    with environment.execute_sql(query).collect() as rows:
        return [tuple(row) for row in rows]


class LiveStore:
    """What Redis holds after the writes, in Python: the rules of `schemas/redis/apply.lua`."""

    def __init__(self) -> None:
        self.documents: dict[tuple[str, str], dict[str, Any]] = {}
        self.timelines: dict[str, dict[str, int]] = {}
        self.windows: dict[tuple[str, str], Any] = {}
        self.counts: dict[tuple[str, str], int] = {}
        self.refused = 0
        self._events: dict[tuple[str, str], dict[str, Any]] = {}
        self._revisions: dict[tuple[str, str, str], tuple[int, int]] = {}

    def apply(self, writes: Iterable[LiveWrite]) -> LiveStore:
        """Take over each write that is strictly newer than what is there."""
        for write in writes:
            owner_kind = "player" if write.kind == "player" else "match"
            revision = (write.major, write.minor)
            key = (owner_kind, write.owner, write.member)
            if key in self._revisions and revision <= self._revisions[key]:
                self.refused += 1
                continue
            self._revisions[key] = revision
            self._write(owner_kind, write)
        for kind, owner in self.documents:
            if kind == "match":
                self._describe(owner)
        return self

    def state(self, match_id: str) -> dict[str, Any]:
        """A match's document."""
        return self.documents["match", match_id]

    def player(self, player: str, match_id: str) -> dict[str, Any]:
        """A player's totals in one match."""
        totals: dict[str, Any] = self.documents["player", player]["matches"][match_id]
        return totals

    def timeline(self, match_id: str) -> list[str]:
        """Event keys in the order of the game."""
        places = self.timelines.get(match_id, {})
        return sorted(places, key=lambda event: (places[event], event))

    def _write(self, owner_kind: str, write: LiveWrite) -> None:
        match write.kind:
            case "event":
                self.timelines.setdefault(write.owner, {})[write.member] = write.place
                self._events[write.owner, write.member] = json.loads(write.body)
            case "drop":
                self.timelines.setdefault(write.owner, {}).pop(write.member, None)
            case "window" | "attack":
                self.windows[write.owner, write.member] = json.loads(write.body)
            case "accounting":
                self.counts[write.owner, write.member] = int(write.body)
            case _:
                document = self.documents.setdefault((owner_kind, write.owner), {})
                _merge(document, json.loads(write.body))

    def _describe(self, match_id: str) -> None:
        """Clock, period, status and asserted score: of the last event that says something of it."""
        events = [self._events[match_id, member] for member in self.timeline(match_id)]
        score = self.state(match_id)["score"]
        computed, asserted = score["computed"], None
        moment: dict[str, Any] = {"period": 0, "clock": ""}
        status = "LIVE"
        for event in events:
            if event["period"] > 0:
                moment = event
            if event["home_score"] is not None:
                asserted = {"home": event["home_score"], "away": event["away_score"]}
            if event["match_status"] and status not in ("ENDED", "ABANDONED"):
                status = event["match_status"]
        shown = asserted or computed
        self.state(match_id).update(
            period=str(moment["period"]), clock=moment["clock"], status=status
        )
        score.update(shown, asserted=asserted)
        self.state(match_id)["quality"]["score_disagrees"] = shown != computed


def _merge(into: dict[str, Any], patch: dict[str, Any]) -> None:
    for name, value in patch.items():
        if isinstance(value, dict):
            _merge(into.setdefault(name, {}), value)
        elif value is None:
            into.pop(name, None)
        else:
            into[name] = value


def run_views(job: Job, events: Iterable[Mapping[str, Any]], *views: str) -> list[tuple[Any, ...]]:
    """All rows of the job's views over a bounded `match_events`, and `COUNTS`."""
    environment = environment_for(job)
    match_events(environment, events)
    feed_counts(environment)
    create_views(environment, job.views(Settings()))
    return rows_of(environment, " UNION ALL ".join(f"SELECT * FROM {view}" for view in views))

"""What ClickHouse has of matches, against the oracle."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from connectors.clickhouse_sink import connect
from oracle.differences import Difference, differences
from oracle.history import History, Row, RowKey
from oracle.leaderboards import Place, Table
from touchline.history import readable
from touchline.settings import ClickHouse

READ_TOGETHER = 20
TABLE = "match_events"
VOTES, RESULTS = "poll_votes", "poll_results"
TIMES = ("event_time", "received_at", "happened_at")
COLUMNS = (
    "match_id", "provider", "event_id", "version", "fingerprint", "arrival", "source_topic",
    "source_partition", "source_match_id", "primary", "superseded", "status", "sport", "type",
    "provider_type", "side", "team_id", "player_id", "player_name", "related_player_ids", "points",
    "confirmed", "period", "clock", "game_time_ms", *TIMES, "x", "y", "home_score", "away_score",
    "match_status", "home_team_id", "home_team", "away_team_id", "away_team", "competition",
    "season", "attributes",
)  # fmt: skip
"""What is compared. Not which generation wrote a row: that is not for the feeds to say."""

VOTE_TIMES = ("voted_at", "arrived_at")
VOTE_COLUMNS = (
    "voter_id", "vote_id", "choices", "verdict", "previous", "previous_class", "previous_region",
    "voter_class", "region", "source", *VOTE_TIMES,
)  # fmt: skip


def name_of(partition: int, offset: int) -> str:
    """What a record of Kafka's is called in a difference."""
    return f"{partition}:{offset}"


class Past:
    """The history, read only.

    Raises, as all of its methods do:
        TouchlineError: ClickHouse does not answer, or refuses.
    """

    def __init__(self, settings: ClickHouse) -> None:
        self._settings = settings
        with readable(settings):
            self._client = connect(settings)

    def close(self) -> None:
        """Leave the server."""
        self._client.close()

    def differences_of(
        self, histories: Mapping[str, History], match_ids: Sequence[str]
    ) -> Iterator[tuple[str, list[Difference]]]:
        """Each match, and where its rows are not those that must be there."""
        for first in range(0, len(match_ids), READ_TOGETHER):
            some = match_ids[first : first + READ_TOGETHER]
            found = self._rows(some)
            for match_id in some:
                must_be = histories[match_id].rows()
                yield (
                    match_id,
                    list(
                        differences(f"{TABLE} {match_id}", _named(must_be), _named(found[match_id]))
                    ),
                )

    def votes_of(self, poll_id: str) -> dict[str, Row]:
        """The votes of a poll, by their place in Kafka, see `name_of`."""
        rows = self._query(
            f"SELECT source_partition, source_offset, {_chosen(VOTE_COLUMNS)} FROM {VOTES} FINAL"  # noqa: S608 - names of this module
            " WHERE poll_id = {id:String}",
            {"id": poll_id},
        )
        return {
            name_of(partition, offset): dict(zip(VOTE_COLUMNS, values, strict=True))
            for partition, offset, *values in rows
        }

    def finals_of(self, poll_id: str) -> list[dict[str, Any]]:
        """The final results of a poll, of which there must be one."""
        rows = self._query(
            f"SELECT result FROM {RESULTS} FINAL WHERE poll_id = {{id:String}}"  # noqa: S608
            " AND event = 'final'",
            {"id": poll_id},
        )
        return [msgspec.json.decode(result) for (result,) in rows]

    def has_tables(self) -> bool:
        """Whether any standing was ever written: it is not where no job makes leaderboards."""
        return bool(self._query("SELECT 1 FROM leaderboard_standings LIMIT 1"))

    def tables_of(self, boards: Iterable[str]) -> dict[Table, list[Place]]:
        """The leaderboards' tables, the first place first."""
        rows = self._query(
            "SELECT board, period, segment, member, value, toUnixTimestamp64Milli(since), scores,"
            " name FROM leaderboard_tables WHERE board IN {boards:Array(String)}"
            " ORDER BY board, period, segment, rank",
            {"boards": list(boards)},
        )
        found: dict[Table, list[Place]] = defaultdict(list)
        for board, period, segment, *place in rows:
            found[board, period, segment].append(Place(*place))
        return found

    def _query(
        self, sql: str, parameters: Mapping[str, Any] | None = None
    ) -> Sequence[Sequence[Any]]:
        with readable(self._settings):
            return self._client.query(sql, dict(parameters or {})).result_rows

    def _rows(self, match_ids: Sequence[str]) -> dict[str, dict[RowKey, Row]]:
        rows = self._query(
            # Names of this module.
            f"SELECT {_chosen(COLUMNS)} FROM {TABLE} FINAL WHERE match_id IN {{ids:Array(String)}}",  # noqa: S608
            {"ids": list(match_ids)},
        )
        found: dict[str, dict[RowKey, Row]] = {match_id: {} for match_id in match_ids}
        for values in rows:
            row: dict[str, Any] = dict(zip(COLUMNS, values, strict=True))
            row["attributes"] = msgspec.json.decode(row["attributes"])
            row["related_player_ids"] = list(row["related_player_ids"])
            key = RowKey(row["provider"], row["event_id"], row["version"], row["fingerprint"])
            found[row["match_id"]][key] = row
        return found


def _chosen(columns: Iterable[str]) -> str:
    """Columns as SQL: times as UTC epoch milliseconds."""
    return ", ".join(
        f"toUnixTimestamp64Milli({name})" if name in (*TIMES, *VOTE_TIMES) else name
        for name in columns
    )


def _named(rows: Mapping[RowKey, Row]) -> dict[str, Row]:
    return {
        f"{key.provider}:{key.event_id} v{key.version} {key.fingerprint}": row
        for key, row in rows.items()
    }

"""Several live matches on a terminal: a table that fits into it, and the figures below."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from rich.box import SIMPLE_HEAD
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.table import Table
from rich.text import Text

from touchline.live_view import (
    EVENT_STYLES,
    STATUS_STYLES,
    event_text,
    flags_of,
    moment_of,
    score_of,
    teams_of,
)
from touchline.redis_reader import Document

RATE_WINDOW_S = 4.0
LATENCIES = 100
"""So many of the newest are looked at."""

EDGES, GAP = 2, 3
"""What the box takes of a row's width: of the whole row, and between two columns."""


class _Column(NamedTuple):
    """title: of a narrow column, its last word. cells: one a match.

    least: characters without which it says nothing. justify, style: as rich's.
    """

    title: str
    cells: list[Text]
    least: int
    justify: str = "left"
    style: str = ""

    @property
    def most(self) -> int:
        return max(len(self.title), *(cell.cell_len for cell in self.cells), self.least)


@dataclass(frozen=True)
class MatchesTable:
    """Several matches, one a row, as much of each as there is room for: teams, score, clock and
    status always, then the match's id, its last event, how many it has.

    matches, last: the states, and the last event of each match.
    """

    matches: Mapping[str, Document]
    last: Mapping[str, Document]

    def __rich_console__(self, _: Console, options: ConsoleOptions) -> RenderResult:
        columns = self._columns()
        widths = _widths(columns, options.max_width)
        table = Table(box=SIMPLE_HEAD, pad_edge=False)
        for name, width in widths.items():
            column = columns[name]
            table.add_column(
                column.title if len(column.title) <= width else column.title.split()[-1],
                justify=column.justify,  # type: ignore[arg-type]
                style=column.style,
                no_wrap=True,
                width=width,
            )
        for row in zip(*(columns[name].cells for name in widths), strict=True):
            table.add_row(*row)
        yield table

    def _columns(self) -> dict[str, _Column]:
        """By name, in their order from left to right."""
        matches = self.matches.values()
        teams = [teams_of(match) for match in matches]
        events = [self.last.get(match_id, {}) for match_id in self.matches]
        statuses = [match.get("status") or "" for match in matches]
        moments = [Text(moment_of(match)) for match in matches]
        return {
            "id": _Column("match", [Text(short_id(one)) for one in self.matches], 12, style="dim"),
            "home": _Column("home", [Text(home) for home, _ in teams], 8, "right"),
            "score": _Column("", [_score(match) for match in matches], 5, "center", "bold"),
            "away": _Column("away", [Text(away) for _, away in teams], 8),
            "moment": _Column("period, clock", moments, max(map(len, moments), default=0)),
            "status": _Column(
                "status", [Text(one, STATUS_STYLES.get(one, "")) for one in statuses], 6
            ),
            "last": _Column(
                "last event",
                [
                    Text(event_text(one), EVENT_STYLES.get(one.get("type") or "", ""))
                    for one in events
                ],
                20,
            ),
            "events": _Column(
                "events", [Text(f"{match.get('events') or 0:,}") for match in matches], 6, "right"
            ),
        }


WHOLE = ("score", "status")
"""Columns that are never cut."""

GROW = (("home", "away"), ("moment",), ("id",), ("last",), ("events",))
"""The others, in the order in which they get what room there is; some share it."""

OPTIONAL = ("id", "last", "events")
"""Of those, the ones that a narrow terminal does not show; the first one goes last."""


def _widths(columns: Mapping[str, _Column], room: int) -> dict[str, int]:
    """Column -> characters, of those that there is room for."""
    widths = {
        name: column.most if name in WHOLE else column.least
        for name, column in columns.items()
        if name not in OPTIONAL
    }
    left = room - EDGES - sum(widths.values()) - GAP * (len(widths) - 1)
    for name in OPTIONAL:
        needed = GAP + columns[name].least
        if left < needed:
            break
        widths[name] = columns[name].least
        left -= needed
    for names in GROW:
        for sharing, name in zip(range(len(names), 0, -1), names, strict=True):
            if name in widths:
                more = max(0, min(left // sharing, columns[name].most - widths[name]))
                widths[name] += more
                left -= more
    return {name: widths[name] for name in columns if name in widths}


def _event(event: Document) -> Text:
    return Text(event_text(event), EVENT_STYLES.get(event.get("type") or "", ""))


def _score(match: Document) -> Text:
    return Text(score_of(match), "yellow" if flags_of(match) else "")


def short_id(match_id: str, longest: int = 20) -> str:
    """A match id that leaves room for the rest of the row; UUIDs are long."""
    return match_id if len(match_id) <= longest else f"{match_id[: longest - 1]}…"


@dataclass
class Board:
    """What a live view shows, kept up to date by `update` and `tick`.

    matches, last: the states, and the last event of each match.
    lag: records in Kafka that the jobs have not read; None if that is not known.
    """

    matches: dict[str, Document] = field(default_factory=dict)
    last: dict[str, Document] = field(default_factory=dict)
    lag: int | None = None
    _counts: deque[tuple[float, int]] = field(default_factory=deque)
    _latencies: deque[int] = field(default_factory=lambda: deque(maxlen=LATENCIES))

    def update(
        self,
        matches: Mapping[str, Document],
        events: Mapping[str, Sequence[Document]],
        received: Iterable[int] = (),
        now_ms: int | None = None,
    ) -> None:
        """Take in matches that have changed.

        received: when their newest messages were received (UTC epoch ms), now to be seen.
        """
        now = time.time_ns() // 1_000_000 if now_ms is None else now_ms
        self.matches = dict(sorted((self.matches | dict(matches)).items()))
        self.last |= {match_id: found[0] for match_id, found in events.items() if found}
        self._latencies.extend(now - at for at in received if at)

    def keep(self, match_ids: Container[str]) -> None:
        """Drop all other matches, as though their events had never been counted."""
        before = self.events()
        self.matches = {one: match for one, match in self.matches.items() if one in match_ids}
        self.last = {one: event for one, event in self.last.items() if one in match_ids}
        gone = before - self.events()
        self._counts = deque((at_s, events - gone) for at_s, events in self._counts)

    def events(self) -> int:
        """How many events the matches have, those that were taken back too."""
        return sum(
            (match.get("events") or 0) + (match.get("deleted") or 0)
            for match in self.matches.values()
        )

    def tick(self, now_s: float | None = None) -> None:
        """Note how many events there are now."""
        now = time.monotonic() if now_s is None else now_s
        self._counts.append((now, self.events()))
        while self._counts and now - self._counts[0][0] > RATE_WINDOW_S:
            self._counts.popleft()

    def rate(self) -> float:
        """Events a second, over the last seconds."""
        if len(self._counts) < 2:
            return 0.0
        (first_s, first), (last_s, last) = self._counts[0], self._counts[-1]
        return max(0.0, (last - first) / (last_s - first_s)) if last_s > first_s else 0.0

    def latency_ms(self) -> int | None:
        """The median of feed to screen; None if nothing has come."""
        values = sorted(self._latencies)
        return values[len(values) // 2] if values else None

    def numbers(self) -> str:
        """The figures below the matches, in one line."""
        latency = self.latency_ms()
        parts = [f"{self.events():,} events", f"{self.rate():,.0f} events/s"]
        parts.append(f"feed to screen {latency:,} ms" if latency is not None else "no update yet")
        if self.lag is not None:
            parts.append(f"lag {self.lag:,}")
        return "   ".join(parts)

    def __rich__(self) -> RenderableType:
        return Group(MatchesTable(self.matches, self.last), Text(self.numbers(), "cyan"))

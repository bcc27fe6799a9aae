"""Live matches on a terminal: what a state, an event and a list of matches look like."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rich.box import ROUNDED, SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from touchline.redis_reader import Document

STATUS_STYLES = {"LIVE": "bold green", "BREAK": "yellow", "ENDED": "dim", "ABANDONED": "red"}
EVENT_STYLES = {
    "GOAL": "bold green",
    "OWN_GOAL": "bold magenta",
    "SHOOTOUT_GOAL": "bold green",
    "RED_CARD": "bold red",
    "SECOND_YELLOW_CARD": "bold red",
    "YELLOW_CARD": "yellow",
}
CONTEXT = ("sport", "competition", "season")
HIDDEN_TOTALS = frozenset({"id", "name"})
RATE_WINDOW_S = 4.0
LATENCIES = 100
"""So many of the newest are looked at."""


def teams_of(match: Document) -> tuple[str, str]:
    """The names of the home and the away team, as far as known."""
    home, away = (match.get(side) or {} for side in ("home", "away"))
    return _name(home, "home"), _name(away, "away")


def score_of(match: Document) -> str:
    """`2:1`, with a shoot-out `1:1 (4:3)`."""
    score = match.get("score") or {}
    shootout = score.get("shootout") or {}
    text = f"{score.get('home', 0)}:{score.get('away', 0)}"
    if shootout.get("home") or shootout.get("away"):
        text += f" ({shootout['home']}:{shootout['away']})"
    return text


def moment_of(match: Document) -> str:
    """Period and clock: `2  73:39`."""
    period = str(match.get("period") or "")
    return f"{period}  {match.get('clock') or ''}".strip() if period not in ("", "0") else ""


def event_text(event: Document) -> str:
    """`73:39 goal, Paulinho (HOME)`."""
    if not event:
        return ""
    kind = event.get("type") or "OTHER"
    name = str(event.get("provider_type") or "") if kind == "OTHER" else ""
    what = (name or kind).replace("_", " ").lower()
    who = event.get("player_name") or ""
    return f"{event.get('clock') or ''} {what}{f', {who}' if who else ''}".strip()


def flags_of(match: Document) -> list[str]:
    """What is doubtful about a match's data, in words."""
    quality = match.get("quality") or {}
    flags = []
    if quality.get("score_disagrees"):
        computed = match["score"].get("computed", {})
        flags.append(
            f"events add up to {computed.get('home')}:{computed.get('away')},"
            f" the provider says {match['score'].get('home')}:{match['score'].get('away')}"
        )
    if provisional := quality.get("provisional"):
        flags.append(f"{provisional} events are not confirmed")
    return flags


def state_panel(match_id: str, match: Document, events: Sequence[Document]) -> Panel:
    """One match in full."""
    home, away = teams_of(match)
    head = Text.assemble(
        (home, "bold"), "  ", (score_of(match), "bold reverse"), "  ", (away, "bold"), "\n",
        (match.get("status") or "", STATUS_STYLES.get(match.get("status") or "", "")),
        f"  {moment_of(match)}  ",
        (" ".join(str(match.get(name) or "") for name in CONTEXT), "dim"),
        justify="center",
    )  # fmt: skip
    parts: list[RenderableType] = [head, _totals(match, home, away)]
    if periods := match.get("periods"):
        scores = (
            f"{number} {period.get('home', 0)}:{period.get('away', 0)}"
            for number, period in sorted(periods.items(), key=lambda pair: int(pair[0]))
        )
        parts.append(Text("by period   " + "   ".join(scores)))
    parts.append(
        Text(f"{match.get('events', 0):,} events, {match.get('deleted', 0):,} taken back", "dim")
    )
    parts += [Text(f"! {flag}", "yellow") for flag in flags_of(match)]
    if events:
        parts.append(_event_list(events))
    return Panel(Group(*parts), title=Text(match_id), box=ROUNDED, expand=False)


def matches_table(matches: Mapping[str, Document], last: Mapping[str, Document]) -> Table:
    """Several matches, one a row; `last` has the last event of each."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("match", no_wrap=True, style="dim")
    table.add_column("home", justify="right", no_wrap=True, ratio=3)
    table.add_column("", justify="center", no_wrap=True, style="bold", min_width=5)
    table.add_column("away", no_wrap=True, ratio=3)
    table.add_column("period, clock", no_wrap=True)
    table.add_column("status", no_wrap=True)
    table.add_column("last event", no_wrap=True, ratio=4)
    table.add_column("events", justify="right", no_wrap=True)
    for match_id, match in matches.items():
        status = match.get("status") or ""
        event = last.get(match_id, {})
        table.add_row(
            Text(short_id(match_id)),
            *_around(match),
            moment_of(match),
            Text(status, STATUS_STYLES.get(status, "")),
            Text(event_text(event), EVENT_STYLES.get(event.get("type") or "", "")),
            f"{match.get('events') or 0:,}",
        )
    return table


def line_of(match_id: str, match: Document, event: Document | None = None) -> str:
    """One match in one plain line."""
    home, away = teams_of(match)
    what = f"  {event_text(event)}" if event else ""
    status = match.get("status") or ""
    return (
        f"{match_id}  {home} {score_of(match)} {away}  {status} {moment_of(match)}{what}".rstrip()
    )


def news_of(match: Document) -> tuple[str, ...]:
    """What of a match is worth a new line when it changes: score, status, period."""
    return score_of(match), str(match.get("status")), str(match.get("period"))


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
        return Group(matches_table(self.matches, self.last), Text(self.numbers(), "cyan"))


def _name(team: Document, default: str) -> str:
    return str(team.get("name") or team.get("id") or default)


def _around(match: Document) -> tuple[Text, Text, Text]:
    home, away = (Text(name) for name in teams_of(match))  # not markup, whatever is in a name
    return home, Text(score_of(match), "yellow" if flags_of(match) else ""), away


def _totals(match: Document, home: str, away: str) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column(Text(home), justify="right")
    table.add_column("", justify="center", style="dim")
    table.add_column(Text(away))
    rows: dict[str, tuple[Any, Any]] = {}
    share = match.get("home_possession")
    if share is not None:
        rows["possession"] = (f"{share:.0%}", f"{1 - share:.0%}")
    sides = [match.get(side) or {} for side in ("home", "away")]
    for name in dict.fromkeys(name for side in sides for name in side):
        values = tuple(side.get(name, 0) for side in sides)
        if name not in HIDDEN_TOTALS and any(values):
            rows[name] = (values[0], values[1])
    for name, (left, right) in rows.items():
        table.add_row(str(left), name.replace("_", " "), str(right))
    return table


def _event_list(events: Sequence[Document]) -> Table:
    table = Table("", "", "", "", box=None, show_header=False, pad_edge=False)
    for event in events:
        kind = event.get("type") or "OTHER"
        what = event_text({**event, "clock": "", "player_name": ""})
        table.add_row(
            Text(f"{event.get('period') or ''} {event.get('clock') or ''}".strip(), "dim"),
            (event.get("side") or "").replace("UNKNOWN", "").lower(),
            Text(what, EVENT_STYLES.get(kind, "")),
            Text(event.get("player_name") or ""),
        )
    return table

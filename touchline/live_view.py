"""Live matches on a terminal: what a state and an event look like."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.box import ROUNDED
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


def _name(team: Document, default: str) -> str:
    return str(team.get("name") or team.get("id") or default)


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


_SIDES = {"HOME": "home", "AWAY": "away"}
"""Of an event; that of neither team has nothing shown."""


def _event_list(events: Sequence[Document]) -> Table:
    table = Table("", "", "", "", box=None, show_header=False, pad_edge=False)
    for event in events:
        kind = event.get("type") or "OTHER"
        what = event_text({**event, "clock": "", "player_name": ""})
        table.add_row(
            Text(f"{event.get('period') or ''} {event.get('clock') or ''}".strip(), "dim"),
            _SIDES.get(event.get("side") or "", ""),
            Text(what, EVENT_STYLES.get(kind, "")),
            Text(event.get("player_name") or ""),
        )
    return table

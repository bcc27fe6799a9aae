"""Polls on a terminal: what a result looks like in full, in a table, and in one line.

Pure functions of result documents, see docs/polls.md; `now_ms` is UTC epoch milliseconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from rich.bar import Bar
from rich.box import ROUNDED, SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from touchline.polls import Result

WIDTH = 100
"""Of a poll in full, at most: bars as wide as a pipe is long show nothing."""

STATUS_STYLES = {
    "CREATED": "cyan",
    "ACTIVE": "bold green",
    "LOCKED": "yellow",
    "COMPLETED": "bold",
    "TERMINATED": "red",
    "ARCHIVED": "dim",
}
LEADER, OTHER = "green", "blue"
MOST_REGIONS = 10
"""Are shown of a poll, those with the most votes."""

CHOICES_OF_REGION = 3
LONGEST_NAME = 24
"""Of a choice, where there are several in a line."""


def shares_of(result: Result) -> dict[str, float]:
    """The choices' shares by id, between 0 and 1: of the votes, as they weigh."""
    total = sum(choice["weight"] for choice in result["choices"])
    return {
        choice["id"]: choice["weight"] / total if total else 0.0 for choice in result["choices"]
    }


def leaders_of(result: Result) -> list[str]:
    """The choices with the greatest share, by id; none before the first vote."""
    shares = shares_of(result)
    most = max(shares.values(), default=0.0)
    return [choice for choice, share in shares.items() if share == most > 0]


def leader_name(result: Result) -> str:
    """Who leads: `Raúl García`, `Raúl García = Iker Muniain`; empty before the first vote."""
    leaders = leaders_of(result)
    titles = {choice["id"]: choice["title"] for choice in result["choices"]}
    names = " = ".join(_short(titles[leader]) for leader in leaders[:2])
    return f"{names} = {len(leaders) - 2} more" if len(leaders) > 2 else names


def leader_share(result: Result) -> str:
    """The leader's share, `57.1%`; empty before the first vote."""
    leaders = leaders_of(result)
    return f"{shares_of(result)[leaders[0]]:.1%}" if leaders else ""


def ends_text(result: Result, now_ms: int) -> str:
    """When a poll ends or has ended: `in 4:12`, `counting`, `ended 12:05:00Z`; empty if it is not
    known."""
    if result["final"]:
        return f"ended {_clock(result['ended_at'])}"
    if result["ended_at"]:
        return "counting"  # until the grace is over
    return f"in {duration_text(_ms(result['ends_at']) - now_ms)}" if result["ends_at"] else ""


def duration_text(milliseconds: int) -> str:
    """`4:12`, `1:04:12`, `2 d 01:04`; a time that has passed is `0:00`."""
    seconds = max(0, milliseconds) // 1000
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if days:
        return f"{days} d {hours % 24:02d}:{minutes % 60:02d}"
    if hours:
        return f"{hours}:{minutes % 60:02d}:{seconds % 60:02d}"
    return f"{minutes}:{seconds % 60:02d}"


def line_of(result: Result, now_ms: int) -> str:
    """One poll in one plain line."""
    parts = [
        result["id"],
        result["status"],
        _counted(result["voters"], "voter"),
        f"{leader_name(result)} {leader_share(result)}".strip(),
        ends_text(result, now_ms),
        "final" if result["final"] else "",
    ]
    return "  ".join(part for part in parts if part)


def polls_table(results: Iterable[Result], now_ms: int) -> Table:
    """Several polls, one a row."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), show_edge=False)
    table.add_column("id", no_wrap=True, style="dim")
    table.add_column("title")
    table.add_column("status", no_wrap=True)
    table.add_column("voters", no_wrap=True, justify="right")
    table.add_column("leader")
    table.add_column("share", no_wrap=True, justify="right")
    table.add_column("ends", no_wrap=True)
    for result in results:
        table.add_row(
            Text(result["id"]),
            _cut(result["title"]),
            _status(result),
            f"{result['voters']:,}",
            _cut(leader_name(result)),
            leader_share(result),
            ends_text(result, now_ms).removeprefix("ended "),
        )
    return table


def poll_panel(result: Result, now_ms: int) -> Panel:
    """One poll in full."""
    parts: list[RenderableType] = [_head(result, now_ms), Text(), choice_bars(result), Text()]
    parts += _numbers(result)
    if result["regions"]:
        parts += [Text(), _regions(result)]
    parts += [Text(), Text(_times(result), "dim")]
    return Panel(Group(*parts), title=Text(result["id"]), box=ROUNDED, width=WIDTH)


def choice_bars(result: Result) -> Table:
    """The choices, one a row: title, a bar as long as its share, share, votes; and paid votes and
    weight where there are any that make a difference."""
    choices = result["choices"]
    shares, leaders = shares_of(result), leaders_of(result)
    with_paid = any(choice["paid_votes"] for choice in choices)
    with_weight = any(choice["weight"] != choice["votes"] for choice in choices)
    table = Table(box=None, pad_edge=False, expand=True, header_style="dim")
    table.add_column("", no_wrap=True, ratio=2)
    table.add_column("", ratio=3)
    for name in ["share", "votes", *["paid"] * with_paid, *["weight"] * with_weight]:
        table.add_column(name, no_wrap=True, justify="right")
    for choice in choices:
        leads = choice["id"] in leaders
        share = shares[choice["id"]]
        cells: list[RenderableType] = [
            Text(choice["title"], "bold" if leads else ""),
            Bar(1.0, 0.0, share, color=LEADER if leads else OTHER),
            Text(f"{share:.1%}", "bold" if leads else ""),
            f"{choice['votes']:,}",
        ]
        cells += [f"{choice['paid_votes']:,}"] * with_paid + [f"{choice['weight']:,}"] * with_weight
        table.add_row(*cells)
    return table


def _head(result: Result, now_ms: int) -> Text:
    ends = ends_text(result, now_ms)
    head = Text.assemble((result["title"], "bold"), "\n", _status(result))
    if ends:
        head.append(f"  ends {ends}" if ends.startswith("in ") else f"  {ends}")
    if result["final"]:
        head.append("  final")
    elif result["status"] == "ACTIVE" or result["votes_per_second"]:
        head.append(f"  {result['votes_per_second']:,.1f} votes/s", "cyan")
    about = "  ".join(result[name] for name in ("match_id", "event_id") if result[name])
    return head.append(f"  {about}" if about else "", "dim")


def _numbers(result: Result) -> list[Text]:
    """The figures below the bars, some a line."""
    choices = result["choices"]
    free, paid = (sum(choice[name] for choice in choices) for name in ("free_votes", "paid_votes"))
    lines = [
        Text.assemble(
            (_counted(result["voters"], "voter"), "bold"),
            f"   {_counted(result['votes'], 'vote')} ({free:,} free, {paid:,} paid)",
        ),
        Text(
            f"{result['changed']:,} changed   {result['superseded']:,} superseded"
            f"   {_counted(result['duplicates'], 'duplicate')}"
        ),
    ]
    refused = {"late": result["late_rejected"], **result["rejected"]}
    told = "   ".join(f"{count:,} {reason}" for reason, count in refused.items() if count)
    return [*lines, Text(f"refused: {told}", "yellow")] if told else lines


def _regions(result: Result) -> Table:
    """Each region's votes and its first choices; the largest regions."""
    regions: Mapping[str, Mapping[str, int]] = result["regions"]
    titles = {choice["id"]: choice["title"] for choice in result["choices"]}
    totals = {region: sum(counts.values()) for region, counts in regions.items()}
    largest = sorted(regions, key=lambda region: (-totals[region], region))
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("region", no_wrap=True)
    table.add_column("votes", no_wrap=True, justify="right")
    table.add_column("")
    for region in largest[:MOST_REGIONS]:
        first = (
            f"{_short(titles.get(choice, choice))} {count / totals[region]:.0%}"
            for choice, count in _first(regions[region])
        )
        table.add_row(Text(region), f"{totals[region]:,}", _cut("   ".join(first)))
    if len(largest) > MOST_REGIONS:
        table.add_row("…", "", Text(f"{len(largest) - MOST_REGIONS} more regions", "dim"))
    return table


def _first(counts: Mapping[str, int]) -> Sequence[tuple[str, int]]:
    """A region's choices with the most votes."""
    return sorted(
        ((choice, count) for choice, count in counts.items() if count),
        key=lambda pair: (-pair[1], pair[0]),
    )[:CHOICES_OF_REGION]


def _times(result: Result) -> str:
    """The steps of its life; a day only where it is another one than that of the step before."""
    names = {"created": "created_at", "opened": "started_at"}
    names |= {"ended": "ended_at"} if result["ended_at"] else {"ends": "ends_at"}
    steps, day = [], ""
    for name, field in names.items():
        if at := result[field]:
            days = f"{datetime.fromisoformat(at):%Y-%m-%d} "
            steps.append(f"{name} {days if days != day else ''}{_clock(at)}")
            day = days
    return "   ".join(steps)


def _status(result: Result) -> Text:
    return Text(result["status"], STATUS_STYLES.get(result["status"], ""))


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _ms(at: Any) -> int:
    return round(datetime.fromisoformat(at).timestamp() * 1000)


def _clock(at: str) -> str:
    return f"{datetime.fromisoformat(at):%H:%M:%S}Z"


def _short(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"


def _cut(text: str) -> Text:
    """In one line, its end left out where there is no room: a column that is itself `no_wrap` would
    take the room of the others."""
    return Text(text, no_wrap=True, overflow="ellipsis")

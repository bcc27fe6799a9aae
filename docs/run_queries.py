"""Prints `queries.md` with its results filled in, from the ClickHouse of the settings in force.

    python docs/run_queries.py > filled.md && mv filled.md docs/queries.md

Each block of SQL is followed by one of text, which holds its result.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from io import StringIO
from pathlib import Path

from rich.console import Console

PAGE = Path(__file__).with_name("queries.md")
WIDTH = 140

_QUERY = re.compile(r"```sql\n(?P<sql>.+?)```\n\n```text\n(?P<result>.*?)```\n", re.DOTALL)


def queries(page: str) -> list[str]:
    """The page's SQL, in order."""
    return [found["sql"] for found in _QUERY.finditer(page)]


def filled(page: str, result: Callable[[str], str]) -> str:
    """The page with what `result` gives for each query in the place of its result."""

    def block(found: re.Match[str]) -> str:
        return f"```sql\n{found['sql']}```\n\n```text\n{result(found['sql'])}```\n"

    return _QUERY.sub(block, page)


def result_of(sql: str) -> str:
    """A query's answer as `touchline query` shows it.

    Raises:
        TouchlineError: ClickHouse does not answer or refuses.
    """
    from touchline import history
    from touchline.commands.query import result_table
    from touchline.settings import Settings

    answer = history.query(Settings.load().clickhouse, sql)
    console = Console(file=StringIO(), width=WIDTH, color_system=None)
    console.print(result_table(answer) if answer.rows else "no rows")
    lines = console.file.getvalue().splitlines()  # type: ignore[attr-defined]
    return "".join(f"{line.rstrip()}\n" for line in lines)


if __name__ == "__main__":
    sys.stdout.write(filled(PAGE.read_text(), result_of))

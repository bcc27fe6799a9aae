"""The contract of a table of the history: what is written into it, and from where."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pyarrow as pa

from jobs.pipeline import Options
from touchline.settings import Settings


@dataclass(frozen=True)
class Insert:
    """A table that the history job fills.

    columns: what is written, in this order, and its Arrow type.
    expressions: column -> SQL, where the log has another name or form for it.
    log: the name of the table in Flink whose rows they are; `source` gives its DDL, for a consumer
        group.
    owner: the log's column that says which match a row is of; none if it is of no match.
    """

    table: str
    columns: Mapping[str, pa.DataType]
    expressions: Callable[[Settings], Mapping[str, str]]
    log: str
    source: Callable[[Settings, Options, str], str]
    owner: str = ""

    @property
    def function(self) -> str:
        """The SQL function that writes into it."""
        return f"WRITE_{self.table.upper()}"

    def query(self, settings: Settings, options: Options) -> str:
        """The rows, written; with a match in the options, those of the match only."""
        expressions = self.expressions(settings)
        columns = ", ".join(expressions.get(name, f"`{name}`") for name in self.columns)
        only = "TRUE"
        if options.match:
            only = f"{self.owner} = '{options.match}'" if self.owner else "FALSE"
        return f"SELECT {self.function}({columns}) FROM {self.log} WHERE {only}"

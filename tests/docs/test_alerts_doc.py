"""docs/operations.md says of every alert what it means and what to do."""

from __future__ import annotations

import re

from observability.rules import ALERTS, DOCS
from touchline.stack.tools import PROJECT

_ROW = re.compile(r"^\| `(\w+)` \| (critical|warning) \| .+ \| .+ \|$", re.MULTILINE)


def test_every_alert_is_in_the_table_with_its_severity() -> None:
    page, _, anchor = DOCS.partition("#")
    (section,) = re.findall(
        rf"^## {anchor}\n(.+?)^## ",
        (PROJECT / page).read_text(),
        re.MULTILINE | re.DOTALL | re.IGNORECASE,
    )
    assert _ROW.findall(section) == [(alert.name, alert.severity) for alert in ALERTS]

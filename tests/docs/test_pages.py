"""The pages say what the code says: settings, commands, metrics, limits, links."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from jobs.history import INSERTS
from touchline.cli import COMMANDS
from touchline.settings import Settings
from udfs import limits
from udfs.leaderboards import scores
from udfs.polls import votes

PROJECT = Path(__file__).resolve().parents[2]
README = (PROJECT / "README.md").read_text()
OPERATIONS = (PROJECT / "docs" / "operations.md").read_text()
DOCS = tuple(f"docs/{name}.md" for name in ("operations", "queries", "security"))
PAGES = ("README.md", "ARCHITECTURE.md", *DOCS)

_LINK = re.compile(r"\]\((?!https?:)([^)#]*)(#[^)]*)?\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_EXAMPLE = re.compile(r"\| `(\S+)` \| .+? \| `touchline ([\w-]+)")
_SETTING = re.compile(r"^\| `(\w+\.\w+)` \| (.+?) \|", re.MULTILINE)


def _defaults() -> dict[str, str]:
    texts = {}
    for section, settings in Settings():
        if isinstance(settings, dict):  # sections that users name
            continue
        for name, value in settings:
            listed = ", ".join(f"`{one}`" for one in value) if isinstance(value, tuple) else ""
            texts[f"{section}.{name}"] = listed or (f"`{value}`" if value or value is False else "")
    return texts


def test_operations_lists_every_setting_with_its_default() -> None:
    without_value = {"empty": "", "none": ""}
    listed = {name: without_value.get(text, text) for name, text in _SETTING.findall(OPERATIONS)}
    assert listed == _defaults()


def test_the_readme_has_an_example_of_every_command() -> None:
    examples = _EXAMPLE.findall(README)
    assert {name for name, _ in examples} == set(COMMANDS)
    assert all(name == used for name, used in examples)


def test_operations_names_the_counter_of_each_table_of_the_history() -> None:
    assert [one.table for one in INSERTS if f"`{one.table}_rows`" not in OPERATIONS] == []


def test_the_limits_of_input_are_listed() -> None:
    page = (PROJECT / "docs" / "security.md").read_text()
    sizes = {f"{limits.MAX_MESSAGE_BYTES >> 20} MiB", f"{limits.MAX_DEPTH} levels"}
    counts = (limits.MAX_ELEMENTS, limits.MAX_EVENTS, limits.MAX_TEXT, votes.MAX_BYTES)
    for text in (*sizes, *(f"{one:,}" for one in (*counts, scores.MAX_BYTES))):
        assert f" {text}" in page, text


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    here = PROJECT / page
    for path, anchor in _LINK.findall(here.read_text()):
        target = (here.parent / path) if path else here
        assert target.exists(), f"{page}: {path}"
        if anchor:
            headings = {_anchor(text) for text in _HEADING.findall(target.read_text())}
            assert anchor[1:] in headings, f"{page}: {path}{anchor}"


def _anchor(heading: str) -> str:
    """GitHub's anchor of a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")

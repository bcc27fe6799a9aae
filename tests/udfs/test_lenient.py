"""Values of which little hangs are read as far as they can be."""

from __future__ import annotations

from typing import Any

import pytest

from udfs import limits
from udfs.lenient import text


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, ""),
        (7, "7"),
        (0.5, "0.5"),
        (True, "true"),
        ("x" * 10_000, "x" * limits.MAX_TEXT),
        ([1], ""),
        ({"a": 1}, ""),
    ],
)
def test_a_scalar_is_a_text_as_json_has_it_and_all_else_is_none(value: Any, expected: str) -> None:
    assert text(value) == expected

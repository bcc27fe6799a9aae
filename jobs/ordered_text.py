"""Numbers as texts that sort as they do: what a MAX, or a rank, by several of them is made of."""

from __future__ import annotations


def digits(number: str, width: int) -> str:
    """The SQL of a number that is not negative as a text of so many digits."""
    return f"LPAD(CAST({number} AS STRING), {width}, '0')"

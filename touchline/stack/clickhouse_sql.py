"""The little that the server must read of a query: is it an insert whose rows follow it?"""

from __future__ import annotations

import re
from dataclasses import dataclass

_TOKEN = re.compile(
    rb"""
      --[^\n]*                    # comments
    | /\*.*?\*/
    | '(?:[^'\\]|\\.|'')*'        # strings
    | "(?:[^"\\]|\\.|"")*"        # quoted names
    | `(?:[^`\\]|\\.|``)*`
    | (?P<word>[A-Za-z_]\w*)
    | (?P<bracket>[()])
    | [^\s]
    """,
    re.VERBOSE | re.DOTALL,
)
_END_OF_STATEMENT = re.compile(rb"[ \t]*(?:;[ \t]*)?(?:\r?\n)?")
_FORMAT_NAME = re.compile(rb"\s+(\w+)")
_NO_DATA = frozenset({b"SELECT", b"WITH", b"VALUES", b"WATCH", b"INFILE"})
"""After these, an insert has its rows in the statement, or elsewhere: chDB reads all of it."""


@dataclass(frozen=True, slots=True)
class Insert:
    """An insert whose rows follow it.

    statement: up to the FORMAT clause, which is left out.
    format: the rows' format.
    data: the rows that came with the statement.
    """

    statement: str
    format: str
    data: bytes


def insert_with_data(query: bytes) -> Insert | None:
    """Take `INSERT INTO t (a, b) FORMAT Native <rows>` apart; None for any other statement.

    An insert that names neither a format nor a source of rows has `Values`, as in ClickHouse.
    """
    depth = 0
    words = 0
    for token in _TOKEN.finditer(query):
        if bracket := token["bracket"]:
            depth += 1 if bracket == b"(" else -1
            continue
        word = (token["word"] or b"").upper()
        if not word or depth:
            continue
        words += 1
        if words == 1 and word != b"INSERT":
            return None
        if word in _NO_DATA:
            return None
        if word == b"FORMAT" and words > 2:
            return _split(query, token.start(), token.end())
    if not words:
        return None
    return Insert(query.decode(errors="replace").rstrip().rstrip(";"), "Values", b"")


def _split(query: bytes, start: int, end: int) -> Insert | None:
    name = _FORMAT_NAME.match(query, end)
    if name is None or name[1].upper() == b"VALUES":
        return None
    rest = _END_OF_STATEMENT.match(query, name.end())
    data = query[rest.end() :] if rest else b""
    return Insert(query[:start].decode(errors="replace"), name[1].decode(), data)

"""ClickHouse's errors over HTTP: the code out of chDB's text, and the status that goes with it."""

from __future__ import annotations

import re
from http import HTTPStatus

_CODE = re.compile(r"Code: (\d+)\. ")
UNKNOWN_EXCEPTION = 1002

_STATUS = {
    HTTPStatus.UNAUTHORIZED: (194,),
    HTTPStatus.FORBIDDEN: (164, 192, 193, 291, 497, 516),
    HTTPStatus.REQUEST_TIMEOUT: (159,),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: (307,),
    HTTPStatus.NOT_IMPLEMENTED: (48,),
    HTTPStatus.SERVICE_UNAVAILABLE: (76, 209, 202),
    # Unknown table, function, identifier, type, storage, database, setting, format, ...
    HTTPStatus.NOT_FOUND: (46, 47, 50, 56, 60, 63, 73, 78, 80, 81, 111, 115, 372),
    # What cannot be parsed, and values of a wrong type.
    HTTPStatus.BAD_REQUEST: (
        *(6, 26, 27, 36, 38, 41, 43, 44, 53, 61, 62, 69, 70, 72, 117, 131, 167, 168, 321, 456, 457),
    ),
}
_BY_CODE = {code: status for status, codes in _STATUS.items() for code in codes}


class QueryError(Exception):
    """ClickHouse refused a statement; the text is what its server would answer."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message if message.startswith("Code: ") else f"Code: {code}. {message}")
        self.code = code


def query_error(text: str) -> QueryError:
    """The error that chDB's text tells of."""
    found = _CODE.search(text)
    if found is None:
        return QueryError(UNKNOWN_EXCEPTION, f"DB::Exception: {text}")
    return QueryError(int(found[1]), text[found.start() :])


def http_status(code: int) -> int:
    """The status that ClickHouse's HTTP handler answers an error with (500 if it has no other)."""
    return _BY_CODE.get(code, HTTPStatus.INTERNAL_SERVER_ERROR)
